"""The wearer's local time where a file was recorded: from a named zone, an offset in words, or this computer's own."""

from __future__ import annotations

import datetime
import re
import zoneinfo

from sensorcore.commands import LONGEST_OFFSET_S

_OFFSET = re.compile(r"(?:UTC|GMT)?\s*([+-])(\d{1,2}):?(\d{2})?$", re.IGNORECASE)


def zone_offset_s(name: str, unix_s: float) -> int | None:
    """Local time minus UTC at a moment in the zone `Asia/Tokyo`, `UTC+09:00`, `+0900` or `UTC`; None when it cannot be known."""
    name = name.strip()
    written = _OFFSET.match(name)
    if written is not None:
        offset_s = (int(written[2]) * 60 + int(written[3] or 0)) * (-60 if written[1] == "-" else 60)
        return offset_s if abs(offset_s) <= LONGEST_OFFSET_S else None
    if name.upper() in ("UTC", "GMT", "Z"):
        return 0
    try:
        zone = zoneinfo.ZoneInfo(name)
        offset = datetime.datetime.fromtimestamp(unix_s, zone).utcoffset()
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError, OverflowError):
        return None
    return None if offset is None else int(offset.total_seconds())


def this_computers_offset_s(unix_s: float, is_local: bool = False) -> int:
    """Local time minus UTC on this computer at a moment; `is_local`: the moment is a local wall clock as if it were UTC."""
    try:
        if is_local:
            wall = datetime.datetime.fromtimestamp(unix_s, datetime.UTC).replace(tzinfo=None)
            offset = wall.astimezone().utcoffset()
        else:
            offset = datetime.datetime.fromtimestamp(unix_s).astimezone().utcoffset()
    except (ValueError, OSError, OverflowError):
        return 0
    return 0 if offset is None else int(offset.total_seconds())
