"""The sensor families, by the name that a recording's metadata stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sensorcore.devices.base import Decoded, Driver
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.family import Family
from sensorcore.devices.float_samples import FloatSamples
from sensorcore.devices.movesense import Movesense
from sensorcore.devices.phone import Phone
from sensorcore.devices.polar import PolarH10, PolarVeritySense
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.devices.thingy52 import Thingy52
from sensorcore.devices.uart_text import UartText
from sensorcore.devices.witmotion import WitMotion
from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile

THIRD_PARTY: Final[tuple[type[DeviceDriver], ...]] = (WitMotion, PolarH10, PolarVeritySense, Movesense, Thingy52, UartText)
"""Sensors that people can buy or program themselves. In a scan the first that fits is meant."""

_OF_FAMILIES: Final[dict[str, Callable[[DeviceProfile | None], Driver]]] = {each.name: each for each in THIRD_PARTY}
DRIVERS: Final[dict[str, Callable[[DeviceProfile | None], Driver]]] = {
    SpinaeSensor.name: SpinaeSensor,
    FloatSamples.name: FloatSamples,
    Phone.name: Phone,
    **_OF_FAMILIES,
}


def family_seen(name: str, service_uuids: tuple[str, ...]) -> Family | None:
    """The family of third-party sensors that an advertisement is of."""
    return next((each.family for each in THIRD_PARTY if each.family.is_seen_in(name, service_uuids)), None)


def third_party_driver(name: str) -> type[DeviceDriver] | None:
    """The driver of that name, if it is one of a third-party sensor."""
    return next((each for each in THIRD_PARTY if each.name == name), None)


def driver_named(name: str, profile: DeviceProfile | None = None) -> Driver:
    """The driver of a recording or sensor. `profile`: the sensor's, as recorded; None takes the family's usual one. Raises
    BadInput for a name that is not known, or a family that has no usual profile."""
    if name not in DRIVERS:
        raise BadInput(
            f"the driver {name!r} is not known",
            where="drivers",
            hint=f"Known are {', '.join(sorted(DRIVERS))}; a newer version of spinae may know more",
        )
    return DRIVERS[name](profile)


__all__ = ["DRIVERS", "THIRD_PARTY", "Decoded", "Driver", "driver_named", "family_seen", "third_party_driver"]
