"""GATT connection to one sensor, always closed by a disconnect. Every operation has a time-out.

bleak on BlueZ keeps the D-Bus connection of a client that was dropped by the sensor until `disconnect` is called; notifications
would then arrive once more for each reconnect. So a client is always disconnected, and each attempt gets a new one.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

from bleak import BleakClient
from bleak.backends.characteristic import BleakGATTCharacteristic
from bleak.exc import BleakError

from firmware_protocol import tables
from firmware_protocol.packets import Buzz, Control, Status
from sensorcore.links.ble import pairing
from sensorcore.links.ble.held import holding
from sensorcore.links.ble.problems import HELD, HELD_HERE, UNPAIRED, in_words, needs_pairing, said
from sensorcore.links.ble.radio import ALERT_UUID, BATTERY_UUID, SERIAL_UUID, Radio, Timing
from sensorcore.links.ble.sighting import Sighting
from sensorcore.links.cancellation import StrayCancellation, stray_cancellation_as_error

T = TypeVar("T")

NOTIFIES = frozenset({"notify", "indicate"})
WRITES = frozenset({"write", "write-without-response"})
MILD_PERCENT = 60

_log = logging.getLogger(__name__)


class Connection:
    """A connected sensor. `lost` is set when the link has broken."""

    def __init__(self, client: BleakClient, name: str, radio: Radio, timing: Timing, lost: asyncio.Event) -> None:
        self._client = client
        self._name = name
        self._radio = radio
        self._timing = timing
        self.lost = lost

    async def serial(self) -> str | None:
        """Serial number by the sensor's Device Information; None without."""
        value = await self._read_if_any(SERIAL_UUID)
        return None if value is None else value.decode("utf-8", "replace").strip("\0 ") or None

    async def battery_percent(self) -> int | None:
        """From the Battery service; None when it cannot be read or makes no sense."""
        value = await self._read_if_any(BATTERY_UUID)
        return value[0] if value is not None and len(value) == 1 and value[0] <= 100 else None

    async def _read_if_any(self, uuid: str) -> bytes | None:
        """None when the sensor has no such value. A link that broke over it says nothing of the sensor, and raises."""
        try:
            return bytes(await self._bounded(self._client.read_gatt_char(uuid)))
        except BleakError:
            if self.lost.is_set():
                raise
            return None

    async def status(self) -> Status:
        """The sensor's status. Raises FrameError for one that is damaged."""
        return Status.from_bytes(bytes(await self._bounded(self._client.read_gatt_char(tables.STATUS_UUID))))

    async def secured_status(self) -> Status:
        """The same over a link that may need pairing first. Some systems pair by themselves when something protected is read,
        others say that it is needed, and BlueZ falls silent when pairing came to nothing."""
        async with pairing.agent(self._radio, self._client.address):
            try:
                return await self._protected_status()
            except BleakError as error:
                if not needs_pairing(error):
                    raise
            await pairing.pair(self._client, self._timing)
            return await self.status()

    async def _protected_status(self) -> Status:
        try:
            return await self.status()
        except TimeoutError as error:
            if self.lost.is_set():
                raise
            raise said(UNPAIRED, self._name) from error

    async def subscribe(self, uuid: str, take: Callable[[bytes], None], *, service: str = "") -> None:
        """Call `take` with every value that is notified. With `service`, a characteristic that cannot notify gives place to the one
        in that service that can: some batches of sensors swap them."""

        def notified(_: BleakGATTCharacteristic, value: bytearray) -> None:
            take(bytes(value))

        await self._bounded(self._client.start_notify(self._meant(uuid, service, NOTIFIES), notified))

    async def write(self, command: Control) -> None:
        """Returns when the sensor has the command."""
        await self._bounded(self._client.write_gatt_char(tables.CONTROL_UUID, command.to_bytes(), response=True))

    async def write_value(self, uuid: str, value: bytes, *, response: bool, service: str = "") -> None:
        """Returns when it was sent or, with `response`, taken. `service` as in `subscribe`."""
        await self._bounded(self._client.write_gatt_char(self._meant(uuid, service, WRITES), value, response=response))

    @property
    def can_alert(self) -> bool:
        """Whether it has the standard way to buzz."""
        return self._client.services.get_characteristic(ALERT_UUID) is not None

    async def alert(self, buzz: Buzz) -> None:
        """Buzz the standard way for as long as `buzz` lasts, at the nearest of two strengths."""
        level = 1 if buzz.strength_percent <= MILD_PERCENT else 2
        await self.write_value(ALERT_UUID, bytes((level,)), response=False)
        await asyncio.sleep(sum(on + off for on, off in buzz.steps) / 100)
        await self.write_value(ALERT_UUID, b"\0", response=False)

    def _meant(self, uuid: str, service: str, properties: frozenset[str]) -> BleakGATTCharacteristic | str:
        found = self._client.services.get_characteristic(uuid)
        if not service or (found is not None and properties & set(found.properties)):
            return uuid
        within = self._client.services.get_service(service)
        able = [each for each in within.characteristics if properties & set(each.properties)] if within is not None else []
        return able[0] if len(able) == 1 else uuid

    async def _bounded(self, operation: Awaitable[T]) -> T:
        with stray_cancellation_as_error():
            async with asyncio.timeout(self._timing.operation_s):
                return await operation


@dataclass(frozen=True, slots=True)
class Introduction:
    """Facts that a sensor shows without pairing: `serial` and `battery_percent`, None where it has none; `problem`: why they could
    not be read."""

    serial: str | None = None
    battery_percent: int | None = None
    problem: str | None = None


async def introduce(sighting: Sighting, radio: Radio, timing: Timing) -> Introduction:
    """Connect, ask and leave; not one that is connected, for leaving would take it from who uses it."""
    if sighting.is_held:
        return Introduction(problem=HELD_HERE[0])
    try:
        async with connected(sighting, radio, timing) as link:
            return Introduction(await link.serial(), await link.battery_percent())
    except Exception as error:  # noqa: BLE001 - every stack raises its own
        return Introduction(problem=in_words(error).what)


@contextlib.asynccontextmanager
async def connected(sighting: Sighting, radio: Radio, timing: Timing) -> AsyncIterator[Connection]:
    """Connect with a new client; disconnect it on the way out, however that comes about."""
    lost = asyncio.Event()
    client = BleakClient(sighting.device, lambda _: lost.set(), timeout=timing.connect_s, **radio.client_kwargs)
    try:
        try:
            with stray_cancellation_as_error():
                async with asyncio.timeout(timing.connect_s):
                    await client.connect()
        except TimeoutError as error:
            raise said(HELD, sighting.name) from error
        with holding(sighting.address):
            yield Connection(client, sighting.name, radio, timing, lost)
    finally:
        await _closed(client, timing)


async def _closed(client: BleakClient, timing: Timing) -> None:
    try:
        with stray_cancellation_as_error():
            async with asyncio.timeout(timing.disconnect_s):
                await client.disconnect()
    except (BleakError, StrayCancellation, TimeoutError, OSError, EOFError) as error:
        _log.debug("disconnecting failed, which does not matter any more: %r", error)
