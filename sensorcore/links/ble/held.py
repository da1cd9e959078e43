"""Sensors that this machine itself is connected to already, on Linux.

BlueZ keeps a link when the program that made it is killed. A sensor that is connected does not advertise, so no scan finds it; but
BlueZ can be asked, and a new client takes the link over without a scan.
"""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Iterator

from bleak import BleakAdapter
from bleak.exc import BleakError

from firmware_protocol import tables
from sensorcore.devices import THIRD_PARTY, family_seen
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.cancellation import stray_cancellation_as_error

_by_this_process: list[str] = []


@contextlib.contextmanager
def holding(address: str) -> Iterator[None]:
    """This process uses the link to that sensor while the block runs: nobody else in it may take it over."""
    _by_this_process.append(address)
    try:
        yield
    finally:
        _by_this_process.remove(address)


async def held_here(radio: Radio, timing: Timing) -> list[Sighting]:
    """The sensors that BlueZ is connected to for no part of this process; none on other systems, or when BlueZ cannot be asked:
    then a scan says why."""
    if sys.platform != "linux" or "backend" in radio.client_kwargs:
        return []
    try:
        with stray_cancellation_as_error():
            async with asyncio.timeout(timing.operation_s):
                return await _asked()
    except (BleakError, OSError, EOFError, TimeoutError):
        return []


async def _asked() -> list[Sighting]:
    adapter = await BleakAdapter.get()
    found: dict[str, Sighting] = {}
    for service in (tables.SERVICE_UUID, *dict.fromkeys(each.family.service for each in THIRD_PARTY)):
        for device in await adapter.get_connected_devices([service]):
            name = device.name or "unnamed"
            ours = service == tables.SERVICE_UUID
            family = None if ours else family_seen(name, (service,))
            if device.address not in _by_this_process and (ours or family is not None):
                found.setdefault(device.address, Sighting(device, name, None, family, is_held=True))
    return list(found.values())
