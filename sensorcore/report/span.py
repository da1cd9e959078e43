"""Span of days of a report, as people write it: 2026-11-23, 2026-W48."""

from __future__ import annotations

import datetime
from dataclasses import dataclass

from sensorcore.errors import BadInput
from sensorcore.track.local_day import date_of, day_of


@dataclass(frozen=True, slots=True)
class Span:
    """Days since 1970 by the wearer's local time, both included, and the span's name."""

    first_day: int
    last_day: int
    name: str

    @property
    def days(self) -> range:
        return range(self.first_day, self.last_day + 1)


def one_day(text: str) -> Span:
    """A date. Raises BadInput."""
    try:
        date = datetime.date.fromisoformat(text)
    except ValueError:
        raise BadInput(f"'{text}' is not a day", where="--day", hint="Write it as 2026-11-23.") from None
    return _day(date)


def one_week(text: str) -> Span:
    """A week of ISO 8601, Monday to Sunday. Raises BadInput."""
    try:
        year, _, number = text.partition("-W")
        monday = datetime.date.fromisocalendar(int(year), int(number), 1)
    except ValueError:
        raise BadInput(f"'{text}' is not a week", where="--week", hint="Write it as 2026-W48.") from None
    return week_of(day_of(monday))


def week_of(monday: int) -> Span:
    """The week that begins on that day."""
    year, number, _ = date_of(monday).isocalendar()
    return Span(monday, monday + 6, f"week {number:02} of {year}")


def today(now: datetime.datetime | None = None) -> Span:
    """The day on the wall clock."""
    return _day((now or datetime.datetime.now().astimezone()).date())


def _day(date: datetime.date) -> Span:
    return Span(day_of(date), day_of(date), f"{date:%A} {date.isoformat()}")
