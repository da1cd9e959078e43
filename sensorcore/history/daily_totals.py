"""What was recorded of today before now: a day goes on after the daemon was started again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from sensorcore.history.ingest import ingest_today
from sensorcore.history.store import History
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals

DAY_S: Final = 86400


def recorded_today(
    history_path: Path, folder: Path, settings: Settings, current: Path | None, *, simulated: bool = False
) -> DailyTotals:
    """Of all recordings but `current`, by this wearer or by simulated ones, on the days about now: whoever travels may come into
    the one before or after. Those that the history does not have yet are entered first. Raises StorageError."""
    now_s = time.time()
    offset_s = time.localtime(now_s).tm_gmtoff
    day = int((now_s + offset_s) // DAY_S)
    with History(history_path, simulated=simulated) as history:
        ingest_today(history, folder, settings, (day - 1) * DAY_S - offset_s, current)
        return DailyTotals(tuple(history.days(day - 1, day + 1, but=current.stem if current else "").values()))
