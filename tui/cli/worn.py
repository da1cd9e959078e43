"""Sensors that a person asks for, as arguments for the daemon and as identities. Whether the daemon wears them is decided here
alone."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sensorcore.daemon.address import is_listening
from sensorcore.daemon.remote import ask
from sensorcore.errors import SourceError
from sensorcore.links.ble.radio import Radio
from sensorcore.links.known import SIMULATED, KnownSensor
from tui.cli import launching, phones
from tui.cli.sensors import as_argument, choose, known_sensors, meant
from tui.places.folders import data_folder

HINT = "`spinae wear` shows that day, `spinae daemon stop` ends it."


def asked_for(args: argparse.Namespace) -> tuple[KnownSensor, ...]:
    """Sensors that the arguments name, the upper one first; none: any worn one will do. Raises SpinaeError."""
    if args.sensor is None:
        return ()
    known = known_sensors()
    upper = meant(args.sensor, known)
    if args.second_sensor is not None:
        return upper, meant(args.second_sensor, known)
    if args.second_placement is not None and args.sensor.startswith(SIMULATED):
        return upper, upper  # two places on one simulated wearer
    return (upper,)


@dataclass(frozen=True, slots=True)
class KeptDay:
    """`name`: what is worn. `place`: where the daemon listens. `daemon`: if this program started it."""

    name: str
    place: Path
    daemon: launching.Started | None

    def is_shown(self) -> None:
        """Leave the day to the wearer: a view that fails does not end it."""
        if self.daemon is not None:
            self.daemon.stays = True


@contextmanager
def kept_day(args: argparse.Namespace, radio: Radio, path: Path, *, wait: bool = True) -> Iterator[KeptDay]:
    """The day that is kept at `path`; one is begun when there is none, and ended again when the block fails before the day is
    shown. `wait`: until a phone sends. Raises SpinaeError, also when something else is worn than what is asked for."""
    asked = asked_for(args)
    with ExitStack() as stack:
        daemon = None
        if not is_listening(path):
            arguments = settled(args, radio)
            daemon = stack.enter_context(launching.started(arguments, path))
            path = daemon.place
            phones.welcome(arguments, data_folder(), path, wait=wait)
        yield KeptDay(worn_by_daemon(path, asked), path, daemon)


def settled(args: argparse.Namespace, radio: Radio) -> list[str]:
    """Arguments for the daemon, which can ask nobody which sensor is meant."""
    sensor, second = args.sensor, args.second_sensor
    if sensor is None or not sensor.startswith(SIMULATED):
        sensor = as_argument(choose(sensor, known_sensors(), radio))
        second = None if second is None else as_argument(choose(second, known_sensors(), radio))
    return worn_arguments(args, sensor, second)


def worn_arguments(args: argparse.Namespace, *sensors: str | None) -> list[str]:
    """Sensor and how it is worn, as arguments of another command line."""
    found = ["--pair"] if args.pair else []
    values = [("sensor", each) for each in sensors]
    values += [(name, getattr(args, name)) for name in ("record", "placement", "mount")]
    values += [("placement", args.second_placement)]
    for name, value in values:
        found += [f"--{name}", value] if value is not None else []
    return [*found, *(part for each in args.overrides for part in ("--set", each))]


def worn_by_daemon(path: Path, asked: Sequence[KnownSensor] = ()) -> str:
    """Name of the sensor that the daemon at `path` wears. Raises SourceError when that is not the one `asked` for."""
    status = asyncio.run(ask(path, "status"))
    name = str(status["sensor"]["name"])
    if asked:
        _check(asked, _sensors_of(status), name)
    return name


def _check(asked: Sequence[KnownSensor], worn: Sequence[KnownSensor], name: str) -> None:
    if _agree(asked, worn):
        return
    if _agree(asked[::-1], worn):
        raise SourceError(
            f"{worn[0].name or worn[0].serial} is worn above and {worn[1].name or worn[1].serial} below, not the other way round",
            where="--sensor",
            hint=HINT,
        )
    raise SourceError(f"{name or 'another sensor'} is worn already", hint=HINT)


def _agree(asked: Sequence[KnownSensor], worn: Sequence[KnownSensor]) -> bool:
    return len(asked) == len(worn) and all(one.is_same(other) for one, other in zip(asked, worn, strict=True))


def _sensors_of(status: dict[str, Any]) -> tuple[KnownSensor, ...]:
    try:
        return tuple(KnownSensor(**each) for each in status["worn"])
    except (KeyError, TypeError):
        hint = "`spinae daemon stop` ends its day; then start again."
        raise SourceError("the daemon that keeps your day is of another version of spinae", hint=hint) from None
