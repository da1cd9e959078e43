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
from dataclasses import replace
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.importers.channel import SensorChannel
from sensorcore.importers.files import DataFile, as_utf8, printable
from sensorcore.importers.phone import first_values, fitting_gyroscope, merged
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable, decode, sniff
from sensorcore.importers.zones import zone_offset_s
from sensorcore.model import STANDARD_GRAVITY_MPS2

_TIMES: Final = (("time", 1e9), ("seconds_elapsed", 1.0))
_PLAIN, _GRAVITY, _TOTAL, _RAW = "accelerometer", "gravity", "totalacceleration", "accelerometeruncalibrated"
_GYROSCOPES: Final = ("gyroscope", "gyroscopeuncalibrated")
_SENSORS: Final = (_PLAIN, _GRAVITY, _TOTAL, _RAW, *_GYROSCOPES)
_TOTAL_NAME: Final = "TotalAcceleration.csv"
_DAY_NS: Final = 86_400 * 10**9
_TURN_ON: Final = "Turn on Total Acceleration (Android) or Gravity (iOS) beside the accelerometer in the app, and record again"


def recognise(table: TextTable) -> bool:
    """Whether a CSV is one of the app's sensor files."""
    return {"seconds_elapsed", "x", "y", "z"} <= set(table.names)


def open_sensor_logger(files: list[DataFile], where: str, name: str, chosen: DataFile | None = None) -> Recipe:
    """From all files of an export; `chosen` is the one that was named, when a single CSV was. Raises BadInput when there is no
    acceleration with gravity, or its sign cannot be known."""
    by_sensor: dict[str, DataFile] = {}
    for file in sorted(files, key=lambda f: chosen is not None and f.where != chosen.where):
        sensor = _sensor_of(file)
        if sensor in by_sensor and chosen is None and sensor in (*_SENSORS, "metadata"):
            raise BadInput(f"there is more than one {file.name}", where=where, hint="Give the export of one recording")
        by_sensor.setdefault(sensor, file)
    if chosen is not None and _sensor_of(chosen) not in _SENSORS:
        hint = f"Give it the name that the app gave it, such as {_TOTAL_NAME} or Gyroscope.csv"
        raise BadInput("which of the app's sensors this is, only its name tells", where=chosen.where, hint=hint)
    about = _metadata(by_sensor.get("metadata"))
    channels = {sensor: _channel(by_sensor[sensor]) for sensor in _SENSORS if sensor in by_sensor and _is_table(by_sensor[sensor])}
    gyrs = [channels[s] for s in _GYROSCOPES if s in channels][:1]
    if chosen is not None and _sensor_of(chosen) == _PLAIN and _TOTAL in channels:
        del channels[_TOTAL]  # it is without gravity that was named
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
    gyr, notes = fitting_gyroscope(acc, gyrs, same_export=chosen is None)
    if chosen is not None and acc.where != chosen.where:
        notes.append(f"{acc.where}: the acceleration was taken from this file")
    notes += [f"{by_sensor[s].where}: is empty and was left alone" for s in _SENSORS if s in by_sensor and s not in channels]
    device = printable(about.get("device name", ""))
    start_unix_ns = acc.start_unix_ns(acc.origin()) or _start(about)
    return merged(
        _signed(acc, flipped),
        gravity,
        gyr,
        name=name,
        device=f"Sensor Logger ({device})" if device else "Sensor Logger",
        start_unix_ns=start_unix_ns,
        utc_offset_s=_offset(about, start_unix_ns),
        notes=tuple(notes),
    )


def _sensor_of(file: DataFile) -> str:
    """The sensor in a file's name, with anything around it: `Gyroscope (1).csv`, `2025-12-01_Gyroscope.csv`."""
    stem = re.sub(r"[^a-z]", "", file.name.lower().rpartition(".")[0] or file.name.lower())
    known = sorted((*_SENSORS, "metadata"), key=len, reverse=True)
    return next((sensor for sensor in known if stem.endswith(sensor)), next((s for s in known if s in stem), stem))


def _is_table(file: DataFile) -> bool:
    return file.size > 0 and bool(file.head().strip())


def _start(about: dict[str, str]) -> int | None:
    """Start of the recording by its metadata, for files that only count seconds."""
    epoch_ms = about.get("recording epoch time", "")
    return int(epoch_ms) * 10**6 if epoch_ms.isdigit() and 9 < len(epoch_ms) < 15 else None


def _offset(about: dict[str, str], start_unix_ns: int | None) -> int | None:
    """The local time minus UTC where the metadata of this very recording (within a day) name its zone."""
    zone, began = about.get("recording timezone", ""), _start(about)
    if not zone or start_unix_ns is None or (began is not None and abs(began - start_unix_ns) > _DAY_NS):
        return None
    return zone_offset_s(zone, start_unix_ns / 1e9)


def _channel(file: DataFile) -> SensorChannel:
    file = as_utf8(file)
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
    return SensorChannel(table, time[0], "int" if kind == "int" else "float", time[1], values)


def _scaled(channel: SensorChannel, factor: float) -> SensorChannel:
    return replace(channel, values=tuple((index, scale * factor) for index, scale in channel.values))


def _signed(channel: SensorChannel, flipped: bool) -> SensorChannel:
    return _scaled(channel, -1.0) if flipped else channel


def _metadata(file: DataFile | None) -> dict[str, str]:
    if file is None:
        return {}
    try:
        rows = list(csv.reader(io.StringIO(decode(file.head(), file.where), newline="")))[:2]
    except (BadInput, csv.Error):
        return {}
    return dict(zip((c.strip().lower() for c in rows[0]), (c.strip() for c in rows[1]), strict=False)) if len(rows) == 2 else {}
