"""`spinae calibrate`: guided calibration with a check and a verdict."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time
from dataclasses import replace

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.links.ble.radio import Radio
from sensorcore.links.known import SIMULATED
from sensorcore.model import Calibration, StreamInfo
from sensorcore.session.guided_calibration import Calibrations, guided, serials_of
from sensorcore.session.live import Live
from sensorcore.session.pair_source import PairSource
from sensorcore.session.session import LiveSource, WearSession
from sensorcore.settings import Settings
from tui.cli import phones
from tui.cli.options import OneOrTwo, sensor_name
from tui.cli.printing import print_problems
from tui.cli.sensors import WHICH, choose, known_sensors, reader_of, simulated_source
from tui.places.folders import data_folder
from tui.terminal.tty import can_show

EPILOG = """examples:
  spinae calibrate                             the sensor worn last, or the one in range
  spinae calibrate --sensor SP-0001 --sensor SP-0002    both at once, the upper one first
  spinae calibrate --sensor sim:workday-short  a simulated wearer does what is asked"""

FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--sensor", action=OneOrTwo, type=sensor_name, metavar="NAME", help=f"{WHICH}; twice for two: the upper one first"
    )
    parser.set_defaults(second_sensor=None)
    parser.add_argument("--plain", action="store_true", help="as lines of text, also where a screen could be shown")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    source, about = _source(args, radio)
    phones.invite(source, sys.stdout, stay=not args.plain)
    if not args.plain and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty() and can_show():
        from tui.app.show import run_live  # noqa: PLC0415 - the screen is loaded only when it is shown

        return run_live(Live(WearSession(source, Settings(), about)), title=source.status.sensor, first="calibrate")
    found = asyncio.run(_calibrate(source))
    serials = serials_of(source.status, len(found))
    for serial, calibration in zip(serials, found, strict=True):
        if serial is not None:
            Calibrations(data_folder()).save(serial, calibration)
    worst = max(found, key=lambda each: each.quality_deg or 0.0)
    print(verdict(worst, kept=None not in serials))
    return 0


def _source(args: argparse.Namespace, radio: Radio) -> tuple[LiveSource, StreamInfo]:
    about = StreamInfo(profile_of(), utc_offset_s=time.localtime().tm_gmtoff)
    if args.sensor is not None and args.sensor.startswith(SIMULATED):
        source, worn = simulated_source(args.sensor, second=args.second_sensor)
        second = None if worn.second is None else replace(about, placement=worn.second.placement)
        return source, replace(about, placement=worn.placement, second=second)
    known = known_sensors()
    upper = reader_of(choose(args.sensor, known, radio), radio, known)
    if args.second_sensor is None:
        return upper, about
    lower = reader_of(choose(args.second_sensor, known, radio), radio, known)
    return PairSource(upper, lower), replace(about, placement="upper_back", second=replace(about, placement="lower_back"))


def verdict(calibration: Calibration, *, kept: bool) -> str:
    """Verdict in a line."""
    spread = f"your bows agree within {calibration.quality_deg:.1f}°" if calibration.quality_deg is not None else ""
    return f"Done: {spread}; {'it holds until the next one' if kept else 'nothing is kept of a sensor without a serial number'}."


async def _calibrate(source: LiveSource) -> tuple[Calibration, ...]:
    telling = asyncio.create_task(print_problems(lambda: source.status.problem))
    try:
        return await guided(source, lambda text: print(text, flush=True))
    finally:
        telling.cancel()
