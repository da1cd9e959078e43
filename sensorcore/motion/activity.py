"""How much the wearer moves, from ticks: walking intensity and speed of tilting, over the last seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.model import FloatArray
from sensorcore.motion.ticks import TICK_HZ, Ticks

BOUNCE_WINDOWS: tuple[tuple[int, int], ...] = ((0, 9), (9, 17), (17, 25))
"""Ticks, oldest first: 2.5 s in three parts that must all bounce. One jolt (sitting down on a chair) is not walking: on people
(hapt) 15 % of the transitions between postures pass, against 59 % for one window of 2.5 s; see docs/accuracy.md."""
TILT_TICKS = TICK_HZ


@dataclass(frozen=True, slots=True)
class ActivityState:
    """The last ticks: rows (samples, vertical sum, vertical square sum, tilt speed) and the newest `up`."""

    recent: FloatArray
    up: FloatArray


@dataclass(frozen=True, slots=True)
class Activity:
    """`bounce_mps2` (n,): RMS of the vertical acceleration about its mean, the least of the parts of the last 2.5 s;
    `tilt_dps` (n,): mean speed at which "up" moved in the sensor over the last second."""

    bounce_mps2: FloatArray
    tilt_dps: FloatArray


def initial() -> ActivityState:
    return ActivityState(np.zeros((4, BOUNCE_WINDOWS[-1][1] - 1)), np.zeros((0, 3)))


def step(state: ActivityState, ticks: Ticks) -> tuple[ActivityState, Activity]:
    """Advance by the ticks that were completed."""
    if not len(ticks):
        return state, Activity(np.zeros(0), np.zeros(0))
    up = np.concatenate([state.up if len(state.up) else ticks.up[:1], ticks.up])
    chord = up[1:] - up[:-1]
    length = np.sqrt(chord[:, 0] * chord[:, 0] + chord[:, 1] * chord[:, 1] + chord[:, 2] * chord[:, 2])
    turn_dps = np.where(ticks.after_gap, 0.0, np.degrees(2 * np.arcsin(np.minimum(length / 2, 1.0))) * TICK_HZ)
    rows = np.stack([ticks.samples, ticks.vertical_sum, ticks.vertical_square_sum, turn_dps])
    recent = np.concatenate([state.recent, rows], axis=1)
    windows = np.lib.stride_tricks.sliding_window_view(recent, state.recent.shape[1] + 1, axis=1)
    bounce = np.min([_spread(windows[:3, :, slice(*part)]) for part in BOUNCE_WINDOWS], axis=0)
    tilt = windows[3, :, -TILT_TICKS:].mean(axis=1)
    return ActivityState(recent[:, len(ticks) :], up[-1:]), Activity(bounce, tilt)


def _spread(windows: FloatArray) -> FloatArray:
    """Standard deviation (n,) from `windows` (3, n, ticks) of counts, sums and square sums; 0 where there is no sample."""
    count, total, square = windows.sum(axis=2)
    count = np.maximum(count, 1.0)
    mean = total / count
    return np.asarray(np.sqrt(np.maximum(square / count - mean * mean, 0.0)))
