"""From the sensor's rate to ten ticks a second: means over each tick, so that a decision never hangs on one sample."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray, IntArray, SampleBlock
from sensorcore.motion.arrays import lengths, rows, steps
from sensorcore.motion.tilt import Tilt

TICK_HZ: Final = 10
"""Fast for a posture that is judged over seconds, and slow enough that a day stays small."""


@dataclass(frozen=True, slots=True)
class Ticks(Columns):
    """Means over each tick that has samples. `index` (n,): tick k covers `[k / TICK_HZ, (k + 1) / TICK_HZ)`. `up` (n, 3) unit
    vectors; `acc_mps2` (n, 3); `sway_mps2` (n,) standard deviation of the acceleration within the tick; `samples` (n,) their
    number; `vertical_sum`, `vertical_square_sum` (n,) over the vertical acceleration without gravity; `turn_radps` (n,) how fast
    the wearer turns about the vertical, + left (0 without a gyroscope); `after_gap` (n,)."""

    index: IntArray
    up: FloatArray
    acc_mps2: FloatArray
    sway_mps2: FloatArray
    uncertainty_deg: FloatArray
    samples: FloatArray
    vertical_sum: FloatArray
    vertical_square_sum: FloatArray
    turn_radps: FloatArray
    after_gap: BoolArray

    def shifted(self, ticks: int) -> Ticks:
        """The same on another stream's count of ticks."""
        return replace(self, index=self.index + ticks)


@dataclass(frozen=True, slots=True)
class TickState:
    """Samples of the tick that is not complete yet: rows of `_columns`, their tick numbers, uncertainty and gap marks."""

    index: IntArray
    columns: FloatArray
    uncertainty_deg: FloatArray
    after_gap: BoolArray


def initial() -> TickState:
    none = np.zeros(0)
    return TickState(none.astype(np.int64), np.zeros((10, 0)), none, none.astype(np.bool_))


def step(state: TickState, block: SampleBlock, tilt: Tilt) -> tuple[TickState, Ticks]:
    """Complete the ticks that `block` ends; the newest tick stays open until a later sample arrives or `finish`."""
    index = np.concatenate([state.index, np.floor(block.t_s * TICK_HZ).astype(np.int64)])
    columns = np.concatenate([state.columns, _columns(block, tilt.up)], axis=1)
    uncertainty = np.concatenate([state.uncertainty_deg, tilt.uncertainty_deg])
    gap = np.concatenate([state.after_gap, tilt.starts])
    done = int(np.searchsorted(index, index[-1])) if len(index) else 0
    rest = TickState(index[done:], columns[:, done:], uncertainty[done:], gap[done:])
    return rest, _means(index[:done], columns[:, :done], uncertainty[:done], gap[:done])


def finish(state: TickState) -> Ticks:
    """The last, possibly partial tick of a stream that has ended."""
    return _means(state.index, state.columns, state.uncertainty_deg, state.after_gap)


def _columns(block: SampleBlock, up: FloatArray) -> FloatArray:
    """What is summed over a tick, one row each: up, acceleration, its square, vertical acceleration, its square, rate of turn about
    the vertical."""
    ax, ay, az = block.acc_mps2.T
    ux, uy, uz = up.T
    vertical = ax * ux + ay * uy + az * uz - STANDARD_GRAVITY_MPS2
    if block.gyr_radps is None:
        turn = np.zeros(len(block))
    else:
        gx, gy, gz = block.gyr_radps.T
        turn = gx * ux + gy * uy + gz * uz
    return rows(ux, uy, uz, ax, ay, az, ax * ax + ay * ay + az * az, vertical, vertical * vertical, turn)


def _means(index: IntArray, columns: FloatArray, uncertainty_deg: FloatArray, after_gap: BoolArray) -> Ticks:
    first = np.flatnonzero(steps(index, -1)) if len(index) else np.zeros(0, dtype=np.int64)
    if not len(first):
        none = np.zeros(0)
        return Ticks(index, np.zeros((0, 3)), np.zeros((0, 3)), none, none, none, none, none, none, after_gap)
    samples = lengths(first, len(index)).astype(np.float64)
    sums = np.add.reduceat(columns, first, axis=1)
    up, acc = sums[:3], sums[3:6] / samples
    square = acc[0] * acc[0] + acc[1] * acc[1] + acc[2] * acc[2]
    return Ticks(
        index[first],
        (up / np.sqrt(up[0] * up[0] + up[1] * up[1] + up[2] * up[2])).T,
        acc.T,
        np.sqrt(np.maximum(sums[6] / samples - square, 0.0)),
        np.maximum.reduceat(uncertainty_deg, first),
        samples,
        sums[7],
        sums[8],
        sums[9] / samples,
        np.logical_or.reduceat(after_gap, first),
    )
