"""Ingest of recordings into the history. A recording is ingested again until it has ended, so that nothing but the recording has to
survive a crash."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from sensorcore.errors import BadInput, SpinaeError, contained
from sensorcore.events import ActivationAsked, ActivationDone, Event, Marked, PainNoted, SetEnded, ZoneChanged
from sensorcore.history import baselines
from sensorcore.history.minutes import count
from sensorcore.history.problems import HistoryError
from sensorcore.history.sets import sets_of
from sensorcore.history.store import History
from sensorcore.history.values import MicroBreak, Note, RepSet, Session
from sensorcore.pipeline.analysis import run
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording.opening import open_source
from sensorcore.settings import Settings
from sensorcore.storage.write import is_being_written
from sensorcore.track.correction import corrected
from sensorcore.track.local_day import origin_tick, zones_by_minute
from sensorcore.view.results import Results


def ingest(history: History, path: Path, settings: Settings, *, ended: bool = True) -> Session:
    """Enter the recording at `path`, replacing what the history has of it; judged by the settings that it was made with, and by
    `settings` where it names none. Raises BadInput for any fault of the recording, StorageError, and HistoryError."""
    with contained(path):
        return _enter(history, path, settings, ended)


def _enter(history: History, path: Path, settings: Settings, ended: bool) -> Session:
    source = open_source(path)
    info = source.info
    if info.start_unix_ns is None:
        hint = "Only recordings with a date go into the history."
        raise BadInput("nothing says when it was recorded", where=str(path), hint=hint)
    results = Results(info, explain_s=0.0)
    for track, events, _, _ in run(source, settings.as_recorded(info.settings), as_worn=True):
        results.add(PipelineOutput(track, events))
    track, past, _ = results.until(math.inf, last_events=True)
    origin = origin_tick(info.start_unix_ns)
    minutes = count(origin, corrected(track, past.corrections), results.events())
    zones = zones_by_minute(origin, past.zones)
    notes, sets, here = list[Note](), list[RepSet](), info
    for event in results.events():
        here = replace(here, utc_offset_s=event.utc_offset_s) if isinstance(event, ZoneChanged) else here
        if isinstance(event, Marked | PainNoted):
            pain = event.level if isinstance(event, PainNoted) else None
            notes.append(Note(info.start_unix_ns / 1e9 + event.t_s, here.utc_offset_s, pain, event.text))
        sets += sets_of(event, here) if isinstance(event, SetEnded) else []
    session = Session(path.stem, info.start_unix_ns, info.utc_offset_s, info.name, ended, info.simulated)
    history.replace(session, minutes, sets, notes, _micro_breaks(results.events(), info.start_unix_ns / 1e9), zones)
    return session


def _micro_breaks(events: Iterable[Event], start_s: float) -> list[MicroBreak]:
    asked = [MicroBreak(start_s + event.t_s, event.activation) for event in events if isinstance(event, ActivationAsked)]
    done = [MicroBreak(start_s + event.t_s, event.activation, event.count) for event in events if isinstance(event, ActivationDone)]
    return [*asked, *done]


def not_ingested(history: History, folder: Path) -> list[Path]:
    """Recordings in `folder` that the history lacks or has in part, oldest first."""
    entered = {session.key for session in history.sessions() if session.ended}
    return [path for path in sorted(folder.glob("*.mcap")) if path.stem not in entered]


def ingest_all(
    history: History, folder: Path, settings: Settings, on_recording: Callable[[Path], None] = lambda _: None
) -> Iterator[SpinaeError]:
    """Enter every recording in `folder` that the history lacks or has in part, and the baseline tests kept there. Yields the
    error of each that could not be entered. Raises HistoryError when the history itself fails."""
    for test in sorted(folder.glob(f"*{baselines.ENDING}")):
        try:
            with contained(test, "this baseline test cannot be used"):
                history.baseline(baselines.read(test))
        except HistoryError:
            raise
        except SpinaeError as error:
            yield error
    for path in not_ingested(history, folder):
        on_recording(path)
        yield from _tried(history, path, settings)


def ingest_today(history: History, folder: Path, settings: Settings, since_unix_s: float, but: Path | None) -> None:
    """Enter recordings written since then that the history does not have to their end; `but` is left out, and so is what cannot be
    read (the report says why). Raises HistoryError."""
    for path in not_ingested(history, folder):
        with contextlib.suppress(OSError):
            if path != but and path.stat().st_mtime >= since_unix_s:
                list(_tried(history, path, settings))


def _tried(history: History, path: Path, settings: Settings) -> Iterator[SpinaeError]:
    try:
        with contained(path):
            ingest(history, path, settings, ended=not is_being_written(path))
    except HistoryError:
        raise
    except SpinaeError as error:
        yield error
