"""Detector of walking on raw samples, before there is a tilt, to choose how slowly the accelerometer may correct it.

Walking shakes the acceleration all the time and turns the trunk little. Other people's measurements and ours: docs/accuracy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray, IntArray
from sensorcore.motion.arrays import rows, windows
from sensorcore.motion.vectors import dots

WINDOW_S: Final = 0.25
PARTS: Final = 3
PART_WINDOWS: Final = 3
"""2.25 s in three parts that must all shake, so that one jolt is not a walk."""
SHAKING_MPS2: Final = 0.5
TURNING_RADPS: Final = 1.0
"""People's trunks turn at about 0.7 rad/s (RMS) when they walk, 1.0 on stairs (hapt)."""
AFTERWARDS_WINDOWS: Final = 20
"""For 5 s after the last step the answer stays: stopping pushes, and the filter that does not know it has to forget it first
(simulated bends after a walk: 1.4° without, 0.7° with; 3 and 7 s were no better)."""


@dataclass(frozen=True, slots=True)
class GaitState:
    """`open_rows` (3, k): samples of the window that is not complete; `windows` (4, 9): sums over the last complete ones. Rows:
    acceleration beyond gravity, its square, the angular rate's square; and the number of samples. `stopped`: for how many windows
    nobody has walked when the open one is over."""

    open_rows: FloatArray
    windows: FloatArray
    stopped: int = AFTERWARDS_WINDOWS + 1


def initial() -> GaitState:
    return GaitState(np.zeros((3, 0)), np.zeros((4, PARTS * PART_WINDOWS)))


def step(state: GaitState, acc_mps2: FloatArray, gyr_radps: FloatArray, sample_rate_hz: float) -> tuple[GaitState, BoolArray]:
    """Whether the wearer walks or did so just now, at each of n samples, from the complete windows before it."""
    length = max(1, round(WINDOW_S * sample_rate_hz))
    shake = np.sqrt(dots(acc_mps2, acc_mps2)) - STANDARD_GRAVITY_MPS2
    seen = np.concatenate([state.open_rows, rows(shake, shake * shake, dots(gyr_radps, gyr_radps))], axis=1)
    complete = seen.shape[1] // length
    if not complete:
        return GaitState(seen, state.windows, state.stopped), np.full(len(acc_mps2), state.stopped <= AFTERWARDS_WINDOWS)
    starts = np.arange(complete) * length
    sums = np.add.reduceat(seen[:, : complete * length], starts, axis=1)
    known = np.concatenate([state.windows, rows(*sums, np.full(complete, float(length)))], axis=1)
    stopped = _stopped(_walks(known), state.stopped)
    walks = np.repeat(stopped <= AFTERWARDS_WINDOWS, length)[state.open_rows.shape[1] :][: len(acc_mps2)]
    return GaitState(seen[:, complete * length :], known[:, complete:], int(stopped[-1])), walks


def _stopped(walks: BoolArray, before: int) -> IntArray:
    """For each window, for how many nobody has walked; for the first it is `before`, whose answer was given then."""
    number = np.arange(len(walks))
    last = np.maximum.accumulate(np.where(walks & (number > 0), number, -before))
    return np.minimum(number - last, AFTERWARDS_WINDOWS + 1)


def _walks(known: FloatArray) -> BoolArray:
    """For each window and the one that is open, from the nine before it (known: (4, 9 + m) → m + 1)."""
    past = windows(known, PARTS * PART_WINDOWS)
    parts = past.reshape(4, past.shape[1], PARTS, PART_WINDOWS).sum(axis=3)
    total, square, turning, count = parts
    count = np.maximum(count, 1.0)
    mean = total / count
    shaking = np.sqrt(np.maximum(square / count - mean * mean, 0.0)).min(axis=1) > SHAKING_MPS2
    return np.asarray(shaking & (turning.sum(axis=1) < TURNING_RADPS**2 * count.sum(axis=1)))
