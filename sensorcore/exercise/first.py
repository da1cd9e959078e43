"""The first repetition of a set, as it happens: counted at once when it is clearly meant, else together with a second like it.

Fidgets come alone; a repetition seldom does. What is left out here still counts when the set is over (`recount`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from sensorcore.exercise.catalogue import Exercise
from sensorcore.exercise.excursion import COLUMN, Excursion
from sensorcore.exercise.offline_counter import FEW, LONE_SIZE, LONE_TICKS
from sensorcore.exercise.trace import Row
from sensorcore.motion.ticks import TICK_HZ

UNHURRIED: Final = 1.1
"""Shares of its size per second: slower than this at its fastest is meant. By minimum jerk that is 1.7 s each way; who shifts in
a chair takes a second."""
ALIKE: Final = 0.7
"""Two repetitions of a set are this alike in size and in duration; the share of the greater that the lesser is."""


def stands_alone(exercise: Exercise, rows: Sequence[Row], found: Excursion, counted: int, since_ticks: int) -> bool:
    """Whether it counts without a second like it. `counted` of the set so far, `since_ticks` since the newest of them."""
    if exercise.is_hold or counted > FEW or (counted and since_ticks <= LONE_TICKS):
        return True
    return found.size >= LONE_SIZE * exercise.least or _is_unhurried(exercise, rows, found)


def are_alike(one: Excursion, other: Excursion) -> bool:
    """Are they neighbours in one set? Positions on one scale, `one` the earlier."""
    near = other.first - one.last <= LONE_TICKS
    sizes, durations = (one.size, other.size), (one.last - one.first, other.last - other.first)
    return near and min(sizes) >= ALIKE * max(sizes) and min(durations) >= ALIKE * max(durations)


def moved(found: Excursion, by: int) -> Excursion:
    """The same, its positions counted from elsewhere."""
    before, first, peak, last, after = (at + by for at in (found.before, found.first, found.peak, found.last, found.after))
    return replace(found, before=before, first=first, peak=peak, last=last, after=after)


def _is_unhurried(exercise: Exercise, rows: Sequence[Row], found: Excursion) -> bool:
    signal = [row[COLUMN[exercise.signal]] for row in rows[found.first : found.last + 1]]
    fastest = max((abs(after - before) for before, after in zip(signal[:-2], signal[2:], strict=True)), default=0.0) * TICK_HZ / 2
    return fastest <= UNHURRIED * found.size
