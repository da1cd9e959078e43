"""Does the wearer walk? Asked of the raw samples, before there is a tilt, to choose how slowly the accelerometer may correct it.

Walking shakes the acceleration all the time and turns the trunk little. Other people's measurements and ours: docs/accuracy.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray

WINDOW_S: Final = 0.25
PARTS: Final = 3
PART_WINDOWS: Final = 3
"""2.25 s in three parts that must all shake, so that one jolt is not a walk."""
SHAKING_MPS2: Final = 0.5
TURNING_RADPS: Final = 1.0
"""People's trunks turn at about 0.7 rad/s (RMS) when they walk, 1.0 on stairs (hapt)."""


@dataclass(frozen=True, slots=True)
class GaitState:
    """`open_rows` (3, k): samples of the window that is not complete; `windows` (4, 9): sums over the last complete ones. Rows:
    acceleration beyond gravity, its square, the angular rate's square; and the number of samples. `walks`: the answer while the
    window is open."""

    open_rows: FloatArray
    windows: FloatArray
    walks: bool = False


def initial() -> GaitState:
    return GaitState(np.zeros((3, 0)), np.zeros((4, PARTS * PART_WINDOWS)))


def step(state: GaitState, acc_mps2: FloatArray, gyr_radps: FloatArray, sample_rate_hz: float) -> tuple[GaitState, BoolArray]:
    """Whether the wearer walks, at each of n samples, from the complete windows before it."""
    length = max(1, round(WINDOW_S * sample_rate_hz))
    ax, ay, az = acc_mps2.T
    gx, gy, gz = gyr_radps.T
    shake = np.sqrt(ax * ax + ay * ay + az * az) - STANDARD_GRAVITY_MPS2
    rows = np.concatenate([state.open_rows, np.stack([shake, shake * shake, gx * gx + gy * gy + gz * gz])], axis=1)
    complete = rows.shape[1] // length
    if not complete:
        return GaitState(rows, state.windows, state.walks), np.full(len(acc_mps2), state.walks)
    starts = np.arange(complete) * length
    sums = [np.add.reduceat(row[: complete * length], starts) for row in rows]
    known = np.concatenate([state.windows, np.stack([*sums, np.full(complete, float(length))])], axis=1)
    answers = _walks(known)
    walks = np.repeat(answers, length)[state.open_rows.shape[1] :][: len(acc_mps2)]
    return GaitState(rows[:, complete * length :], known[:, complete:], bool(answers[-1])), walks


def _walks(known: FloatArray) -> BoolArray:
    """For each window and the one that is open, from the nine before it (known: (4, 9 + m) → m + 1)."""
    past = np.lib.stride_tricks.sliding_window_view(known, PARTS * PART_WINDOWS, axis=1)
    parts = past.reshape(4, past.shape[1], PARTS, PART_WINDOWS).sum(axis=3)
    total, square, turning, count = parts
    count = np.maximum(count, 1.0)
    mean = total / count
    shaking = np.sqrt(np.maximum(square / count - mean * mean, 0.0)).min(axis=1) > SHAKING_MPS2
    return np.asarray(shaking & (turning.sum(axis=1) < TURNING_RADPS**2 * count.sum(axis=1)))
