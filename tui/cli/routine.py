"""`spinae routine`: a guided routine of two to five minutes."""

from __future__ import annotations

import argparse
import sys
import time
from contextlib import ExitStack
from pathlib import Path

from sensorcore.daemon.address import is_listening, is_supported, socket_path
from sensorcore.daemon.remote import RemoteSession
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import SpinaeError
from sensorcore.links.ble.radio import Radio
from sensorcore.model import StreamInfo
from sensorcore.routine.programme import Programme, named, programmes
from sensorcore.routine.running import Running
from sensorcore.session.live import Live
from tui.cli import phones
from tui.cli.here import notifying
from tui.cli.options import chosen_settings
from tui.cli.sensors import known_sensors
from tui.cli.wear import FRESH_RADIO, add_worn, new_wear, worn_here
from tui.cli.worn import asked_for, worn_by_daemon
from tui.places.folders import data_folder, settings_path
from tui.places.routine_history import left_behind
from tui.plain import routine
from tui.terminal.tty import can_show, has_terminal

EPILOG = """examples:
  spinae routine --list
  spinae routine desk_break                         the sensor worn now, or the one known; without one, by the timer
  spinae routine full_reset --sensor sim:routine    a simulated wearer does it
  spinae routine breathe --sensor none              by the timer only
  spinae routine baseline                           a minute to compare yourself with later; needs a sensor
Routines of your own are files in the folder 'routines' beside your settings (spinae config path)."""
NO_SENSOR = "none"
NEEDS_SENSOR = "the {} needs a sensor: without one nothing is measured"
NEEDS_HINT = "Wear one (`spinae scan` shows what is in range), or try it with --sensor sim:baseline."
DEFAULT = "desk_break"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default=DEFAULT, metavar="NAME", help=f"which routine (default: {DEFAULT})")
    parser.add_argument("--list", action="store_true", dest="listing", help="say which there are")
    add_worn(parser)


def own_folder() -> Path:
    """Folder of the wearer's own routines."""
    return settings_path().with_name("routines")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    if args.listing:
        for programme in programmes(own_folder()).values():
            print(f"{programme.name:14} {_minutes(programme)}  {programme.title}: {programme.about}")
        return 0
    programme = named(args.name, own_folder())
    if programme.needs_sensor and args.sensor == NO_SENSOR:
        raise SpinaeError(NEEDS_SENSOR.format(programme.title.lower()), hint=NEEDS_HINT)
    if not has_terminal():
        raise SpinaeError("a routine needs a terminal", hint="Run it in one; `spinae routine --list` works anywhere.")
    with ExitStack() as kept:
        return _run(args, programme, radio, kept)


def _run(args: argparse.Namespace, programme: Programme, radio: Radio, kept: ExitStack) -> int:
    live, running, sensor = _worn(args, programme, radio, kept)
    started_unix_s = time.time()
    if can_show():
        _show(running, live, sensor, args)
    else:
        routine.run(running, live, sys.stdin, sys.stdout)
    print(*left_behind(running, started_unix_s, sensor), sep="\n")
    if live is not None and live.failed is not None:
        raise SpinaeError(live.failed.rstrip("."))
    return 0


def _worn(args: argparse.Namespace, programme: Programme, radio: Radio, kept: ExitStack) -> tuple[Live | None, Running, str]:
    """Sensor that counts (the daemon's day, a sensor worn for this, or none), the run, and the sensor's name."""
    path = socket_path(data_folder())
    if args.sensor == NO_SENSOR or (args.sensor is None and not is_listening(path) and not known_sensors().load()):
        if programme.needs_sensor:
            raise SpinaeError(NEEDS_SENSOR.format(programme.title.lower()), hint=NEEDS_HINT)
        return None, Running(programme, None), "timer only"
    if is_supported() and is_listening(path):
        name = worn_by_daemon(path, asked_for(args))
        remote = RemoteSession(path, StreamInfo(profile_of()), chosen_settings(args))
        live = Live(remote)
        return live, Running(programme, live, lambda: not remote.catching_up), name or "your day"
    kept.enter_context(worn_here(args, "spinae routine"))
    wear = notifying(new_wear(args, radio))
    phones.invite(wear.source, sys.stdout)
    live = Live(wear)
    return live, Running(programme, live), wear.source.status.sensor or "sensor"


def _show(running: Running, live: Live | None, sensor: str, args: argparse.Namespace) -> None:
    from tui.app import program  # noqa: PLC0415 - the screen is loaded only when it is shown
    from tui.screens.routine import RoutineScreen  # noqa: PLC0415

    wanted = chosen_settings(args).display.theme
    theme = "" if wanted == "auto" else f"spinae-{wanted}"
    screen = RoutineScreen(running, live, sensor=sensor)
    program.run(program.Program(screen, theme=theme, own_keys=program.keys_of_wearer()))


def _minutes(programme: Programme) -> str:
    return f"{programme.lasts_s / 60:3.0f} min"
