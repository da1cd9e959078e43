"""A sensor that was heard, or that this machine is connected to already."""

from __future__ import annotations

from dataclasses import dataclass

from bleak.backends.device import BLEDevice
from bleak.backends.scanner import AdvertisementData

from firmware_protocol import tables
from sensorcore.devices import family_seen
from sensorcore.devices.family import Family


@dataclass(frozen=True, slots=True)
class Sighting:
    """`address` is what this system calls it (on macOS not its address, and not the same on another machine); `family` is None for
    our own. `is_held`: this machine is connected to it, so it does not advertise; `rssi_dbm` is then None."""

    device: BLEDevice
    name: str
    rssi_dbm: int | None
    family: Family | None = None
    is_held: bool = False

    @property
    def address(self) -> str:
        return self.device.address

    @classmethod
    def of(cls, device: BLEDevice, advert: AdvertisementData) -> Sighting:
        name = advert.local_name or device.name or "unnamed"
        ours = tables.SERVICE_UUID in advert.service_uuids
        return cls(device, name, advert.rssi, None if ours else family_seen(name, tuple(advert.service_uuids)))
