"""A sensor's stream for a whole day, whatever becomes of the link.

Search → a new client → connect → subscribe → START from the first frame that is missing → frames, until the link breaks; then
disconnect, pause (longer each time, with chance), and again. Nothing but cancelling ends it: what is wrong is told in `status`.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncGenerator, Callable

from firmware_protocol import tables
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Control, SetTime, Status
from firmware_protocol.wire import unpack_data
from sensorcore.engine import Incoming
from sensorcore.errors import SourceError, StorageError
from sensorcore.events import LinkBack, LinkLost
from sensorcore.hostclock import arrival_unix_ns
from sensorcore.link import LinkState, LinkStatus, RateMeter
from sensorcore.model import Notification
from sensorcore.source.ble import pairing, problems
from sensorcore.source.ble.connection import Connection, connected
from sensorcore.source.ble.inbox import Inbox
from sensorcore.source.ble.known import KnownSensor
from sensorcore.source.ble.order import Order
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.scan import Sighting, find

QUEUE_FRAMES = 512
"""80 s of frames: longer than any hitch of this machine, and what does not fit is asked for again."""
COMMANDS_WAITING = 8

_log = logging.getLogger(__name__)


class _Stranger(Exception):
    """Another sensor answered than the one looked for."""


class SensorReader:
    """Reads one sensor. `arrivals` may be called once; `status` at any time, from the same event loop.

    `sensor` with an empty serial stands for whatever answers to its name or address; its serial is then learnt. A sensor that
    asks for it is paired with, if it lets us; `pair_again` first forgets the bond there is, once. `remember` is called, in a
    thread, with what the sensor turned out to be.
    """

    def __init__(
        self,
        sensor: KnownSensor,
        *,
        radio: Radio | None = None,
        timing: Timing | None = None,
        queue_frames: int = QUEUE_FRAMES,
        pair_again: bool = False,
        remember: Callable[[KnownSensor], None] | None = None,
    ) -> None:
        self.sensor = sensor
        self._radio = radio or Radio()
        self._timing = timing or Timing()
        self._pair_again = pair_again
        self._remember = remember
        self._order = Order(self._timing.hold_s)
        self._inbox = Inbox(queue_frames)
        self._commands: asyncio.Queue[Control] = asyncio.Queue(COMMANDS_WAITING)
        self._attention = asyncio.Event()
        self._meter = RateMeter()
        self._strangers: set[str] = set()
        self._state: LinkState = "searching"
        self._problem: str | None = None
        self._rssi_dbm: int | None = None
        self._battery_percent: int | None = None
        self._worn: bool | None = None
        self._damaged = self._dropped = self._connects = 0
        self._lost_at_s: float | None = None
        self._heard_at_s = 0.0

    @property
    def status(self) -> LinkStatus:
        """How the link is doing now."""
        counts = self._order.counts
        return LinkStatus(
            sensor=self.sensor.name,
            serial=self.sensor.serial or None,
            state=self._state,
            battery_percent=self._battery_percent,
            rssi_dbm=self._rssi_dbm,
            frames_per_s=self._meter.per_s(time.monotonic()),
            frames=counts.delivered,
            backfilled=counts.backfilled,
            lost=counts.lost,
            duplicates=counts.duplicates,
            damaged=self._damaged,
            dropped=self._dropped,
            reconnects=max(0, self._connects - 1),
            worn=self._worn,
            problem=self._problem,
        )

    def send(self, command: Control) -> bool:
        """Have a command written soon (a buzz, say). False when there is no link: it would come too late to make sense."""
        if self._state not in ("streaming", "paused") or self._commands.full():
            return False
        self._commands.put_nowait(command)
        self._attention.set()
        return True

    def left(self) -> list[Incoming]:
        """What has arrived and was not handed over by `arrivals`; for whoever stops it."""
        self._inbox.put(self._order.rest())
        return self._inbox.rest()

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """Frames in order, each once, and what happens to the link. Ends only when closed or cancelled."""
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
            delivered = self._order.counts.delivered
            try:
                await self._once()
            except _Stranger:
                continue
            except Exception as error:  # noqa: BLE001 - whatever a radio stack raises, a day of wearing goes on
                self._broke(problems.in_words(error, self.sensor.name))
                _log.info("the link to %s: %s", self.sensor.name, self._problem, exc_info=error)
            if self._order.counts.delivered > delivered:
                pause_s = self._timing.backoff_s
            await asyncio.sleep(pause_s * random.uniform(0.5, 1.0))
            pause_s = min(2.0 * pause_s, self._timing.backoff_max_s)

    async def _once(self) -> None:
        """From searching to the link's end, which is always an exception."""
        self._state = "searching"
        sighting = await self._search()
        if self._pair_again:
            await pairing.forget(sighting, self._radio, self._timing)
            self._pair_again = False
            sighting = await self._search()
        self._rssi_dbm = sighting.rssi_dbm
        self._state = "connecting"
        async with connected(sighting, self._radio, self._timing) as link:
            await self._identify(link, sighting)
            status = await link.secured_status()
            if (percent := await link.battery_percent()) is not None:
                self._battery_percent = percent
            self._hear(status)
            await link.subscribe(tables.DATA_UUID, self._take)
            await link.subscribe(tables.STATUS_UUID, self._take_status)
            await link.write(SetTime(arrival_unix_ns() // 1_000_000))
            await link.write(self._order.start())
            self._is_back()
            async with asyncio.TaskGroup() as group:
                group.create_task(self._keep(link))
                await link.lost.wait()
                raise problems.said(problems.LOST, self.sensor.name)

    async def _search(self) -> Sighting:
        sighting = await find(self._radio, self._timing, self._fits)
        if sighting is None:
            self._strangers.clear()
            raise problems.said(problems.OUT_OF_RANGE, self.sensor.name)
        return sighting

    def _fits(self, sighting: Sighting) -> bool:
        if sighting.address in self._strangers:
            return False
        return self.sensor.is_called(sighting.address) or self.sensor.is_called(sighting.name)

    async def _identify(self, link: Connection, sighting: Sighting) -> None:
        serial = await link.serial()
        if self.sensor.serial and serial != self.sensor.serial:
            self._strangers.add(sighting.address)
            raise _Stranger
        found = KnownSensor(serial or "", sighting.name, sighting.address)
        if found != self.sensor and serial and self._remember is not None:
            try:
                await asyncio.to_thread(self._remember, found)
            except StorageError as error:
                _log.warning("%s", error)  # it can be worn all the same
        self.sensor = found

    async def _keep(self, link: Connection) -> None:
        """Write what the wearer sends and what is missing, let frames wait no longer than they may, and look whether a silent
        sensor is well. A write that fails ends the connection."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.tick_s):
                    await self._attention.wait()
            self._attention.clear()
            while not self._commands.empty():
                await link.write(self._commands.get_nowait())
            now_s = time.monotonic()
            self._inbox.put(self._order.elapse(now_s))
            if not self._inbox.is_full and (again := self._order.ask(now_s)) is not None:
                await link.write(again)
            if now_s - self._heard_at_s > self._timing.stall_s:
                await self._look_after(link)

    async def _look_after(self, link: Connection) -> None:
        status = await link.status()
        self._heard_at_s = time.monotonic()
        self._hear(status)
        if self._order.lags(status) and not self._inbox.is_full:
            self._state = "streaming"
            await link.write(self._order.start())
        else:
            self._state = "paused"

    def _take(self, payload: bytes) -> None:
        """A data frame, in the radio's callback."""
        if self._inbox.is_full:
            self._dropped += 1
            return
        try:
            _, _, _, session, sequence, _ = unpack_data(payload)
        except FrameError as error:
            self._damaged += 1
            _log.debug("a damaged frame: %s", error)
            return
        now_s = self._heard_at_s = time.monotonic()
        self._state = "streaming"
        self._meter.tick(now_s)
        self._inbox.put(self._order.take(Notification(arrival_unix_ns(), payload), session, sequence, now_s))
        if self._order.is_missing(now_s):
            self._attention.set()

    def _take_status(self, payload: bytes) -> None:
        try:
            self._hear(Status.from_bytes(payload))
        except FrameError as error:
            self._damaged += 1
            _log.debug("a damaged status: %s", error)

    def _hear(self, status: Status) -> None:
        if status.battery_percent is not None:
            self._battery_percent = status.battery_percent
        self._worn = status.worn
        self._inbox.put(self._order.heard(status, time.monotonic()))
        if status.worn is not None or status.temperature_c is not None:  # of use to whoever asks if it is worn, now and in a replay
            self._inbox.put([Notification(arrival_unix_ns(), status.to_bytes())])

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
        self._order.link_lost()
        while not self._commands.empty():
            self._commands.get_nowait()
        if was_connected:
            self._lost_at_s = time.monotonic()
            self._inbox.put([LinkLost(0.0, problem.what)])
