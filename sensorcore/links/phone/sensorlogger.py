"""Messages of Sensor Logger: a JSON object a batch, `messageId` (counts up within a recording), `sessionId`, `deviceId` and
`payload`, a list of readings `{"name", "time": Unix ns, "values": {"x", "y", "z"}}`; other versions have x, y, z beside the name,
or the time as text. Source: the app's PUSHING.md. Pure: text in, values out.
"""

from __future__ import annotations

import json
from binascii import crc32
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from sensorcore.devices.phone_batch import MOST_ROWS, Batch, Kind, PhoneRows, Platform, rows_of
from sensorcore.errors import BadInput

NAMES: Final[dict[str, Kind]] = {
    "accelerometer": "linear",
    "gravity": "gravity",
    "totalacceleration": "total",
    "accelerometeruncalibrated": "raw",
    "gyroscope": "gyroscope",
}
SECOND_BEST: Final[dict[str, Kind]] = {"gyroscopeuncalibrated": "gyroscope"}
"""Taken where the better one is not sent."""
LONGEST_ID: Final = 200
MOST_MESSAGES: Final = 1 << 53
"""The app counts in JavaScript."""
_WHERE: Final = "Sensor Logger's message"


@dataclass(frozen=True, slots=True)
class Push:
    """`device`: what the phone calls itself; `unread`: readings that cannot be: no number, no possible time; `is_test`: sent by the
    app's test button, not a part of a recording."""

    device: str
    batch: Batch
    unread: int = 0
    is_test: bool = False


def parse(body: bytes, platform: Platform = "") -> Push:
    """Raises BadInput for what the app would not send. Readings of other sensors are passed over."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        raise BadInput("it is no JSON", where=_WHERE, hint="Choose JSON, not another format, in the app") from None
    if not isinstance(document, dict) or not isinstance(document.get("payload"), list):
        raise BadInput("it has no list of readings ('payload')", where=_WHERE, hint="Only Sensor Logger's push belongs here")
    device, session, message = (
        document.get(name, default) for name, default in (("deviceId", ""), ("sessionId", ""), ("messageId", 0))
    )
    if not (_is_id(device) and _is_id(session)) or isinstance(message, bool) or not isinstance(message, int):
        raise BadInput("its deviceId, sessionId or messageId makes no sense", where=_WHERE, hint="Update Sensor Logger")
    if not 0 <= message < MOST_MESSAGES:
        raise BadInput(f"the messageId {message} is out of range", where=_WHERE, hint="Update Sensor Logger")
    channels, unread = _channels(document["payload"])
    session_key = crc32(str(session).encode(errors="replace"))
    is_test = bool(document["payload"]) and all(
        isinstance(each, dict) and each.get("name") == "test" for each in document["payload"]
    )
    return Push(str(device), Batch(session_key, message, channels, platform), unread, is_test)


def platform_of(user_agent: str) -> Platform:
    """The message does not say what phone sends it; how its system introduces itself does."""
    said = user_agent.casefold()
    if "cfnetwork" in said or "darwin" in said or "iphone" in said:
        return "ios"
    return "android" if "okhttp" in said or "android" in said or "dalvik" in said else ""


def _is_id(value: Any) -> bool:
    return isinstance(value, str | int) and len(str(value)) <= LONGEST_ID


def _channels(payload: list[Any]) -> tuple[dict[Kind, PhoneRows], int]:
    if len(payload) > MOST_ROWS:
        raise BadInput(f"{len(payload)} readings are too many", where=_WHERE, hint="Choose a shorter batch period in the app")
    read: dict[str, tuple[list[int], list[tuple[float, float, float]]]] = {}
    unread = 0
    for reading in payload:
        name = reading.get("name") if isinstance(reading, dict) else None
        if not isinstance(name, str) or (name.lower() not in NAMES and name.lower() not in SECOND_BEST):
            continue
        values = reading.get("values", reading)
        try:
            t_ns, row = int(reading["time"]), (float(values["x"]), float(values["y"]), float(values["z"]))
            np.int64(t_ns)
        except (TypeError, ValueError, KeyError, OverflowError):
            unread += 1
            continue
        times, rows = read.setdefault(name.lower(), ([], []))
        times.append(t_ns)
        rows.append(row)
    channels: dict[Kind, PhoneRows] = {}
    for name, kind in (*SECOND_BEST.items(), *NAMES.items()):
        if name in read:
            times, rows = read[name]
            channels[kind], left_out = rows_of(np.array(times, dtype=np.int64), np.array(rows))
            unread += left_out
    return channels, unread
