"""Height change of the body between two moments of rest: sitting down or standing up, wherever the sensor is worn.

The vertical acceleration is integrated twice over the movement. At rest before and after, the velocity is zero and the mean
acceleration is the sensor's own error, so a line through both is subtracted and what velocity is left at the end is spread over the
movement (zero-velocity update). Hips go down by about a quarter of the body height to a chair; Atrsaei et al. 2020 (J NeuroEng
Rehabil 17:126), among others, detect transitions so from one sensor on the trunk. Measured here: docs/accuracy.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray
from sensorcore.motion.ticks import TICK_HZ

REST_TICKS: Final = 5
"""Rest is judged over the last half second (`activity.py`), before a movement and after it."""
LONGEST_TICKS: Final = 55
"""The error grows with the square of the time; people rise and sit down in 2 to 5 s."""
ERROR_M: Final = 0.06
ERROR_MPS2: Final = 0.005
"""Standard deviation of a rise over t seconds: `ERROR_M + ERROR_MPS2 / 2 t²`, from movements that leave people where they were
(hapt) and from how the sizes of one person's transitions differ."""


@dataclass(frozen=True, slots=True)
class Movement:
    """Movement between two rests: its duration (capped at one tick over LONGEST_TICKS), the rise of the sensor (below zero:
    sank) and its standard deviation, both NaN for a movement too long to integrate."""

    duration_s: float
    rise_m: float
    error_m: float

    def then(self, after: Movement) -> Movement:
        """With the movement that followed on a short rest: the rises add up, their errors are independent."""
        duration_s = self.duration_s + after.duration_s
        if math.isnan(self.rise_m) or math.isnan(after.rise_m):
            return Movement(duration_s, math.nan, math.nan)  # the one nan there is, so that equal states compare as equal
        return Movement(duration_s, self.rise_m + after.rise_m, math.hypot(self.error_m, after.error_m))


@dataclass(frozen=True, slots=True)
class RiseState:
    """`vertical_mps2`: means of the last ticks, oldest first; `moving`: ticks of the movement under way (0: at rest).
    What went before the first tick is not known, as after a long movement."""

    vertical_mps2: tuple[float, ...] = (0.0,) * (LONGEST_TICKS + 2 * REST_TICKS)
    moving: int = LONGEST_TICKS + 1


def step(
    state: RiseState, vertical_mps2: FloatArray, at_rest: BoolArray, after_gap: BoolArray
) -> tuple[RiseState, dict[int, Movement]]:
    """Advance by n ticks: the movements that ended, by the tick at which the wearer has come to rest."""
    known = (*state.vertical_mps2, *vertical_mps2.tolist())
    before = len(state.vertical_mps2)
    moving = state.moving
    ended: dict[int, Movement] = {}
    for i, (rests, gap) in enumerate(zip(at_rest.tolist(), after_gap.tolist(), strict=True)):
        if gap:
            moving = LONGEST_TICKS + 1
        if not rests:
            moving += 1
        elif moving:
            ended[i] = _movement(known, before + i + 1, moving)
            moving = 0
    return RiseState(known[len(vertical_mps2) :], min(moving, LONGEST_TICKS + 1)), ended


def _movement(known: tuple[float, ...], end: int, ticks: int) -> Movement:
    """The movement up to the tick before `end`, which is the first whose last half second is at rest."""
    if ticks > LONGEST_TICKS:
        return Movement((LONGEST_TICKS + 1) / TICK_HZ, math.nan, math.nan)
    if ticks < REST_TICKS:
        return Movement(ticks / TICK_HZ, 0.0, ERROR_M)
    window = np.array(known[end - (ticks + REST_TICKS + 1) : end])
    first, last = float(window[:REST_TICKS].mean()), float(window[-REST_TICKS:].mean())
    moved = window[REST_TICKS - 1 : len(window) - REST_TICKS + 1]
    share = np.arange(1, len(moved) + 1) / len(moved)
    velocity = np.cumsum(moved - first - (last - first) * share) / TICK_HZ
    rise_m = float((velocity - velocity[-1] * share).sum()) / TICK_HZ
    return Movement(ticks / TICK_HZ, rise_m, ERROR_M + ERROR_MPS2 / 2 * (ticks / TICK_HZ) ** 2)
