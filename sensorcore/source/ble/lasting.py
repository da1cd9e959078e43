"""What every reader of a sensor does for a whole day, whatever becomes of the link.

Search → a new client → connect → set the sensor up and tend it until the link breaks; then take leave if that can still be said,
disconnect, pause (longer each time, with chance), and again. Nothing but cancelling ends it: what is wrong is told in `status`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Callable
from typing import ClassVar

from firmware_protocol.packets import Control
from sensorcore.engine import Incoming
from sensorcore.errors import SourceError, StorageError
from sensorcore.events import LinkBack, LinkLost
from sensorcore.link import LinkState, LinkStatus, RateMeter
from sensorcore.source.ble import problems
from sensorcore.source.ble.connection import Connection, connected
from sensorcore.source.ble.inbox import Inbox
from sensorcore.source.ble.known import KnownSensor
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.scan import Sighting, find

_log = logging.getLogger(__name__)


class _Stranger(Exception):
    """Another sensor answered than the one looked for."""


class LastingReader(ABC):
    """Reads one sensor. `arrivals` may be called once; `status` at any time, from the same event loop.

    `sensor` with an empty serial stands for whatever answers to its name or address; its serial is then learnt. `remember` is
    called, in a thread, with what the sensor turned out to be.
    """

    IS_BOUGHT: ClassVar[bool]
    """Many bought sensors do not advertise their service: all there is has to be listened to."""

    def __init__(
        self,
        sensor: KnownSensor,
        radio: Radio | None,
        timing: Timing | None,
        queue_items: int,
        remember: Callable[[KnownSensor], None] | None,
    ) -> None:
        self.sensor = sensor
        self._radio = radio or Radio()
        self._timing = timing or Timing()
        self._remember = remember
        self._inbox = Inbox(queue_items)
        self._meter = RateMeter()
        self._strangers: set[str] = set()
        self._state: LinkState = "searching"
        self._problem: str | None = None
        self._rssi_dbm: int | None = None
        self._connects = self._dropped = 0
        self._lost_at_s: float | None = None
        self._heard_at_s = 0.0

    @property
    @abstractmethod
    def status(self) -> LinkStatus:
        """How the link is doing now."""

    @abstractmethod
    def send(self, command: Control) -> bool:
        """Have a command written soon (a buzz, say). False when it cannot be, or would come too late to make sense."""

    @property
    @abstractmethod
    def _received(self) -> int:
        """How much has come so far: a link that brought something was worth having."""

    @abstractmethod
    async def _set_up(self, link: Connection) -> None:
        """Subscribe and have it send. Raises when it does not."""

    @abstractmethod
    async def _tend(self, link: Connection) -> None:
        """See that it stays well, until cancelled because the link is lost. Raising ends the connection."""

    async def _take_leave(self, link: Connection) -> None:  # noqa: B027 - many need none
        """Whatever ended it, also being cancelled."""

    @abstractmethod
    def _identity(self, sighting: Sighting, serial: str | None) -> KnownSensor:
        """What the sensor turned out to be."""

    @abstractmethod
    def _forget_waiting(self) -> None:
        """The link is lost: what was waiting for it will never be said."""

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """What the sensor sends, and what happens to the link. Ends only when closed or cancelled."""
        reading = asyncio.create_task(self._read(), name=f"reader of {self.sensor.name}")
        reading.add_done_callback(lambda _: self._inbox.close())
        try:
            async with contextlib.aclosing(self._inbox.items()) as items:
                async for item in items:
                    yield item
            await reading  # closed by itself: raise what ended it
        finally:
            reading.cancel()
            await asyncio.wait({reading})

    def left(self) -> list[Incoming]:
        """What has arrived and was not handed over by `arrivals`; for whoever stops it."""
        return self._inbox.rest()

    async def _read(self) -> None:
        pause_s = self._timing.backoff_s
        while True:
            received = self._received
            try:
                await self._once()
            except _Stranger:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a radio stack raises, a day of wearing goes on
                self._broke(problems.in_words(error, self.sensor.name))
                _log.info("the link to %s: %s", self.sensor.name, self._problem, exc_info=error)
            if self._received > received:
                pause_s = self._timing.backoff_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2.0 * pause_s, self._timing.backoff_max_s)

    async def _once(self) -> None:
        """From searching to the link's end, which is always an exception."""
        self._state = "searching"
        sighting = await self._search()
        self._rssi_dbm = sighting.rssi_dbm
        self._state = "connecting"
        async with connected(sighting, self._radio, self._timing) as link:
            await self._identify(link, sighting)
            try:
                await self._set_up(link)
                self._is_back()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._tend(link))
                    await link.lost.wait()
                    raise problems.said(problems.LOST, self.sensor.name)
            finally:
                await self._take_leave(link)

    async def _search(self) -> Sighting:
        sighting = await find(self._radio, self._timing, self._fits, bought=self.IS_BOUGHT)
        if sighting is None:
            self._strangers.clear()
            raise problems.said(problems.OUT_OF_RANGE, self.sensor.name)
        return sighting

    def _fits(self, sighting: Sighting) -> bool:
        if sighting.address in self._strangers:
            return False
        return self.sensor.is_called(sighting.address) or self.sensor.is_called(sighting.name)

    async def _identify(self, link: Connection, sighting: Sighting) -> None:
        found = self._identity(sighting, await link.serial())
        if self.sensor.serial and found.serial != self.sensor.serial:
            self._strangers.add(sighting.address)
            raise _Stranger
        if found != self.sensor and found.serial and self._remember is not None:
            try:
                await asyncio.to_thread(self._remember, found)
            except StorageError as error:
                _log.warning("%s", error)  # it can be worn all the same
        self.sensor = found

    def _is_back(self) -> None:
        now_s = self._heard_at_s = time.monotonic()
        self._connects += 1
        self._state = "streaming"
        self._problem = None
        if self._lost_at_s is not None:
            self._inbox.put([LinkBack(0.0, now_s - self._lost_at_s)])
            self._lost_at_s = None

    def _broke(self, problem: SourceError) -> None:
        was_connected = self._state in ("streaming", "paused")
        self._state = "searching"
        self._problem = str(problem)
        self._forget_waiting()
        if was_connected:
            self._lost_at_s = time.monotonic()
            self._inbox.put([LinkLost(0.0, problem.what)])
