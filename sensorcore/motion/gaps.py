"""Missing samples: short gaps are bridged on the sensor's time grid, long ones start a new stretch.

Putting samples together as if none were missing costs several times more than bridging (see docs/accuracy.md), so time is never
squeezed together.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import BoolArray, FloatArray, SampleBlock, Vector3, vector3
from sensorcore.motion.arrays import steps

SHORT_GAP_S = 0.2
"""Shorter gaps are not reported: one lost frame."""
BRIDGED_S = 0.5
"""Longest gap whose turn is estimated from the rates around it (`gap_fill.py`), with its own doubt: three frames. A restart
from the accelerometer during movement costs more (docs/accuracy.md)."""


@dataclass(frozen=True, slots=True)
class Edge:
    """The last sample before a block: what the next one continues from."""

    t_s: float
    acc_mps2: Vector3
    gyr_radps: Vector3


@dataclass(frozen=True, slots=True)
class Grid(Columns):
    """Samples with short gaps filled, one row each: `t_s` (m,), `dt_s` (m,) the interval before the row, `acc_mps2` and
    `gyr_radps` (m, 3), `starts` (m,) where a new stretch begins (after a gap too long to bridge, or at the stream's start),
    `reported` (m,) where samples start, or resume after more than SHORT_GAP_S, `real` (m,) which rows are samples and not
    filled in."""

    t_s: FloatArray
    dt_s: FloatArray
    acc_mps2: FloatArray
    gyr_radps: FloatArray
    starts: BoolArray
    reported: BoolArray
    real: BoolArray


def bridge(block: SampleBlock, edge: Edge | None, sample_rate_hz: float, bridged_s: float = BRIDGED_S) -> Grid:
    """Fill gaps of up to `bridged_s` of `block`, which follows `edge`, by straight lines. Accelerometer-only blocks get an angular
    rate of zero here, which makes the tilt filter a plain low-pass of the acceleration."""
    gyr = np.zeros_like(block.acc_mps2) if block.gyr_radps is None else block.gyr_radps
    period_s = 1.0 / sample_rate_hz
    if edge is None:
        edge = Edge(float(block.t_s[0]) - period_s, vector3(block.acc_mps2[0]), vector3(gyr[0]))
        first = True
    else:
        first = False
    step_s = steps(block.t_s, edge.t_s)
    missing = step_s > 1.5 * period_s
    # a mark without missing time (a reboot) is a break as well: nobody knows what happened in between
    broken = block.after_gap & ~missing
    broken[0] |= first
    if not (missing.any() or broken.any()):
        return Grid(block.t_s, step_s, block.acc_mps2, gyr, broken, broken, np.ones(len(block), dtype=np.bool_))
    starts = (step_s > max(bridged_s, 2.5 * period_s)) | broken
    reported = (step_s > max(SHORT_GAP_S, 2.5 * period_s)) | broken
    step_s = np.where(starts, period_s, step_s)
    parts = np.where(missing & ~starts, np.rint(step_s * sample_rate_hz), 1).astype(np.int64)
    if parts.max(initial=1) == 1:
        return Grid(block.t_s, step_s, block.acc_mps2, gyr, starts, reported, np.ones(len(block), dtype=np.bool_))

    row = np.repeat(np.arange(len(block)), parts)
    last = np.cumsum(parts) - 1
    real = np.zeros(len(row), dtype=np.bool_)
    real[last] = True
    back = ((last[row] - np.arange(len(row))) / parts[row])[:, None]

    def fill(values: FloatArray, before: tuple[float, ...]) -> FloatArray:
        change = np.diff(values, axis=0, prepend=np.asarray(before)[None])
        return np.asarray(values[row] - change[row] * back)

    t_s = fill(block.t_s[:, None], (edge.t_s,))[:, 0]
    acc, turn = fill(block.acc_mps2, edge.acc_mps2), fill(gyr, edge.gyr_radps)
    return Grid(t_s, step_s[row] / parts[row], acc, turn, starts[row], reported[row], real)
