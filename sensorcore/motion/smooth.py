"""Tilt that looks ahead: VQF's offline version over each stretch without long gaps. For reports, never for alerts."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
from vqf import offlineVQF

from sensorcore.model import FloatArray, SampleBlock
from sensorcore.motion import gait, gap_fill
from sensorcore.motion.filters import TiltParams, vqf_options, vqf_rate_radps
from sensorcore.motion.gaps import Grid, bridge
from sensorcore.motion.vectors import up_of


def smooth_up(params: TiltParams, block: SampleBlock) -> FloatArray:
    """World-up in sensor axes (n, 3) for a whole recording, acausal. Mean error over BROAD: docs/accuracy.md."""
    if not len(block):
        return np.zeros((0, 3))
    rate_hz = params.device.sample_rate_hz
    grid = bridge(block, None, rate_hz, params.bridged_s)
    if params.device.has_gyroscope:
        grid = replace(grid, gyr_radps=_filled(grid, rate_hz))
    up = np.empty((len(grid.t_s), 3))
    borders = [*np.flatnonzero(grid.starts).tolist(), len(grid.t_s)]
    for begin, end in itertools.pairwise(borders):
        part = grid[slice(begin, end)]
        before = np.stack([part.gyr_radps[0], part.gyr_radps[0]])
        turned, felt = np.ascontiguousarray(vqf_rate_radps(params, part, before)), np.ascontiguousarray(part.acc_mps2)
        quick = up_of(offlineVQF(turned, felt, None, 1 / rate_hz, vqf_options(params))["quat6D"])
        slow_options = vqf_options(params) | {"tauAcc": params.tau_walking_s}
        slow = up_of(offlineVQF(turned, felt, None, 1 / rate_hz, slow_options)["quat6D"])
        walks = gait.step(gait.initial(), part.acc_mps2, part.gyr_radps, rate_hz)[1] & params.device.has_gyroscope
        up[begin:end] = np.where(walks[:, None], slow, quick)
    return np.asarray(up[grid.real])


def _filled(grid: Grid, rate_hz: float) -> FloatArray:
    """The angular rates (m, 3) with the holes filled by what is around them."""
    gyr = grid.gyr_radps.copy()
    starts = np.flatnonzero(grid.starts)
    for at, missing in gap_fill.found(grid.real):
        if missing >= gap_fill.WORTH_S * rate_hz:
            stretch = int(starts[np.searchsorted(starts, at, side="right") - 1])
            past = gyr[max(stretch, at - round(gap_fill.PAST_S * rate_hz)) : at]
            after = gyr[at + missing : at + missing + gap_fill.look(rate_hz)]
            gyr[at : at + missing], _ = gap_fill.filled(past, gyr[at : at + missing], after, rate_hz)
    return gyr
