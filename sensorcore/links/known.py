"""Known sensors, by serial number (addresses change, and macOS hides them), or by address for one without a serial number."""

from __future__ import annotations

import json
import threading
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from sensorcore.storage.plain import read_json
from sensorcore.storage.write import replace_text

FILE_NAME = "known_sensors.json"
SIMULATED: Final = "sim:"
"""Prefix of the name of a simulated sensor, before its scenario."""
_CHANGING: Final = threading.Lock()
"""Two sensors that are worn at once are stored at once, each in a thread."""


@dataclass(frozen=True, slots=True)
class KnownSensor:
    """`address` is only where it was found last; `family`: the driver's name of a third-party sensor, empty for our own."""

    serial: str
    name: str
    address: str
    family: str = ""

    @property
    def key(self) -> str:
        """Its serial number or, without one, its address."""
        return self.serial or self.address

    def is_called(self, text: str) -> bool:
        """Whether `text` names this sensor."""
        return text.casefold() in (self.serial.casefold(), self.name.casefold(), self.address.casefold())

    def is_same(self, other: KnownSensor) -> bool:
        """Whether both are one sensor: by serial number where both have one, else by any name they share."""
        if self.family and other.family and self.family != other.family:
            return False
        if self.serial and other.serial:
            return self.serial.casefold() == other.serial.casefold()
        return any(each and other.is_called(each) for each in (self.serial, self.name, self.address))


class KnownSensors:
    """A small file, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def load(self) -> tuple[KnownSensor, ...]:
        """The one worn last comes first; none when there is no file yet. Raises StorageError when it cannot be understood."""
        otherwise = ("this is not a list of sensors", "Move it away; `spinae wear` writes a new one")
        return read_json(tuple[KnownSensor, ...], self.path, "read the known sensors", otherwise) or ()

    def remember(self, sensor: KnownSensor) -> None:
        """As the one worn last."""
        with _CHANGING:
            self._save((sensor, *(each for each in self.load() if each.key != sensor.key)))

    def forget(self, serial: str) -> None:
        """Remove it, if it is there."""
        with _CHANGING:
            self._save(tuple(each for each in self.load() if each.serial != serial))

    def _save(self, sensors: tuple[KnownSensor, ...]) -> None:
        if self.path.exists() and sensors == self.load():
            return
        replace_text(self.path, json.dumps([asdict(each) for each in sensors], indent=1) + "\n", "remember the sensor")
