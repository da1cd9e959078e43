"""A reconnecting source ends when it is cancelled, even where its radio stack swallows the cancellation."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from firmware_protocol.packets import Control
from sensorcore.errors import SourceError
from sensorcore.link import LinkStatus
from sensorcore.links import reconnecting
from sensorcore.links.known import KnownSensor
from sensorcore.links.reconnecting import ReconnectingSource


class Stubborn(ReconnectingSource):
    """Its stack takes `times` cancellations for something else: an error of the link, or nothing at all."""

    status = LinkStatus()
    _received = 0

    def __init__(self, times: int, error: Exception | None) -> None:
        super().__init__(KnownSensor("", "back", ""), 10, None, backoff_s=0.01, backoff_max_s=0.01)
        self._left, self._error = times, error
        self.waits = asyncio.Event()

    def send(self, command: Control) -> bool:
        return False

    async def _once(self) -> None:
        while True:
            self.waits.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                self._left -= 1
                if self._left < 0:
                    raise
                if self._error is not None:
                    raise self._error from None

    def _in_words(self, error: BaseException) -> SourceError:
        return SourceError(str(error))

    def _forget_waiting(self) -> None:
        pass


@pytest.mark.parametrize("error", [OSError("the link broke just then"), ExceptionGroup("both", [OSError("broke")]), None])
@pytest.mark.parametrize("times", [0, 1, 2])
async def test_a_cancellation_that_the_stack_takes_for_something_else_ends_it_all_the_same(
    times: int, error: Exception | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconnecting, "CANCEL_AGAIN_S", 0.05)
    reader = Stubborn(times, error)

    async def consume() -> None:
        async with contextlib.aclosing(reader.arrivals()) as arrivals:
            async for _ in arrivals:
                pass

    consuming = asyncio.create_task(consume())
    async with asyncio.timeout(20):
        await reader.waits.wait()
        consuming.cancel()
        await asyncio.wait({consuming})
    assert consuming.cancelled()


async def consume(reader: Stubborn) -> None:
    async for _ in reader.arrivals():
        pass


class CutOff(Stubborn):
    """Its stack lets a CancelledError out of every attempt but the third."""

    attempts = 0

    async def _once(self) -> None:
        self.attempts += 1
        if self.attempts < 3:
            raise asyncio.CancelledError
        await super()._once()


async def test_a_cancellation_that_the_stack_lets_out_is_a_broken_link() -> None:
    reader = CutOff(0, None)
    consuming = asyncio.create_task(consume(reader))
    async with asyncio.timeout(20):
        await reader.waits.wait()
        assert reader.attempts == 3
        assert "the connection broke" in (reader._link.problem or "")
        consuming.cancel()
        await asyncio.wait({consuming})
    assert consuming.cancelled()


async def test_a_reader_whose_task_somebody_else_cancels_says_so() -> None:
    reader = Stubborn(0, None)
    consuming = asyncio.create_task(consume(reader))
    async with asyncio.timeout(20):
        await reader.waits.wait()
        (reading,) = (task for task in asyncio.all_tasks() if task.get_name() == "reader of back")
        reading.cancel()
        with pytest.raises(SourceError, match="was cut off"):
            await consuming
