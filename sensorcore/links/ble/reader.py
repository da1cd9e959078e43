"""Reader of our own sensor: START from the first missing frame, so that what the link lost is back-filled."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import ClassVar

from firmware_protocol import tables
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Control, SetTime, Status
from sensorcore.link import LinkStatus
from sensorcore.links.ble import pairing, problems
from sensorcore.links.ble.connection import Connection
from sensorcore.links.ble.gatt_reader import GattReader
from sensorcore.links.ble.order import FrameOrder
from sensorcore.links.ble.plausible import Header
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.ble.silence import FRUITLESS_STARTS, Silence
from sensorcore.links.known import KnownSensor
from sensorcore.model import Notification
from sensorcore.ports import Incoming
from sensorcore.timing.host_clock import arrival_unix_ns, steady_s

QUEUE_FRAMES = 512
"""80 s of frames: longer than any hitch of this machine, and what does not fit is asked for again."""
COMMANDS_WAITING = 8

_log = logging.getLogger(__name__)


class SensorReader(GattReader):
    """A sensor that asks for it is paired with, if it lets us; `pair_again` first forgets the bond there is, once."""

    IS_THIRD_PARTY: ClassVar[bool] = False

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
        super().__init__(sensor, radio, timing, queue_frames, remember)
        self._pair_again = pair_again
        self._order = FrameOrder(self._timing.hold_s, pace=self._timing.pace)
        self._commands: asyncio.Queue[Control] = asyncio.Queue(COMMANDS_WAITING)
        self._attention = asyncio.Event()
        self._battery_percent: int | None = None
        self._worn: bool | None = None
        self._damaged = 0
        self._silence = Silence(None)

    @property
    def status(self) -> LinkStatus:
        counts = self._order.counts
        return self._status(
            battery_percent=self._battery_percent,
            rssi_dbm=self._rssi_dbm,
            frames=counts.delivered,
            backfilled=counts.backfilled,
            lost=counts.lost,
            duplicates=counts.duplicates,
            damaged=self._damaged + counts.unbelieved,
            worn=self._worn,
        )

    def send(self, command: Control) -> bool:
        if not self._link.is_live or self._commands.full():
            return False
        self._commands.put_nowait(command)
        self._attention.set()
        return True

    def drain(self) -> list[Incoming]:
        self._queue.put(self._order.drain())
        return super().drain()

    @property
    def _received(self) -> int:
        return self._order.counts.delivered

    async def _search(self) -> Sighting:
        sighting = await super()._search()
        if not self._pair_again:
            return sighting
        await pairing.forget(sighting, self._radio, self._timing)
        self._pair_again = False
        return await super()._search()

    async def _set_up(self, link: Connection) -> None:
        status = await link.secured_status()
        if (percent := await link.battery_percent()) is not None:
            self._battery_percent = percent
        self._apply_status(status)
        self._silence = Silence(status)
        await link.subscribe(tables.DATA_UUID, self._take)
        await link.subscribe(tables.STATUS_UUID, self._take_status)
        await link.write(SetTime(arrival_unix_ns() // 1_000_000))
        await link.write(self._order.start())

    def _identity(self, sighting: Sighting, serial: str | None) -> KnownSensor:
        return KnownSensor(serial or "", sighting.name, sighting.address)

    async def _tend(self, link: Connection) -> None:
        """Write commands and requests for missing frames, release frames that waited long enough, and check a silent sensor. A
        write that fails ends the connection."""
        while True:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(self._timing.tick_s):
                    await self._attention.wait()
            self._attention.clear()
            while not self._commands.empty():
                await link.write(self._commands.get_nowait())
            now_s = steady_s()
            self._queue.put(self._order.elapse(now_s))
            if not self._queue.is_full and (again := self._order.ask(now_s)) is not None:
                await link.write(again)
            if now_s - self._link.alive_at_s > self._timing.stall_s:
                await self._check_silence(link)

    async def _check_silence(self, link: Connection) -> None:
        """No frame was accepted for a while. A sensor that takes none rests; any other is asked to send, and when that is of no use
        the connection is given up: nothing but a new one brings back notifications that this machine no longer passes on."""
        status = await link.status()
        self._apply_status(status)
        if not self._silence.has_more(status, self._order):
            self._link.idle(steady_s())
            return
        if self._silence.starts == FRUITLESS_STARTS:
            raise problems.said(self._silence.why, self.sensor.name)
        self._silence.starts += 1
        if self._silence.starts == FRUITLESS_STARTS:  # what is believed of it may be wrong
            self._order.restart(status, steady_s(), Notification(arrival_unix_ns(), status.to_bytes()))
        await link.write(self._order.start())
        self._link.wait(steady_s())

    def _take(self, payload: bytes) -> None:
        """A data frame, in the radio's callback."""
        now_s = steady_s()
        if self._queue.is_full:
            self._dropped += 1
            self._link.wait(now_s)
            return
        try:
            header = Header.of(payload)
        except FrameError as error:
            self._damaged += 1
            self._silence.refused(payload)
            _log.debug("a damaged frame: %s", error)
            return
        self._meter.tick(now_s)
        counts = self._order.counts
        accepted, unbelieved = counts.accepted, counts.unbelieved
        released = self._order.take(Notification(arrival_unix_ns(), payload), header, now_s)
        if counts.accepted > accepted:
            self._silence.accepted()
            self._link.accepted(now_s)
        elif counts.unbelieved > unbelieved:
            self._silence.refused(payload)
        self._queue.put(released)
        if self._order.is_missing(now_s):
            self._attention.set()

    def _take_status(self, payload: bytes) -> None:
        try:
            self._apply_status(Status.from_bytes(payload))
        except FrameError as error:
            self._damaged += 1
            _log.debug("a damaged status: %s", error)

    def _apply_status(self, status: Status) -> None:
        arrived, unbelieved = Notification(arrival_unix_ns(), status.to_bytes()), self._order.counts.unbelieved
        self._queue.put(self._order.heard(status, steady_s(), arrived))
        if self._order.counts.unbelieved > unbelieved:
            return
        if status.battery_percent is not None:
            self._battery_percent = status.battery_percent
        self._worn = status.worn
        says = status.worn is not None or status.temperature_c is not None
        if says and not self._order.restarts:  # for the wear signal, live and in a replay
            self._queue.put([arrived])

    def _forget_waiting(self) -> None:
        self._order.link_lost()
        while not self._commands.empty():
            self._commands.get_nowait()
