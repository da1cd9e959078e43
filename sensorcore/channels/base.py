"""What a channel is, and the sink that feeds them all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from sensorcore.channels.words import Message, message_of
from sensorcore.errors import SpinaeError
from sensorcore.model import Arrival
from sensorcore.pipeline import PipelineOutput

WAITING: Final = 16
"""Messages kept for a channel that is slow; older ones are of no use to anybody."""
GIVE_UP_S: Final = 10.0
STATE_EVERY_S: Final = 10.0

_log = logging.getLogger(__name__)


class Channel(Protocol):
    """One way to tell."""

    name: str

    async def tell(self, message: Message) -> None:
        """Raises SpinaeError when it could not be told."""

    async def state(self, status: dict[str, Any]) -> None:
        """The present moment, every `STATE_EVERY_S` seconds; most channels do not care."""

    async def close(self) -> None: ...


class Channels:
    """A sink of the engine. `problems` holds, by channel, why the latest message could not be told."""

    def __init__(self, channels: Sequence[Channel]) -> None:
        self._queues = {channel.name: (channel, asyncio.Queue[Message](WAITING)) for channel in channels}
        self.problems: dict[str, str] = {}
        self.dropped = 0

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        for message in filter(None, map(message_of, output.events)):
            for _, queue in self._queues.values():
                if queue.full():
                    queue.get_nowait()
                    self.dropped += 1
                queue.put_nowait(message)

    @asynccontextmanager
    async def telling(self, status: Callable[[], dict[str, Any]]) -> AsyncIterator[None]:
        """Tells while the block runs."""
        tasks = [asyncio.create_task(self._tell(channel, queue, status)) for channel, queue in self._queues.values()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for channel, _ in self._queues.values():
                with contextlib.suppress(SpinaeError, TimeoutError, OSError):
                    await asyncio.wait_for(channel.close(), GIVE_UP_S)

    async def _tell(self, channel: Channel, queue: asyncio.Queue[Message], status: Callable[[], dict[str, Any]]) -> None:
        while True:
            try:
                message = await asyncio.wait_for(queue.get(), STATE_EVERY_S)
            except TimeoutError:
                message = None
            try:
                async with asyncio.timeout(GIVE_UP_S):
                    if message is not None:
                        await channel.tell(message)
                    await channel.state(status())
                self.problems.pop(channel.name, None)
            except SpinaeError as error:
                self._failed(channel, str(error))
            except TimeoutError:
                self._failed(channel, f"no answer within {GIVE_UP_S:.0f} s")
            except Exception as error:  # noqa: BLE001 - a channel's fault must not touch the day
                self._failed(channel, f"{type(error).__name__}: {error}")

    def _failed(self, channel: Channel, problem: str) -> None:
        if self.problems.get(channel.name) != problem:
            _log.warning("%s: %s", channel.name, problem)
        self.problems[channel.name] = problem
