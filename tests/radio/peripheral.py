"""A sensor in Python over Bumble, by SPEC.md: it shares the codec with the host and nothing else.

Samples count up in their first channels (`sample_index` reads it back), so a test can tell whether one is missing, twice or out of
place. `speed` makes it live faster than life: its clock and samples stay true to 104 Hz.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import struct
from collections import deque
from typing import Any

import numpy as np
import numpy.typing as npt
from bumble import core, data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.link import LocalLink
from bumble.profiles.device_information_service import DeviceInformationService

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Buzz, Control, Identify, Mode, SampleFrame, SetTime, Start, Status, Stop, control_from_bytes
from tests.radio.controller import make_controller

NAME = "spinae"
"""Beside flags and a 128-bit UUID, an advertisement has room for eight letters."""


class Peripheral:
    """Boots into a new session. `counts` (n, 6) are what it measures instead of counting, over and over. `has_room` is whether the
    radio's queue takes another packet; `is_heard` whether what it notifies reaches the host's programs; `battery_percent` None is
    unknown; `received` the commands, newest last."""

    def __init__(
        self,
        link: LocalLink,
        *,
        serial: str = "SP-0001",
        name: str = NAME,
        address: str,
        speed: float = 1.0,
        ring_frames: int = 1000,
        secure: bool = False,
        counts: npt.NDArray[np.int16] | None = None,
    ) -> None:
        controller = make_controller(name, link)
        config = DeviceConfiguration(
            name=name, address=hci.Address(address), advertising_interval_min=20, advertising_interval_max=20
        )
        self.device = Device(config=config, host=Host(controller, controller))
        self.address = address
        self.speed = speed
        self.has_room = self.is_heard = True
        self.is_sampling = True
        self.battery_percent: int | None = 87
        self.received: list[Control] = []
        self.rate, self.scale = tables.DEFAULT_RATE, tables.DEFAULT_SCALE
        self.samples_taken = 0
        self._counts = None if counts is None else counts.astype("<i2")
        self._ring: deque[tuple[int, bytes]] = deque(maxlen=ring_frames)
        self._answer = (0, tables.DONE)
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._work = asyncio.Event()
        self._random = random.Random(serial)
        self._begin_session()
        self._register(serial, name, secure)

    async def start(self) -> None:
        """Switch on."""
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True)
        self._tasks = {asyncio.create_task(self._sample()), asyncio.create_task(self._transmit())}

    async def stop(self) -> None:
        """Switch off."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def reboot(self, link: Any, *, same_id: bool = False) -> None:
        """The battery made poor contact: memory, session and connection are gone, and a clock starts from 0. With `same_id` its
        random numbers begin again, too."""
        session = self.session
        self._ring.clear()
        self._begin_session()
        self.session = session if same_id else self.session
        link.cut()

    @property
    def status(self) -> Status:
        newest = (self._sequence - 1) & wire.U32
        oldest = self._ring[0][0] if self._ring else self._sequence
        return Status(
            (1, 0, 0), self.session, oldest, newest, 0, self._device_us, None, None, self.battery_percent, True,
            self.rate, self.scale, *self._answer,
        )  # fmt: skip

    def _begin_session(self) -> None:
        self.session = self._random.getrandbits(32)
        self._sequence = 0
        self._cursor: int | None = None
        self._device_us = 0

    def _register(self, serial: str, name: str, secure: bool) -> None:
        readable = Characteristic.READ_REQUIRES_ENCRYPTION if secure else Characteristic.READABLE
        writeable = Characteristic.WRITE_REQUIRES_ENCRYPTION if secure else Characteristic.WRITEABLE
        prop = Characteristic.Properties
        self._data = Characteristic(tables.DATA_UUID, prop.NOTIFY, readable, b"")
        control = Characteristic(tables.CONTROL_UUID, prop.WRITE, writeable, CharacteristicValue(write=self._written))
        self._status = Characteristic(
            tables.STATUS_UUID, prop.READ | prop.NOTIFY, readable, CharacteristicValue(read=lambda _: self.status.to_bytes())
        )
        battery = Characteristic(
            UUID.from_16_bits(tables.BATTERY_LEVEL),
            prop.READ,
            Characteristic.READABLE,
            CharacteristicValue(read=lambda _: b"" if self.battery_percent is None else bytes([self.battery_percent])),
        )
        self.device.add_services(
            [
                Service(UUID(tables.SERVICE_UUID), [self._data, control, self._status]),
                Service(UUID.from_16_bits(tables.BATTERY_SERVICE), [battery]),
                DeviceInformationService(model_number="spinae test", serial_number=serial, firmware_revision="1.0.0"),
            ]
        )
        self.device.on("connection", self._connected)
        flags = AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE | AdvertisingData.Flags.BR_EDR_NOT_SUPPORTED
        fields = [
            data_types.Flags(flags),
            data_types.CompleteListOf128BitServiceUUIDs([UUID(tables.SERVICE_UUID)]),
            data_types.CompleteLocalName(name),
        ]
        self.device.advertising_data = bytes(AdvertisingData(fields))

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        connection.once("disconnection", self._disconnected)

    def _disconnected(self, _reason: int) -> None:
        self._connection = self._cursor = None

    def _written(self, _connection: Any, packet: bytes) -> None:
        try:
            command = control_from_bytes(packet)
        except FrameError:
            self._answer = (packet[1] if len(packet) > 1 else 0, tables.MALFORMED)
            return
        self.received.append(command)
        answer = tables.DONE
        match command:
            case Start():
                answer = self._seek(command)
            case Stop():
                self._cursor = None
            case Mode():
                self.rate, self.scale = command.rate, command.scale
                self._ring.clear()
                self._begin_session()
            case SetTime() | Buzz() | Identify():
                pass
        self._answer = (command.command, answer)
        answering = asyncio.create_task(self._notify(self._status, self.status.to_bytes()))
        self._tasks.add(answering)
        answering.add_done_callback(self._tasks.discard)
        self._work.set()

    def _seek(self, start: Start) -> int:
        if start.sequence == tables.LIVE_ONLY:
            self._cursor = self._sequence
            return tables.DONE
        held = [sequence for sequence, _ in self._ring]
        if start.session == self.session and (start.sequence in held or start.sequence == self._sequence):
            self._cursor = start.sequence
            return tables.DONE
        self._cursor = held[0] if held else self._sequence
        return tables.OVERWRITTEN

    async def _sample(self) -> None:
        loop = asyncio.get_running_loop()
        due_s = loop.time()
        while True:
            hz, count = tables.RATES[self.rate]
            due_s += count / hz / self.speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))
            if not self.is_sampling:
                continue
            self._device_us = (self._device_us + count * 1_000_000 // hz) & wire.U32
            body = b"".join(map(self._sampled, range(self.samples_taken, self.samples_taken + count)))
            self.samples_taken += count
            frame = wire.pack_data(self.session, self._sequence, self._device_us, self.scale, self.rate, body)
            self._ring.append((self._sequence, frame))
            self._sequence = (self._sequence + 1) & wire.U32
            self._work.set()

    def _sampled(self, index: int) -> bytes:
        if self._counts is not None:
            return self._counts[index % len(self._counts)].tobytes()
        return struct.pack("<6h", *divmod(index, 1 << 15), 1000, 0, 0, 0)[: 2 * tables.AXES[self.scale]]

    async def _transmit(self) -> None:
        while True:
            await self._work.wait()
            self._work.clear()
            while self._cursor is not None and self.has_room:
                if self._ring and self._cursor < self._ring[0][0]:
                    self._cursor = self._ring[0][0]  # overtaken: those are gone
                frame = next((frame for sequence, frame in self._ring if sequence == self._cursor), None)
                if frame is None:
                    break
                at = self._cursor
                sent = await self._notify(self._data, frame)
                if sent and self._cursor == at:
                    self._cursor = (at + 1) & wire.U32
                await asyncio.sleep(0)

    async def _notify(self, characteristic: Characteristic[Any], value: bytes) -> bool:
        """Whether the radio took it."""
        if self._connection is None:
            return False
        if not self.is_heard:
            return True
        with contextlib.suppress(core.InvalidStateError, core.ConnectionError, core.ProtocolError, KeyError):
            await self.device.notify_subscriber(self._connection, characteristic, value, force=True)
            return True
        return False


def sample_index(frame: SampleFrame) -> list[int]:
    """Which samples these are, since the sensor was made."""
    return [row[0] * (1 << 15) + row[1] for row in frame.counts()]
