"""How many alerts other settings would have brought: on the recording that is open, or on the newest day that was recorded."""

from __future__ import annotations

import copy
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from sensorcore.errors import SpinaeError
from sensorcore.ports import FileSource
from sensorcore.posture.scoring import scoring_settings
from sensorcore.recording.opening import open_source
from sensorcore.settings import Settings
from sensorcore.storage.write import is_being_written
from sensorcore.track.local_day import LocalDays, date_of, day_of, origin_tick, tick_of
from sensorcore.track.posture_track import TICK_HZ
from sensorcore.whatif.day import Day, watch
from sensorcore.whatif.tune import SlouchAlert, alerts

HINT_SLACK_S: Final = 3600.0
"""A recording may last longer than its messages tell at once, and its clock on the wall may have been changed."""
_DATED: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class TrialDay:
    """Recordings to try settings on: what they are called in a sentence ("yesterday", "in this recording"), `day`: only what is of
    that local day counts (None: all of them). `as_made`: the alerts heard are those of the settings that each was made with."""

    called: str
    sources: tuple[FileSource, ...]
    day: int | None = None
    as_made: bool = False


@dataclass(frozen=True, slots=True)
class Past:
    """The scored recordings of `worn`, each under its settings of `given`."""

    worn: TrialDay
    days: tuple[Day, ...]
    given: tuple[Settings, ...]

    def holds_for(self, settings: Settings) -> bool:
        """Whether the scored ticks are the same under these."""
        return all(scoring_settings(settings) == scoring_settings(given) for given in self.given)

    @property
    def data_ticks(self) -> int:
        """Ticks with data, as in `Day`; of the local day, where `worn` names one."""
        day = self.worn.day
        return sum(each.data_ticks(None if day is None else self._local(i).spans(day)) for i, each in enumerate(self.days))

    @property
    def data_s(self) -> float:
        """Time with data: `data_ticks` in seconds."""
        return self.data_ticks / TICK_HZ

    def alerts(self, settings: Settings) -> int:
        """Exactly as many as the pipeline would have raised, where it `holds_for` these."""
        return sum(self._count(which, alerts(day, settings)) for which, day in enumerate(self.days))

    def heard(self) -> int:
        """How many were raised by the settings that it was seen under, with those that the wearer changed on the way."""
        found = zip(self.days, self.given, strict=True)
        return sum(self._count(which, alerts(day, given, as_worn=True)) for which, (day, given) in enumerate(found))

    def _count(self, which: int, raised: Sequence[SlouchAlert]) -> int:
        if self.worn.day is None:
            return len(raised)
        local = self._local(which)
        return sum(local.day_of(tick_of(alert.t_s)) == self.worn.day for alert in raised)

    def _local(self, which: int) -> LocalDays:
        info = self.worn.sources[which].info
        return LocalDays(origin_tick(info.start_unix_ns or 0), info.utc_offset_s, self.days[which].zones)


def watched(worn: TrialDay, settings: Settings, on_progress: Callable[[float], None], *, as_made: bool = False) -> Past:
    """The past scored under `settings`, or those that each recording was made with. An exception of `on_progress` (given stream
    time) ends it. Raises SpinaeError for a bad recording."""
    given = tuple(settings.as_recorded(source.info.settings) if as_made else settings for source in worn.sources)
    # A copy: a player may be reading the same source.
    pairs = zip(worn.sources, given, strict=True)
    days = [watch(source.info, copy.copy(source).items(), chosen, on_progress) for source, chosen in pairs]
    return Past(worn, tuple(days), given)


def newest_day(folder: Path, today: date, *, simulated: bool = False) -> TrialDay | None:
    """The last local day before `today` with recordings of the wearer (or, with `simulated`, of simulated ones), or else today. A
    recording that is being written, or cannot be read, is left out; None without any."""
    found: dict[int, list[FileSource]] = {}
    now = day_of(today)
    for path in sorted(folder.glob("*.mcap"), reverse=True):
        if _DATED.match(path.name) is None or is_being_written(path):
            continue
        source = _opened(path)
        if source is None or source.info.simulated is not simulated or source.info.start_unix_ns is None:
            continue
        first, last = _days(source)
        if any(day < now and last < day - 1 for day in found):
            break  # a day is found, and what is older does not reach it
        for day in range(first, last + 1):
            found.setdefault(day, []).insert(0, source)
    chosen = max((day for day in found if day < now), default=now)
    if chosen not in found:
        return None
    ago, named = now - chosen, date_of(chosen)
    called = "earlier today" if ago == 0 else "yesterday" if ago == 1 else f"on {named:%A}" if ago < 7 else f"on {named:%d %B %Y}"
    return TrialDay(called, tuple(found[chosen]), chosen, as_made=True)


def _days(source: FileSource) -> tuple[int, int]:
    """The first and the last local day that it may have something of."""
    info = source.info
    days = LocalDays(origin_tick(info.start_unix_ns or 0), info.utc_offset_s)
    return days.day_of(0), days.day_of(tick_of((source.duration_hint_s or 0.0) + HINT_SLACK_S))


def _opened(path: Path) -> FileSource | None:
    try:
        return open_source(path)
    except SpinaeError:
        return None
