"""What every reader of a Bluetooth sensor does in one attempt: search → a new client → connect → set the sensor up and tend it
until the link breaks; then take leave if that can still be said, and disconnect. `sensorcore.source.lasting` makes a day of it."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from typing import ClassVar

from sensorcore.errors import SourceError
from sensorcore.hostclock import steady_s
from sensorcore.source.ble import problems
from sensorcore.source.ble.connection import Connection, connected
from sensorcore.source.ble.held import held_here
from sensorcore.source.ble.known import KnownSensor
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.scan import find
from sensorcore.source.ble.sighting import Sighting
from sensorcore.source.lasting import Lasting, Remember, Stranger, ended

_log = logging.getLogger(__name__)


class LastingReader(Lasting):
    """Reads one sensor over Bluetooth."""

    IS_BOUGHT: ClassVar[bool]
    """Many bought sensors do not advertise their service: all there is has to be listened to."""

    def __init__(
        self, sensor: KnownSensor, radio: Radio | None, timing: Timing | None, queue_items: int, remember: Remember | None
    ) -> None:
        self._radio = radio or Radio()
        self._timing = timing or Timing()
        super().__init__(sensor, queue_items, remember, backoff_s=self._timing.backoff_s, backoff_max_s=self._timing.backoff_max_s)
        self._strangers: set[str] = set()
        self._rssi_dbm: int | None = None

    @abstractmethod
    async def _set_up(self, link: Connection) -> None:
        """Subscribe and have it send. Raises when it does not."""

    @abstractmethod
    async def _tend(self, link: Connection) -> None:
        """See that it stays well, until cancelled because the link is lost. Raising ends the connection."""

    async def _take_leave(self, link: Connection) -> None:
        """Whatever ended it, also being cancelled."""

    @abstractmethod
    def _identity(self, sighting: Sighting, serial: str | None) -> KnownSensor:
        """What the sensor turned out to be."""

    def _in_words(self, error: BaseException) -> SourceError:
        return problems.in_words(error, self.sensor.name)

    async def _once(self) -> None:
        self._link.search()
        sighting = await self._search()
        self._rssi_dbm = sighting.rssi_dbm
        self._link.found()
        async with connected(sighting, self._radio, self._timing) as link:
            await self._identify(link, sighting)
            try:
                await self._set_up(link)
                if self._closing:  # and being cancelled got lost on the way
                    raise asyncio.CancelledError
                self._link.wait(steady_s())
                await self._tend_until_lost(link)
            finally:
                await self._take_leave(link)

    async def _tend_until_lost(self, link: Connection) -> None:
        """Ends with an exception. No task group: it waits without end for a task whose cancellation a radio stack swallowed."""
        tending = asyncio.create_task(self._tend(link))
        losing = asyncio.create_task(link.lost.wait())
        try:
            await asyncio.wait({tending, losing}, return_when=asyncio.FIRST_COMPLETED)
            if tending.done() and not tending.cancelled():
                tending.result()
            raise problems.said(problems.LOST, self.sensor.name)
        finally:
            losing.cancel()
            await ended(tending, again_s=self._timing.operation_s)
            if not tending.cancelled():
                tending.exception()  # what fails now comes of the end

    async def _search(self) -> Sighting:
        for held in await held_here(self._radio, self._timing):
            if self._fits(held) and self._is_surely(held):
                _log.info("%s is connected to this machine already: taking the link over", held.name)
                return held
        sighting = await find(
            self._radio,
            self._timing,
            self._fits,
            bought=self.IS_BOUGHT,
            prefers=self._is_surely if self._may_be_another() else None,
        )
        if sighting is None:
            self._strangers.clear()
            raise problems.said(problems.OUT_OF_RANGE, self.sensor.name)
        return sighting

    def _fits(self, sighting: Sighting) -> bool:
        if sighting.address in self._strangers:
            return False
        return self.sensor.is_called(sighting.address) or self.sensor.is_called(sighting.name)

    def _may_be_another(self) -> bool:
        """Whether a sensor of that name may be another one, and nothing but its address would tell: it tells no serial number."""
        return not self.sensor.serial and self.sensor.address not in ("", self.sensor.name)

    def _is_surely(self, sighting: Sighting) -> bool:
        """Whether a sensor is surely this one, by its address (when one is known). A link to another, which this machine holds, may
        be in use by another program."""
        return self.sensor.address in ("", self.sensor.name) or self.sensor.is_called(sighting.address)

    async def _identify(self, link: Connection, sighting: Sighting) -> None:
        found = self._identity(sighting, await link.serial())
        if self.sensor.serial and found.serial != self.sensor.serial:
            self._strangers.add(sighting.address)
            raise Stranger
        await self._found(found)
