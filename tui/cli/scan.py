"""`spinae scan`: sensors in range."""

from __future__ import annotations

import argparse
import asyncio
import json
from dataclasses import asdict
from typing import TypeAlias

from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.links.ble import problems
from sensorcore.links.ble.connection import Introduction, introduce
from sensorcore.links.ble.radio import Radio, Timing
from sensorcore.links.ble.scan import scan
from sensorcore.links.ble.sighting import Sighting
from sensorcore.text.escape import one_line
from tui.cli.sensors import known_sensors

EPILOG = """examples:
  spinae scan                  what is in range, with serial number and battery
  spinae scan --quick          without connecting to ask for them
  spinae scan --json"""

SCHEMA = "spinae.scan/1"
CONNECT_S = 8.0
OURS = "acceleration and angular rate at 104 Hz, temperature, battery, buzz"
FRESH_RADIO = Radio()

Found: TypeAlias = tuple[Sighting, Introduction]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=5.0, metavar="S", help="how long to listen (default 5)")
    parser.add_argument("--quick", action="store_true", help="do not connect to ask each for its serial number and battery")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    found = asyncio.run(look(radio, max(0.5, args.seconds), quick=args.quick))
    if args.json:
        print(as_json(found))
        return 0
    if not found:
        raise problems.said(problems.OUT_OF_RANGE)
    print(table(found, {each.serial for each in known_sensors().load()}))
    return 0


async def look(radio: Radio, duration_s: float, *, quick: bool) -> list[Found]:
    """Sensors in range, the nearest first, with details unless `quick`. Raises SourceError when there is no radio."""
    timing = Timing(connect_s=CONNECT_S)
    sightings = await scan(radio, duration_s=duration_s, timing=timing)
    # one after the other: an adapter connects to one at a time
    return [(each, Introduction() if quick else await introduce(each, radio, timing)) for each in sightings]


def as_json(found: list[Found]) -> str:
    """One object."""
    sensors = [
        {
            "name": sighting.name,
            "address": sighting.address,
            "rssi_dbm": sighting.rssi_dbm,
            "family": sighting.family.name if sighting.family else SpinaeSensor.name,
            "gives": sighting.family.gives if sighting.family else OURS,
            **asdict(said),
        }
        for sighting, said in found
    ]
    return json.dumps({"schema": SCHEMA, "sensors": sensors})


def table(found: list[Found], known: set[str]) -> str:
    """Table for people; `known`: the serial numbers of sensors worn before."""
    rows: list[tuple[str, ...]] = [("SENSOR", "SERIAL", "BATTERY", "SIGNAL", "ADDRESS", "")]
    rows += [_row(sighting, said, known) for sighting, said in found]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in rows)
    return "\n".join(line.rstrip() for line in lines)


def _row(sighting: Sighting, said: Introduction, known: set[str]) -> tuple[str, ...]:
    battery = "unknown" if said.battery_percent is None else f"{said.battery_percent}%"
    remarks = [] if sighting.family is None else [f"{sighting.family.title}: {sighting.family.gives}"]
    if said.problem:
        remarks.append(said.problem)
    elif (said.serial or sighting.address) in known:
        remarks.append("worn before")
    signal = "connected" if sighting.rssi_dbm is None else f"{sighting.rssi_dbm} dBm"
    cells = (sighting.name, said.serial or "unknown", battery, signal, sighting.address, "; ".join(remarks))
    return tuple(one_line(cell) for cell in cells)
