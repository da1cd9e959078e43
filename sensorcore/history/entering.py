"""Entering a stream into the history: as it happens (`HistorySink`), or from its recording (`enter`).

Both count the same ticks and events, so a day that a crash cut short is simply entered again from what was recorded.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Final

from sensorcore.analysis import run
from sensorcore.engine import Arrival
from sensorcore.errors import BadInput
from sensorcore.events import Event, Marked
from sensorcore.history.minutes import add, count, origin_tick
from sensorcore.history.notes import note_of
from sensorcore.history.store import History
from sensorcore.history.values import Minute, Note, Session
from sensorcore.model import StreamInfo
from sensorcore.pipeline import PipelineOutput
from sensorcore.posture.track import PostureTrack
from sensorcore.settings import Settings
from sensorcore.source.opening import open_source

WRITE_EVERY_S: Final = 10.0
"""The recording loses at most 5 s to a crash; the history is mended from it, so it may be lazier."""


class HistorySink:
    """A sink of the engine. `key` names the session, as its recording does. Raises StorageError."""

    def __init__(self, history: History, info: StreamInfo, key: str) -> None:
        started_unix_ns = info.start_unix_ns if info.start_unix_ns is not None else time.time_ns()
        self._history = history
        self._tally = _Tally(replace(info, start_unix_ns=started_unix_ns))
        self._number = history.begin(Session(key, started_unix_ns, info.utc_offset_s, info.name))
        self._written_s = time.monotonic()

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        self._tally.take(output.track, output.events)
        if time.monotonic() - self._written_s >= WRITE_EVERY_S:
            self._write(ended=False)

    def close(self) -> None:
        """The stream has ended."""
        self._write(ended=True)

    def _write(self, *, ended: bool) -> None:
        minutes, notes = self._tally.taken()
        self._history.add(self._number, minutes, notes=notes, ended=ended)
        self._written_s = time.monotonic()


def enter(history: History, path: Path, settings: Settings) -> Session:
    """Enter the recording at `path`, in place of what the history has of it. Raises BadInput or StorageError."""
    source = open_source(path)
    info = source.info
    if info.start_unix_ns is None:
        raise BadInput(
            "nothing says when it was recorded", where=str(path), hint="Only recordings with a date go into the history."
        )
    session = Session(path.stem, info.start_unix_ns, info.utc_offset_s, info.name)
    tally = _Tally(info)
    for track, events, _, _ in run(source, settings):
        tally.take(track, events)
    minutes, notes = tally.taken()
    history.add(history.begin(session), minutes, notes=notes, ended=True)
    return replace(session, ended=True)


class _Tally:
    """Counts until they are taken."""

    def __init__(self, info: StreamInfo) -> None:
        assert info.start_unix_ns is not None
        self._info = info
        self._origin = origin_tick(info.start_unix_ns)
        self._last = -1
        self._minutes: dict[int, Minute] = {}
        self._notes: list[Note] = []

    def take(self, track: PostureTrack, events: tuple[Event, ...]) -> None:
        for minute in count(self._origin, self._last, track, events):
            before = self._minutes.get(minute.minute)
            self._minutes[minute.minute] = add(before, minute) if before else minute
        if len(track):
            self._last = int(track.index[-1])
        self._notes += [note_of(event, self._info) for event in events if isinstance(event, Marked)]

    def taken(self) -> tuple[list[Minute], list[Note]]:
        minutes, notes = list(self._minutes.values()), self._notes
        self._minutes, self._notes = {}, []
        return minutes, notes
