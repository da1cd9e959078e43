"""A sensor, a radio and a reader on it: what a test body gets, whichever radio it is.

Three times are scaled: the sensor lives `speed` times as fast as life, the reader's time-outs are shorter by about as much, and a
test's patience is longer by `slack` where the radio is slow.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any, Protocol

from firmware_protocol import wire
from firmware_protocol.packets import SampleFrame
from sensorcore.events import LinkEvent
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.reader import SensorReader
from sensorcore.links.known import KnownSensor
from sensorcore.model import Notification
from sensorcore.ports import Incoming
from tests.radio.air import Air
from tests.radio.bluez_box.machine import Machine
from tests.radio.bumble_backend import VirtualAdapter
from tests.radio.peripheral import NAME, Peripheral, sample_index

SUPERVISION_S = 0.3
"""A sensor has 4–6 s; everything here is scaled down by about fifteen."""
QUICK = Timing(
    scan_s=0.6,
    connect_s=2.0,
    operation_s=1.0,
    pair_s=3.0,
    disconnect_s=1.0,
    backoff_s=0.05,
    backoff_max_s=0.2,
    stall_s=0.5,
    hold_s=1.0,
    tick_s=0.05,
    namesake_s=0.3,
    pace=60.0,
)
FRAMES_A_SECOND = 104 / 16
ANY = KnownSensor("", NAME, "")


_addresses = itertools.count(1)


class BluetoothHost(Protocol):
    """'This machine's Bluetooth'."""

    @property
    def radio(self) -> Radio: ...

    async def power(self, on: bool) -> None:
        """As a person switches Bluetooth on and off."""

    async def connections(self) -> int:
        """To the system's message bus, everybody's; 0 where there is none."""


def fresh_address() -> str:
    """One that no stack has met before: random, static."""
    number = next(_addresses)
    return f"C4:11:22:33:{number >> 8:02X}:{number & 255:02X}"


def slower(timing: Timing, factor: float) -> Timing:
    """Every time-out longer."""
    return replace(timing, **{each.name: factor * getattr(timing, each.name) for each in fields(timing) if each.name != "pace"})


@dataclass
class Rig:
    """`sensor` is there from the beginning. `speed` is the usual pace of sensors, `top_speed` what the radio can take.
    `tells_lost_bond`: whether the stack tells a lost bond from a lost link."""

    air: Air
    host: BluetoothHost
    timing: Timing = QUICK
    slack: float = 1.0
    speed: float = 24.0
    top_speed: float = 60.0
    tells_lost_bond: bool = False
    started: list[Peripheral] = field(default_factory=list)

    @property
    def radio(self) -> Radio:
        return self.host.radio

    @property
    def sensor(self) -> Peripheral:
        return self.started[0]

    async def add(self, **about: Any) -> Peripheral:
        """Another sensor within range."""
        sensor = Peripheral(self.air, **{"speed": self.speed, "address": fresh_address(), **about})
        await sensor.start()
        self.started.append(sensor)
        return sensor

    async def stop(self) -> None:
        for sensor in self.started:
            await sensor.stop()

    def reader(self, sensor: KnownSensor = ANY, **options: Any) -> SensorReader:
        return SensorReader(sensor, radio=self.radio, timing=self.timing, **options)

    @contextlib.asynccontextmanager
    async def reading(self, reader: SensorReader) -> AsyncIterator[Heard]:
        """What the reader delivers, collected while the block runs."""
        heard = Heard()
        task = asyncio.create_task(heard.collect(reader))
        try:
            yield heard
        finally:
            task.cancel()
            await asyncio.wait({task})
            if not task.cancelled() and task.exception() is not None:
                raise task.exception()  # type: ignore[misc]

    async def until(self, condition: Callable[[], bool], patience_s: float = 5.0) -> None:
        """Wait for it. Raises TimeoutError when it does not come about."""
        async with asyncio.timeout(patience_s * self.slack):
            while not condition():
                await asyncio.sleep(0.01)


@dataclass
class Heard:
    """Everything that came out of a reader. `is_open` closed keeps the consumer from taking any more for the moment."""

    items: list[Incoming] = field(default_factory=list)
    is_open: asyncio.Event = field(default_factory=asyncio.Event)

    def __post_init__(self) -> None:
        self.is_open.set()

    async def collect(self, reader: SensorReader) -> None:
        async with contextlib.aclosing(reader.arrivals()) as arrivals:
            async for item in arrivals:
                self.items.append(item)
                await self.is_open.wait()

    @property
    def frames(self) -> list[SampleFrame]:
        """Of samples; what the sensor says of itself comes between them."""
        arrived = [item.payload for item in self.items if isinstance(item, Notification)]
        return [SampleFrame.from_bytes(payload) for payload in arrived if payload[0] == wire.DATA_TAG]

    @property
    def events(self) -> list[LinkEvent]:
        return [item for item in self.items if isinstance(item, LinkEvent)]

    @property
    def samples(self) -> list[int]:
        """Which samples came, in the order they came."""
        return [index for frame in self.frames for index in sample_index(frame)]

    def assert_whole(self) -> None:
        """Every sample since the first, each once, in order."""
        samples = self.samples
        assert samples == list(range(samples[0], samples[-1] + 1))


@contextlib.asynccontextmanager
async def bumble_rig() -> AsyncIterator[Rig]:
    """Bumble in process behind bleak's `backend=`."""
    air = Air(SUPERVISION_S)
    yield Rig(air, await VirtualAdapter.on(air))


@contextlib.asynccontextmanager
async def bluez_rig(machine: Machine) -> AsyncIterator[Rig]:
    """Stock bleak on the BlueZ of a box, which is emulated and carries about 150 notifications a second."""
    from tests.radio.bluez_box.host import bluez_host  # noqa: PLC0415 - D-Bus is there only on Linux

    air = Air(SUPERVISION_S)
    async with bluez_host(machine, air) as host:
        yield Rig(air, host, timing=slower(QUICK, 4.0), slack=8.0, speed=4.0, top_speed=10.0, tells_lost_bond=True)
