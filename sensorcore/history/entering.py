"""Entering recordings into the history. A day is entered again from its recording whenever it was not entered to its end, so that
nothing but the recording has to survive a crash."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from sensorcore.analysis import run
from sensorcore.errors import BadInput, SpinaeError
from sensorcore.events import ActivationAsked, ActivationDone, Event, Marked, PainNoted, SetEnded
from sensorcore.history import baselines
from sensorcore.history.minutes import count, origin_tick
from sensorcore.history.notes import note_of
from sensorcore.history.sets import sets_of
from sensorcore.history.store import History
from sensorcore.history.values import Session, Small
from sensorcore.pipeline import PipelineOutput
from sensorcore.posture.amend import amended
from sensorcore.record.storage import is_being_written
from sensorcore.results import Results
from sensorcore.settings import Settings
from sensorcore.source.opening import open_source


def enter(history: History, path: Path, settings: Settings, *, ended: bool = True) -> Session:
    """Enter the recording at `path`, in place of what the history has of it; judged by the settings that it was made with, and
    `settings` where it names none. Raises BadInput or StorageError."""
    source = open_source(path)
    info = source.info
    if info.start_unix_ns is None:
        hint = "Only recordings with a date go into the history."
        raise BadInput("nothing says when it was recorded", where=str(path), hint=hint)
    results = Results(info, explain_s=0.0)
    for track, events, _, _ in run(source, settings.as_recorded(info.settings)):
        results.add(PipelineOutput(track, events))
    track, past, _ = results.until(math.inf, last_events=True)
    minutes = count(origin_tick(info.start_unix_ns), amended(track, past.amendments), results.events())
    notes = [note_of(event, info) for event in results.events() if isinstance(event, Marked | PainNoted)]
    sets = [done for event in results.events() if isinstance(event, SetEnded) for done in sets_of(event, info)]
    session = Session(path.stem, info.start_unix_ns, info.utc_offset_s, info.name, ended)
    history.replace(session, minutes, sets, notes, _small(results.events(), info.start_unix_ns / 1e9))
    return session


def _small(events: Iterable[Event], start_s: float) -> list[Small]:
    asked = [Small(start_s + event.t_s, event.activation) for event in events if isinstance(event, ActivationAsked)]
    done = [Small(start_s + event.t_s, event.activation, event.count) for event in events if isinstance(event, ActivationDone)]
    return [*asked, *done]


def waiting(history: History, folder: Path) -> list[Path]:
    """The recordings in `folder` that the history does not have to their end, oldest first."""
    entered = {session.key for session in history.sessions() if session.ended}
    return [path for path in sorted(folder.glob("*.mcap")) if path.stem not in entered]


def bring_up_to_date(
    history: History, folder: Path, settings: Settings, on_recording: Callable[[Path], None] = lambda _: None
) -> Iterator[SpinaeError]:
    """Enter every recording in `folder` that the history does not have to its end, and the baseline tests kept there. Yields what
    could not be entered; the others are entered all the same."""
    for test in sorted(folder.glob(f"*{baselines.ENDING}")):
        try:
            history.baseline(baselines.read(test))
        except SpinaeError as error:
            yield error
    for path in waiting(history, folder):
        on_recording(path)
        try:
            enter(history, path, settings, ended=not is_being_written(path))
        except SpinaeError as error:
            yield error
