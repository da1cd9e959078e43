"""A bleak backend over a Bumble host: production code keeps bleak's public interface, the radio is software.

bleak takes backend *types*, so an adapter makes a scanner and a client class of its own.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any, ClassVar, TypeVar

from bleak.assigned_numbers import gatt_char_props_to_strs
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.backends.client import BaseBleakClient
from bleak.backends.descriptor import BleakGATTDescriptor
from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData, BaseBleakScanner
from bleak.backends.service import BleakGATTService, BleakGATTServiceCollection
from bleak.exc import BleakBluetoothNotAvailableError, BleakBluetoothNotAvailableReason, BleakError, BleakGATTProtocolError
from bleak.uuids import normalize_uuid_str
from bumble import att, core, hci
from bumble.core import AdvertisingData
from bumble.device import Connection, Device, DeviceConfiguration, Peer
from bumble.host import Host
from bumble.link import LocalLink

from sensorcore.links.ble.radio import Radio
from tests.radio.bonding import honour_bonding
from tests.radio.controller import make_controller

T = TypeVar("T")

ADDRESS = "F0:F1:F2:F3:F4:F5"
MTU = 517


class VirtualAdapter:
    """'This machine's Bluetooth': one Bumble host. A lost link cancels its pending request, and the CancelledError is let out to
    whoever awaits the operation, as bleak's WinRT backend does; with `translates` it is a BleakError, as on BlueZ and macOS."""

    def __init__(self, device: Device) -> None:
        self.device = device
        self.powered = True
        self.translates = False
        self.scanner_type: type[BumbleScanner] = type("Scanner", (BumbleScanner,), {"adapter": self})
        self.client_type: type[BumbleClient] = type("Client", (BumbleClient,), {"adapter": self})

    @property
    def radio(self) -> Radio:
        return Radio({"backend": self.scanner_type}, {"backend": self.client_type})

    async def power(self, on: bool) -> None:
        """Switch Bluetooth on or off, as a person would."""
        self.powered = on

    async def connections(self) -> int:
        """Of a message bus, which is not needed here."""
        return 0

    @classmethod
    async def on(cls, link: LocalLink) -> VirtualAdapter:
        controller = make_controller("adapter", link)
        config = DeviceConfiguration(name="adapter", address=hci.Address(ADDRESS))
        device = Device(config=config, host=Host(controller, controller))
        honour_bonding(device)
        await device.power_on()
        return cls(device)


class BumbleScanner(BaseBleakScanner):
    adapter: ClassVar[VirtualAdapter]

    def __init__(self, detection_callback: Any, service_uuids: Any, scanning_mode: str = "active", **_: Any) -> None:
        super().__init__(detection_callback, service_uuids)

    async def start(self) -> None:
        if not self.adapter.powered:
            raise BleakBluetoothNotAvailableError("off", BleakBluetoothNotAvailableReason.POWERED_OFF)
        self.seen_devices = {}
        self.adapter.device.on("advertisement", self._heard)
        await self.adapter.device.start_scanning(filter_duplicates=False)

    async def stop(self) -> None:
        self.adapter.device.remove_listener("advertisement", self._heard)
        if self.adapter.device.is_scanning:
            await self.adapter.device.stop_scanning()

    def _heard(self, advertisement: Any) -> None:
        data: AdvertisingData = advertisement.data
        uuids = [
            _uuid_text(uuid)
            for kind in (
                AdvertisingData.COMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                AdvertisingData.INCOMPLETE_LIST_OF_128_BIT_SERVICE_CLASS_UUIDS,
                AdvertisingData.COMPLETE_LIST_OF_16_BIT_SERVICE_CLASS_UUIDS,
            )
            for uuid in (data.get(kind) or [])
        ]
        if not self.is_allowed_uuid(uuids):
            return
        name = data.get(AdvertisingData.COMPLETE_LOCAL_NAME)
        found = AdvertisementData(name, {}, {}, uuids, None, advertisement.rssi, (advertisement,))
        address = advertisement.address.to_string(False)
        self.call_detection_callbacks(self.create_or_update_device(address, address, name, advertisement.address, found), found)


class BumbleClient(BaseBleakClient):
    adapter: ClassVar[VirtualAdapter]

    def __init__(self, address_or_ble_device: BLEDevice, services: Any = None, **kwargs: Any) -> None:
        super().__init__(address_or_ble_device, **kwargs)
        self._device = address_or_ble_device
        self._connection: Connection | None = None
        self._subscribed: dict[int, Callable[[bytes], None]] = {}

    @property
    def name(self) -> str:
        return self._device.name or self.address

    @property
    def mtu_size(self) -> int:
        return 23 if self._connection is None else self._connection.att_mtu

    @property
    def is_connected(self) -> bool:
        return self._connection is not None

    async def connect(self, pair: bool = False, **_: Any) -> None:
        try:
            connection = await self.adapter.device.connect(self._device.details, timeout=self._timeout)
        except (TimeoutError, core.TimeoutError) as error:
            raise TimeoutError from error
        except core.ConnectionError as error:
            raise BleakError(f"connecting failed: {error}") from error
        self._connection = connection
        connection.once("disconnection", self._disconnected)
        try:
            peer = Peer(connection)
            await self._bounded(self._encrypt_if_bonded(connection))
            await self._bounded(peer.request_mtu(MTU))
            self.services = await self._bounded(self._discover(peer))
        except BaseException:
            await self.disconnect()
            raise

    async def _encrypt_if_bonded(self, connection: Connection) -> None:
        """As every real stack does; `pair` would make a new bond."""
        keystore = self.adapter.device.keystore
        if keystore is not None and await keystore.get(str(connection.peer_address)) is not None:
            await connection.encrypt()

    async def _discover(self, peer: Peer) -> BleakGATTServiceCollection:
        found = BleakGATTServiceCollection()
        for service in await peer.discover_services():
            its_service = BleakGATTService(service, service.handle, _uuid_text(service.uuid))
            found.add_service(its_service)
            for char in await service.discover_characteristics():
                properties = gatt_char_props_to_strs(int(char.properties))
                its_char = BleakGATTCharacteristic(
                    char, char.handle, _uuid_text(char.uuid), properties, lambda: self.mtu_size - 3, its_service
                )
                found.add_characteristic(its_char)
                for descriptor in await char.discover_descriptors():
                    text = _uuid_text(descriptor.type)
                    found.add_descriptor(BleakGATTDescriptor(descriptor, descriptor.handle, text, its_char))
        return found

    def _disconnected(self, _reason: int) -> None:
        self._connection, self.services = None, None
        self._subscribed.clear()
        if self._disconnected_callback is not None:
            self._disconnected_callback()

    async def disconnect(self) -> None:
        if self._connection is not None:
            with contextlib.suppress(core.ConnectionError, core.InvalidStateError):
                await self._connection.disconnect()

    async def pair(self, *_: Any, **__: Any) -> None:
        await self._bounded(self._connected.pair())

    async def unpair(self) -> None:
        keystore = self.adapter.device.keystore
        if keystore is not None:
            with contextlib.suppress(KeyError):
                await keystore.delete(str(self._device.details))
        await self.disconnect()

    async def read_gatt_char(self, characteristic: Any, **_: Any) -> bytearray:
        return bytearray(await self._bounded(characteristic.obj.read_value()))

    async def read_gatt_descriptor(self, descriptor: Any, **_: Any) -> bytearray:
        return bytearray(await self._bounded(descriptor.obj.read_value()))

    async def write_gatt_char(self, characteristic: Any, data: Any, response: bool) -> None:
        await self._bounded(characteristic.obj.write_value(bytes(data), with_response=response))

    async def write_gatt_descriptor(self, descriptor: Any, data: Any) -> None:
        await self._bounded(descriptor.obj.write_value(bytes(data), with_response=True))

    async def start_notify(self, characteristic: Any, callback: Callable[[bytearray], None], **_: Any) -> None:
        def notified(value: bytes) -> None:
            callback(bytearray(value))

        await self._bounded(characteristic.obj.subscribe(notified, prefer_notify=True))
        self._subscribed[characteristic.handle] = notified

    async def stop_notify(self, characteristic: Any) -> None:
        notified = self._subscribed.pop(characteristic.handle, None)
        if notified is not None:
            await self._bounded(characteristic.obj.unsubscribe(notified))

    @property
    def _connected(self) -> Connection:
        if self._connection is None:
            raise BleakError("Not connected")
        return self._connection

    async def _bounded(self, operation: Awaitable[T]) -> T:
        """Bumble's errors as bleak's."""
        try:
            return await asyncio.wait_for(operation, self._timeout)
        except att.ATT_Error as error:
            raise BleakGATTProtocolError(int(error.error_code)) from error
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if not self.adapter.translates or (task is not None and task.cancelling()):
                raise
            raise BleakError("disconnected during an operation") from None
        except (core.InvalidStateError, core.ProtocolError, core.ConnectionError) as error:
            raise BleakError(f"the operation failed: {error}") from error


def _uuid_text(uuid: core.UUID) -> str:
    return normalize_uuid_str(uuid.to_hex_str("-"))
