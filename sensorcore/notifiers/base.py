"""What a channel is, and the sink that feeds them all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final, Protocol

from sensorcore.errors import SpinaeError
from sensorcore.model import Arrival
from sensorcore.notifiers.words import Message, message_of
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.timing.host_clock import steady_s

WAITING: Final = 16
"""Messages kept for a channel that is slow; older ones are of no use to anybody."""
GIVE_UP_S: Final = 10.0
STATE_EVERY_S: Final = 10.0
LOOK_EVERY_S: Final = 1.0
"""Between looks whether the state has changed: what is shown elsewhere must not stay when it is no longer true."""
_STATE: Final = ("posture", "context", "has_signal", "snoozed", "sensor")
"""What a change of is told at once."""

_log = logging.getLogger(__name__)


class Notifier(Protocol):
    """One way to tell."""

    name: str

    async def tell(self, message: Message) -> None:
        """Raises SpinaeError when it could not be told."""

    async def state(self, status: dict[str, Any]) -> None:
        """The present moment, when it changes and every `STATE_EVERY_S` seconds; most channels do not care."""

    async def close(self) -> None: ...


class Notifiers:
    """A sink of the engine. `problems` holds, by channel, why the latest message could not be told."""

    def __init__(self, channels: Sequence[Notifier]) -> None:
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
                await self._close(channel, status())

    async def _close(self, channel: Notifier, last: dict[str, Any]) -> None:
        """The last state is of the end: one of before would stand for ever."""
        with contextlib.suppress(SpinaeError, TimeoutError, OSError):
            async with asyncio.timeout(GIVE_UP_S):
                if channel.name not in self.problems:
                    await channel.state(last)
        with contextlib.suppress(SpinaeError, TimeoutError, OSError):
            await asyncio.wait_for(channel.close(), GIVE_UP_S)

    async def _tell(self, channel: Notifier, queue: asyncio.Queue[Message], status: Callable[[], dict[str, Any]]) -> None:
        told, told_s = None, -math.inf
        while True:
            try:
                message = await asyncio.wait_for(queue.get(), LOOK_EVERY_S)
            except TimeoutError:
                message = None
            try:
                now = status()
                changes = tuple(now.get(name) for name in _STATE)
                if message is None and changes == told and steady_s() - told_s < STATE_EVERY_S:
                    continue
                told, told_s = changes, steady_s()
                async with asyncio.timeout(GIVE_UP_S):
                    if message is not None:
                        await channel.tell(message)
                    await channel.state(now)
                self.problems.pop(channel.name, None)
            except SpinaeError as error:
                self._failed(channel, str(error))
            except TimeoutError:
                self._failed(channel, f"no answer within {GIVE_UP_S:.0f} s")
            except Exception as error:  # noqa: BLE001 - a channel's fault must not touch the day
                self._failed(channel, f"{type(error).__name__}: {error}")

    def _failed(self, channel: Notifier, problem: str) -> None:
        if self.problems.get(channel.name) != problem:
            _log.warning("%s: %s", channel.name, problem)
        self.problems[channel.name] = problem
