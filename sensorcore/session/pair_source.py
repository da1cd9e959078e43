"""Two live sources as one: the upper sensor's arrivals as they are, the lower one's as `Second`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from firmware_protocol.packets import Control
from sensorcore.errors import SpinaeError
from sensorcore.link import LinkStatus
from sensorcore.links.cancellation import stray_cancellation_as_error
from sensorcore.links.known import KnownSensor
from sensorcore.model import Notification, Second
from sensorcore.pipeline.join import WHICH
from sensorcore.ports import Incoming

if TYPE_CHECKING:
    from sensorcore.session.session import LiveSource

QUEUE_LENGTH: Final = 64
"""A source that is faster than its consumer waits for room, as in the engine."""


class PairSource:
    """`LiveSource` of two. When one fails or ends, the day goes on with the other; the failure is raised when both have."""

    def __init__(self, upper: LiveSource, lower: LiveSource) -> None:
        self.sources = upper, lower
        self._failed: list[SpinaeError | None] = [None, None]

    @property
    def sensors(self) -> tuple[KnownSensor, ...]:
        """The upper one first."""
        return tuple(each for source in self.sources for each in source.sensors)

    @property
    def status(self) -> LinkStatus:
        """Status of the connected one, the upper if both are; `problem` names the sensor that has one."""
        each = [source.status for source in self.sources]
        best = each[0] if each[0].is_connected or not each[1].is_connected else each[1]
        battery = [status.battery_percent for status in each if status.battery_percent is not None]
        problems = [
            f"The {WHICH[which]} sensor: {trouble}"
            for which, status in enumerate(each)
            if (trouble := str(self._failed[which] or "") or status.problem)
        ]
        names = [status.sensor for status in each]
        return replace(
            best,
            sensor=" + ".join(names) if all(names) else best.sensor,
            serial=each[0].serial,
            lower_serial=each[1].serial,
            battery_percent=min(battery, default=None),
            problem="; ".join(problems) or None,
        )

    def send(self, command: Control) -> bool:
        """Have the upper one obey, or if it cannot, the lower."""
        return any(source.status.is_connected and source.send(command) for source in self.sources)

    def drain(self) -> Iterable[Incoming]:
        """Arrivals not handed over when `arrivals` is stopped."""
        return [_tagged(which, each) for which, source in enumerate(self.sources) for each in source.drain()]

    async def arrivals(self) -> AsyncGenerator[Incoming, None]:
        """Arrivals of both, in the order in which they came."""
        queue: asyncio.Queue[Incoming | None] = asyncio.Queue(QUEUE_LENGTH)
        reading = [asyncio.create_task(self._read(which, queue)) for which in (0, 1)]
        try:
            going = len(reading)
            while going:
                arrived = await queue.get()
                if arrived is None:
                    going -= 1
                else:
                    yield arrived
        finally:
            for each in reading:
                each.cancel()
            await asyncio.gather(*reading, return_exceptions=True)
        failed = [error for error in self._failed if error is not None]
        if len(failed) == len(self.sources):
            raise failed[0]

    async def _read(self, which: int, queue: asyncio.Queue[Incoming | None]) -> None:
        try:
            with stray_cancellation_as_error():
                async with aclosing(self.sources[which].arrivals()) as arrivals:
                    async for each in arrivals:
                        await queue.put(_tagged(which, each))
        except SpinaeError as error:
            self._failed[which] = error
        await queue.put(None)


def _tagged(which: int, arrived: Incoming) -> Incoming:
    return Second(arrived) if which and isinstance(arrived, Notification) else arrived
