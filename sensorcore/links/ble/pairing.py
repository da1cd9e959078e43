"""Pairing and bonding: 'Just Works', because a sensor has no display. On Linux somebody must answer for this machine; a desktop
does, on a headless one we register an agent ourselves for as long as it takes."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator

from bleak import BleakClient
from bleak.exc import BleakDeviceNotFoundError

from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.cancellation import stray_cancellation_as_error

AGENT_PATH = "/spinae/agent"


async def pair(client: BleakClient, timing: Timing) -> None:
    """Bond with a connected sensor whose pairing window is open, with an `agent` at work. Raises what bleak raises, TimeoutError
    included."""
    with stray_cancellation_as_error():
        async with asyncio.timeout(timing.pair_s):
            await client.pair()


async def forget(sighting: Sighting, radio: Radio, timing: Timing) -> None:
    """Let the system forget the bond, without connecting: with a bond that the sensor no longer has, that may be impossible. BlueZ
    forgets the sensor altogether, so it must be searched for again. On macOS only the wearer can do it, in the settings."""
    client = BleakClient(sighting.device, **radio.client_kwargs)
    with contextlib.suppress(NotImplementedError, BleakDeviceNotFoundError), stray_cancellation_as_error():
        async with asyncio.timeout(timing.operation_s):
            await client.unpair()


@contextlib.asynccontextmanager
async def agent(radio: Radio, address: str) -> AsyncIterator[None]:
    """Answer for this machine to the sensor with that address while the block runs, on Linux and when the radio is its own."""
    if sys.platform != "linux" or "backend" in radio.client_kwargs:
        yield
        return
    from sensorcore.links.ble.agent import registered  # noqa: PLC0415 - dbus-fast is there only on Linux

    with stray_cancellation_as_error():
        async with registered(AGENT_PATH, address):
            yield
