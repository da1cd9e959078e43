"""A sensor, a radio and a reader on it: what a test body gets, whichever radio it is."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

from firmware_protocol.packets import SampleFrame
from sensorcore.engine import Incoming
from sensorcore.events import LinkEvent
from sensorcore.model import Notification
from sensorcore.source.ble.known import KnownSensor
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.reader import SensorReader
from tests.radio.air import Air
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
)
SPEED = 24.0
"""156 frames a second at 104 Hz."""
ANY = KnownSensor("", NAME, "")


@dataclass
class Rig:
    """`slack` multiplies every patience: a real stack takes longer."""

    air: Air
    adapter: VirtualAdapter
    sensor: Peripheral
    radio: Radio
    timing: Timing = QUICK
    slack: float = 1.0
    started: list[Peripheral] = field(default_factory=list)

    async def add(self, **about: Any) -> Peripheral:
        """Another sensor within range."""
        sensor = Peripheral(self.air, **about)
        await sensor.start()
        self.started.append(sensor)
        return sensor

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
                await self.is_open.wait()
                self.items.append(item)

    @property
    def frames(self) -> list[SampleFrame]:
        return [SampleFrame.from_bytes(item.payload) for item in self.items if isinstance(item, Notification)]

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
async def bumble_rig(**about: Any) -> AsyncIterator[Rig]:
    """Bumble in process behind bleak's `backend=`."""
    air = Air(SUPERVISION_S)
    adapter = await VirtualAdapter.on(air)
    rig = Rig(air, adapter, sensor=None, radio=adapter.radio)  # type: ignore[arg-type]
    rig.sensor = await rig.add(**{"speed": SPEED, **about})
    try:
        yield rig
    finally:
        for sensor in rig.started:
            await sensor.stop()
