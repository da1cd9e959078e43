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
from sensorcore.posture.day import Day, watch
from sensorcore.posture.judge import seen_by
from sensorcore.posture.tune import alerts
from sensorcore.record.storage import is_being_written
from sensorcore.settings import Settings
from sensorcore.source.base import FileSource
from sensorcore.source.opening import open_source

_DATED: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Past:
    """Time that was worn: what it is called in a sentence ("yesterday", "in this recording"), and what was seen in it under
    `settings`."""

    called: str
    days: tuple[Day, ...]
    settings: Settings

    def holds_for(self, settings: Settings) -> bool:
        """Whether the same would be seen under these."""
        return seen_by(settings) == seen_by(self.settings)

    @property
    def data_s(self) -> float:
        """Time with data."""
        return sum(day.data_s for day in self.days)

    def alerts(self, settings: Settings) -> int:
        """Exactly as many as the pipeline would have raised, where it `holds_for` these."""
        return sum(len(alerts(day, settings)) for day in self.days)


def watched(called: str, sources: Sequence[FileSource], settings: Settings, on_progress: Callable[[float], None]) -> Past:
    """What is seen in `sources`. Whatever `on_progress` (given stream time) raises ends it. Raises SpinaeError for a bad
    recording."""
    # A copy: a player may be reading the same source.
    days = [watch(source.info, copy.copy(source).items(), settings, on_progress) for source in sources]
    return Past(called, tuple(days), settings)


def newest_day(folder: Path, today: date) -> tuple[str, list[FileSource]]:
    """The recordings of the last day before `today`, or else of today, and what that day is called. One that is being written, or
    cannot be read, is left out; no recordings at all are an empty list."""
    found: dict[date, list[Path]] = {}
    for path in sorted(folder.glob("*.mcap")):
        dated = _DATED.match(path.name)
        if dated is not None and not is_being_written(path):
            try:
                found.setdefault(date.fromisoformat(dated.group()), []).append(path)
            except ValueError:
                continue
    chosen = max((day for day in found if day < today), default=today)
    if chosen not in found:
        return "", []
    sources = [source for path in found[chosen] if (source := _opened(path)) is not None]
    ago = (today - chosen).days
    called = "today" if ago == 0 else "yesterday" if ago == 1 else f"on {chosen:%A}" if ago < 7 else f"on {chosen:%d %B %Y}"
    return called, sources


def _opened(path: Path) -> FileSource | None:
    try:
        return open_source(path)
    except SpinaeError:
        return None
