"""Reader of third-party sensors, driven by their `Family`.

They have no memory to fetch from: what the link missed is a gap. A `StreamObserver` finds battery, wear signal and damage.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from functools import partial
from typing import ClassVar

from bleak.exc import BleakError

from firmware_protocol.packets import Buzz, Control
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.family import LINK_BEGAN, Ask, Talk
from sensorcore.errors import SourceError
from sensorcore.link import LinkState, LinkStatus
from sensorcore.links.ble import problems
from sensorcore.links.ble.connection import Connection
from sensorcore.links.ble.gatt_reader import GattReader
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.known import KnownSensor
from sensorcore.links.stream_observer import StreamObserver
from sensorcore.model import Notification
from sensorcore.timing.host_clock import arrival_unix_ns, steady_s

LACKING_SHOWN_S = 60.0
QUEUE_VALUES = 4096
"""40 s of 100 notifications a second."""

UNREAD_STALLS = 3
"""So many times `stall_s` may pass without a sample while values come: some streams take seconds to show their profile."""

_log = logging.getLogger(__name__)


class FamilyReader(GattReader):
    """Reads one sensor of the family of `driver`. One without a serial number is known by its address."""

    IS_THIRD_PARTY: ClassVar[bool] = True

    def __init__(
        self,
        sensor: KnownSensor,
        driver: type[DeviceDriver],
        *,
        radio: Radio | None = None,
        timing: Timing | None = None,
        queue_values: int = QUEUE_VALUES,
        remember: Callable[[KnownSensor], None] | None = None,
    ) -> None:
        super().__init__(sensor, radio, timing, queue_values, remember)
        self.driver = driver
        self._family = driver.family
        self._observer = StreamObserver(driver)
        self._waiting: list[tuple[bytes, asyncio.Future[bytes]]] = []
        self._values = 0
        self._buzz: asyncio.Queue[Buzz] = asyncio.Queue(1)
        self._can_buzz = False
        self._heard_at_s = 0.0
        self._back_at_s = 0.0

    @property
    def status(self) -> LinkStatus:
        """Frames are notifications."""
        observer = self._observer
        return self._status(
            battery_percent=observer.battery_percent,
            rssi_dbm=self._rssi_dbm,
            frames=self._values,
            duplicates=observer.duplicates,
            damaged=observer.rejected,
            worn=observer.worn,
            problem=self._link.problem or self._lacking,
        )

    @property
    def _lacking(self) -> str | None:
        """The warning about missing data, for the first minute of each connection."""
        is_new = steady_s() - self._back_at_s < LACKING_SHOWN_S
        return f"{self.sensor.name}: {self._observer.lacks}" if self._observer.lacks and is_new else None

    def send(self, command: Control) -> bool:
        """Only a buzz, and only to a sensor with the standard service for it (Immediate Alert)."""
        able = self._link.state is LinkState.STREAMING and self._can_buzz
        if not able or not isinstance(command, Buzz) or self._buzz.full():
            return False
        self._buzz.put_nowait(command)
        return True

    @property
    def _received(self) -> int:
        return self._values

    def _fits(self, sighting: Sighting) -> bool:
        return sighting.family is self._family and super()._fits(sighting)

    def _identity(self, sighting: Sighting, serial: str | None) -> KnownSensor:
        return KnownSensor(serial or sighting.address, sighting.name, sighting.address, self._family.name)

    async def _set_up(self, link: Connection) -> None:
        self._can_buzz = link.can_alert
        self._back_at_s = steady_s()
        self._enqueue(Notification(arrival_unix_ns(), bytes((LINK_BEGAN,))))
        await self._subscribe(link)
        await self._converse(link, self._family.talk())

    async def _subscribe(self, link: Connection) -> None:
        for place, uuid in enumerate(self._family.take):
            try:
                await link.subscribe(uuid, partial(self._take, place), service=self._family.service)
            except BleakError:
                if uuid not in self._family.optional:
                    raise

    async def _converse(self, link: Connection, talk: Talk) -> None:
        """Raises SourceError when the sensor refuses, TimeoutError when it does not answer."""
        with contextlib.closing(talk), contextlib.suppress(StopIteration):
            ask = next(talk)
            while True:
                ask = talk.send(await self._ask(link, ask))

    async def _ask(self, link: Connection, ask: Ask) -> bytes:
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        waiting = (ask.reply or b"", answer)
        if ask.reply is not None:
            self._waiting.append(waiting)
        try:
            await link.write_value(ask.to, ask.value, response=ask.with_response, service=self._family.service)
            if ask.wait_s:
                await asyncio.sleep(ask.wait_s)
            if ask.reply is None:
                return b""
            async with asyncio.timeout(self._timing.operation_s):
                return await answer
        finally:
            if ask.reply is not None:
                self._waiting.remove(waiting)

    async def _on_disconnect(self, link: Connection) -> None:
        """Send the stop sequence, also after a cancellation: a sensor that is not stopped may stay awake until its battery is
        empty."""
        if link.lost.is_set():
            return
        try:
            async with asyncio.timeout(self._timing.disconnect_s):
                await self._converse(link, self._family.stop_sequence())
        except (BleakError, TimeoutError, OSError, EOFError, SourceError) as error:
            _log.info("stopping %s failed: %r", self.sensor.name, error)

    async def _tend(self, link: Connection) -> None:
        """Poll what the sensor does not send by itself, send buzzes, and raise when it falls silent."""
        ask_at_s = 0.0
        while True:
            now_s = steady_s()
            if self._observer.refused:
                raise SourceError(self._observer.refused, where=self.sensor.name, hint="Choose another with `spinae scan`")
            self._check_alive(now_s)
            if now_s >= ask_at_s:
                ask_at_s = now_s + self._family.ask_every_s
                if self._family.battery:
                    self._observer.battery_percent = await link.battery_percent()
                await self._converse(link, self._family.ask_often())
            await self._send_buzz(link)

    def _check_alive(self, now_s: float) -> None:
        """Only samples are a sign of life. Values that give none may still become some, when the driver has seen enough of them."""
        silent_s = now_s - self._link.alive_at_s
        if silent_s > UNREAD_STALLS * self._timing.stall_s:
            raise problems.senseless(self._observer.newest_reason, self.sensor.name)
        if silent_s > self._timing.stall_s and now_s - self._heard_at_s > self._timing.stall_s:
            raise problems.said(problems.SILENT, self.sensor.name)

    async def _send_buzz(self, link: Connection) -> None:
        """Send a buzz that is requested within `tick_s`."""
        try:
            async with asyncio.timeout(self._timing.tick_s):
                buzz = await self._buzz.get()
        except TimeoutError:
            return
        await link.alert(buzz)

    def _take(self, place: int, value: bytes) -> None:
        """A value, in the radio's callback."""
        for begins, answer in self._waiting:
            if value.startswith(begins) and not answer.done():
                answer.set_result(value)
        if place == 0:
            self._heard_at_s = steady_s()
            self._meter.tick(self._heard_at_s)
        self._enqueue(Notification(arrival_unix_ns(), bytes((place,)) + value))

    def _enqueue(self, notification: Notification) -> None:
        if self._queue.is_full:
            self._dropped += 1
            self._link.wait(steady_s())
            return
        self._values += notification.payload[0] != LINK_BEGAN
        if self._observer.look_at(notification):
            self._link.accepted(steady_s())
        self._queue.put([notification])

    def _forget_waiting(self) -> None:
        while not self._buzz.empty():
            self._buzz.get_nowait()
