"""`spinae daemon`: the process that keeps the day."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import time
from pathlib import Path

from sensorcore.channels.base import Channels
from sensorcore.channels.chosen import chosen
from sensorcore.daemon.address import is_listening, socket_path
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.keeper import Keeper
from sensorcore.daemon.remote import ask
from sensorcore.errors import SourceError, SpinaeError
from sensorcore.history.earlier import earlier_today
from sensorcore.sofar import Earlier
from sensorcore.source.ble.radio import Radio
from sensorcore.wear import Wear
from tui.cli import launching, service
from tui.cli.options import chosen_settings
from tui.cli.places import data_folder, history_path
from tui.cli.wear import add_worn, mend, new_wear
from tui.cli.worn import worn_arguments
from tui.entering import enter_waiting
from tui.logfile import logging_to_file

EPILOG = """examples:
  spinae daemon start         keep the day in the background, on the sensor worn last
  spinae daemon stop          end the day
  spinae daemon run           the same as start, in the foreground
  spinae daemon install       start it whenever you log in (systemd, launchd); uninstall takes that back"""

FRESH_RADIO = Radio()
SEALED_WITHIN_S = 60.0
_log = logging.getLogger(__name__)
_WORDS = ("run", "start", "stop", "install", "uninstall")


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("do", choices=_WORDS, metavar="|".join(_WORDS), help="what to do")
    add_worn(parser)


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    path = socket_path(data_folder())
    match args.do:
        case "run":
            _keep(args, radio, path)
        case "start":
            launching.start(worn_arguments(args, args.sensor, args.second_sensor), path)
            print("Your day is kept: `spinae wear` shows it, `spinae daemon stop` ends it.")
        case "stop":
            asyncio.run(ask(path, "stop"))
            _wait_for_the_end(path)
            print("The day has ended; its recording is whole.")
        case "install":
            print(service.install(worn_arguments(args, args.sensor, args.second_sensor)))
        case _:
            print(service.uninstall())
    return 0


def _keep(args: argparse.Namespace, radio: Radio, path: Path) -> None:
    settings = chosen_settings(args)
    folder = data_folder() / "recordings"

    def wear() -> Wear:
        mend(folder)
        return new_wear(args, radio)

    def earlier(current: Path | None) -> Earlier:
        return earlier_today(history_path(), folder, settings, current)

    with logging_to_file():
        channels = Channels(chosen(settings.channels))
        asyncio.run(_until_stopped(Keeper(wear, Hub(settings, [channels]), path, channels, earlier=earlier)))


def _wait_for_the_end(path: Path) -> None:
    """Until the recording is sealed. Raises SourceError when that does not come."""
    give_up_s = time.monotonic() + SEALED_WITHIN_S
    while is_listening(path):
        if time.monotonic() > give_up_s:
            hint = "Its log says more; what was recorded is kept, and mended at the next start."
            raise SourceError(f"the daemon did not end within {SEALED_WITHIN_S:.0f} s", where=str(path), hint=hint)
        time.sleep(launching.LOOK_EVERY_S)


async def _until_stopped(keeper: Keeper) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, keeper.stop)
    entering = asyncio.create_task(_enter())
    try:
        await keeper.run()
    finally:
        entering.cancel()


async def _enter() -> None:
    """Days that ended go into the history, from which tomorrow's feedback is found."""
    try:
        await enter_waiting(lambda said: _log.info("%s", said) if said else None, under_way=False)
    except SpinaeError as error:
        _log.warning("the history is not up to date: %s", error)
