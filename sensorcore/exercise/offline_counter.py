"""Counting again when a set is over, with all of it in view: the count reported at the end.

Both directions in time are smoothed alike, the size of a repetition is the set's own, and neutral lies between the two sides. The
rules are those of counting as it happens, in hindsight (the two-pass count of RecoFit: Morris et al., CHI 2014).
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import Final

from sensorcore.exercise.catalogue import Exercise
from sensorcore.exercise.excursion import COLUMN, Excursion, dominates, excursion, in_start_pose, plausible
from sensorcore.exercise.trace import FLEXION, TURN, Frame, Row
from sensorcore.motion.ticks import TICK_HZ

HALF: Final = 0.5
"""Less than this share of the set's median size is a half repetition."""
HALF_ONE_WAY: Final = 0.55
"""In a set of more than a few of an exercise without sides, whose repetitions are more alike: a fidget in a pause of a set is half
as large at times."""
ROUNDS: Final = 3
BETWEEN_SHARE: Final = 0.6
"""Between two repetitions of a set nobody does another exercise: there another axis may move somewhat more."""
BETWEEN_TICKS: Final = 12 * TICK_HZ
LONE_TICKS: Final = 15 * TICK_HZ
LONE_SIZE: Final = 2.5
FEW: Final = 3
"""A single excursion, with no other within 15 s, is believed from this many times the least size, or in a set of more than a few:
fidgets come alone."""
REST_TICKS: Final = TICK_HZ
REST_SOON_TICKS: Final = 15 * TICK_HZ
ONE_SIDED: Final = 1 / 6
"""Who rests this near (as a share of the way between the ends) to one end of their movement, before the set and after it, goes to
one side only; otherwise neutral is where they rest, or if they do not, the middle."""
REST_WITHIN: Final = 1.5
"""Degrees: who moves less than this in a second rests."""
DRIFT_TICKS: Final = 10 * TICK_HZ
STILL_DEG_PER_TICK: Final = 0.05
PAUSE_TICKS: Final = 15
FURTHER: Final = 0.05
"""Who has not gone further by this share of the way in so many ticks pauses."""
ANGLED: Final = ("flexion", "lateral")
"""Signals that need the wearer's axes; without them there is one way only, away from the start."""


def signs_of(exercise: Exercise) -> tuple[int, ...]:
    """The ways a repetition can go."""
    return {"+": (1,), "-": (-1,), "either": (1, -1), "both": (1, -1)}[exercise.goes]


def recount(exercise: Exercise, frame: Frame | None, rows: Sequence[Row]) -> list[Excursion]:
    """All repetitions in `rows`, in order."""
    smoothed = _without_drift(rows)
    for _ in range(exercise.steady_ticks):
        smoothed = _smoothed(smoothed)
    signal = [row[COLUMN[exercise.signal]] for row in smoothed]
    signs = signs_of(exercise) if frame is not None or exercise.signal not in ANGLED else (1,)
    if len(rows) < TICK_HZ:
        return []
    found = [each for sign in signs for each in _one_way(exercise, frame, smoothed, signal, sign)]
    if len(signs) == 2 and found:
        found = _two_ways(exercise, frame, smoothed, signal, found)
    found.sort(key=lambda each: each.peak)
    return found if exercise.is_hold else [each for each in found if not _is_alone(exercise, each, found)]


def _one_way(exercise: Exercise, frame: Frame | None, rows: Sequence[Row], signal: Sequence[float], sign: int) -> list[Excursion]:
    """Valley, peak, valley; the size is the set's own after a round or two."""
    least, found = exercise.least, list[Excursion]()
    for _ in range(ROUNDS):
        turns = [excursion(signal, sign, *turn) for turn in turning(signal, sign, least)]
        found = [each for each in turns if _fits(exercise, frame, rows, each) and dominates(exercise, rows, each)]
        if not found:
            return []
        half = HALF if exercise.goes == "both" or len(found) <= FEW else HALF_ONE_WAY
        least = max(exercise.least, half * median(each.size for each in found))
    return found


def _two_ways(
    exercise: Exercise, frame: Frame | None, rows: Sequence[Row], signal: Sequence[float], swings: list[Excursion]
) -> list[Excursion]:
    """Excursions to either side of neutral."""
    sides = {sign: [signal[each.peak] for each in swings if each.sign == sign] for sign in (1, -1)}
    if not sides[1] or not sides[-1]:
        return swings
    high, low = median(sides[1]), median(sides[-1])
    near = (high - low) * ONE_SIDED
    before, after = signal[min(each.first for each in swings) :: -1], signal[max(each.last for each in swings) :]
    middle = (high + low) / 2
    rests = [rest for rest in (_rest(before, middle), _rest(after, middle)) if rest is not None]
    for level, side in ((low, 1), (high, -1)):
        if len(rests) == 2 and all(abs(rest - level) < near for rest in rests):
            return [each for each in swings if each.sign == side]
    agree = len(rests) == 2 and abs(rests[0] - rests[1]) < near and abs(rests[0] - middle) < 2 * near
    neutral = sum(rests) / 2 if agree else middle
    sizes = {1: high - neutral, -1: neutral - low}  # one side may go further than the other
    found, maybe = list[Excursion](), list[Excursion]()
    for _ in range(ROUNDS - 1):
        turns = [
            replace(each, size=size)
            for sign in (1, -1)
            for before, peak, after in turning(signal, sign, max(exercise.least, HALF * min(sizes.values())))
            for size in [sign * (signal[peak] - neutral)]
            for each in [excursion(signal, sign, before, peak, after, size, size)]
            if size >= max(exercise.least, HALF * sizes[sign])
        ]
        maybe = [each for each in turns if _fits(exercise, frame, rows, each)]
        found = [each for each in maybe if dominates(exercise, rows, each)]
        if not found:
            return []
        sizes = {sign: median([each.size for each in found if each.sign == sign] or [sizes[sign]]) for sign in (1, -1)}
    for each in maybe:
        if each not in found and _is_between(each, found) and dominates(exercise, rows, each, BETWEEN_SHARE):
            found.append(each)
    return found


def _rest(signal: Sequence[float], middle: float) -> float | None:
    """Of the levels at which the wearer rests soon, the one nearest to the middle: they may hold at an end, too."""
    levels = []
    for begin in range(min(REST_SOON_TICKS, len(signal) - REST_TICKS)):
        part = signal[begin : begin + REST_TICKS + 1]
        if max(part) - min(part) <= REST_WITHIN:
            levels.append(median(part))
    return min(levels, key=lambda level: abs(level - middle), default=None)


def turning(signal: Sequence[float], sign: int, least: float) -> list[tuple[int, int, int]]:
    """Positions (valley, peak, valley) of all excursions of at least `least`, out and back."""
    found: list[tuple[int, int, int]] = []
    valley = peak = before = 0
    rising = False
    for k, value in enumerate(signal):
        s = sign * value
        if rising:
            if s > sign * signal[peak]:
                peak = valley = k
            elif s < sign * signal[valley]:
                valley = k
            if sign * signal[peak] - s >= least:
                rising = False
        else:
            if s < sign * signal[valley]:
                valley = k
            if s - sign * signal[valley] >= least:
                if peak > before:
                    found.append((before, peak, valley))
                before, peak, rising = valley, k, True
                valley = k
    if peak > before and not rising:
        found.append((before, peak, valley))
    return [
        (_foot(signal, sign, peak, before, least), peak, _foot(signal, sign, peak, after, least)) for before, peak, after in found
    ]


def _foot(signal: Sequence[float], sign: int, peak: int, valley: int, least: float) -> int:
    """Where the way between peak and valley is over: the wearer has come most of the way, and then gone nowhere for a while. What
    follows in a pause is not the repetition's."""
    step = 1 if valley > peak else -1
    lowest, top = peak, sign * signal[peak]
    for k in range(peak, valley + step, step):
        fall = top - sign * signal[lowest]
        if top - sign * signal[k] > fall + FURTHER * max(fall, least):
            lowest = k
        elif fall >= least and abs(k - lowest) >= PAUSE_TICKS:
            return lowest
    return valley


def _fits(exercise: Exercise, frame: Frame | None, rows: Sequence[Row], each: Excursion) -> bool:
    return plausible(exercise, rows, each) and in_start_pose(exercise, frame, rows[each.first])


def _is_between(each: Excursion, found: Sequence[Excursion]) -> bool:
    before = [other for other in found if other.peak < each.peak and other.sign != each.sign]
    after = [other for other in found if other.peak > each.peak and other.sign != each.sign]
    return bool(before and after) and after[0].peak - before[-1].peak <= BETWEEN_TICKS


def _is_alone(exercise: Exercise, each: Excursion, found: Sequence[Excursion]) -> bool:
    if each.size >= LONE_SIZE * exercise.least or len(found) > FEW:
        return False
    near = (other for other in found if other is not each)
    return all(other.first - each.last > LONE_TICKS or each.first - other.last > LONE_TICKS for other in near)


def _without_drift(rows: Sequence[Row]) -> list[Row]:
    """Without the gyroscope's steady error about the vertical: the turn of ticks in which the lean did not change."""
    pairs = itertools.pairwise(rows)
    still = [after[TURN] - before[TURN] for before, after in pairs if abs(after[FLEXION] - before[FLEXION]) < STILL_DEG_PER_TICK]
    if len(still) < DRIFT_TICKS:
        return list(rows)
    drift_deg = median(still)
    return [(*row[:TURN], row[TURN] - k * drift_deg, *row[TURN + 1 :]) for k, row in enumerate(rows)]


def _smoothed(rows: Sequence[Row]) -> list[Row]:
    """A zero-phase low-pass over three ticks (1, 2, 1): 1.8 Hz; five times, 0.8 Hz."""
    if len(rows) < 3:
        return list(rows)
    inner = [
        tuple((a + 2.0 * b + c) / 4.0 for a, b, c in zip(before, now, after, strict=True))
        for before, now, after in zip(rows, rows[1:], rows[2:], strict=False)
    ]
    return [rows[0], *inner, rows[-1]]
