"""Which ticks of a stream belong to which day of the wearer: by whole minutes of the wall clock, and by the zone of each minute.
The history and the day under way count by this alone."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from itertools import pairwise
from typing import Final

from sensorcore.motion.ticks import TICK_HZ

MINUTE_TICKS: Final = 60 * TICK_HZ
DAY_MINUTES: Final = 24 * 60
_FAR: Final = 2**62
_EPOCH: Final = datetime.date(1970, 1, 1)


def date_of(day: int) -> datetime.date:
    """Of days since 1970."""
    return _EPOCH + datetime.timedelta(days=day)


def day_of(date: datetime.date) -> int:
    """Days since 1970."""
    return (date - _EPOCH).days


def monday_of(day: int) -> int:
    """The Monday of the week of `day` (days since 1970, a Thursday)."""
    return day - (day + 3) % 7


def origin_tick(start_unix_ns: int) -> int:
    """The tick of the wall clock (since 1970) in which a stream begins."""
    return start_unix_ns * TICK_HZ // 1_000_000_000


def tick_of(t_s: float) -> int:
    """The tick of the stream that ends at `t_s`, when an event in it is dated."""
    return max(round(t_s * TICK_HZ) - 1, 0)


def zones_by_minute(origin: int, zones: Iterable[tuple[float, int]]) -> dict[int, int]:
    """The first minute (UTC, since 1970) of each offset of local time from UTC in seconds; `zones`: when, in stream time, it
    changed. Clocks are set on the minute, and looked at every few seconds."""
    return {round((origin + t_s * TICK_HZ) / MINUTE_TICKS): offset_s for t_s, offset_s in zones}


class LocalDays:
    """The days of a stream that begins in tick `origin` of the wall clock, at `utc_offset_s`; `zones` as in `zones_by_minute`."""

    def __init__(self, origin: int, utc_offset_s: int, zones: Iterable[tuple[float, int]] = ()) -> None:
        self._origin = origin
        self._zones = [(-_FAR, utc_offset_s), *sorted(zones_by_minute(origin, zones).items()), (_FAR, 0)]

    def day_of(self, tick: int) -> int:
        """Days since 1970, by the wearer's local time in that tick of the stream."""
        minute = (self._origin + tick) // MINUTE_TICKS
        offset_s = next(offset_s for begin, offset_s in reversed(self._zones[:-1]) if begin <= minute)
        return (minute + int(offset_s / 60)) // DAY_MINUTES

    def spans(self, day: int) -> list[tuple[int, int]]:
        """The ticks of the stream `[begin, end)` that belong to `day`; several when the wearer travelled back into it."""
        found: list[tuple[int, int]] = []
        for (zone, offset_s), (until, _) in pairwise(self._zones):
            first = day * DAY_MINUTES - int(offset_s / 60)
            begin, end = max(zone, first), min(until, first + DAY_MINUTES)
            if begin < end and end * MINUTE_TICKS > self._origin:
                found.append((max(0, begin * MINUTE_TICKS - self._origin), end * MINUTE_TICKS - self._origin))
        return found
