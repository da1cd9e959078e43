"""Times written as text: ISO 8601 and its relatives, with or without a date and a time zone."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

DAY_NS: Final = 86_400 * 10**9
_CLOCK: Final = re.compile(
    rb"(?:(?:(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})|(\d{1,2})\.(\d{1,2})\.(\d{4}))[ T_]+)?"  # 2025-5-29, 2025/05/29, 29.05.2025
    rb"(\d{1,2}):(\d{1,2})(?::(\d{1,2})(?:([.,:])(\d{1,9}))?)?"
    rb" ?(?:(Z|UTC|GMT)|(?:UTC|GMT)?([+-])(\d{2}):?(\d{2})?)?"
)
_SHORTENED: Final = re.compile(rb"\d{1,2}:\d{1,2}\.\d{1,3}")


@dataclass(frozen=True, slots=True)
class Moment:
    """`ns` since 1970 by the clock that wrote it, or since midnight when it is not `dated`; `offset_s` of that clock's zone, None
    when it names none."""

    ns: int
    dated: bool
    offset_s: int | None


def moment(cell: bytes) -> Moment | None:
    """The time in a cell; None when there is none."""
    match = _CLOCK.fullmatch(cell)
    if match is None:
        return None
    year, month, day, day2, month2, year2, hour, minute, second, mark, fraction, utc, sign, zone_h, zone_min = match.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second or 0) > 59 or (mark == b":" and len(fraction) > 3):
        return None
    ns = ((int(hour) * 60 + int(minute)) * 60 + int(second or 0)) * 10**9
    if fraction:
        ns += int(fraction) * 10**6 if mark == b":" else int(fraction) * 10 ** (9 - len(fraction))
    offset_s = 0 if utc else None
    if sign:
        offset_s = (int(zone_h) * 60 + int(zone_min or 0)) * (-60 if sign == b"-" else 60)
    if not (year or year2):
        return Moment(ns, False, offset_s)
    days = _days(int(year or year2), int(month or month2), int(day or day2))
    return None if days is None else Moment(ns + days * DAY_NS, True, offset_s)


def is_shortened(cell: bytes) -> bool:
    """Whether a spreadsheet wrote this time: minutes and tenths of seconds, `59:50.1`, without hours and date."""
    return _SHORTENED.fullmatch(cell) is not None


@lru_cache(maxsize=8)
def _days(year: int, month: int, day: int) -> int | None:
    try:
        return datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal() if 1970 <= year < 2200 else None
    except ValueError:
        return None
