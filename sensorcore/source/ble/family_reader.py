"""The stream of a bought sensor for a whole day, whatever becomes of the link: what its `Family` says, carried out.

Search → a new client → connect → subscribe → the set-up's conversation → values, until the link breaks; then the farewell if it can
still be said, a pause, and again. It has no memory to fetch from: what the link missed is a gap. A pure driver of its own looks at
what passes, for the battery, the wear signal and damage.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable
from functools import partial

from bleak.exc import BleakError

from firmware_protocol.packets import Buzz, Control
from sensorcore.engine import Incoming
from sensorcore.errors import SourceError, StorageError
from sensorcore.events import LinkBack, LinkLost
from sensorcore.hostclock import arrival_unix_ns
from sensorcore.link import LinkState, LinkStatus, RateMeter
from sensorcore.model import Notification
from sensorcore.source.ble import problems
from sensorcore.source.ble.connection import Connection, connected
from sensorcore.source.ble.inbox import Inbox
from sensorcore.source.ble.known import KnownSensor
from sensorcore.source.ble.passing import Passing
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.scan import Sighting, find
from sensorcore.source.drivers.family import LINK_BEGAN, Ask, Talk
from sensorcore.source.drivers.gathering import FamilyDriver

QUEUE_VALUES = 4096
"""40 s of 100 notifications a second."""

_log = logging.getLogger(__name__)


class _Stranger(Exception):
    """Another sensor answered than the one looked for."""


class FamilyReader:
    """Reads one sensor of the family of `driver`. As `SensorReader`: `arrivals` may be called once, `status` at any time, from the
    same event loop; nothing but cancelling ends it. A sensor without a serial number is known by its address."""

    def __init__(
        self,
        sensor: KnownSensor,
        driver: type[FamilyDriver],
        *,
        radio: Radio | None = None,
        timing: Timing | None = None,
        queue_values: int = QUEUE_VALUES,
        remember: Callable[[KnownSensor], None] | None = None,
    ) -> None:
        self.sensor = sensor
        self.driver = driver
        self._family = driver.family
        self._radio = radio or Radio()
        self._timing = timing or Timing()
        self._remember = remember
        self._inbox = Inbox(queue_values)
        self._meter = RateMeter()
        self._passing = Passing(driver)
        self._waiting: list[tuple[bytes, asyncio.Future[bytes]]] = []
        self._strangers: set[str] = set()
        self._state: LinkState = "searching"
        self._problem: str | None = None
        self._rssi_dbm: int | None = None
        self._connects = self._values = self._dropped = 0
        self._lost_at_s: float | None = None
        self._heard_at_s = 0.0
        self._buzz: asyncio.Queue[Buzz] = asyncio.Queue(1)
        self._can_buzz = False

    @property
    def status(self) -> LinkStatus:
        """How the link is doing now. Frames are notifications."""
        passing = self._passing
        return LinkStatus(
            sensor=self.sensor.name,
            serial=self.sensor.serial or None,
            state=self._state,
            battery_percent=passing.battery_percent,
            rssi_dbm=self._rssi_dbm,
            frames_per_s=self._meter.per_s(time.monotonic()),
            frames=self._values,
            duplicates=passing.duplicates,
            damaged=passing.rejected,
            dropped=self._dropped,
            reconnects=max(0, self._connects - 1),
            worn=passing.worn,
            problem=self._problem,
        )

    def send(self, command: Control) -> bool:
        """Only a buzz, and only to a sensor with the standard service for it (Immediate Alert)."""
        if self._state != "streaming" or not self._can_buzz or not isinstance(command, Buzz) or self._buzz.full():
            return False
        self._buzz.put_nowait(command)
        return True

    def left(self) -> list[Incoming]:
        """What has arrived and was not handed over by `arrivals`; for whoever stops it."""
        return self._inbox.rest()

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """What the sensor sends as it comes, and what happens to the link. Ends only when closed or cancelled."""
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

    async def _read(self) -> None:
        pause_s = self._timing.backoff_s
        while True:
            values = self._values
            try:
                await self._once()
            except _Stranger:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a radio stack raises, a day of wearing goes on
                self._broke(problems.in_words(error, self.sensor.name))
                _log.info("the link to %s: %s", self.sensor.name, self._problem, exc_info=error)
            if self._values > values:
                pause_s = self._timing.backoff_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2.0 * pause_s, self._timing.backoff_max_s)

    async def _once(self) -> None:
        """From searching to the link's end, which is always an exception."""
        self._state = "searching"
        sighting = await find(self._radio, self._timing, self._fits, bought=True)
        if sighting is None:
            self._strangers.clear()
            raise problems.said(problems.OUT_OF_RANGE, self.sensor.name)
        self._rssi_dbm = sighting.rssi_dbm
        self._state = "connecting"
        async with connected(sighting, self._radio, self._timing) as link:
            await self._identify(link, sighting)
            self._can_buzz = link.can_alert
            self._let_in(Notification(arrival_unix_ns(), bytes((LINK_BEGAN,))))
            try:
                await self._subscribe(link)
                await self._converse(link, self._family.talk())
                self._is_back()
                async with asyncio.TaskGroup() as group:
                    group.create_task(self._keep(link))
                    await link.lost.wait()
                    raise problems.said(problems.LOST, self.sensor.name)
            finally:
                await self._take_leave(link)

    def _fits(self, sighting: Sighting) -> bool:
        if sighting.address in self._strangers or sighting.family is not self._family:
            return False
        return self.sensor.is_called(sighting.address) or self.sensor.is_called(sighting.name)

    async def _identify(self, link: Connection, sighting: Sighting) -> None:
        serial = await link.serial() or sighting.address
        if self.sensor.serial and serial != self.sensor.serial:
            self._strangers.add(sighting.address)
            raise _Stranger
        found = KnownSensor(serial, sighting.name, sighting.address, self._family.name)
        if found != self.sensor and self._remember is not None:
            try:
                await asyncio.to_thread(self._remember, found)
            except StorageError as error:
                _log.warning("%s", error)  # it can be worn all the same
        self.sensor = found

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

    async def _take_leave(self, link: Connection) -> None:
        """Whatever ended it, also being cancelled: a sensor that is not stopped may stay awake until its battery is empty."""
        if link.lost.is_set():
            return
        try:
            async with asyncio.timeout(self._timing.disconnect_s):
                await self._converse(link, self._family.farewell())
        except (BleakError, TimeoutError, OSError, EOFError, SourceError) as error:
            _log.info("stopping %s failed: %r", self.sensor.name, error)

    async def _keep(self, link: Connection) -> None:
        """Ask for what the sensor does not tell by itself, pass buzzes on, and see that it does not fall silent."""
        ask_at_s = 0.0
        while True:
            now_s = time.monotonic()
            if self._passing.refused:
                raise SourceError(self._passing.refused, where=self.sensor.name, hint="Choose another with `spinae scan`")
            if now_s - self._heard_at_s > self._timing.stall_s:
                raise problems.said(problems.SILENT, self.sensor.name)
            if now_s >= ask_at_s:
                ask_at_s = now_s + self._family.ask_every_s
                if self._family.battery:
                    self._passing.battery_percent = await link.battery_percent()
                await self._converse(link, self._family.ask_often())
            await self._pass_on(link)

    async def _pass_on(self, link: Connection) -> None:
        """A buzz that is wanted within the next moment."""
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
            now_s = self._heard_at_s = time.monotonic()
            self._meter.tick(now_s)
        self._let_in(Notification(arrival_unix_ns(), bytes((place,)) + value))

    def _let_in(self, notification: Notification) -> None:
        if self._inbox.is_full:
            self._dropped += 1
            return
        self._values += notification.payload[0] != LINK_BEGAN
        self._passing.look_at(notification)
        self._inbox.put([notification])

    def _is_back(self) -> None:
        now_s = self._heard_at_s = time.monotonic()
        self._connects += 1
        self._state = "streaming"
        self._problem = None
        if self._lost_at_s is not None:
            self._inbox.put([LinkBack(0.0, now_s - self._lost_at_s)])
            self._lost_at_s = None

    def _broke(self, problem: SourceError) -> None:
        was_connected = self._state == "streaming"
        self._state = "searching"
        self._problem = str(problem)
        while not self._buzz.empty():
            self._buzz.get_nowait()
        if was_connected:
            self._lost_at_s = time.monotonic()
            self._inbox.put([LinkLost(0.0, problem.what)])
