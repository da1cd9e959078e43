"""`spinae calibrate`: guided, checks itself, and says how good it is."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from sensorcore.calibrating import Calibrations, guided
from sensorcore.live import Live
from sensorcore.model import Calibration, StreamInfo
from sensorcore.settings import Settings
from sensorcore.source.ble.radio import Radio
from sensorcore.source.drivers.spinae_sensor import profile_of
from sensorcore.wear import LiveSource, Wear
from tui.cli import phones
from tui.cli.places import data_folder
from tui.cli.sensors import SIMULATED, WHICH, choose, known_sensors, reader_of

EPILOG = """examples:
  spinae calibrate                             the sensor worn last, or the one in range
  spinae calibrate --sensor sim:workday-short  a simulated wearer does what is asked"""

STATUS_EVERY_S = 0.5
FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--sensor", metavar="NAME", help=WHICH)
    parser.add_argument("--plain", action="store_true", help="as lines of text, also where a screen could be shown")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    source: LiveSource
    if args.sensor is not None and args.sensor.startswith(SIMULATED):
        from sensorcore.source.simulate.live import SimulatedSensor  # noqa: PLC0415 - the radio does not need it

        source = SimulatedSensor(args.sensor.removeprefix(SIMULATED))
    else:
        known = known_sensors()
        source = reader_of(choose(args.sensor, known, radio), radio, known)
    phones.invite(source, sys.stdout, stay=not args.plain)
    if not args.plain and sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty():
        from tui.app import can_show, run_live  # noqa: PLC0415 - the screen is loaded only when it is shown

        if can_show():
            about = StreamInfo(profile_of(), utc_offset_s=time.localtime().tm_gmtoff)
            return run_live(Live(Wear(source, Settings(), about)), title=source.status.sensor, first="calibrate")
    calibration = asyncio.run(_calibrate(source))
    if source.status.serial is not None:
        Calibrations(data_folder()).save(source.status.serial, calibration)
    print(verdict(calibration, kept=source.status.serial is not None))
    return 0


def verdict(calibration: Calibration, *, kept: bool) -> str:
    """How good it is, in a line."""
    spread = f"your bows agree within {calibration.quality_deg:.1f}°" if calibration.quality_deg is not None else ""
    return f"Done: {spread}; {'it holds until the next one' if kept else 'nothing is kept of a sensor without a serial number'}."


async def _calibrate(source: LiveSource) -> Calibration:
    telling = asyncio.create_task(_tell_problems(source))
    try:
        return await guided(source, lambda text: print(text, flush=True))
    finally:
        telling.cancel()


async def _tell_problems(source: LiveSource) -> None:
    told: str | None = None
    while True:
        if source.status.problem not in (None, told):
            print(f"spinae: {source.status.problem}", file=sys.stderr, flush=True)
        told = source.status.problem
        await asyncio.sleep(STATUS_EVERY_S)
