"""Base class of notifiers, and the sink that feeds them."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any, Final

from sensorcore.errors import SpinaeError
from sensorcore.notifiers.words import Message, message_of
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.timing.host_clock import steady_s

WAITING: Final = 16
"""Messages queued for a slow notifier; older ones are dropped."""
GIVE_UP_S: Final = 10.0
STATE_EVERY_S: Final = 10.0
LOOK_EVERY_S: Final = 1.0
"""Between checks of the state: a stale state must not stay on display elsewhere."""
_STATE: Final = ("posture", "context", "has_signal", "snoozed", "sensor")
"""Entries whose change is published at once."""

_log = logging.getLogger(__name__)


class Notifier(ABC):
    """One way to reach the wearer."""

    name: str

    @abstractmethod
    async def notify(self, message: Message) -> None:
        """Raises SpinaeError when it could not be delivered."""

    async def state(self, status: dict[str, Any]) -> None:  # noqa: B027 - most notifiers do not show it
        """The present moment, when it changes and every `STATE_EVERY_S` seconds."""

    async def close(self) -> None:  # noqa: B027
        """The day ends."""


class Notifiers:
    """Sink of the engine. `problems`: by notifier, why the latest message was not delivered."""

    def __init__(self, notifiers: Sequence[Notifier]) -> None:
        self._queues = {notifier.name: (notifier, asyncio.Queue[Message](WAITING)) for notifier in notifiers}
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
    async def running(self, status: Callable[[], dict[str, Any]]) -> AsyncIterator[None]:
        """Delivers while the block runs."""
        tasks = [asyncio.create_task(self._deliver(notifier, queue, status)) for notifier, queue in self._queues.values()]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for notifier, _ in self._queues.values():
                await self._close(notifier, status())

    async def _close(self, notifier: Notifier, last: dict[str, Any]) -> None:
        """Publish the final state, lest an earlier one stay on display, and close."""
        with contextlib.suppress(SpinaeError, TimeoutError, OSError):
            async with asyncio.timeout(GIVE_UP_S):
                if notifier.name not in self.problems:
                    await notifier.state(last)
        with contextlib.suppress(SpinaeError, TimeoutError, OSError):
            await asyncio.wait_for(notifier.close(), GIVE_UP_S)

    async def _deliver(self, notifier: Notifier, queue: asyncio.Queue[Message], status: Callable[[], dict[str, Any]]) -> None:
        published, published_s = None, -math.inf
        while True:
            try:
                message = await asyncio.wait_for(queue.get(), LOOK_EVERY_S)
            except TimeoutError:
                message = None
            try:
                now = status()
                changes = tuple(now.get(name) for name in _STATE)
                if message is None and changes == published and steady_s() - published_s < STATE_EVERY_S:
                    continue
                published, published_s = changes, steady_s()
                async with asyncio.timeout(GIVE_UP_S):
                    if message is not None:
                        await notifier.notify(message)
                    await notifier.state(now)
                self.problems.pop(notifier.name, None)
            except SpinaeError as error:
                self._failed(notifier, str(error))
            except TimeoutError:
                self._failed(notifier, f"no answer within {GIVE_UP_S:.0f} s")
            except Exception as error:  # noqa: BLE001 - a notifier's fault must not touch the day
                self._failed(notifier, f"{type(error).__name__}: {error}")

    def _failed(self, notifier: Notifier, problem: str) -> None:
        if self.problems.get(notifier.name) != problem:
            _log.warning("%s: %s", notifier.name, problem)
        self.problems[notifier.name] = problem
