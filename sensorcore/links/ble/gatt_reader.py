"""One connection attempt of a Bluetooth sensor: search → a new client → connect → set the sensor up and tend it until the link
breaks; then the stop sequence, if the link still carries it, and disconnect. `sensorcore.links.reconnecting` repeats it all day."""

from __future__ import annotations

import asyncio
import logging
from abc import abstractmethod
from typing import ClassVar

from sensorcore.errors import SourceError
from sensorcore.links.ble import problems
from sensorcore.links.ble.connection import Connection, connected
from sensorcore.links.ble.held import held_here
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.scan import find
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.known import KnownSensor
from sensorcore.links.reconnecting import ReconnectingSource, Remember, Stranger, ended
from sensorcore.timing.host_clock import steady_s

_log = logging.getLogger(__name__)


FAINT_DBM = -127
"""Signal strength of a sensor whose strength is unknown."""


class GattReader(ReconnectingSource):
    """Reads one sensor over Bluetooth."""

    IS_THIRD_PARTY: ClassVar[bool]
    """Many third-party sensors do not advertise their service: the scan has to take every advertisement."""

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
        """Supervise the connection until cancelled because the link is lost. Raising ends it."""

    async def _on_disconnect(self, link: Connection) -> None:
        """Stop the sensor, also after a cancellation, while the link still carries it."""

    @abstractmethod
    def _identity(self, sighting: Sighting, serial: str | None) -> KnownSensor:
        """Identity of the connected sensor."""

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
                await self._on_disconnect(link)

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
        """The one at the address that was worn, or else one of the same name: for a while, both may be near. Only its serial number
        tells which of several of one name is meant; without it, none is taken."""
        for held in await held_here(self._radio, self._timing):
            if self._fits(held) and self._is_surely(held):
                _log.info("%s is connected to this machine already: taking the link over", held.name)
                return held
        namesakes: dict[str, Sighting] = {}
        since_s = steady_s()

        def is_found(sighting: Sighting) -> bool:
            nonlocal since_s
            if not self._fits(sighting):
                return False
            since_s = since_s if namesakes else steady_s()
            namesakes[sighting.address] = sighting
            return self.sensor.is_called(sighting.address) or steady_s() - since_s >= self._timing.namesake_s

        found = await find(self._radio, self._timing, is_found, third_party=self.IS_THIRD_PARTY)
        if found is not None and self.sensor.is_called(found.address):
            return found
        if not namesakes:
            self._strangers.clear()
            raise problems.said(problems.OUT_OF_RANGE, self.sensor.name)
        if len(namesakes) > 1 and not self.sensor.serial:
            raise problems.ambiguous(self.sensor.name, sorted(namesakes))
        return max(namesakes.values(), key=lambda each: each.rssi_dbm or FAINT_DBM)

    def _fits(self, sighting: Sighting) -> bool:
        if sighting.address in self._strangers:
            return False
        return self.sensor.is_called(sighting.address) or self.sensor.is_called(sighting.name)

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
