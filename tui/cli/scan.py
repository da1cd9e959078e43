"""`spinae scan`: sensors in range."""

from __future__ import annotations

import argparse
import asyncio
import json

from sensorcore.source.ble import problems
from sensorcore.source.ble.connection import Introduction, introduce
from sensorcore.source.ble.radio import Radio, Timing
from sensorcore.source.ble.scan import Sighting, scan
from tui.cli.sensors import known_sensors

EPILOG = """examples:
  spinae scan                  what is in range, with serial number and battery
  spinae scan --quick          without connecting to ask for them
  spinae scan --json"""

SCHEMA = "spinae.scan/1"
CONNECT_S = 8.0
FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long to listen (default 5)")
    parser.add_argument("--quick", action="store_true", help="do not connect to ask each for its serial number and battery")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    found = asyncio.run(_look(radio, max(0.5, args.seconds), quick=args.quick))
    if args.json:
        sensors = [
            {
                "name": sighting.name,
                "address": sighting.address,
                "rssi_dbm": sighting.rssi_dbm,
                "serial": said.serial,
                "battery_percent": said.battery_percent,
                "problem": said.problem,
            }
            for sighting, said in found
        ]
        print(json.dumps({"schema": SCHEMA, "sensors": sensors}))
        return 0
    if not found:
        raise problems.said(problems.OUT_OF_RANGE)
    known = {each.serial for each in known_sensors().load()}
    rows: list[tuple[str, ...]] = [("SENSOR", "SERIAL", "BATTERY", "SIGNAL", "ADDRESS", "")]
    rows += [_row(sighting, said, known) for sighting, said in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    return 0


async def _look(radio: Radio, duration_s: float, *, quick: bool) -> list[tuple[Sighting, Introduction]]:
    timing = Timing(connect_s=CONNECT_S)
    sightings = await scan(radio, duration_s=duration_s, timing=timing)
    # one after the other: an adapter connects to one at a time
    return [(each, Introduction() if quick else await introduce(each, radio, timing)) for each in sightings]


def _row(sighting: Sighting, said: Introduction, known: set[str]) -> tuple[str, ...]:
    battery = "unknown" if said.battery_percent is None else f"{said.battery_percent}%"
    remark = said.problem or ("worn before" if said.serial in known else "")
    return (sighting.name, said.serial or "unknown", battery, f"{sighting.rssi_dbm} dBm", sighting.address, remark)
