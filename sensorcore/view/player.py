"""Player: a recording behind a cursor that plays, pauses and jumps.

The pipeline runs over the recording once, in order, never faster than needed; the cursor only chooses which results are shown.
Events are therefore the same at any speed and after any jump. Computing happens in `compute`, which `start` leaves to a thread,
so that a slow disk or a far jump never holds up the screen."""

from __future__ import annotations

import logging
import math
import threading
import time
from collections.abc import Iterator
from typing import Any, Final, Protocol

from sensorcore.commands import AddMark, ChangeSettings, Command, CommandKind, NotePain, storable
from sensorcore.errors import SpinaeError
from sensorcore.model import SampleBlock, Second
from sensorcore.pipeline.dual import stages
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import FileSource, StreamItem
from sensorcore.posture.wearer_commands import note_event
from sensorcore.settings import Settings
from sensorcore.view.cursor import Cursor
from sensorcore.view.results import Results
from sensorcore.view.snapshot import PlayPosition, Snapshot, build_snapshot

LOOKAHEAD_S: Final = 600.0
"""How far the results run ahead of the cursor: at 100 × that is six seconds of watching."""
SLICE_SAMPLES: Final = 1024
SLICE_S: Final = 0.002
REST_S: Final = 0.001
"""In the thread, the pipeline works for a few milliseconds at a time and yields the interpreter in between: a radio or screen in
the same process waits for no more than one such slice."""
SPEED_MIN, SPEED_MAX = 0.25, 100.0

_log = logging.getLogger(__name__)


class Stages(Protocol):
    """The pipeline as a player needs it; `sensorcore.pipeline.single.Pipeline` is one."""

    def initial(self) -> Any: ...
    def step(self, state: Any, item: StreamItem) -> tuple[Any, PipelineOutput]: ...
    def finish(self, state: Any) -> tuple[Any, PipelineOutput]: ...


class Player(Cursor):
    """Plays `source`. Results come from `compute`, which may run in another thread. `as_worn`: settings changes made while worn
    are obeyed; otherwise `settings` hold throughout."""

    def __init__(self, source: FileSource, settings: Settings, *, pipeline: Stages | None = None, as_worn: bool = False) -> None:
        self._results = Results(source.info)
        super().__init__(source.info, settings, self._results)
        self.keeps_notes = False
        self.said: list[Command] = []
        self._source = source
        self._as_worn = as_worn
        self._pipeline: Stages = pipeline if pipeline is not None else stages(source.info, settings)
        self._items: Iterator[StreamItem] | None = None
        self._state: Any = None
        self._wake = threading.Event()
        self._stopping = threading.Event()
        self._again = False
        self._complete = False
        self._wanted_s = 0.0
        self._speed = 1.0

    @property
    def source(self) -> FileSource:
        """The recording or import."""
        return self._source

    @property
    def speed(self) -> float:
        """Stream seconds a second, kept within SPEED_MIN … SPEED_MAX."""
        return self._speed

    @speed.setter
    def speed(self, value: float) -> None:
        self._speed = min(max(value, SPEED_MIN), SPEED_MAX)

    @property
    def cursor_s(self) -> float:
        """The moment shown: the one asked for, or as far as results reach."""
        with self._lock:
            return min(self._wanted_s, self._shown.end_s)

    @property
    def finished(self) -> bool:
        """Whether the cursor stands at the end of the recording."""
        with self._lock:
            return self._complete and self._wanted_s >= self._results.end_s

    def advance(self, dt_s: float) -> None:
        """`dt_s` seconds of real time have passed. The cursor waits where results are missing yet."""
        if self.paused:
            return
        with self._lock:
            reach_s = max(self._wanted_s, self._results.end_s)
            self._wanted_s = min(self._wanted_s + dt_s * self._speed, reach_s)
        self._wake.set()

    def seek(self, t_s: float) -> None:
        with self._lock:
            self._wanted_s = max(0.0, min(t_s, self._results.end_s) if self._complete else t_s)
            self._jumps += 1
        self._wake.set()

    @property
    def _aimed_s(self) -> float:
        return self._wanted_s if math.isfinite(self._wanted_s) else self.cursor_s

    def use(self, settings: Settings) -> None:
        """Judge the recording by `settings`, from its start. The view changes once the new results reach the cursor. Raises
        BadSetting."""
        pipeline = stages(self._source.info, settings)
        with self._lock:
            self.settings, self._pipeline, self._again, self._complete = settings, pipeline, True, False
            self._as_worn = False
            self._jumps += 1  # an alert that is no more, or newly there, is nothing to announce
        self._wake.set()

    def compute(self, budget_s: float = math.inf, *, lookahead_s: float = LOOKAHEAD_S) -> bool:
        """Run the pipeline until results reach `lookahead_s` beyond the cursor or `budget_s` seconds have gone by. True when
        there is more to do now. Never raises for a bad recording: the snapshot carries the problem."""
        until_s = time.monotonic() + budget_s
        while not self._stopping.is_set() and self._is_needed(lookahead_s):
            try:
                self._begin_again()
                self._compute_one()
            except SpinaeError as error:
                self._fail(str(error))
            except Exception as error:  # noqa: BLE001 - any failure must reach the screen
                _log.exception("the pipeline failed at %.1f s", self._results.end_s)
                self._fail(
                    f"Playing stopped at {self._results.end_s:.1f} s by a fault in spinae ({type(error).__name__}: {error}). "
                    "Everything before it can still be looked at; please report it with the recording."
                )
            if time.monotonic() >= until_s:
                break
        return self._is_needed(lookahead_s)

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="player", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End the thread, after the block under way."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)

    def say(self, kind: CommandKind, value: str = "") -> bool:
        """Marks and pain notes at the cursor, kept in `said` for the recording. False for all other commands: the stream is over.
        Raises BadInput for an invalid value."""
        command = Command(self.cursor_s, kind, storable(value))
        if not self.keeps_notes or not isinstance(note := command.action, AddMark | NotePain):
            return False
        self.said.append(command)
        for results in {id(r): r for r in (self._shown, self._results)}.values():
            results.insert(note_event(note, command.t_s))
        return True

    def snapshot(self) -> Snapshot:
        with self._lock:
            end_s = self._shown.end_s
            t_s = min(self._wanted_s, end_s)
            at_end = self._complete and self._wanted_s >= end_s
            track, past, counts = self._shown.until(t_s, last_events=at_end)
            progress = PlayPosition(
                duration_s=end_s if self._complete else self._source.duration_hint_s,
                finished=at_end,
                catching_up=not self._complete and self._wanted_s > end_s,
                paused=self.paused,
                speed=self._speed,
                jump=self._jumps,
                problem=self._problem,
            )
        return build_snapshot(
            track,
            past,
            counts,
            t_s=t_s,
            info=self.info,
            settings=self.settings.as_recorded(dict(past.changed)),
            progress=progress,
            warnings=tuple(self._source.warnings) if self._complete else (),
        )

    def _is_needed(self, lookahead_s: float) -> bool:
        return self._again or (not self._complete and self._results.end_s < self._wanted_s + lookahead_s)

    def _begin_again(self) -> None:
        with self._lock:
            if not self._again:
                return
            self._again, self._complete, self._items, self._problem = False, False, None, None
            self._results = Results(self._source.info)

    def _compute_one(self) -> None:
        if self._items is None:
            self._items = _sliced(self._source.items(), self._as_worn)
            self._state = self._pipeline.initial()
        item = next(self._items, None)
        if item is None:
            self._state, output = self._pipeline.finish(self._state)
            self._keep(output, complete=True)
        else:
            self._state, output = self._pipeline.step(self._state, item)
            self._keep(output, complete=False)

    def _keep(self, output: PipelineOutput, *, complete: bool) -> None:
        with self._lock:
            if self._again:
                return  # already out of date
            self._results.add(output)
            if complete:
                self._end()
            elif self._results.end_s > self._wanted_s:
                self._show_newest()

    def _fail(self, problem: str) -> None:
        with self._lock:
            self._problem = problem
            self._end()

    def _show_newest(self) -> None:
        if self._shown is not self._results:
            self._shown = self._results
            self._jumps += 1  # what other settings make of the past is nothing to announce

    def _end(self) -> None:
        if not len(self._results) and self._problem is None:
            self._problem = "The recording holds no samples. Record for a few seconds, or choose another file."
        self._complete = True
        self._show_newest()
        self._wanted_s = min(self._wanted_s, self._results.end_s)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if self.compute(SLICE_S):
                time.sleep(REST_S)
            else:
                self._wake.wait(timeout=0.5)
                self._wake.clear()


def _sliced(items: Iterator[StreamItem], as_worn: bool) -> Iterator[StreamItem]:
    """The same stream in small pieces, which are judged the same; without settings changes where they are not obeyed."""
    for item in items:
        if isinstance(item, SampleBlock):
            yield from (item[start : start + SLICE_SAMPLES] for start in range(0, len(item), SLICE_SAMPLES))
        elif isinstance(item, Second) and isinstance(item.sent, SampleBlock):
            yield from (Second(item.sent[start : start + SLICE_SAMPLES]) for start in range(0, len(item.sent), SLICE_SAMPLES))
        elif as_worn or not (isinstance(item, Command) and isinstance(item.action, ChangeSettings)):
            yield item
