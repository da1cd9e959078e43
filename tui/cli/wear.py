"""`spinae wear`: the day, on a sensor or a simulated one."""

from __future__ import annotations

import argparse
import asyncio
import itertools
import logging
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import get_args

from sensorcore.daemon.address import is_listening, is_supported, socket_path
from sensorcore.daemon.guard import holding_home
from sensorcore.daemon.remote import RemoteSession
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import BadInput, SpinaeError, StorageError
from sensorcore.habit.faded_feedback import feedback_share
from sensorcore.history.daily_totals import recorded_today
from sensorcore.history.store import History
from sensorcore.history.weeks import weeks_before
from sensorcore.links.ble.radio import Radio
from sensorcore.links.known import SIMULATED
from sensorcore.model import Calibration, Placement, StreamInfo
from sensorcore.motion.body import parse_mount
from sensorcore.pipeline.dual import check_places
from sensorcore.recording.recover import reseal_all, unsealed
from sensorcore.report.span import today
from sensorcore.session.guided_calibration import Calibrations
from sensorcore.session.live import Live
from sensorcore.session.pair_source import PairSource
from sensorcore.session.resume import resumed
from sensorcore.session.session import LiveSource, WearSession
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals
from tui.cli import kept, phones
from tui.cli.here import headless, notifying, sealed_by_signals
from tui.cli.options import OneOrTwo, add_settings, day_settings, sensor_name
from tui.cli.sensors import WHICH, choose, known_sensors, reader_of, simulated_source
from tui.cli.worn import kept_day
from tui.places.folders import data_folder, history_path
from tui.terminal.tty import check_terminal

EPILOG = """examples:
  spinae wear                             the sensor worn last, or the one in range
  spinae wear --sensor SP-0001            by name, address, or the serial number of one worn before
  spinae wear --sensor phone              a phone with Sensor Logger, which is shown where to push to
  spinae wear --sensor phyphox:192.168.1.7  a phone with phyphox, at the address that it shows
  spinae wear --sensor sim:workday-short  a simulated wearer, at life's pace
  spinae wear --sensor SP-0001 --sensor SP-0002     two: the upper back, then the lower; the back's curvature is judged
  spinae wear --sensor sim:workday-short --placement upper_back --placement lower_back
  spinae wear --headless --record none    events as JSON lines, nothing kept
The day is kept by a daemon in the background, which goes on when the dashboard is closed; --here does without."""

NO_RECORDING = "none"
FRESH_RADIO = Radio()
_log = logging.getLogger(__name__)


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--headless", action="store_true", help="print events as JSON lines instead of showing the dashboard")
    parser.add_argument("--here", action="store_true", help="wear it in this terminal: the day ends with the dashboard")
    add_worn(parser)


def add_worn(parser: argparse.ArgumentParser) -> None:
    """Options of the sensor and how it is worn."""
    parser.add_argument(
        "--sensor", action=OneOrTwo, type=sensor_name, metavar="NAME", help=f"{WHICH}; twice for two: the upper one first"
    )
    parser.add_argument("--record", metavar="FILE", help="where to record (default: your data folder), or 'none'")
    parser.add_argument("--pair", action="store_true", help="forget the pairing and pair again (press the sensor's button first)")
    parser.add_argument(
        "--placement", action=OneOrTwo, choices=get_args(Placement), help="where on the body the sensor is; twice for two"
    )
    parser.set_defaults(second_sensor=None, second_placement=None)
    parser.add_argument("--mount", metavar="M", help="which sensor axis points where, when known: up=-x,forward=-z")
    add_settings(parser)


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    if args.headless or args.here or not is_supported():
        return _here(args, radio)
    from tui.app.show import run_live  # noqa: PLC0415 - the screen is loaded only when it is shown

    check_terminal()
    path = socket_path(data_folder())
    with kept_day(args, radio, path) as day:
        live = Live(RemoteSession(day.place, StreamInfo(profile_of()), day_settings(args)[0]))
    try:
        return run_live(live, title=day.name or "spinae")
    finally:  # also when the dashboard fails
        if is_listening(day.place):
            if (trouble := kept.trouble(day.place)) is not None:
                print(f"spinae: {trouble}", file=sys.stderr)
            print("Your day goes on: `spinae wear` shows it again, `spinae daemon stop` ends it.")


def _here(args: argparse.Namespace, radio: Radio) -> int:
    """Wear in this process, for as long as the dashboard is open."""
    with worn_here(args, "spinae wear --here"):
        return _shown_here(args, radio)


@contextmanager
def worn_here(args: argparse.Namespace, command: str) -> Iterator[None]:
    """This process keeps the home while the block runs, unless nothing is recorded. Raises SourceError while another one does."""
    if args.record == NO_RECORDING:
        yield
        return
    with holding_home(data_folder(), command):
        mend(data_folder() / "recordings")
        yield


def _shown_here(args: argparse.Namespace, radio: Radio) -> int:
    wear = notifying(new_wear(args, radio))
    phones.invite(wear.source, sys.stderr if args.headless else sys.stdout, stay=not args.headless)
    if args.headless:
        return asyncio.run(headless(wear))
    from tui.app.show import run_live  # noqa: PLC0415 - the screen is loaded only when it is shown

    threading.Thread(target=_look_back, args=(wear,), name="earlier", daemon=True).start()
    live = Live(wear)
    with sealed_by_signals(live):
        return run_live(live, title=wear.source.status.sensor)


def _look_back(wear: WearSession) -> None:
    """Find today's earlier recordings, in the background."""
    try:
        wear.daily_totals = daily_totals(wear.settings, wear.record_to, wear.about.simulated)
    except SpinaeError as error:
        _log.warning("what was recorded of today is not known: %s", error)


def daily_totals(settings: Settings, current: Path | None, simulated: bool) -> DailyTotals:
    """Totals of today in all recordings but `current`, of this wearer or of simulated ones. Raises StorageError."""
    return recorded_today(history_path(), data_folder() / "recordings", settings, current, simulated=simulated)


def new_wear(args: argparse.Namespace, radio: Radio) -> WearSession:
    """Session of the sensor that the arguments mean, with a new recording. Raises SpinaeError."""
    source, about = worn_source(args, radio)
    args.pair = False  # once: a day that is begun again after a failure is worn on the same sensor
    about = _as_worn(replace(about, carried=replace(about.carried, feedback=_feedback(about.simulated))), args)
    if about.second is not None:
        check_places(about, about.second)
    settings, trouble = day_settings(args)
    if trouble is not None:
        _log.warning("%s", trouble)
    return WearSession(source, settings, about, _recording(args.record), trouble=trouble)


def _feedback(simulated: bool) -> float:
    """Share of nudges to give, by the weeks in the history."""
    if not history_path().exists():
        return 1.0
    try:
        with History(history_path(), simulated=simulated) as history:
            return feedback_share(weeks_before(history, today().first_day))
    except StorageError as error:
        _log.warning("all nudges are given: %s", error)
        return 1.0


def worn_source(args: argparse.Namespace, radio: Radio) -> tuple[LiveSource, StreamInfo]:
    """Source of the sensor (or two) that the arguments mean, and how it is worn. Raises SpinaeError."""
    offset_s = time.localtime().tm_gmtoff
    second, second_placement = getattr(args, "second_sensor", None), getattr(args, "second_placement", None)
    if args.sensor is not None and args.sensor.startswith(SIMULATED):
        source, about = simulated_source(args.sensor, getattr(args, "placement", None), second, second_placement)
        return source, replace(about, utc_offset_s=offset_s)
    if second is None:
        if second_placement is not None:
            raise BadInput("two placements are those of two sensors", where="--placement", hint="Name both with --sensor.")
        return _one(args, args.sensor, radio, offset_s)
    if second.startswith(SIMULATED):
        raise BadInput("a simulated sensor and a real one are not worn together", where="--sensor", hint=f"Name {second} twice.")
    if args.mount is not None:
        raise BadInput("it names the axes of one sensor, and two are worn", where="--mount", hint="Leave it out, and calibrate.")
    upper, about = _one(args, args.sensor, radio, offset_s)
    lower, below = _one(args, second, radio, offset_s)
    if upper.status.serial == lower.status.serial and about.name == below.name:
        raise BadInput(f"'{second}' is the same sensor as '{args.sensor}'", where="--sensor", hint="Name the other one.")
    above = replace(about, placement="upper_back", second=replace(below, placement="lower_back"))
    since_unix_s = max(Calibrations(data_folder()).saved_unix_s(each.status.serial or "") for each in (upper, lower))
    return PairSource(upper, lower), resumed(above, data_folder() / "recordings", since_unix_s=since_unix_s)


def _one(args: argparse.Namespace, name: str | None, radio: Radio, offset_s: int) -> tuple[LiveSource, StreamInfo]:
    known = known_sensors()
    sensor = choose(name, known, radio)
    kept = Calibrations(data_folder())
    calibration = kept.load(sensor.serial) if sensor.serial else None
    about = StreamInfo(profile_of(), utc_offset_s=offset_s, name=sensor.name, calibration=calibration)
    about = resumed(about, data_folder() / "recordings", since_unix_s=kept.saved_unix_s(sensor.serial))
    return reader_of(sensor, radio, known, pair_again=args.pair), about


def _as_worn(about: StreamInfo, args: argparse.Namespace) -> StreamInfo:
    if args.placement is not None:
        about = replace(about, placement=args.placement)
    if about.second is not None and args.second_placement is not None:
        about = replace(about, second=replace(about.second, placement=args.second_placement))
    if args.mount is None:
        return about
    up, forward = parse_mount(args.mount)
    upright = {} if about.calibration is None else about.calibration.upright
    calibration = Calibration(upright, forward) if upright or forward else None
    return replace(about, nominal_up=up, calibration=calibration)


def _recording(wanted: str | None) -> Path | None:
    if wanted == NO_RECORDING:
        return None
    if wanted is not None:
        return Path(wanted)
    now = f"{datetime.now().astimezone():%Y-%m-%dT%H-%M-%S}"
    names = (f"{now}{suffix}.mcap" for suffix in itertools.chain([""], map("-{}".format, itertools.count(2))))
    return next(path for name in names if not (path := data_folder() / "recordings" / name).exists())


def mend(folder: Path) -> None:
    """Make recordings whole that were cut short, before a new one begins."""
    for report in reseal_all(unsealed(folder)):
        if isinstance(report, SpinaeError):
            print(f"spinae: {report}", file=sys.stderr)
        else:
            print(f"Mended {report.path}, which had been cut short.", file=sys.stderr)
