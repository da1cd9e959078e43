"""The firmware as a Bluetooth sensor: its calls on `bluetooth` are served by a Bumble device.

Bumble does the pairing, but the keys live where they live on a board: in the firmware's file, which also decides whether a new one
may be made.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Coroutine
from typing import Any

from bumble import core, hci
from bumble.core import UUID
from bumble.device import Connection, Device, DeviceConfiguration
from bumble.gatt import Characteristic, CharacteristicValue, Service
from bumble.host import Host
from bumble.keys import KeyStore, PairingKeys
from bumble.link import LocalLink
from bumble.pairing import PairingConfig

from tests.radio.bonding import honour_bonding
from tests.radio.controller import make_controller
from tests.radio.micropython.process import Bench

CONNECT, DISCONNECT, WRITE, MTU, ENCRYPTION, GET_SECRET, SET_SECRET = 1, 2, 3, 21, 28, 29, 30
PEER_KEYS = 2
READ, ANY_WRITE, READ_ENCRYPTED, WRITE_ENCRYPTED = 0x02, 0x0C, 0x0200, 0x1000
PROPERTIES = 0x3E


class FirmwareSensor:
    """One board. `told` is what the firmware did to its hardware: PWM, pins, watchdog; `process` while it is switched on."""

    def __init__(self, link: LocalLink, bench: Bench, address: str) -> None:
        self.bench = bench
        self.told: list[dict[str, Any]] = []
        self.process: asyncio.subprocess.Process | None = None
        self._link = link
        self._address = address
        self._advertising = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writer: asyncio.StreamWriter | None = None

    async def start(self) -> None:
        """Switch on; returns when it advertises."""
        self._controller = make_controller("board", self._link)
        config = DeviceConfiguration(name="board", address=hci.Address(self._address))
        self.device = Device(config=config, host=Host(self._controller, self._controller))
        self.device.keystore = _BoardKeys(self)
        honour_bonding(self.device)
        self.device.on("connection", self._connected)
        self._handles: dict[int, Characteristic[Any]] = {}
        self._values: dict[int, bytes] = {}
        self._secrets: asyncio.Queue[Any] = asyncio.Queue()
        self._asking = asyncio.Lock()
        self._advertising.clear()
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        port = self._server.sockets[0].getsockname()[1]
        command = self.bench.command()
        self.process = await asyncio.create_subprocess_exec(*command, env=self.bench.environment(port), cwd=self.bench.flash)
        async with asyncio.timeout(10):
            await self._advertising.wait()

    async def stop(self) -> None:
        """Switch off, without warning: the flash is all that stays."""
        if self.process is None:
            return
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()
        self.process = None
        for task in self._tasks:
            task.cancel()
        self._server.close()
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()
        await self._serving
        for controller in self._link.controllers:
            for connection in list(controller.le_connections.values()):
                if controller is self._controller or connection.peer_address == hci.Address(self._address):
                    controller.on_le_disconnected(connection, hci.HCI_ErrorCode.CONNECTION_TIMEOUT_ERROR)
        await asyncio.sleep(0)
        self._link.remove_controller(self._controller)

    async def reboot(self) -> None:
        await self.stop()
        await self.start()

    def set(self, **values: Any) -> None:
        """Pins ("pin9"), voltages ("adc3"), faults ("queue_full") from now on."""
        self._tell(op="set", values=values)

    def duties(self, pin: int) -> list[int]:
        """In percent, as they were set."""
        return [round(message["duty"] / 655.35) for message in self.told if message["op"] == "pwm" and message["pin"] == pin]

    async def secret(self, event: int, *data: Any) -> Any:
        """What the firmware answers when the stack asks for a key or brings one."""
        async with self._asking:
            self._tell(op="event", event=event, data=data)
            return await self._secrets.get()

    def _tell(self, **message: Any) -> None:
        if self._writer is not None and not self._writer.is_closing():
            self._writer.write((json.dumps(message) + "\n").encode())

    def _event(self, event: int, *data: Any, **more: Any) -> None:
        self._tell(op="event", event=event, data=data, **more)

    def _connected(self, connection: Connection) -> None:
        handle, peer = connection.handle, bytes(connection.peer_address).hex()
        self._event(CONNECT, handle, 1, peer)
        connection.on("disconnection", lambda _reason: self._event(DISCONNECT, handle, 1, peer))
        connection.on("connection_att_mtu_update", lambda: self._event(MTU, handle, connection.att_mtu))
        connection.on("connection_encryption_change", lambda: self._later(self._tell_encryption(connection)))
        connection.on("pairing", lambda _keys: self._later(self._tell_encryption(connection, is_paired=True)))

    async def _tell_encryption(self, connection: Connection, is_paired: bool = False) -> None:
        """On a board this comes once all keys have been exchanged, or at once when they are known already."""
        keys = await _BoardKeys(self).get(str(connection.peer_address))
        if keys is not None or is_paired:
            self._event(ENCRYPTION, connection.handle, int(connection.is_encrypted), 0, int(keys is not None), 16)

    def _later(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writer = writer
        self._serving = asyncio.current_task()
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            while line := await reader.readline():
                message = json.loads(line)
                serve = getattr(self, "_on_" + message["op"], None)
                if serve is None:
                    self.told.append(message)
                else:
                    await serve(message)

    async def _on_config(self, message: dict[str, Any]) -> None:
        values = message["values"]
        if "mtu" in values:
            self.device.gatt_server.max_mtu = values["mtu"]
        if "bond" in values:
            self.device.pairing_config_factory = lambda _: PairingConfig(sc=True, mitm=False, bonding=values["bond"])

    async def _on_register(self, message: dict[str, Any]) -> None:
        services = [
            Service(UUID(uuid), [self._characteristic(*about) for about in characteristics])
            for uuid, characteristics in message["services"]
        ]
        self.device.add_services(services)

    def _characteristic(self, handle: int, uuid: str, flags: int) -> Characteristic[Any]:
        permissions = 0
        if flags & READ:
            permissions |= Characteristic.READABLE
        if flags & ANY_WRITE:
            permissions |= Characteristic.WRITEABLE
        if flags & READ_ENCRYPTED:
            permissions |= Characteristic.READ_REQUIRES_ENCRYPTION
        if flags & WRITE_ENCRYPTED:
            permissions |= Characteristic.WRITE_REQUIRES_ENCRYPTION

        def written(connection: Connection, value: bytes) -> None:
            self._event(WRITE, connection.handle, handle, value=bytes(value).hex())

        self._handles[handle] = Characteristic(
            UUID(uuid),
            Characteristic.Properties(flags & PROPERTIES),
            Characteristic.Permissions(permissions),
            CharacteristicValue(read=lambda _: self._values.get(handle, b""), write=written),
        )
        return self._handles[handle]

    async def _on_advertise(self, message: dict[str, Any]) -> None:
        if not self._advertising.is_set():
            await self.device.power_on()
        self.device.advertising_data = bytes.fromhex(message["data"])
        self.device.scan_response_data = bytes.fromhex(message["response"])
        interval_ms = message["interval_us"] / 1000 / self.bench.speed
        self.device.config.advertising_interval_min = self.device.config.advertising_interval_max = interval_ms
        with contextlib.suppress(core.InvalidStateError):
            await self.device.start_advertising(
                auto_restart=False, advertising_interval_min=interval_ms, advertising_interval_max=interval_ms
            )
        self._advertising.set()

    async def _on_write(self, message: dict[str, Any]) -> None:
        handle = message["handle"]
        self._values[handle] = bytes.fromhex(message["value"])
        if message["update"]:
            with contextlib.suppress(core.InvalidStateError, core.ConnectionError, core.ProtocolError):
                await self.device.notify_subscribers(self._handles[handle], self._values[handle])

    async def _on_notify(self, message: dict[str, Any]) -> None:
        connection = self.device.connections.get(message["connection"])
        if connection is None:
            return
        with contextlib.suppress(core.InvalidStateError, core.ConnectionError, core.ProtocolError, KeyError):
            # forced: MicroPython does not ask whether the central subscribed
            await self.device.notify_subscriber(
                connection, self._handles[message["handle"]], bytes.fromhex(message["value"]), force=True
            )

    async def _on_disconnect(self, message: dict[str, Any]) -> None:
        connection = self.device.connections.get(message["connection"])
        if connection is not None:
            with contextlib.suppress(core.ConnectionError, core.InvalidStateError):
                await connection.disconnect()

    async def _on_secret(self, message: dict[str, Any]) -> None:
        self._secrets.put_nowait(message["value"])


class _BoardKeys(KeyStore):
    """Bumble's keys, kept by the firmware."""

    def __init__(self, sensor: FirmwareSensor) -> None:
        self._sensor = sensor

    async def update(self, name: str, keys: PairingKeys) -> None:
        value = json.dumps(keys.to_dict()).encode()
        await self._sensor.secret(SET_SECRET, PEER_KEYS, name.encode().hex(), value.hex())

    async def delete(self, name: str) -> None:
        await self._sensor.secret(SET_SECRET, PEER_KEYS, name.encode().hex(), None)

    async def get(self, name: str) -> PairingKeys | None:
        value = await self._sensor.secret(GET_SECRET, PEER_KEYS, 0, name.encode().hex())
        return None if value is None else PairingKeys.from_dict(json.loads(bytes.fromhex(value)))
