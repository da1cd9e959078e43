"""The weeks before this one, for faded feedback."""

from __future__ import annotations

from typing import Final

from sensorcore.habit.faded_feedback import Week
from sensorcore.history.store import History, total
from sensorcore.track.local_day import monday_of
from sensorcore.track.posture_track import TICK_HZ

LOOKED_BACK: Final = 26


def weeks_before(history: History, today: int) -> list[Week]:
    """The whole weeks (Monday to Sunday) before the one of `today` (days since 1970, local), oldest first; one without data is a
    week without judged time. Raises StorageError."""
    monday = monday_of(today)
    days = history.days(monday - 7 * LOOKED_BACK, monday - 1)
    found = []
    for first in range(monday - 7 * LOOKED_BACK, monday, 7):
        whole = total([counts for day, counts in days.items() if first <= day < first + 7])
        found.append(Week(whole.upright_ticks / TICK_HZ, whole.slouched_ticks / TICK_HZ))
    return found
