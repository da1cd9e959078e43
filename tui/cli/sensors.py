"""Choice of a sensor by name, and the folder of what belongs to sensors."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sensorcore.devices import family_seen, third_party_driver
from sensorcore.devices.phone import Phone
from sensorcore.errors import BadInput, SpinaeError
from sensorcore.links.ble import problems
from sensorcore.links.ble.family_reader import FamilyReader
from sensorcore.links.ble.radio import Radio
from sensorcore.links.ble.reader import SensorReader
from sensorcore.links.ble.scan import scan
from sensorcore.links.known import SIMULATED, KnownSensor, KnownSensors
from sensorcore.links.reconnecting import ReconnectingSource
from sensorcore.model import StreamInfo
from sensorcore.session.pair_source import PairSource
from sensorcore.session.session import LiveSource
from sensorcore.text.escape import one_line
from tui.cli import phones
from tui.places.folders import data_folder

if TYPE_CHECKING:
    from sensorcore.simulator.body import Site

WHICH = "name, address, or serial number of one worn before; phone, phyphox:ADDRESS, or sim:SCENARIO"


def known_sensors() -> KnownSensors:
    return KnownSensors(data_folder())


def choose(name: str | None, known: KnownSensors, radio: Radio) -> KnownSensor:
    """The sensor called `name` (name, serial or address); without one, the one that is known or, when none is, in range; else the
    wearer is asked. Raises SpinaeError."""
    if name is not None:
        return meant(name, known)
    worn_before = known.load()
    if len(worn_before) == 1:
        return worn_before[0]
    if worn_before:
        return _asked(worn_before)
    print("Looking for sensors …", file=sys.stderr)
    found = [KnownSensor("", each.name, each.address, each.family.name if each.family else "") for each in asyncio.run(scan(radio))]
    if not found:
        raise problems.said(problems.OUT_OF_RANGE)
    return found[0] if len(found) == 1 else _asked(found)


def meant(name: str, known: KnownSensors) -> KnownSensor:
    """Identity of the sensor that a person calls `name`, in any of its forms. Raises SpinaeError."""
    if name.startswith(SIMULATED):
        from sensorcore.simulator.live import simulated  # noqa: PLC0415 - the radio does not need it

        return simulated(name)
    return phones.named(name, data_folder()) or next((each for each in known.load() if each.is_called(name)), _named(name))


def _named(name: str) -> KnownSensor:
    """A sensor not worn before. A third-party one is recognised by a prefix of its name, or by its family before a colon."""
    family, colon, rest = name.partition(":")
    if colon and third_party_driver(family) is not None:
        return KnownSensor("", rest, rest, family)
    seen = family_seen(name, ())
    return KnownSensor("", name, name, "" if seen is None else seen.name)


def as_argument(sensor: KnownSensor) -> str:
    """Name by which `choose` finds this one."""
    if sensor.family == Phone.name:
        return phones.argument(sensor)
    if sensor.name.startswith(SIMULATED):
        return sensor.name
    called = sensor.serial or sensor.address or sensor.name
    return called if sensor.serial or not sensor.family else f"{sensor.family}:{called}"


def reader_of(sensor: KnownSensor, radio: Radio, known: KnownSensors, *, pair_again: bool = False) -> ReconnectingSource:
    """Reader of our own sensor, a third-party one, or a phone."""
    if sensor.family == Phone.name:
        return phones.reader(sensor, data_folder(), known, pair_again=pair_again)
    driver = third_party_driver(sensor.family)
    if driver is not None:
        return FamilyReader(sensor, driver, radio=radio, remember=known.remember)
    return SensorReader(sensor, radio=radio, pair_again=pair_again, remember=known.remember)


def simulated_source(
    sensor: str, placement: Site | None = None, second: str | None = None, second_placement: Site | None = None
) -> tuple[LiveSource, StreamInfo]:
    """A simulated wearer, as `sim:SCENARIO`, with a sensor at `placement` (None: the scenario's), or with two. Raises BadInput."""
    from sensorcore.simulator.live import SimulatedSensor  # noqa: PLC0415 - the radio does not need it

    if second not in (None, sensor):
        raise BadInput("two sensors are worn by one wearer", where="--sensor", hint=f"Name {sensor} twice.")
    if second is None and second_placement is None:
        upper = SimulatedSensor(sensor.removeprefix(SIMULATED), placement=placement)
        return upper, upper.info
    upper = SimulatedSensor(sensor.removeprefix(SIMULATED), placement=placement or "upper_back")
    lower = upper.beside(second_placement or "lower_back")
    return PairSource(upper, lower), replace(upper.info, second=lower.info)


def _asked(sensors: Sequence[KnownSensor]) -> KnownSensor:
    called = [(one_line(each.name), one_line(each.serial or each.address)) for each in sensors]
    lines = [f"  {number}  {name}  {serial}" for number, (name, serial) in enumerate(called, start=1)]
    if not (sys.stdin is not None and sys.stdin.isatty()):
        listed = ", ".join(each.serial or each.address for each in sensors)
        raise SpinaeError("there are several sensors", hint=f"Say which with --sensor: {listed}.")
    print("Which sensor?", *lines, sep="\n")
    while True:
        answer = input(f"1 to {len(sensors)}: ").strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(sensors):
            return sensors[int(answer) - 1]
