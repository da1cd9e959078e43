"""What was recorded of today before now: a day goes on after the daemon was started again."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from sensorcore.errors import SpinaeError, contained
from sensorcore.history.ingest import ingest, not_ingested
from sensorcore.history.problems import HistoryError
from sensorcore.history.store import History
from sensorcore.settings import Settings
from sensorcore.storage.write import is_being_written
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
        for path in not_ingested(history, folder):
            try:
                with contained(path):
                    if path != current and path.stat().st_mtime >= day * DAY_S - offset_s - DAY_S:
                        ingest(history, path, settings, ended=not is_being_written(path))
            except HistoryError:
                raise
            except SpinaeError:
                continue  # the report says why
        return DailyTotals(tuple(history.days(day - 1, day + 1, but=current.stem if current else "").values()))
