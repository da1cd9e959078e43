"""Scan for sensors in range: our own by their service, third-party ones by any advertisement."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from bleak import BleakScanner
from bleak.exc import BleakDBusError

from firmware_protocol import tables
from sensorcore.links.ble import problems
from sensorcore.links.ble.held import held_here
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.cancellation import stray_cancellation_as_error


@contextlib.asynccontextmanager
async def scanning(radio: Radio, timing: Timing, *, third_party: bool = False) -> AsyncIterator[BleakScanner]:
    """A scanner at work, for our own sensors or, with `third_party`, for everything: many do not
    advertise their service. Starting and stopping are bounded in time."""
    scanner = BleakScanner(service_uuids=[] if third_party else [tables.SERVICE_UUID], **radio.scanner_kwargs)
    with stray_cancellation_as_error():
        async with asyncio.timeout(timing.operation_s):
            await _started(scanner, timing)
    try:
        yield scanner
    finally:
        with stray_cancellation_as_error():
            async with asyncio.timeout(timing.operation_s):
                await scanner.stop()


async def _started(scanner: BleakScanner, timing: Timing) -> None:
    """BlueZ 5.82 may refuse for a moment after another scan has ended, as if that one still ran."""
    while True:
        try:
            await scanner.start()
            return
        except BleakDBusError as error:
            if "InProgress" not in error.dbus_error:
                raise
            await asyncio.sleep(timing.tick_s)


async def find(radio: Radio, timing: Timing, fits: Callable[[Sighting], bool], *, third_party: bool = False) -> Sighting | None:
    """The first sensor heard that fits, or None after `timing.scan_s`. With `third_party`, of any family."""
    async with scanning(radio, timing, third_party=third_party) as scanner:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timing.scan_s), contextlib.aclosing(scanner.advertisement_data()) as adverts:
                async for device, advert in adverts:
                    sighting = Sighting.of(device, advert)
                    if third_party and sighting.family is None and tables.SERVICE_UUID not in advert.service_uuids:
                        continue
                    if fits(sighting):
                        return sighting
    return None


async def scan(radio: Radio, *, duration_s: float = 5.0, timing: Timing | None = None) -> list[Sighting]:
    """All sensors heard within `duration_s`, the nearest first, and those that this machine is connected to. Raises SourceError
    when there is no radio to listen with."""
    seen: dict[str, Sighting] = {}

    def note(sighting: Sighting) -> bool:
        seen[sighting.address] = sighting
        return False

    timing = timing or Timing()
    bounded = Timing(scan_s=duration_s, operation_s=timing.operation_s)
    try:
        await find(radio, bounded, note, third_party=True)
    except Exception as error:  # every stack raises its own; all become a SourceError
        raise problems.in_words(error, "Bluetooth") from error
    held = [each for each in await held_here(radio, timing) if each.address not in seen]
    return [*sorted(seen.values(), key=lambda each: -(each.rssi_dbm or 0)), *held]
