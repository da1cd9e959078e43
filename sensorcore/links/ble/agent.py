"""A BlueZ pairing agent without a display or a keyboard (D-Bus interface org.bluez.Agent1). Linux only.

BlueZ pairs by itself as soon as something protected is read; with nobody to answer for this machine that fails, and the read hangs.
"""

# No `from __future__ import annotations`: dbus-fast reads the D-Bus types from the annotations.
# ruff: noqa: N802, ARG002 - names and signatures are those of D-Bus
import contextlib
import os
from collections.abc import AsyncIterator

from bleak.exc import BleakDBusError
from dbus_fast import BusType, Message, MessageType
from dbus_fast.aio import MessageBus
from dbus_fast.annotations import DBusObjectPath, DBusStr, DBusUInt32
from dbus_fast.auth import AuthExternal
from dbus_fast.errors import DBusError
from dbus_fast.service import ServiceInterface, dbus_method


class _Agent(ServiceInterface):
    """Agrees to everything that needs no display, for one sensor: the wearer chose it and pressed its button. Nobody else gets in
    meanwhile."""

    def __init__(self, address: str) -> None:
        super().__init__("org.bluez.Agent1")
        self._ours = "/DEV_" + address.upper().replace(":", "_")

    def _agree(self, device: str) -> None:
        if not device.upper().endswith(self._ours):
            raise DBusError("org.bluez.Error.Rejected", f"{device} is not the sensor that is being paired")

    @dbus_method()
    def Release(self) -> None: ...

    @dbus_method()
    def RequestAuthorization(self, device: DBusObjectPath) -> None:
        self._agree(device)

    @dbus_method()
    def RequestConfirmation(self, device: DBusObjectPath, passkey: DBusUInt32) -> None:
        self._agree(device)

    @dbus_method()
    def AuthorizeService(self, device: DBusObjectPath, uuid: DBusStr) -> None:
        self._agree(device)

    @dbus_method()
    def Cancel(self) -> None: ...


@contextlib.asynccontextmanager
async def registered(path: str, address: str) -> AsyncIterator[None]:
    """BlueZ's default agent for the sensor with that address while the block runs; afterwards the one before is again. Raises
    BleakDBusError when BlueZ refuses."""
    user = os.environ.get("BLEAK_DBUS_AUTH_UID")  # as bleak does, for a bus that is reached through a socket
    bus = await MessageBus(bus_type=BusType.SYSTEM, auth=AuthExternal(uid=int(user)) if user else None).connect()
    try:
        bus.export(path, _Agent(address))
        await _manage(bus, "RegisterAgent", "os", [path, "NoInputNoOutput"])
        await _manage(bus, "RequestDefaultAgent", "o", [path])
        yield
    finally:
        bus.disconnect()  # which unregisters it, too


async def _manage(bus: MessageBus, member: str, signature: str, body: list[str]) -> None:
    message = Message(
        destination="org.bluez",
        path="/org/bluez",
        interface="org.bluez.AgentManager1",
        member=member,
        signature=signature,
        body=body,
    )
    reply = await bus.call(message)
    if reply.message_type == MessageType.ERROR:
        raise BleakDBusError(reply.error_name or "unknown", reply.body)
