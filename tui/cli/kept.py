"""State of a day's recording, as far as it is certain: while it is made, by the daemon's view of the disk; afterwards by reading
it."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any, Final

from sensorcore.daemon.remote import ask
from sensorcore.errors import SpinaeError, StorageError
from sensorcore.recording.reader import open_recording

KEPT_WITHIN_S: Final = 5.0
"""By then a connected sensor has something on the disk."""
LOOK_EVERY_S: Final = 0.1
SHOWN: Final = "`spinae wear` shows it, `spinae daemon stop` ends it."


def after_start(place: Path, *, recorded: bool) -> str:
    """Message about a daemon that was just started and listens at `place`. Raises SpinaeError when it is gone again."""
    give_up_s = time.monotonic() + KEPT_WITHIN_S
    while True:
        status = asyncio.run(ask(place, "status"))
        recording = status.get("recording") or {}
        if recording.get("problem"):
            return f"The daemon runs. {recording['problem']} {SHOWN}"
        if recording.get("is_kept"):
            return f"Your day is kept: {SHOWN}"
        if not recorded and status["has_signal"]:
            return f"Your day is watched and not recorded, as you asked: {SHOWN}"
        if time.monotonic() > give_up_s:
            why = status["sensor"]["problem"] or f"the sensor is not heard yet ({status['sensor']['state']})"
            return f"The daemon runs; nothing is recorded yet: {why.rstrip('.')}. {SHOWN}"
        time.sleep(LOOK_EVERY_S)


def trouble(place: Path) -> str | None:
    """Trouble with recording the day at `place`; None when there is none, or nobody answers."""
    try:
        status = asyncio.run(ask(place, "status"))
    except SpinaeError:
        return None
    return status["sensor"]["problem"] or (status.get("recording") or {}).get("problem")


def after_end(status: dict[str, Any]) -> str:
    """Message about a day that has ended; `status` is the daemon's last. Raises StorageError when its recording is not whole."""
    recording = status.get("recording")
    if recording is None:
        return "The day has ended; nothing was recorded."
    path = Path(recording["path"])
    why = recording["problem"] or ""
    try:
        is_whole = open_recording(path).sealed
    except SpinaeError as error:
        hint = why or f"{error.what}. Look whether somebody deleted or moved it."
        raise StorageError("the day has ended, but its recording cannot be read", where=str(path), hint=hint) from None
    if not is_whole:
        hint = f"{why} The next start mends the rest.".strip()
        raise StorageError("the day has ended, but the end of its recording is missing", where=str(path), hint=hint)
    return "The day has ended; its recording is whole."
