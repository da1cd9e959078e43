"""The box as 'this machine': stock bleak reaches its BlueZ through the forwarded D-Bus, and its Bluetooth chip is on our air.

Each test plugs in a chip of its own, with an address of its own, so BlueZ remembers nothing of the tests before.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
from collections.abc import AsyncIterator
from typing import Any
from unittest import mock

from bumble import hci
from bumble.link import LocalLink
from bumble.transport import open_transport
from dbus_fast import BusType, Message, MessageType, Variant
from dbus_fast.aio import MessageBus
from dbus_fast.auth import AuthExternal

from sensorcore.links.ble.radio import Radio
from tests.radio.bluez_box.debian import BoxError
from tests.radio.bluez_box.machine import Machine
from tests.radio.controller import ACL_BYTES, MendedController

ATTACH_S = 10.0
ATTACH_TIMES = 5
UNSUPPORTED = hci.LeFeatureMask.LL_PRIVACY | hci.LeFeatureMask.LE_EXTENDED_ADVERTISING | hci.LeFeatureMask.LE_PERIODIC_ADVERTISING
"""Claimed by Bumble's controller, but Linux would then use commands that it does not have."""

_chips = itertools.count(1)


class BluezHost:
    """`radio` is this machine's own, with nothing between."""

    radio = Radio()

    def __init__(self, bus: MessageBus, machine: Machine) -> None:
        self._bus = bus
        self._adapter = ""
        self.machine = machine

    async def power(self, on: bool) -> None:
        """As a person switches Bluetooth on and off."""
        body = ["org.bluez.Adapter1", "Powered", Variant("b", on)]
        await self._call("org.bluez", self._adapter, "org.freedesktop.DBus.Properties", "Set", "ssv", body)

    async def connections(self) -> int:
        """How many connections the system bus has, this one and BlueZ's own included."""
        (names,) = await self._call("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "ListNames")
        return sum(name.startswith(":") for name in names)

    async def adapters(self) -> dict[str, bool]:
        """The object paths of BlueZ's adapters, and whether each is switched on; none while BlueZ is away."""
        try:
            (objects,) = await self._call("org.bluez", "/", "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")
        except BoxError:
            return {}
        return {
            path: interfaces["org.bluez.Adapter1"]["Powered"].value
            for path, interfaces in objects.items()
            if "org.bluez.Adapter1" in interfaces
        }

    async def attach(self) -> None:
        """Have the box open the port to its chip. Now and then the kernel's first command is lost over that; the next time it is
        not."""
        for attempt in range(1, ATTACH_TIMES + 1):
            await asyncio.to_thread(self.machine.order, "attach")
            try:
                await self._until_adapter(True)
                return
            except TimeoutError:
                if attempt == ATTACH_TIMES:
                    raise
                await self.detach()

    async def detach(self) -> None:
        await asyncio.to_thread(self.machine.order, "detach")
        await self._until_adapter(False)

    async def _until_adapter(self, is_there: bool) -> None:
        """Until there is one that is on, or none."""
        async with asyncio.timeout(ATTACH_S):
            while any((adapters := await self.adapters()).values()) != is_there:
                await asyncio.sleep(0.02)
        self._adapter = next(iter(adapters), "")

    async def _call(self, destination: str, path: str, interface: str, member: str, signature: str = "", body: Any = ()) -> Any:
        message = Message(
            destination=destination, path=path, interface=interface, member=member, signature=signature, body=list(body)
        )
        reply = await self._bus.call(message)
        if reply.message_type == MessageType.ERROR:
            raise BoxError(f"{member}: {reply.error_name} {reply.body}")
        return reply.body


@contextlib.asynccontextmanager
async def bluez_host(machine: Machine, link: LocalLink) -> AsyncIterator[BluezHost]:
    """A chip on `link` plugged in while the block runs; the process's system bus is the box's for as long."""
    variables = {"DBUS_SYSTEM_BUS_ADDRESS": f"tcp:host=127.0.0.1,port={machine.dbus_port}", "BLEAK_DBUS_AUTH_UID": "0"}
    with mock.patch.dict(os.environ, variables):
        bus = await MessageBus(bus_type=BusType.SYSTEM, auth=AuthExternal(uid=0)).connect()
        host = BluezHost(bus, machine)
        transport = await open_transport(f"tcp-client:127.0.0.1:{machine.hci_port}")
        number = next(_chips)
        address = hci.Address(f"AA:BB:CC:00:{number >> 8:02X}:{number & 255:02X}", hci.Address.PUBLIC_DEVICE_ADDRESS)
        chip = MendedController("box", host_source=transport.source, host_sink=transport.sink, link=link, public_address=address)
        chip.le_acl_data_packet_length = ACL_BYTES
        chip.le_features &= ~UNSUPPORTED
        try:
            async with _unplugged_when_stuck(machine):
                await host.attach()
            yield host
        finally:
            async with _unplugged_when_stuck(machine):
                await host.detach()
            await transport.close()
            await _leave_bleak()
            bus.disconnect()


@contextlib.asynccontextmanager
async def _unplugged_when_stuck(machine: Machine) -> AsyncIterator[None]:
    """So that the next test gets a box that works."""
    try:
        yield
    except (BoxError, TimeoutError, OSError):
        machine.stop()
        raise


async def _leave_bleak() -> None:
    """bleak keeps a connection for each event loop until another loop comes along."""
    from bleak.backends.bluezdbus.manager import _global_instances  # noqa: PLC0415 - Linux only

    manager = _global_instances.pop(asyncio.get_running_loop(), None)
    if manager is not None and manager._bus is not None:
        manager._bus.disconnect()
        await manager._bus.wait_for_disconnect()
