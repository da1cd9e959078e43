"""Third-party sensors over Bumble: their services, their answers and their bad habits, with the encoders of the drivers' tests."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from bumble import core, data_types, hci
from bumble.core import UUID, AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.link import LocalLink

from tests.radio.controller import make_controller
from tests.sensorcore.devices.encoders import ACC_FACTOR, ENCODERS, GYR_FACTOR, text
from tests.sensorcore.devices.test_third_party import motion

NOTIFY, INDICATE = Characteristic.Properties.NOTIFY, Characteristic.Properties.INDICATE
WRITE, PLAIN_WRITE, READ = (
    Characteristic.Properties.WRITE,
    Characteristic.Properties.WRITE_WITHOUT_RESPONSE,
    Characteristic.Properties.READ,
)
PMD = "FB005C8{}-02E7-F387-1CAD-8ACD2D8DF0C8"
MOVESENSE = "3480{}-7185-4D5D-B431-630E7050E8F0"
THINGY = "EF68{}-9B35-4933-9B10-52FFA9740042"
UART = "6E40000{}-B5A3-F393-E0A9-E50E24DCCA9E"
WIT = "0000{}-0000-1000-8000-00805F9A34FB"


@dataclass
class Habits:
    """What goes wrong. `refuse`: the status that a start is answered with; `already`: it was left running; `swapped`: the
    characteristics' UUIDs are the wrong way round; `silent`: it is set up and sends nothing; `without_rate`: of two
    streams angular rate never comes; `whole_lines`: text comes in packets
    of a line instead of 20 bytes, a third as many."""

    refuse: int = 0
    already: bool = False
    swapped: bool = False
    silent: bool = False
    without_rate: bool = False
    whole_lines: bool = False
    acc_times: float = 1.0
    battery_percent: int | None = 64


@dataclass
class ThirdPartySensor:
    """`motion_s`: what it has to send, then it falls silent. `received`: (characteristic, bytes) written to it. `sent`: samples'
    notifications so far. `running`: the streams started."""

    link: LocalLink
    kind: str
    name: str
    address: str
    habits: Habits = field(default_factory=Habits)
    motion_s: float = 20.0
    received: list[tuple[str, bytes]] = field(default_factory=list)
    sent: int = 0
    running: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        controller = make_controller(self.name, self.link)
        config = DeviceConfiguration(
            name=self.name, address=hci.Address(self.address), advertising_interval_min=20, advertising_interval_max=20
        )
        self.device = Device(config=config, host=Host(controller, controller))
        self._connection: Connection | None = None
        self._tasks: set[asyncio.Task[Any]] = set()
        self._chars: dict[int, Characteristic[Any]] = {}
        driver, rate_hz, encode = ENCODERS[self.kind]
        encode = partial(text, piece=240) if self.habits.whole_lines else encode
        self.family = driver
        spread_g = 0.2 if driver == "polar-h10" else 0.05  # it tells its samples apart by acceleration alone
        acc_g, gyr_dps, t_s = motion(int(self.motion_s * rate_hz), rate_hz, spread_g=spread_g)
        self.acc_g, self.gyr_dps = acc_g * self.habits.acc_times, gyr_dps
        self._script = list(encode(self.acc_g, gyr_dps, t_s))
        if self.habits.without_rate:
            self._script = [each for each in self._script if each[2][0] != 5]
        self.device.add_services([*_services(self), *self._battery()])
        self.device.on("connection", self._connected)
        fields: list[Any] = [data_types.Flags(AdvertisingData.Flags.LE_GENERAL_DISCOVERABLE_MODE)]
        if driver == "uart-text":
            fields.append(data_types.CompleteListOf128BitServiceUUIDs([UUID(UART.format(1))]))
        fields.append(data_types.CompleteLocalName(self.name))
        self.device.advertising_data = bytes(AdvertisingData(fields))

    async def start(self) -> None:
        await self.device.power_on()
        await self.device.start_advertising(auto_restart=True)

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def takes(self, place: int, uuid: str, properties: Characteristic.Properties) -> Characteristic[Any]:
        """A characteristic that is notified of, by its place in the family's table."""
        self._chars[place] = Characteristic(uuid, properties, Characteristic.READABLE, b"")
        return self._chars[place]

    def control(self, uuid: str, properties: Characteristic.Properties, do: Callable[[bytes], None]) -> Characteristic[Any]:
        """A characteristic that is written to."""

        def written(_connection: Any, value: bytes) -> None:
            self.received.append((uuid, bytes(value)))
            do(bytes(value))

        return Characteristic(
            uuid, properties, Characteristic.READABLE | Characteristic.WRITEABLE, CharacteristicValue(write=written)
        )

    def answer(self, place: int, value: bytes) -> None:
        """Soon."""
        self._later(self._send(place, value))

    def _later(self, work: Any) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _battery(self) -> list[Service]:
        percent = self.habits.battery_percent
        value = CharacteristicValue(read=lambda _: b"" if percent is None else bytes((percent,)))
        return [
            Service(UUID.from_16_bits(0x180F), [Characteristic(UUID.from_16_bits(0x2A19), READ, Characteristic.READABLE, value)])
        ]

    def _connected(self, connection: Connection) -> None:
        self._connection = connection
        connection.once("disconnection", self._disconnected)
        self._later(self._stream())

    def _disconnected(self, _reason: int) -> None:
        self._connection = None
        self.running.clear()

    async def _stream(self) -> None:
        """From where it stands, at life's pace, as long as the link lasts."""
        loop, connection = asyncio.get_running_loop(), self._connection
        while self.family == "movesense" and self._script[self.sent][2][0] == 3:
            self.sent += 1  # begins with a whole frame
        began_s, first = loop.time(), self.sent
        while self._connection is connection and self.sent < len(self._script):
            at_s, place, value = self._script[self.sent]
            await asyncio.sleep(max(0.0, at_s - self._script[first][0] - (loop.time() - began_s)))
            if self.habits.silent or not _is_on(self, value):
                first, began_s = self.sent, loop.time()
                await asyncio.sleep(0.01)
                continue
            if not await self._send(place, value):
                return
            self.sent += 1

    async def _send(self, place: int, value: bytes) -> bool:
        if self._connection is None:
            return False
        char = self._chars[place]
        with contextlib.suppress(core.InvalidStateError, core.ConnectionError, core.ProtocolError, KeyError, TimeoutError):
            if char.properties & INDICATE:
                await self.device.indicate_subscriber(self._connection, char, value, force=True)
            else:
                await self.device.notify_subscriber(self._connection, char, value, force=True)
            return True
        return False


def _is_on(sensor: ThirdPartySensor, value: bytes) -> bool:
    if sensor.family.startswith("polar"):
        return value[0] in sensor.running
    return sensor.family != "movesense" or 0x63 in sensor.running


def _services(sensor: ThirdPartySensor) -> list[Service]:
    if sensor.family == "witmotion":
        notify, write = ("ffe9", "ffe4") if sensor.habits.swapped else ("ffe4", "ffe9")
        chars = [
            sensor.takes(0, WIT.format(notify), NOTIFY),
            sensor.control(WIT.format(write), WRITE | PLAIN_WRITE, lambda v: _witmotion(sensor, v)),
        ]
        return [Service(UUID(WIT.format("ffe5")), chars)]
    if sensor.family == "movesense":
        chars = [
            sensor.control(MOVESENSE.format("0001"), WRITE, lambda v: _movesense(sensor, v)),
            sensor.takes(0, MOVESENSE.format("0002"), NOTIFY),
        ]
        return [Service(UUID(MOVESENSE.format("2252")), chars)]
    if sensor.family == "thingy52":
        chars = [
            sensor.control(THINGY.format("0401"), WRITE, lambda _: None),
            sensor.takes(0, THINGY.format("0406"), NOTIFY),
        ]
        return [Service(UUID(THINGY.format("0400")), chars)]
    if sensor.family == "uart-text":
        chars = [sensor.control(UART.format(2), WRITE, lambda _: None), sensor.takes(0, UART.format(3), NOTIFY)]
        return [Service(UUID(UART.format(1)), chars)]
    control = sensor.control(PMD.format(1), WRITE | INDICATE, lambda v: _pmd(sensor, v))
    sensor.takes(0, PMD.format(2), NOTIFY)
    sensor._chars[1] = control
    heart = Service(UUID.from_16_bits(0x180D), [sensor.takes(2, "2A37", NOTIFY)])
    return [Service(UUID(PMD.format(0)), [control, sensor._chars[0]]), heart]


def _witmotion(sensor: ThirdPartySensor, value: bytes) -> None:
    if value[:3] == b"\xff\xaa\x27":
        answers = {0x64: 379, 0x40: 3150}
        sensor.answer(0, b"\x55\x71" + bytes((value[3], 0)) + struct.pack("<8h", answers.get(value[3], 0), *[0] * 7))


def _movesense(sensor: ThirdPartySensor, value: bytes) -> None:
    code, reference, path = value[0], value[1], value[2:]
    if code == 2:
        found = reference in sensor.running
        sensor.running.discard(reference)
        sensor.answer(0, struct.pack("<BBH", 1, reference, 200 if found else 404))
        return
    status = sensor.habits.refuse or (200 if path in (b"/Meas/IMU6/52", b"/System/Energy/Level") else 404)
    sensor.answer(0, struct.pack("<BBH", 1, reference, status))
    if status == 200:
        sensor.running.add(reference)
        if path.startswith(b"/System"):
            sensor.answer(0, bytes((2, reference, 55)))


def _pmd(sensor: ThirdPartySensor, value: bytes) -> None:
    code, kind, told = value[0], value[1], value[2:]
    reply = bytes((0xF0, code, kind))
    if code == 1:
        rates = struct.pack("<BB4H", 0, 4, 25, 50, 100, 200) if sensor.family == "polar-h10" else struct.pack("<BBH", 0, 1, 52)
        ranges = struct.pack("<BB3H", 2, 3, 2, 4, 8) if kind == 2 else struct.pack("<BBH", 2, 1, 2000)
        channels = b"" if sensor.family == "polar-h10" else b"\x04\x01\x03"
        sensor.answer(1, reply + b"\0\0" + rates + b"\x01\x01\x10\x00" + ranges + channels)
    elif code == 2:
        rate = 50 if sensor.family == "polar-h10" else 52
        wanted = struct.pack("<BBH", 0, 1, rate) + b"\x01\x01\x10\x00" + struct.pack("<BBH", 2, 1, 8 if kind == 2 else 2000)
        wanted += b"" if sensor.family == "polar-h10" else b"\x04\x01\x03"
        if sensor.habits.already:
            sensor.habits.already = False
            sensor.answer(1, reply + b"\x06\0")
        elif sensor.habits.refuse or told != wanted:
            sensor.answer(1, reply + bytes((sensor.habits.refuse or 5, 0)))
        else:
            sensor.running.add(kind)
            factor = {2: ACC_FACTOR, 5: GYR_FACTOR}[kind]
            its = b"" if sensor.family == "polar-h10" else b"\x05\x01" + struct.pack("<f", factor)
            sensor.answer(1, reply + b"\0\0" + its)
            sensor.answer(2, bytes((0x06, 71)))
    elif code == 3:
        sensor.running.discard(kind)
        sensor.answer(1, reply + b"\0\0")
