"""Time by posture and by context in whole ticks, of one minute or of one day, so that sums of parts are exact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sensorcore.track.local_day import DAY_MINUTES
from sensorcore.track.tick_counts import TickCounts

BANDS_DEG: Final = (20, 30, 45, 60)
"""Inclinations that exposure is reported above (ISO 11226, RULA; Lind 2023)."""


@dataclass(frozen=True, slots=True)
class Minute:
    """One minute of the wall clock within a session. `minute` counts minutes since 1970 (in a
    recording's minutes UTC, in a day's the wearer's); the `_ticks` are tenths of a second
    (`TICK_HZ`): the first four add up to the time that the session has in this minute; contexts and bands are counted beside
    them. `lean_sum_deg` is over judged (upright or slouched) ticks."""

    minute: int
    upright_ticks: int = 0
    slouched_ticks: int = 0
    unknown_ticks: int = 0
    not_worn_ticks: int = 0
    sitting_ticks: int = 0
    standing_ticks: int = 0
    walking_ticks: int = 0
    lying_ticks: int = 0
    lean_sum_deg: float = 0.0
    above_20_ticks: int = 0
    above_30_ticks: int = 0
    above_45_ticks: int = 0
    above_60_ticks: int = 0
    alerts: int = 0

    @property
    def ticks(self) -> int:
        return self.counts.total

    @property
    def counts(self) -> TickCounts:
        """All time of the minute that the session covers, by posture."""
        return TickCounts(self.unknown_ticks, self.upright_ticks, self.slouched_ticks, self.not_worn_ticks)


@dataclass(frozen=True, slots=True)
class DailyTotals:
    """Totals of other recordings for the local days around now: the sums of each, whose `minute` is the day's first."""

    days: tuple[Minute, ...] = ()

    def of(self, day: int) -> Minute:
        """Of that day (days since 1970)."""
        return next((each for each in self.days if each.minute == day * DAY_MINUTES), Minute(day * DAY_MINUTES))
