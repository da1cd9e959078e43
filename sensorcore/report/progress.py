"""Progress over weeks to years as one frozen value: changes, their certainty, practice. No causes."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean

from sensorcore.habit.faded_feedback import feedback_share
from sensorcore.habit.streak import Streak
from sensorcore.history.store import History, total
from sensorcore.history.values import Baseline, Note
from sensorcore.history.weeks import weeks_before
from sensorcore.report.gather import Counted, pain_trend, upright_trend
from sensorcore.report.practice import practice_streak
from sensorcore.report.trend import Trend
from sensorcore.track.local_day import monday_of
from sensorcore.track.minutes import Minute


@dataclass(frozen=True, slots=True)
class Period(Counted):
    """A week (or a month): `first_day` to `last_day`, both included; `pain` the mean of its notes."""

    first_day: int
    last_day: int
    counts: Minute
    routine_s: float
    pain: float | None


@dataclass(frozen=True, slots=True)
class ProgressReport:
    """`weeks` from the first with data (Monday to Sunday) to the present one, oldest first, empty ones included. `feedback`: the
    share of nudges that is given now."""

    today: int
    weeks: tuple[Period, ...]
    upright_trend: Trend | None
    pain_trend: Trend | None
    streak: Streak
    baselines: tuple[Baseline, ...]
    pains: tuple[Note, ...]
    feedback: float


def progress(history: History, today: int) -> ProgressReport:
    """Read all of it. Raises StorageError."""
    notes = [note for note in history.notes(0, today) if note.pain is not None]
    first = history.first_day()
    begin = min([day for day in (first, *(note.day for note in notes[:1])) if day is not None], default=None)
    return ProgressReport(
        today,
        () if begin is None else _weeks(history, notes, begin, today),
        upright_trend(history, today),
        pain_trend(history, today),
        practice_streak(history, today),
        tuple(history.baselines()),
        tuple(notes),
        feedback_share(weeks_before(history, today)),
    )


def _weeks(history: History, notes: list[Note], begin: int, today: int) -> tuple[Period, ...]:
    days = history.days(begin, today)
    routines = history.routines(begin, today)
    found = []
    for monday in range(monday_of(begin), today + 1, 7):
        within = range(monday, monday + 7)
        pains = [note.pain for note in notes if note.day in within and note.pain is not None]
        found.append(
            Period(
                monday,
                monday + 6,
                total([days[day] for day in within if day in days]),
                sum(each.duration_s for each in routines if each.day in within),
                fmean(pains) if pains else None,
            )
        )
    return tuple(found)


def in_months(weeks: tuple[Period, ...]) -> tuple[Period, ...]:
    """Four weeks each, the newest complete."""
    groups = [weeks[max(0, end - 4) : end] for end in range(len(weeks), 0, -4)][::-1]
    return tuple(
        Period(
            group[0].first_day,
            group[-1].last_day,
            total([each.counts for each in group]),
            sum(each.routine_s for each in group),
            fmean(pains) if (pains := [each.pain for each in group if each.pain is not None]) else None,
        )
        for group in groups
    )
