"""Data of a report as one frozen value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sensorcore.habit.streak import Streak
from sensorcore.history.store import History, total
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone
from sensorcore.report.practice import DONE_SHARE, practice_streak
from sensorcore.report.span import Span, today
from sensorcore.report.trend import Trend, trend
from sensorcore.track.minutes import Minute
from sensorcore.track.posture_track import TICK_HZ

TREND_DAYS: Final = 56
"""Eight weeks: long enough for a habit to change (Lally 2010: 66 days in the median), short enough to be about now."""
JUDGED_ENOUGH_S: Final = 30 * 60.0
"""Days with less judged time are shown, and left out of trends."""


_NOTHING: Final = Minute(0)


@dataclass(frozen=True, slots=True)
class Shares:
    """Seconds; the four add up to `worn_s` + `not_worn_s`, the whole time of the recordings."""

    upright_s: float
    slouched_s: float
    unknown_s: float
    not_worn_s: float

    @property
    def judged_s(self) -> float:
        return self.upright_s + self.slouched_s

    @property
    def worn_s(self) -> float:
        return self.judged_s + self.unknown_s

    @property
    def upright_share(self) -> float | None:
        """Of the judged time; None without any."""
        return self.upright_s / self.judged_s if self.judged_s > 0 else None


def shares(counts: Minute) -> Shares:
    return Shares(
        counts.upright_ticks / TICK_HZ,
        counts.slouched_ticks / TICK_HZ,
        counts.unknown_ticks / TICK_HZ,
        counts.not_worn_ticks / TICK_HZ,
    )


class Counted:
    """Base of stretches of time with the sum of their minutes."""

    __slots__ = ()
    counts: Minute

    @property
    def shares(self) -> Shares:
        return shares(self.counts)


@dataclass(frozen=True, slots=True)
class DayPart(Counted):
    """One day of the span, or one hour of a day: `key` is the day, or the hour 0 to 23."""

    key: int
    counts: Minute


@dataclass(frozen=True, slots=True)
class Report(Counted):
    """`parts` are hours for a day and days for a week; `upright_trend` is in percentage points a week, `pain_trend` in steps of the
    scale, both over the `TREND_DAYS` up to the span's end; `streak` at the span's end; `practised` days of it; `micro_breaks` of
    the span; `baselines`: all tests up to its end. `left_out`: what was recorded of the span and is not counted, because a
    simulated wearer did it; of a report about those (`simulated`), because the real one did."""

    span: Span
    counts: Minute
    parts: tuple[DayPart, ...]
    sets: tuple[RepSet, ...]
    notes: tuple[Note, ...]
    routines: tuple[RoutineDone, ...]
    upright_trend: Trend | None
    pain_trend: Trend | None
    streak: Streak
    practised: int = 0
    micro_breaks: tuple[MicroBreak, ...] = ()
    baselines: tuple[Baseline, ...] = ()
    simulated: bool = False
    left_out: Minute = _NOTHING


def gather(history: History, span: Span) -> Report:
    """Read the span from the history. Raises StorageError."""
    days = history.days(span.first_day, span.last_day)
    if len(span.days) == 1:
        parts = _hours(history.minutes(span.first_day))
    else:
        parts = tuple(DayPart(day, days[day]) for day in sorted(days))
    return Report(
        span,
        total(list(days.values())),
        parts,
        tuple(history.rep_sets(span.first_day, span.last_day)),
        tuple(history.notes(span.first_day, span.last_day)),
        tuple(history.routines(span.first_day, span.last_day)),
        upright_trend(history, span.last_day),
        pain_trend(history, span.last_day),
        practice_streak(history, min(span.last_day, today().first_day)),
        len(history.practised(DONE_SHARE) & set(span.days)),
        tuple(history.micro_breaks(span.first_day, span.last_day)),
        tuple(each for each in history.baselines() if each.day <= span.last_day),
        history.simulated,
        history.left_out(span.first_day, span.last_day),
    )


def _hours(minutes: Sequence[Minute]) -> tuple[DayPart, ...]:
    by_hour: dict[int, list[Minute]] = {}
    for minute in minutes:
        by_hour.setdefault(minute.minute // 60 % 24, []).append(minute)
    return tuple(DayPart(hour, total(found)) for hour, found in sorted(by_hour.items()))


def upright_trend(history: History, last_day: int) -> Trend | None:
    """In percentage points a week. Raises StorageError."""
    found = {day: shares(counts) for day, counts in history.days(last_day - TREND_DAYS + 1, last_day).items()}
    judged = {day: each.upright_share for day, each in found.items() if each.judged_s >= JUDGED_ENOUGH_S}
    return trend(list(judged), [100 * share for share in judged.values() if share is not None])


def pain_trend(history: History, last_day: int) -> Trend | None:
    """In steps of the scale a week. Raises StorageError."""
    by_day: dict[int, list[int]] = {}
    for note in history.notes(last_day - TREND_DAYS + 1, last_day):
        if note.pain is not None:
            by_day.setdefault(note.day, []).append(note.pain)
    return trend(list(by_day), [sum(pains) / len(pains) for pains in by_day.values()])
