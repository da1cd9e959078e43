"""Totals of the recordings of today: a day continues after a restart of the daemon."""

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
    """Totals of all recordings but `current`, by this wearer or by simulated ones, on yesterday, today and tomorrow (travellers may
    change the day). Recordings that the history lacks are entered first. Raises StorageError."""
    now_s = time.time()
    offset_s = time.localtime(now_s).tm_gmtoff
    day = int((now_s + offset_s) // DAY_S)
    with History(history_path, simulated=simulated) as history:
        ingest_today(history, folder, settings, (day - 1) * DAY_S - offset_s, current)
        return DailyTotals(tuple(history.days(day - 1, day + 1, but=current.stem if current else "").values()))
