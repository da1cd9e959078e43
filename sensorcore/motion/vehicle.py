"""Detector of riding in a vehicle, where posture is not judged: nobody can sit better for a bend in the road.

A seat that shakes does so all the time, up and down, and less than steps do, or without rocking the trunk as steps do; somebody at
a desk, or standing about, is at rest in between. So a ride is the share of the last seconds that shake at all. A red light does
not end it: steps do, for nobody gets from a vehicle to a desk without walking, or minutes without shaking. What shakes less
than SHAKES_MPS2 (a smooth train) looks like a chair. Measured in docs/accuracy.md."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.ticks import TICK_HZ

SHAKES_MPS2: Final = 0.15
"""RMS of half a second of vertical acceleration about its mean. ISO 2631-1 calls up to 0.315 m/s² 'not uncomfortable': seats of
cars and buses lie around that. People who sit or stand (hapt) are below it nearly all the time."""
STEPS_MPS2: Final = 0.9
"""More than that is steps (99 % of level walking in hapt) where the trunk rocks, else a rough road or a pothole."""
RIDES_TICKS: Final = 20 * TICK_HZ
RIDES_SHARE: Final = 0.9
"""Of the last 20 s. People who stand and talk with a sensor on the chest shake that long now and then, at a desk nobody did
(uci)."""
WALKS_TICKS: Final = 5 * TICK_HZ
WALKS_SHARE: Final = 0.4
WAITS_TICKS: Final = 120 * TICK_HZ
"""The longest that traffic lights keep people waiting; their cycles are at most two minutes."""


@dataclass(frozen=True, slots=True)
class RideState:
    """`shaken` and `stepped` (RIDES_TICKS - 1,), 1 or 0 for each of the last ticks; `shaken_at`, the tick at which a ride was last
    seen (None: not since the wearer walked)."""

    shaken: IntArray
    stepped: IntArray
    shaken_at: int | None = None


def initial() -> RideState:
    none = np.zeros(RIDES_TICKS - 1, dtype=np.int64)
    return RideState(none, none)


def step(state: RideState, index: IntArray, shake_mps2: FloatArray, rocks: BoolArray) -> tuple[RideState, BoolArray]:
    """Advance by the ticks `index` (n,), of which `shake_mps2` and `rocks` (n,) are those of `Activity`: whether the wearer rides
    (n,)."""
    if not len(index):
        return state, np.zeros(0, dtype=np.bool_)
    steps = (shake_mps2 > STEPS_MPS2) & rocks
    shaken = np.concatenate([state.shaken, (shake_mps2 >= SHAKES_MPS2) & ~steps])
    stepped = np.concatenate([state.stepped, steps])
    walks = _share(stepped[RIDES_TICKS - WALKS_TICKS :], WALKS_TICKS) >= WALKS_SHARE
    rides = (_share(shaken, RIDES_TICKS) >= RIDES_SHARE) & ~walks
    if state.shaken_at is None and not rides.any():
        return RideState(shaken[len(index) :], stepped[len(index) :]), np.zeros(len(index), dtype=np.bool_)
    never = -WAITS_TICKS - 1
    before = never if state.shaken_at is None else state.shaken_at
    # the newer of both decides: that a ride was seen (its tick), or that they walked (never)
    newest = np.maximum.accumulate(np.where(rides | walks, np.arange(1, len(index) + 1), 0))
    seen_at = np.concatenate([[before], np.where(rides, index, never)])[newest]
    after = RideState(shaken[len(index) :], stepped[len(index) :], None if seen_at[-1] == never else int(seen_at[-1]))
    return after, index - seen_at <= WAITS_TICKS


def _share(flags: IntArray, ticks: int) -> FloatArray:
    """The share of flags that are set among the last `ticks`, for each from the first that has so many."""
    total = np.zeros(len(flags) + 1, dtype=np.int64)
    np.cumsum(flags, out=total[1:])
    return np.asarray((total[ticks:] - total[:-ticks]) / ticks)
