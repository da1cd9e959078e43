"""Tilt: where "up" is in the sensor's axes, causally, with an honest uncertainty.

The filter is VQF (Laidig & Seel 2023, Information Fusion 91:187; the authors' `vqf` library, six axes) fed with our own
integration (`integration.py`) and gap handling: a hole of up to half a second is filled with what the angular rate around it
foretells (`gap_fill.py`), at once, and again, for good, when a tenth of a second after it is known. After a longer gap nothing is
known of the turn in between: the filter restarts from the accelerometer with the learned gyroscope bias, and once more at the
next still moment."""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import BoolArray, FloatArray, SampleBlock, Vector3, vector3
from sensorcore.motion import gait, gap_fill
from sensorcore.motion.filters import STEADY_DEG, TiltParams, at_rest, filtered, fresh, vqf_rate_radps
from sensorcore.motion.gait import GaitState
from sensorcore.motion.gaps import Edge, Grid, bridge
from sensorcore.motion.vectors import up_of

__all__ = ["STEADY_DEG", "OpenHole", "Tilt", "TiltParams", "TiltState", "step"]

AFTER_GAP_DEG = 30.0
AFTER_SATURATION_DEG = 15.0
"""Ranges of ±4 g and ±500 °/s cost 11° on the fast rotations of BROAD (docs/accuracy.md)."""
ANEW_FROM_DEG = 10.0
"""Doubt from which the filters restart at the next still moment, and the slow one is ignored until it has settled; a smaller
one, from a filled hole, only fades."""
HOLE_SIGMAS = 2.0
"""A filled hole leaves this many standard deviations of doubt: one time in ten to twenty it was more (people at the waist)."""
SLOW_SETTLED_AFTER_TAUS = 3.0
"""The slow filter is not believed before 5 % of a disturbance are left in it."""
SETTLED_AFTER_TAUS = 5.0
"""After five time constants less than 1 % of a disturbance is left."""


@dataclass(frozen=True, slots=True)
class OpenHole:
    """A hole filled for the moment: the filters and the last two angular rates before it, the rates `past` (k, 3) before it, its
    rows and those after it so far, and how many of them are `missing`."""

    filter: dict[str, Any]
    slow: dict[str, Any] | None
    before_radps: tuple[Vector3, Vector3]
    past: FloatArray
    rows: Grid
    missing: int


@dataclass(frozen=True, slots=True)
class TiltState:
    """What `step` carries on: VQF's own state and that of the slow filter beside it, what tells walking, the last sample, the last
    two angular rates (oldest first), those of the last two seconds, a hole that is to be filled again, and the last
    disturbance (when, how large) that no still moment has cleared."""

    filter: dict[str, Any] | None = None
    slow: dict[str, Any] | None = None
    gait: GaitState = field(default_factory=gait.initial)
    edge: Edge | None = None
    before_radps: tuple[Vector3, Vector3] | None = None
    past_radps: FloatArray = field(default_factory=lambda: np.zeros((0, 3)))
    hole: OpenHole | None = None
    disturbed_at_s: float = 0.0
    disturbed_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Tilt(Columns):
    """`up` (n, 3): unit vectors of world-up in sensor axes; `uncertainty_deg` (n,); `starts` (n,): after a gap to report."""

    up: FloatArray
    uncertainty_deg: FloatArray
    starts: BoolArray


def step(params: TiltParams, state: TiltState, block: SampleBlock) -> tuple[TiltState, Tilt]:
    """Advance by one block. The result is the same, to the bit, however the stream is cut into blocks."""
    if not len(block):
        none = np.zeros(0)
        return state, Tilt(np.zeros((0, 3)), none, none.astype(np.bool_))
    rate_hz = params.device.sample_rate_hz
    grid = bridge(block, state.edge, rate_hz, params.bridged_s)
    disturbed_deg = np.zeros(len(grid.t_s))
    disturbed_deg[grid.real] = np.where(block.saturated, AFTER_SATURATION_DEG, 0.0)
    disturbed_deg[grid.starts] = AFTER_GAP_DEG

    up = np.empty((len(grid.t_s), 3))
    uncertainty_deg = np.empty(len(grid.t_s))
    edge = Edge(float(grid.t_s[-1]), vector3(grid.acc_mps2[-1]), vector3(grid.gyr_radps[-1]))
    for part, missing in _parts(params, state, grid):
        if grid.starts[part.start]:
            state = _restarted(params, state)
        rows, doubt_deg = grid[part], disturbed_deg[part]
        if missing:
            state, rows, doubt_deg[missing] = _filled(params, state, rows, missing, doubt_deg[missing])
        elif (
            state.hole is not None
            and len(state.hole.rows.t_s) == state.hole.missing + gap_fill.look(params.device.sample_rate_hz) - 1
        ):
            state = _filled_again(params, state, rows)
        state, up[part], uncertainty_deg[part] = _stretch(params, state, rows, doubt_deg)
    return replace(state, edge=edge), Tilt(up[grid.real], uncertainty_deg[grid.real], grid.reported[grid.real])


def _parts(params: TiltParams, state: TiltState, grid: Grid) -> list[tuple[slice, int]]:
    """The grid cut where a stretch starts, where a hole does, and where one is filled again; and how many rows are missing at the
    start of each part."""
    cuts = dict.fromkeys([0, *np.flatnonzero(grid.starts).tolist()], 0)
    if params.device.has_gyroscope:
        rate_hz = params.device.sample_rate_hz
        holed = {at: missing for at, missing in gap_fill.found(grid.real) if missing >= gap_fill.WORTH_S * rate_hz}
        again = [at + missing + gap_fill.look(rate_hz) - 1 for at, missing in holed.items()]
        before = [state.hole.missing + gap_fill.look(rate_hz) - 1 - len(state.hole.rows.t_s)] if state.hole is not None else []
        next_hole = [*holed, len(grid.t_s)][0 if before else 1 :]
        # the next hole comes before this one can be filled again: it stays as it is
        cuts |= {at: 0 for at, hole in zip([*before, *again], next_hole, strict=True) if at < hole}
        cuts |= holed
    begins = sorted(cuts)
    return [(slice(begin, end), cuts[begin]) for begin, end in itertools.pairwise([*begins, len(grid.t_s)])]


def _restarted(params: TiltParams, state: TiltState) -> TiltState:
    """A new stretch: nothing but the learned bias survives a long gap."""
    kept = TiltState(fresh(params, state.filter), disturbed_at_s=state.disturbed_at_s, disturbed_deg=state.disturbed_deg)
    return replace(kept, edge=state.edge)


def _filled(params: TiltParams, state: TiltState, rows: Grid, missing: int, doubt_deg: float) -> tuple[TiltState, Grid, float]:
    """Rows that begin with a hole, filled by what is known with the first sample after it; the doubt at that sample."""
    rate_hz = params.device.sample_rate_hz
    gyr = rows.gyr_radps.copy()
    gyr[:missing], sigma = gap_fill.filled(state.past_radps, gyr[:missing], gyr[missing : missing + 1], rate_hz)
    hole = None
    if state.filter is not None and state.before_radps is not None and gap_fill.known(state.past_radps, rate_hz):
        hole = OpenHole(state.filter, state.slow, state.before_radps, state.past_radps, rows[:0], missing)
    rows = replace(rows, gyr_radps=gyr)
    return replace(state, hole=hole), rows, max(doubt_deg, min(HOLE_SIGMAS * math.degrees(sigma), AFTER_GAP_DEG))


def _filled_again(params: TiltParams, state: TiltState, newest: Grid) -> TiltState:
    """The state as if the hole had been filled at once with what is known now, with the first of `newest`."""
    hole = state.hole
    assert hole is not None
    gyr = hole.rows.gyr_radps.copy()
    after = np.concatenate([gyr[hole.missing :], newest.gyr_radps[:1]])
    gyr[: hole.missing], _ = gap_fill.filled(hole.past, gyr[: hole.missing], after, params.device.sample_rate_hz)
    rate = vqf_rate_radps(params, replace(hole.rows, gyr_radps=gyr), np.asarray(hole.before_radps))
    again = filtered(params, hole.filter, hole.slow, rate, hole.rows.acc_mps2)
    last_two = np.concatenate([hole.before_radps, gyr])[-2:]
    past = np.concatenate([hole.past, gyr])[-len(state.past_radps) :]
    before = vector3(last_two[0]), vector3(last_two[1])
    return replace(state, filter=again.after, slow=again.slow_after, before_radps=before, past_radps=past, hole=None)


def _stretch(
    params: TiltParams, state: TiltState, grid: Grid, disturbed_deg: FloatArray
) -> tuple[TiltState, FloatArray, FloatArray]:
    """One stretch without long gaps: the state behind it, `up` and `uncertainty_deg`. `disturbed_deg` (n,) is how much doubt
    begins at each row."""
    n = len(grid.t_s)
    first = vector3(grid.gyr_radps[0])
    before = np.asarray(state.before_radps or (first, first))
    rate = vqf_rate_radps(params, grid, before)
    up, uncertainty_deg = np.empty((n, 3)), np.full(n, params.steady_deg)
    gaits, walks = gait.step(state.gait, grid.acc_mps2, grid.gyr_radps, params.device.sample_rate_hz)
    filter_state, slow_state, since_s, doubt_deg = state.filter, state.slow, state.disturbed_at_s, state.disturbed_deg
    hole = None if state.hole is None else replace(state.hole, rows=Grid.joined([state.hole.rows, grid]))
    begin = 0
    while begin < n:
        run = filtered(params, filter_state, slow_state, rate[begin:], grid.acc_mps2[begin:])
        stop = n - begin
        doubted = doubt_deg > 0 or bool(disturbed_deg[begin:].any())
        if doubted:
            at_s, size_deg = _worst(grid.t_s[begin:], disturbed_deg[begin:], since_s, doubt_deg, params.tau_s)
            age_taus = (grid.t_s[begin:] - at_s) / params.tau_s
            doubtful = (size_deg > 0) & (age_taus < SETTLED_AFTER_TAUS)
            still = doubtful & (size_deg >= ANEW_FROM_DEG) & (disturbed_deg[begin:] == 0) & run.result["restDetected"]
            stop = int(np.argmax(still)) if still.any() else stop
            uncertainty_deg[begin:] += np.where(doubtful, size_deg * np.exp(-age_taus), 0.0)
        part = slice(begin, begin + stop)
        up[part] = up_of(run.result["quat6D"][:stop])
        if run.beside is not None:
            believed = walks[part]
            if doubted:
                settled = (size_deg < ANEW_FROM_DEG) | (grid.t_s[begin:] - at_s > SLOW_SETTLED_AFTER_TAUS * params.tau_walking_s)
                believed = believed & settled[:stop]
            if believed.any():
                up[part] = np.where(believed[:, None], up_of(run.beside[:stop]), up[part])
        begin += stop
        if begin < n:
            # a still moment: the accelerometer alone says where up is, so start from it, and the doubt is over
            until = filtered(params, filter_state, slow_state, rate[begin - stop : begin], grid.acc_mps2[begin - stop : begin])
            filter_state, slow_state, hole = at_rest(params, until.after), None, None
            doubt_deg = 0.0
            disturbed_deg = np.where(np.arange(n) < begin, 0.0, disturbed_deg)
            uncertainty_deg[begin:] = params.steady_deg
        else:
            filter_state, slow_state = run.after, run.slow_after
            if doubted:
                since_s, doubt_deg = float(at_s[-1]), float(size_deg[-1])
    older, old = np.concatenate([before, grid.gyr_radps[-2:]])[-2:]
    keep = round(gap_fill.PAST_S * params.device.sample_rate_hz)
    past = np.concatenate([state.past_radps, grid.gyr_radps[-keep:]])[-keep:]
    last_two = (vector3(older), vector3(old))
    after = TiltState(filter_state, slow_state, gaits, state.edge, last_two, past, hole, since_s, doubt_deg)
    return after, up, uncertainty_deg


def _worst(
    t_s: FloatArray, disturbed_deg: FloatArray, since_s: float, doubt_deg: float, tau_s: float
) -> tuple[FloatArray, FloatArray]:
    """For each row, when the disturbance that weighs most by then began, and how large it was: a small one does not make an
    earlier, larger one forgotten."""
    sizes = np.concatenate([[doubt_deg], disturbed_deg])
    begins = np.concatenate([[since_s], t_s])
    weight = np.where(sizes > 0, np.log(np.where(sizes > 0, sizes, 1.0)) + begins / tau_s, -np.inf)
    leads = (weight == np.maximum.accumulate(weight)) & (sizes > 0)
    leads[0] = True
    worst = np.maximum.accumulate(np.where(leads, np.arange(len(sizes)), 0))[1:]
    return begins[worst], sizes[worst]
