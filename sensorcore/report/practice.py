"""Practice by exercise, and the streak, from the history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean
from typing import Final

from sensorcore.exercise.catalogue import catalogue
from sensorcore.habit.streak import Streak, streak
from sensorcore.history.store import History
from sensorcore.history.values import MicroBreak, RepSet
from sensorcore.report.trend import Trend, trend

DONE_SHARE: Final = 0.5
"""A routine of which so much was done counts for the day."""
PRACTICE_DAYS: Final = 182
"""Half a year."""


@dataclass(frozen=True, slots=True)
class Practice:
    """One exercise: its sets (newest first) of the last `PRACTICE_DAYS`. `best`: the set with the most repetitions, or the longest
    hold; `furthest_deg` the greatest range of a set; `range_trend` in degrees a week."""

    name: str
    title: str
    is_hold: bool
    sets: tuple[RepSet, ...]
    repetitions: int
    best: RepSet
    furthest_deg: float | None
    range_trend: Trend | None


def practice(history: History, today: int) -> tuple[Practice, ...]:
    """Every exercise that was done, the one done last first. Raises StorageError."""
    by_name: dict[str, list[RepSet]] = {}
    for each in history.rep_sets(today - PRACTICE_DAYS + 1, today):
        by_name.setdefault(each.exercise, []).append(each)
    found = [_practice(name, sets) for name, sets in by_name.items() if name in catalogue()]
    return tuple(sorted(found, key=lambda each: -each.sets[0].start_unix_s))


def _practice(name: str, sets: Sequence[RepSet]) -> Practice:
    exercise = catalogue()[name]
    ranges = [each.range_deg for each in sets if each.range_deg is not None]
    by_day: dict[int, list[float]] = {}
    for each in sets:
        if each.range_deg is not None:
            by_day.setdefault(each.day, []).append(each.range_deg)
    best = max(sets, key=lambda each: (each.hold_s if exercise.is_hold else each.repetitions, each.start_unix_s))
    return Practice(
        name,
        exercise.title,
        exercise.is_hold,
        tuple(reversed(sets)),
        sum(each.repetitions for each in sets),
        best,
        max(ranges, default=None),
        trend(list(by_day), [fmean(values) for values in by_day.values()]),
    )


def practice_streak(history: History, today: int) -> Streak:
    """Days in a row on which something was practised, up to `today`. Raises StorageError."""
    return streak(history.practised(DONE_SHARE), today)


def micro_break_text(micro_breaks: Sequence[MicroBreak]) -> str:
    """`7 small things asked, 4 seen done`; empty for none."""
    asked, done = (sum((each.count > 0) == seen for each in micro_breaks) for seen in (False, True))
    return f"{asked} small thing{'s' if asked != 1 else ''} asked, {done} seen done" if micro_breaks else ""


def streak_words(now: Streak) -> str:
    """`6 days in a row, 1 missed and forgiven; not yet today`."""
    if not now.days:
        return "no days in a row yet: a routine, a set or a small thing begins one"
    days = "1 day" if now.days == 1 else f"{now.days} days in a row"
    forgiven = f", {now.forgiven} missed and forgiven" if now.forgiven else ""
    today = "" if now.today else "; today is the last chance to keep it" if now.last_chance else "; not yet today"
    return f"{days}{forgiven}{today}"
