"""Base class for live sources, by radio or network: reconnects with exponential back-off and jitter, queues what arrives for a slow
consumer, and reports the link's events and state."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import Any

from firmware_protocol.packets import Control
from sensorcore.errors import SourceError, StorageError
from sensorcore.link import LinkStatus, RateMeter
from sensorcore.links.bounded_queue import BoundedQueue
from sensorcore.links.cancellation import stray_cancellation_as_error
from sensorcore.links.known import KnownSensor
from sensorcore.links.link_tracker import LinkTracker
from sensorcore.ports import Incoming
from sensorcore.timing.host_clock import steady_s

CANCEL_AGAIN_S = 20.0
"""Longer than the stop sequence, disconnecting and ending a scan, which another cancellation would cut short."""

Remember = Callable[[KnownSensor], None]

_log = logging.getLogger(__name__)


async def ended(task: asyncio.Task[Any], *, again_s: float) -> None:
    """Cancel `task`, and once more every `again_s` until it has ended: radio stacks may swallow a cancellation, as
    `asyncio.wait_for` does before Python 3.12 when it comes in the same moment as the result."""
    while not task.done():
        task.cancel()
        await asyncio.wait({task}, timeout=again_s)


class Stranger(Exception):
    """Another sensor answered than the one wanted: the next attempt needs no pause."""


class ReconnectingSource(ABC):
    """Reads one sensor. `arrivals` may be called once; `status` at any time, from the same event loop. Only cancelling ends
    it: `status` shows what is wrong.

    `sensor` with an empty serial stands for any that answers to its name or address; its serial is then learnt. `remember` is
    called, in a thread, with what the sensor turned out to be.
    """

    def __init__(
        self, sensor: KnownSensor, queue_items: int, remember: Remember | None, *, backoff_s: float, backoff_max_s: float
    ) -> None:
        self.sensor = sensor
        self._remember = remember
        self._backoff_s, self._backoff_max_s = backoff_s, backoff_max_s
        self._queue = BoundedQueue(queue_items)
        self._meter = RateMeter()
        self._link = LinkTracker(self._queue.put)
        self._dropped = 0
        self._closing = False

    @property
    def sensors(self) -> tuple[KnownSensor, ...]:
        """The sensor, as far as it is known."""
        return (self.sensor,)

    @property
    @abstractmethod
    def status(self) -> LinkStatus:
        """The link's status now."""

    def send(self, command: Control) -> bool:  # noqa: ARG002 - of sensors that take commands
        """Have a command (a buzz, say) written soon; False when the sensor cannot take it, or not in time."""
        return False

    def _status(self, **counts: Any) -> LinkStatus:
        """Status with the fields that all links have, and `counts`."""
        common = {
            "sensor": self.sensor.name,
            "serial": self.sensor.serial or None,
            "state": self._link.state,
            "frames_per_s": self._meter.per_s(steady_s()),
            "dropped": self._dropped,
            "reconnects": self._link.reconnects,
            "problem": self._link.problem,
        }
        return LinkStatus(**common | counts)

    @property
    @abstractmethod
    def _received(self) -> int:
        """Count of what has arrived; after a connection that raised it the back-off begins again."""

    @abstractmethod
    async def _once(self) -> None:
        """One attempt, from searching to the link's end, which is always an exception."""

    @abstractmethod
    def _in_words(self, error: BaseException) -> SourceError:
        """The error to show for what ended an attempt."""

    def _forget_waiting(self) -> None:  # noqa: B027 - most have nothing that waits
        """Drop commands that waited for the link that is lost."""

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """Notifications and link events, in order. Ends only when closed or cancelled."""
        reading = asyncio.create_task(self._read(), name=f"reader of {self.sensor.name}")
        reading.add_done_callback(lambda _: self._queue.close())
        try:
            async with contextlib.aclosing(self._queue.items()) as items:
                async for item in items:
                    yield item
            await asyncio.wait({reading})
            if reading.cancelled() and not self._closing:  # by somebody else: the consumer would wait without end
                raise SourceError("reading the sensor was cut off", where=self.sensor.name, hint="Start again")
            reading.result()  # closed by itself: raise what ended it
        finally:
            self._closing = True
            await ended(reading, again_s=CANCEL_AGAIN_S)

    def drain(self) -> list[Incoming]:
        """What has arrived and was not handed over by `arrivals`, after a stop."""
        return self._queue.drain()

    async def _read(self) -> None:
        pause_s = self._backoff_s
        while True:
            received = self._received
            try:
                with stray_cancellation_as_error():
                    await self._once()
            except Stranger:
                continue
            except Exception as error:
                if self._closing:  # a radio stack or a task group may turn being cancelled into this
                    raise asyncio.CancelledError from error
                self._broke(self._in_words(error))
                _log.info("the link to %s: %s", self.sensor.name, self._link.problem, exc_info=error)
            if self._received > received:
                pause_s = self._backoff_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2.0 * pause_s, self._backoff_max_s)

    async def _found(self, sensor: KnownSensor) -> None:
        """Store the sensor's identity."""
        if sensor != self.sensor and sensor.key and self._remember is not None:
            try:
                await asyncio.to_thread(self._remember, sensor)
            except StorageError as error:
                _log.warning("%s", error)  # it can be worn all the same
        self.sensor = sensor

    def _broke(self, problem: SourceError) -> None:
        self._forget_waiting()
        self._link.broke(problem, steady_s())
