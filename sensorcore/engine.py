"""Runs source → driver → pipeline → sinks as it happens, in one TaskGroup.

What arrives waits in a bounded queue: a finished stream waits for room (nothing is lost, playing just slows down), while a radio
cannot wait, so it drops the oldest and counts (`dropped`).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import Protocol

from sensorcore.model import Command, Notification, StreamInfo
from sensorcore.pipeline import Pipeline, PipelineOutput
from sensorcore.settings import Settings
from sensorcore.source.drivers.base import Driver

QUEUE_LENGTH = 256
"""About 40 s of frames at 104 Hz."""

Arrival = Notification | Command


class Sink(Protocol):
    """Takes what arrived and what it brought about. Called in order, from the event loop, so it must be quick."""

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None: ...


@dataclass(slots=True)
class Engine:
    """One stream, live. `latency_s` collects how long each arrival waited for its decision when `measure` is set."""

    info: StreamInfo
    driver: Driver
    settings: Settings
    sinks: tuple[Sink, ...]
    latency_s: list[float] | None = None
    rejected: int = 0

    async def run(self, source: AsyncIterator[Arrival]) -> None:
        """Until the source ends or is cancelled; the last tick is judged either way. A failure of the source or of a sink ends
        the run and is raised."""
        queue: asyncio.Queue[tuple[float, Arrival] | None] = asyncio.Queue(QUEUE_LENGTH)

        async def read() -> None:
            try:
                async for arrived in source:
                    await queue.put((time.perf_counter(), arrived))
            finally:
                await queue.put(None)

        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(read())
                group.create_task(self._work(queue))
        except* Exception as failures:  # noqa: BLE001 - one failure is what happened; a group is of no use to the caller
            raise failures.exceptions[0] from None

    async def _work(self, queue: asyncio.Queue[tuple[float, Arrival] | None]) -> None:
        pipeline = Pipeline(self.info, self.settings)
        state, decoding = pipeline.initial(), self.driver.initial()
        while (item := await queue.get()) is not None:
            arrived_s, arrived = item
            if isinstance(arrived, Command):
                state, output = pipeline.step(state, arrived)
            else:
                decoding, decoded = self.driver.decode(decoding, [arrived])
                self.rejected += decoded.rejected
                state, output = pipeline.step(state, decoded.block)
            self._tell([arrived], output)
            if self.latency_s is not None:
                self.latency_s.append(time.perf_counter() - arrived_s)
        _, output = pipeline.finish(state)
        self._tell([], output)

    def _tell(self, arrived: list[Arrival], output: PipelineOutput) -> None:
        for sink in self.sinks:
            sink.take(arrived, output)
