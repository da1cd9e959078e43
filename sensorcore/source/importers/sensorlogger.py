"""Exports of the phone app Sensor Logger (iOS, Android): a CSV a sensor with the columns time (Unix ns), seconds_elapsed, z, y,
x (read by name), and metadata.csv. Source: the app's own notes (github.com/tszheichoi/awesome-sensor-logger: COORDINATES.md,
UNITS.md, CROSSPLATFORM.md).

`Accelerometer.csv` has no gravity; with gravity are TotalAcceleration.csv, or Accelerometer + Gravity, or
AccelerometerUncalibrated.csv (g on iOS, m/s^2 on Android). All three axes have the opposite sign on iOS, unless the app's
'Standardise Units & Frames' was on; the gyroscope's signs agree.
"""

from __future__ import annotations

import csv
import io
import re
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2
from sensorcore.source.importers.channel import Channel
from sensorcore.source.importers.files import DataFile, printable
from sensorcore.source.importers.phone import first_values, merged
from sensorcore.source.importers.stream import Recipe
from sensorcore.source.importers.table import Table, decode, sniff

_TIMES: Final = (("time", 1e9), ("seconds_elapsed", 1.0))
_PLAIN, _GRAVITY, _TOTAL, _RAW = "accelerometer", "gravity", "totalacceleration", "accelerometeruncalibrated"
_GYROSCOPES: Final = ("gyroscope", "gyroscopeuncalibrated")
_SENSORS: Final = (_PLAIN, _GRAVITY, _TOTAL, _RAW, *_GYROSCOPES)
_TURN_ON: Final = "Turn on Total Acceleration (Android) or Gravity (iOS) beside the accelerometer in the app, and record again"


def recognise(table: Table) -> bool:
    """Whether a CSV is one of the app's sensor files."""
    return {"seconds_elapsed", "x", "y", "z"} <= set(table.names)


def open_sensor_logger(files: list[DataFile], where: str, name: str) -> Recipe:
    """Raises BadInput when there is no acceleration with gravity, or its sign cannot be known."""
    by_sensor = {f.name.lower().removesuffix(".csv"): f for f in files}
    twice = next((f.name for f in files if by_sensor[f.name.lower().removesuffix(".csv")] is not f), None)
    if twice is not None:
        raise BadInput(f"there is more than one {twice}", where=where, hint="Give the export of one recording")
    about = _metadata(by_sensor.get("metadata"))
    channels = {sensor: _channel(by_sensor[sensor]) for sensor in _SENSORS if sensor in by_sensor and by_sensor[sensor].size}
    gyr = next((channels[s] for s in _GYROSCOPES if s in channels), None)
    platform = about.get("platform", "").lower()
    is_ios = platform.startswith(("ios", "ipad", "iphone"))
    flipped = is_ios and about.get("standardisation", "").lower() != "true"
    gravity = None
    if _TOTAL in channels:
        acc = channels[_TOTAL]
    elif _PLAIN in channels and _GRAVITY in channels:
        if not platform:
            hint = "Put metadata.csv beside the other files: without it nobody knows whether up is + (Android) or - (iOS)"
            raise BadInput("metadata.csv is missing", where=where, hint=hint)
        acc, gravity = channels[_PLAIN], _signed(channels[_GRAVITY], flipped)
    elif _RAW in channels:
        acc = channels[_RAW]
        in_g = float(np.median(np.linalg.norm(first_values(acc), axis=1))) < 3.0
        flipped = flipped if platform else in_g  # only iOS writes g
        acc = _scaled(acc, STANDARD_GRAVITY_MPS2 if in_g else 1.0)
    elif _PLAIN in channels:
        raise BadInput("Accelerometer.csv holds the acceleration without gravity", where=where, hint=_TURN_ON)
    else:
        raise BadInput("there is no accelerometer in this Sensor Logger export", where=where, hint=_TURN_ON)
    device = printable(about.get("device name", ""))
    return merged(_signed(acc, flipped), gravity, gyr, name=name, device=f"Sensor Logger ({device})" if device else "Sensor Logger")


def _channel(file: DataFile) -> Channel:
    head = file.head()
    table = sniff(file, head, decode(head, file.where))
    if table is None:
        raise BadInput("is empty", where=file.where, hint="Export the recording again")
    missing = [axis for axis in "xyz" if axis not in table.names]
    time = next(((table.names.index(n), per) for n, per in _TIMES if n in table.names), None)
    if missing or time is None:
        lost = ", ".join(missing) or "time"
        raise BadInput(f"there is no column {lost}", where=f"{file.where}, line {table.header_line}", hint="Export it again")
    first = table.first_row[time[0]] if time[0] < len(table.first_row) else ""
    kind = "int" if time[1] == 1e9 and re.fullmatch(r"-?\d{1,19}", first) else "float"
    values = tuple((table.names.index(axis), 1.0) for axis in "xyz")
    return Channel(table, time[0], "int" if kind == "int" else "float", time[1], values, drop_repeats=True)


def _scaled(channel: Channel, factor: float) -> Channel:
    values = tuple((index, scale * factor) for index, scale in channel.values)
    return Channel(
        channel.table, channel.time_index, channel.time_kind, channel.per_second, values, drop_repeats=channel.drop_repeats
    )


def _signed(channel: Channel, flipped: bool) -> Channel:
    return _scaled(channel, -1.0) if flipped else channel


def _metadata(file: DataFile | None) -> dict[str, str]:
    if file is None:
        return {}
    rows = list(csv.reader(io.StringIO(decode(file.head(), file.where), newline="")))[:2]
    return dict(zip((c.strip().lower() for c in rows[0]), (c.strip() for c in rows[1]), strict=False)) if len(rows) == 2 else {}
