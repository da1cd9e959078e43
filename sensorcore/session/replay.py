"""Replay of a finished stream as if it were arriving: at its own pace, faster, or as fast as it is consumed."""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncGenerator, Iterator

from sensorcore.commands import ChangeSettings, Command
from sensorcore.devices import Driver, driver_named
from sensorcore.devices.float_samples import FloatSamples, pack
from sensorcore.model import Notification, Pairing, SampleBlock, Second
from sensorcore.ports import Arrival, FileSource
from sensorcore.recording.reader import Recording

PIECE_S = 0.15
"""Length of the pieces in which imported samples arrive, like a sensor's frames."""
BREATH = 64
"""Arrivals after which others may run, where there is no pace."""


def driver_of(source: FileSource) -> Driver:
    """Driver that decodes what `arrivals` yields."""
    device = source.info.device
    return driver_named(source.driver_name, device) if isinstance(source, Recording) else FloatSamples(device)


def second_driver_of(source: FileSource) -> Driver | None:
    """The same of a second sensor; None where there is none."""
    if (second := source.info.second) is None:
        return None
    device = second.device
    return driver_named(source.recorded.second_driver, device) if isinstance(source, Recording) else FloatSamples(device)


def arrivals(source: FileSource) -> Iterator[Arrival]:
    """Notifications and the wearer's commands in order, as a radio delivered them (recordings) or would have (imports)."""
    if isinstance(source, Recording):
        yield from source.arrivals()
        return
    start_ns = source.info.start_unix_ns or 0
    piece = max(1, round(PIECE_S * source.info.device.sample_rate_hz))
    for item in source.items():
        if isinstance(item, SampleBlock):
            for begin in range(0, len(item), piece):
                part = item[begin : begin + piece]
                yield Notification(start_ns + round(float(part.t_s[-1]) * 1e9), pack(part))
        elif isinstance(item, Command | Pairing):
            yield item


async def paced(source: FileSource, speed: float, *, as_worn: bool = True) -> AsyncGenerator[Arrival, None]:
    """`arrivals` at `speed` times life (`math.inf`: as fast as they are consumed). `as_worn`: with the settings changes made
    while worn."""
    loop = asyncio.get_running_loop()
    started_s = loop.time()
    first_ns: int | None = None
    for count, arrived in enumerate(arrivals(source)):
        if not as_worn and isinstance(arrived, Command) and isinstance(arrived.action, ChangeSettings):
            continue
        if math.isinf(speed):
            if count % BREATH == 0:
                await asyncio.sleep(0)
        elif isinstance(arrived, Notification | Second):
            arrival_ns = (arrived.sent if isinstance(arrived, Second) else arrived).arrival_unix_ns
            first_ns = arrival_ns if first_ns is None else first_ns
            due_s = started_s + (arrival_ns - first_ns) / 1e9 / speed
            await asyncio.sleep(max(0.0, due_s - loop.time()))
        yield arrived
