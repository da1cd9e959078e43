"""The sensor families, by the name that a recording's metadata stores."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile
from sensorcore.source.drivers.base import Decoded, Driver
from sensorcore.source.drivers.float_samples import FloatSamples
from sensorcore.source.drivers.spinae_sensor import SpinaeSensor

DRIVERS: Final[dict[str, Callable[[DeviceProfile | None], Driver]]] = {
    SpinaeSensor.name: SpinaeSensor,
    FloatSamples.name: FloatSamples,
}


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


__all__ = ["DRIVERS", "Decoded", "Driver", "driver_named"]
