"""How much the wearer moves, from ticks: walking intensity, speed of tilting, whether they are at rest, over the last seconds."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import BoolArray, FloatArray
from sensorcore.motion.arrays import rows, windows
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import angles_deg

BOUNCE_WINDOWS: tuple[tuple[int, int], ...] = ((0, 9), (9, 17), (17, 25))
"""Ticks, oldest first: 2.5 s in three parts that must all bounce. One jolt (sitting down on a chair) is not walking: on people
(hapt) 15 % of the transitions between postures pass, against 59 % for one window of 2.5 s; see docs/accuracy.md."""
BURST_WINDOWS: tuple[tuple[int, int], ...] = ((13, 19), (19, 25))
"""The last 1.2 s in two parts: two or three steps."""
TILT_TICKS = TICK_HZ
SWING_TICKS = 2 * TICK_HZ
REST_TICKS = 5
REST_MPS2 = 0.25
REST_DPS = 6.0
"""At rest: half a second with less bounce and less turning. People (hapt) who sit, stand or lie are below both in 95 % of the time;
sitting down, standing up and lying down are above one of them all the way."""
STEPS_DPS = 7.0
STEPS_WITHOUT_GYROSCOPE_DPS = 13.0
"""Steps rock the trunk; a seat shakes it and leaves it where it is. The tilt speed of people who walk (hapt, mobgap) is above 8.5
°/s in 99 % of the time, and above 14 °/s where acceleration alone tells the tilt, which shaking disturbs. A car on rough roads
stays below 2 and 7 °/s, a simulated bus below 6.7 and 12.7 °/s in 90 % of the time."""


@dataclass(frozen=True, slots=True)
class ActivityState:
    """The last ticks: rows (samples, vertical sum, vertical square sum, tilt speed) and the last `up` (20, 3); none of them
    before the first tick."""

    recent: FloatArray
    up: FloatArray


@dataclass(frozen=True, slots=True)
class Activity(Columns):
    """Of n ticks. `bounce_mps2` (n,): RMS of the vertical acceleration about its mean, the least of the parts of the last 2.5 s;
    `burst_mps2` (n,): the same of the last 1.2 s; `tilt_dps` (n,): mean speed at which "up" moved in the sensor over the last
    second; `rocks` (n,): it moves as fast as steps make it; `swing_deg` (n,): how far it is from where it was two
    seconds ago; `shake_mps2` (n,): the bounce of the last half
    second; `at_rest` (n,): neither bounce nor turning in it."""

    bounce_mps2: FloatArray
    burst_mps2: FloatArray
    tilt_dps: FloatArray
    swing_deg: FloatArray
    shake_mps2: FloatArray
    at_rest: BoolArray
    rocks: BoolArray


def initial() -> ActivityState:
    return ActivityState(np.zeros((4, BOUNCE_WINDOWS[-1][1] - 1)), np.zeros((0, 3)))


def step(
    state: ActivityState, ticks: Ticks, bounce_windows: tuple[tuple[int, int], ...] = BOUNCE_WINDOWS
) -> tuple[ActivityState, Activity]:
    """Advance by the ticks that were completed."""
    if not len(ticks):
        none = np.zeros(0)
        return state, Activity(none, none, none, none, none, none.astype(np.bool_), none.astype(np.bool_))
    up = np.concatenate([state.up if len(state.up) else np.repeat(ticks.up[:1], SWING_TICKS, axis=0), ticks.up])
    turn_dps = np.where(ticks.after_gap, 0.0, angles_deg(up[SWING_TICKS - 1 : -1], ticks.up) * TICK_HZ)
    swing = angles_deg(up[: len(ticks)], ticks.up)
    new = rows(ticks.samples, ticks.vertical_sum, ticks.vertical_square_sum, turn_dps)
    recent = np.concatenate([state.recent, new], axis=1)
    past = windows(recent, state.recent.shape[1] + 1)
    rest = past.shape[2] - REST_TICKS, past.shape[2]
    spread = _spread(past[:3], (*bounce_windows, *BURST_WINDOWS, rest))
    bounce, burst = spread[: len(bounce_windows)].min(axis=0), spread[len(bounce_windows) : -1].min(axis=0)
    tilt, shake = past[3, :, -TILT_TICKS:].mean(axis=1), spread[-1]
    calm = (shake < REST_MPS2) & (past[3, :, -REST_TICKS:].mean(axis=1) < REST_DPS)
    # a gyroscope's rate about the vertical is never exactly 0
    rocks = tilt > np.where(ticks.turn_radps == 0, STEPS_WITHOUT_GYROSCOPE_DPS, STEPS_DPS)
    return ActivityState(recent[:, len(ticks) :], up[-SWING_TICKS:]), Activity(bounce, burst, tilt, swing, shake, calm, rocks)


def _spread(past: FloatArray, parts: tuple[tuple[int, int], ...]) -> FloatArray:
    """Standard deviation (parts, n) in each part of the windows (3, n, ticks) of counts, sums and square sums; 0 where there is no
    sample."""
    sums = np.empty((len(parts), *past.shape[:2]))
    for i, (begin, end) in enumerate(parts):
        np.add.reduce(past[:, :, begin:end], axis=2, out=sums[i])
    count = np.maximum(sums[:, 0], 1.0)
    mean = sums[:, 1] / count
    return np.asarray(np.sqrt(np.maximum(sums[:, 2] / count - mean * mean, 0.0)))
