"""The engine: nothing lost, nothing reordered, and an end, however the source, a sink or the outside world behaves."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path

import pytest

from sensorcore.commands import Command
from sensorcore.errors import SourceError, StorageError
from sensorcore.events import Event, LinkBack, LinkEvent, LinkLost, Marked
from sensorcore.model import Notification
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Incoming
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import QUEUE_LENGTH, Arrival, Engine
from sensorcore.session.replay import arrivals, driver_of, paced
from sensorcore.settings import Settings
from tests.streams import stream

PIECE_TICKS = 8 / 52 * 10
"""Ticks in a piece of the stream, as `arrivals` cuts it."""
SOON_S = 10.0
"""Much longer than anything here takes: reached only by a run that hangs."""


class Kept:
    """A sink that keeps what it is told, and fails when asked to."""

    def __init__(self, *, fails_after: float = math.inf) -> None:
        self.arrived: list[Arrival] = []
        self.events: list[Event] = []
        self.ticks = 0
        self._fails_after = fails_after

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        self.arrived += arrived
        self.events += output.events
        self.ticks += len(output.track)
        if len(self.arrived) > self._fails_after:
            raise StorageError("could not write the recording: No space left on device", where="out.mcap")


def engine_for(*sinks: object, duration_s: float = 60.0) -> tuple[Engine, list[Arrival]]:
    source = stream(duration_s=duration_s)
    return Engine(source.info, driver_of(source), Settings(), sinks), list(arrivals(source))  # type: ignore[arg-type]


async def each(items: Iterable[Arrival], *, then: Exception | None = None) -> AsyncGenerator[Arrival, None]:
    for item in items:
        yield item
    if then is not None:
        raise then


async def test_a_sink_that_fails_ends_the_run_although_the_queue_is_full() -> None:
    engine, items = engine_for(Kept(fails_after=3))
    assert len(items) > QUEUE_LENGTH + 10  # so that the reader is waiting for room when the sink fails
    with pytest.raises(StorageError, match="No space left"):
        await asyncio.wait_for(engine.run(each(items)), SOON_S)


@pytest.mark.parametrize("fails_after", [3, 100])
async def test_who_ran_it_may_go_on_after_a_failure(fails_after: int) -> None:
    """A daemon begins the day anew then; a task that counts as cancelled would take that for its end."""
    engine, items = engine_for(Kept(fails_after=fails_after))

    async def slowly() -> AsyncGenerator[Arrival, None]:
        for item in items:
            await asyncio.sleep(0)
            yield item

    async def run() -> int:
        with pytest.raises(StorageError):
            await engine.run(slowly())
        task = asyncio.current_task()
        assert task is not None
        return task.cancelling()

    assert await asyncio.wait_for(asyncio.create_task(run()), SOON_S) == 0


async def test_a_source_that_fails_ends_the_run_after_what_had_arrived() -> None:
    kept = Kept()
    engine, items = engine_for(kept)
    with pytest.raises(SourceError, match="the sensor went away"):
        await asyncio.wait_for(engine.run(each(items[:100], then=SourceError("the sensor went away"))), SOON_S)
    assert kept.arrived == items[:100]
    assert kept.ticks == pytest.approx(PIECE_TICKS * 100, abs=2)


@pytest.mark.parametrize("taken", [0, 1, 200])
async def test_cancelling_judges_everything_that_had_arrived(taken: int) -> None:
    """More than the queue holds waits to be worked on when the run is cancelled; none of it is lost."""
    kept = Kept()
    engine, items = engine_for(kept)
    yielded: list[Arrival] = []

    async def endless() -> AsyncGenerator[Arrival, None]:
        for item in items[:taken]:
            yielded.append(item)
            yield item
        playing.cancel()
        await asyncio.Event().wait()

    playing = asyncio.ensure_future(engine.run(endless()))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(playing, SOON_S)
    assert kept.arrived == yielded
    assert kept.ticks == pytest.approx(PIECE_TICKS * taken, abs=2)


async def test_cancelling_asks_the_source_for_what_it_still_holds() -> None:
    """A radio goes on receiving while the queue is full; what waits there comes after what waits here."""
    kept = Kept()
    engine, items = engine_for(kept)
    handed_over = QUEUE_LENGTH + 1
    engine.drain = lambda: items[handed_over:]

    async def faster_than_the_pipeline() -> AsyncGenerator[Arrival, None]:
        for at, item in enumerate(items):
            if at == handed_over - 1:
                playing.cancel()  # while this one waits for room
            yield item

    playing = asyncio.ensure_future(engine.run(faster_than_the_pipeline()))
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(playing, SOON_S)
    assert kept.arrived == items


@pytest.mark.parametrize("asked", [False, True], ids=["stray", "its-task"])
async def test_a_source_that_a_radio_stack_cancels_ends_the_run_with_a_sentence(asked: bool) -> None:
    """Also when it is the reading task itself that somebody cancels. Nobody stopped the run, so it did not just end."""
    kept = Kept()
    engine, items = engine_for(kept)

    async def cancelled() -> AsyncGenerator[Arrival, None]:
        for item in items[:100]:
            yield item
        if asked:
            task = asyncio.current_task()
            assert task is not None
            task.cancel()
            await asyncio.Event().wait()
        raise asyncio.CancelledError

    with pytest.raises(SourceError, match="was cut off" if asked else "the connection broke"):
        await asyncio.wait_for(engine.run(cancelled()), SOON_S)
    assert kept.arrived == items[:100]
    assert kept.ticks == pytest.approx(PIECE_TICKS * 100, abs=2)


async def test_the_source_is_closed_when_a_sink_fails() -> None:
    closed = False

    async def watched() -> AsyncGenerator[Arrival, None]:
        nonlocal closed
        try:
            for item in items:
                yield item
        finally:
            closed = True

    engine, items = engine_for(Kept(fails_after=3))
    with pytest.raises(StorageError):
        await asyncio.wait_for(engine.run(watched()), SOON_S)
    assert closed


async def test_a_finished_stream_is_never_dropped_from() -> None:
    """A source much faster than the pipeline waits for room."""
    kept = Kept()
    engine, items = engine_for(kept)
    await asyncio.wait_for(engine.run(each(items)), SOON_S)
    assert kept.arrived == items
    assert len(items) > QUEUE_LENGTH


async def test_what_is_recorded_stays_readable_when_the_run_fails(tmp_path: Path) -> None:
    path = tmp_path / "out.mcap"
    engine, items = engine_for()
    with RecordingWriter(path, RecordingInfo(engine.info, engine.driver.name)) as writer:
        engine.sinks = (RecordingSink(writer),)
        with pytest.raises(SourceError):
            await engine.run(each(items[:200], then=SourceError("the sensor went away")))
    recording = open_recording(path)
    assert recording.sealed
    assert list(recording.arrivals()) == items[:200]


async def test_commands_are_obeyed_where_they_came() -> None:
    kept = Kept()
    engine, items = engine_for(kept)
    mark = Command(0.0, "mark", "coffee")
    await engine.run(each([*items[:100], mark, *items[100:]]))
    assert [event for event in kept.events if isinstance(event, Marked)] == [
        Marked(pytest.approx(PIECE_TICKS * 10, abs=0.2), "coffee")
    ]


async def test_what_happens_to_the_link_is_told_in_its_place_with_the_stream_time_reached() -> None:
    kept = Kept()
    engine, items = engine_for(kept)

    async def with_link() -> AsyncGenerator[Incoming, None]:
        for item in [*items[:100], LinkLost(0.0, "the connection broke"), LinkBack(0.0, 7.5), *items[100:]]:
            yield item

    await engine.run(with_link())
    told = [event for event in kept.events if isinstance(event, LinkEvent)]
    reached_s = pytest.approx(PIECE_TICKS * 10, abs=0.2)
    assert told == [LinkLost(reached_s, "the connection broke"), LinkBack(reached_s, 7.5)]
    assert kept.arrived == items


async def test_payloads_that_are_no_samples_are_counted_not_fatal() -> None:
    kept = Kept()
    engine, items = engine_for(kept)
    await engine.run(each([Notification(0, b"noise"), *items[:50]]))
    assert engine.rejected == 1
    assert kept.ticks > 0


async def test_pacing_takes_as_long_as_it_should() -> None:
    source = stream(duration_s=30.0)
    started_s = asyncio.get_running_loop().time()
    count = 0
    async for _ in paced(source, 100.0):
        count += 1
    took_s = asyncio.get_running_loop().time() - started_s
    assert count == len(list(arrivals(source)))
    assert 0.29 < took_s < 2.0
