"""`spinae daemon`: the process that keeps the day."""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import time
from functools import partial
from pathlib import Path

from sensorcore.daemon.address import daemon_socket, is_listening, socket_path
from sensorcore.daemon.guard import HomeInUse, holder, holding_home
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.remote import ask
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.errors import BadInput, BadSetting, SourceError, SpinaeError
from sensorcore.links.ble.radio import Radio
from sensorcore.notifiers.base import Notifiers
from sensorcore.notifiers.chosen import chosen
from sensorcore.session.session import WearSession
from tui.cli import complain, kept, launching, phones, service
from tui.cli.options import day_settings
from tui.cli.sensors import as_argument, choose, known_sensors
from tui.cli.wear import NO_RECORDING, add_worn, daily_totals, mend, new_wear
from tui.cli.worn import settled, worn_arguments
from tui.places.folders import data_folder, state_folder
from tui.places.history_update import enter_waiting
from tui.places.log_file import logging_to_file

EPILOG = """examples:
  spinae daemon start         keep the day in the background, on the sensor worn last
  spinae daemon stop          end the day
  spinae daemon run           the same as start, in the foreground
  spinae daemon install       start it whenever you log in (systemd, launchd); uninstall takes that back"""

HINT = "`spinae wear` shows it, `spinae daemon stop` ends it."
FRESH_RADIO = Radio()
SEALED_WITHIN_S = 60.0
_log = logging.getLogger(__name__)
_WORDS = ("run", "start", "stop", "install", "uninstall")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("do", choices=_WORDS, metavar="|".join(_WORDS), help="what to do")
    parser.add_argument(
        "--unattended", action="store_true", help="for service managers: ask nothing, and what only a person can put right ends it"
    )
    add_worn(parser)


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    path = socket_path(data_folder())
    match args.do:
        case "run":
            return _run(args, radio, path)
        case "start":
            _start(args, radio, path)
        case "stop":
            print(_stop())
        case "install":
            _install(args, path)
        case _:
            print(service.uninstall())
    return 0


def _start(args: argparse.Namespace, radio: Radio, path: Path) -> None:
    if is_listening(path):
        raise SourceError("a day is kept already", where=str(path), hint=HINT)
    _choose(args, radio)
    meant = settled(args, radio)
    place = launching.start(meant, path).place
    phones.welcome(meant, data_folder(), place, wait=False)
    print(kept.after_start(place, recorded=args.record != NO_RECORDING))


def _run(args: argparse.Namespace, radio: Radio, path: Path) -> int:
    """Run until the day ends. A failure that only a person can put right gets an exit code of its own under a service manager,
    which must not retry it."""
    try:
        if is_listening(path):
            raise BadInput("a day is kept already", where=str(path), hint=HINT)
        _choose(args, radio)
        _keep(args, radio, path)
    except (BadInput, BadSetting, HomeInUse) as error:
        if not args.unattended:
            raise
        complain(error)
        return service.refused_code()
    return 0


def _install(args: argparse.Namespace, path: Path) -> None:
    nobody = args.sensor is None and not known_sensors().load()
    now = not nobody and not is_listening(path)
    print(service.install(["--unattended", *worn_arguments(args, args.sensor, args.second_sensor)], now=now))
    if nobody:
        print("No sensor is known yet: wear one first (`spinae wear`), or name it with --sensor.")


def _choose(args: argparse.Namespace, radio: Radio) -> None:
    """Sensor to wear without --sensor: the one worn last; before any was worn, one in range, if somebody can confirm it. Outside
    of the event loop, for it may search and ask. Raises SpinaeError."""
    if args.sensor is not None:
        return
    known = known_sensors().load()
    if not known and args.unattended:
        hint = "Wear one first (`spinae wear`), or name it: `spinae daemon install --sensor NAME`."
        raise BadInput("no sensor is known yet", hint=hint)
    args.sensor = as_argument(known[0] if known else choose(None, known_sensors(), radio))


def _keep(args: argparse.Namespace, radio: Radio, path: Path) -> None:
    settings, _ = day_settings(args)
    folder = data_folder() / "recordings"

    def wear() -> WearSession:
        mend(folder)
        return new_wear(args, radio)

    with holding_home(data_folder(), "spinae daemon", path) as guard, logging_to_file():
        notifiers = Notifiers(chosen(settings.channels, state_folder()))
        hub, elsewhere = Hub(settings, [notifiers]), data_folder() / "run" / path.name
        supervisor = Supervisor(
            wear, hub, path, notifiers, daily_totals=partial(daily_totals, settings), guard=guard, elsewhere=elsewhere
        )
        asyncio.run(_until_stopped(supervisor))


def _stop() -> str:
    """End the day; returns the sentence to print. Raises SourceError."""
    path, kept_by = daemon_socket(data_folder()), holder(data_folder())
    status = None
    try:
        status = asyncio.run(ask(path, "stop"))
    except SourceError:
        if kept_by is None or not kept_by.pid or is_listening(path):
            raise  # one that listens and does not answer hangs, and would not hear a signal either
        os.kill(kept_by.pid, signal.SIGTERM)  # its socket has gone with its folder
    _wait_for_the_end(path)
    return "The day has ended." if status is None else kept.after_end(status)


def _wait_for_the_end(path: Path) -> None:
    """Wait until the recording is sealed. Raises SourceError when that does not come."""
    give_up_s = time.monotonic() + SEALED_WITHIN_S
    while is_listening(path) or holder(data_folder()) is not None:
        if time.monotonic() > give_up_s:
            hint = "Its log says more; what was recorded is kept, and mended at the next start."
            raise SourceError(f"the daemon did not end within {SEALED_WITHIN_S:.0f} s", where=str(path), hint=hint)
        time.sleep(launching.LOOK_EVERY_S)


async def _until_stopped(supervisor: Supervisor) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, supervisor.stop)
    ingesting = asyncio.create_task(_enter())
    try:
        await supervisor.run()
    finally:
        ingesting.cancel()


async def _enter() -> None:
    """Ingest days that ended into the history, from which tomorrow's feedback is derived."""
    try:
        await enter_waiting(lambda said: _log.info("%s", said) if said else None, under_way=False)
    except SpinaeError as error:
        _log.warning("the history is not up to date: %s", error)
