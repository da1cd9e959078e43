"""Live engine: source → driver → pipeline → sinks, in one TaskGroup.

Arrivals wait in a bounded queue; a source that is faster than the pipeline waits for room, so nothing is lost. All that waits is
processed together: the result is the same (the stages do not care how the stream is cut), and the engine catches up quickly."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol, TypeAlias

from sensorcore.commands import Command
from sensorcore.devices.base import Driver
from sensorcore.errors import SourceError
from sensorcore.links.cancellation import stray_cancellation_as_error
from sensorcore.model import Notification, Pairing, Second, StreamInfo
from sensorcore.pipeline.dual import stages
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival, Incoming, StreamItem
from sensorcore.settings import Settings
from sensorcore.track.track_log import empty_track

QUEUE_LENGTH = 256
"""About 40 s of frames at 104 Hz."""

_Queue: TypeAlias = "asyncio.Queue[tuple[float, Incoming] | None]"
"""Arrival time (`time.perf_counter`) and arrival; None at the end of the stream."""

_SENT: Final = (Notification, Second)


class Sink(Protocol):
    """Consumer of arrivals and of the output they caused. Called in order, from the event loop, so it must be quick."""

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None: ...


@dataclass(slots=True)
class Engine:
    """One live stream. `settings` may be replaced while it runs: they hold from the next arrival on. `latency_s`, when it is a
    list, collects how long each arrival waited for its decision; `rejected` counts payloads that the driver did not understand;
    `second` decodes a second sensor; `drain` returns, when the run is cancelled, what the source has received and not yet handed
    over."""

    info: StreamInfo
    driver: Driver
    settings: Settings
    sinks: tuple[Sink, ...]
    latency_s: list[float] | None = None
    rejected: int = 0
    drain: Callable[[], Iterable[Incoming]] = tuple
    second: Driver | None = None
    _queue: _Queue | None = field(default=None, init=False, repr=False)
    _handed: list[tuple[float, Incoming]] = field(default_factory=list, init=False, repr=False)
    """The arrival that waits for room in the queue: one at most."""

    def say(self, command: Command) -> bool:
        """Queue the wearer's command behind what has arrived. For the loop's own thread. False when nothing runs or the queue is
        full (the pipeline is far behind)."""
        if self._queue is None or self._queue.full():
            return False
        self._queue.put_nowait((time.perf_counter(), command))
        return True

    async def run(self, source: AsyncGenerator[Incoming, None]) -> None:
        """Run until the source ends, fails or the run is cancelled; all that had arrived by then is judged, to the last tick. A
        failure of the source or of a sink ends the run and is raised."""
        queue: _Queue = asyncio.Queue(QUEUE_LENGTH)
        self._queue = queue
        line = _Line(self)  # before anything can change the settings that the recording says it begins with
        try:
            async with asyncio.TaskGroup() as group:
                reading, working = group.create_task(self._read(source, queue)), group.create_task(self._work(queue, line))
                reading.add_done_callback(lambda _: working.cancel() if reading.cancelled() else None)
                # Within the group: one that fails while the group ends leaves this task cancelled for good (Python before 3.13).
                await asyncio.wait({reading, working})
        except ExceptionGroup as failures:  # one failure is what happened; a group is of no use to the caller
            raise failures.exceptions[0] from None
        finally:
            self._queue = None
        if reading.cancelled():  # by nobody here: the day has not ended, it was cut off
            raise SourceError("reading the sensor was cut off", hint="Start again")

    async def _work(self, queue: _Queue, line: _Line) -> None:
        try:
            while (first := await queue.get()) is not None:
                line.take([first, *_waiting(queue)])
        except asyncio.CancelledError:
            now_s = time.perf_counter()
            line.take([*_waiting(queue), *self._handed, *((now_s, each) for each in self.drain())])
            line.finish()
            raise
        line.finish()

    async def _read(self, source: AsyncGenerator[Incoming, None], queue: _Queue) -> None:
        with stray_cancellation_as_error():
            async with aclosing(source):
                async for arrived in source:
                    self._handed = [(time.perf_counter(), arrived)]
                    await queue.put(self._handed[0])
                    self._handed = []
        await queue.put(None)


def _waiting(queue: _Queue) -> list[tuple[float, Incoming]]:
    """All arrivals that can be had without waiting; the end of the stream is left for the next `get`."""
    found = []
    while not queue.empty():
        item = queue.get_nowait()
        if item is None:
            queue.put_nowait(None)
            break
        found.append(item)
    return found


class _Line:
    """Driver and pipeline with their states, and the sinks."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._settings = engine.settings
        self._pipeline: Any = stages(engine.info, engine.settings)
        self._state = self._pipeline.initial()
        self._decoding = engine.driver.initial()
        self._decoding_second = None if engine.second is None else engine.second.initial()
        self._reached_s = 0.0

    def take(self, waiting: list[tuple[float, Incoming]]) -> None:
        """Consecutive arrivals, oldest first."""
        engine = self._engine
        if engine.settings is not self._settings:
            self._use(engine.settings)
        for kind, group in itertools.groupby(waiting, lambda item: _SENT if isinstance(item[1], _SENT) else type(item[1])):
            since_s, arrived = zip(*group, strict=True)
            if kind is _SENT:
                self._step(arrived, self._decoded(arrived))
            elif kind is Command or kind is Pairing:
                for each in arrived:
                    self._step([each], [each])
            else:
                events = tuple(replace(event, t_s=self._reached_s) for event in arrived)
                self._tell([], PipelineOutput(empty_track(), events))
            if engine.latency_s is not None:
                now_s = time.perf_counter()
                engine.latency_s += [now_s - each for each in since_s]

    def _use(self, settings: Settings) -> None:
        """Apply settings from the next arrival on. The change is recorded where it happens, so that a replay judges each stretch
        alike."""
        changes, self._settings = self._settings.changes_to(settings), settings
        if changes:
            said = Command(self._state.judge.now_s, "settings", json.dumps(changes))
            self._state, output = self._pipeline.step(self._state, said)
            self._tell([said], output)

    def _decoded(self, arrived: Iterable[Notification | Second[Notification]]) -> list[StreamItem]:
        """Decoded samples and reports. Between two pairings the order of two sensors' samples does not matter, only that of
        each."""
        first = [each for each in arrived if isinstance(each, Notification)]
        second = [each.sent for each in arrived if isinstance(each, Second)]
        items: list[StreamItem] = []
        if first:
            self._decoding, decoded = self._engine.driver.decode(self._decoding, first)
            self._engine.rejected += decoded.rejected
            self._reached_s = float(decoded.block.t_s[-1]) if len(decoded.block) else self._reached_s
            items += [*decoded.items()] or [decoded.block]
        if second and self._engine.second is not None:
            self._decoding_second, decoded = self._engine.second.decode(self._decoding_second, second)
            self._engine.rejected += decoded.rejected
            items += [Second(item) for item in decoded.items()] or [Second(decoded.block)]
        return items

    def _step(self, arrived: Iterable[Arrival], items: Sequence[StreamItem]) -> None:
        """Run the items decoded from `arrived`."""
        for item in items:
            self._state, output = self._pipeline.step(self._state, item)
            self._tell(arrived, output)
            arrived = ()

    def finish(self) -> None:
        """The last, possibly partial tick."""
        _, output = self._pipeline.finish(self._state)
        self._tell([], output)

    def _tell(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        for sink in self._engine.sinks:
            sink.take(arrived, output)
