"""Logs of sensors that spinae itself wears, written by their vendors' apps as a CSV a sensor:

- Polar Sensor Logger: `Phone timestamp;sensor timestamp [ns];X [mg];Y [mg];Z [mg]` (…_ACC.txt) and the same in [dps] (…_GYRO.txt).
  The sensor's clock counts from 2000 (an H10 that lost its power from 2019): it times the samples, the phone dates them, in the
  phone's local time.
- MbientLab MetaBase: `epoc (ms),timestamp (+0100),elapsed (s),x-axis (g),y-axis (g),z-axis (g)`, and the same in (deg/s). The
  header names the zone.

The gyroscope's file is used when it covers the same time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from sensorcore.errors import BadInput
from sensorcore.importers.channel import ACC_SCALE, GYR_SCALE, SensorChannel
from sensorcore.importers.files import DataFile, as_utf8, printable
from sensorcore.importers.moments import moment
from sensorcore.importers.phone import fitting_gyroscope, merged
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable, decode, sniff
from sensorcore.importers.zones import zone_offset_s

_POLAR_TIME: Final = ("phone timestamp", "sensor timestamp [ns]")
_AXIS: Final = re.compile(r"([xyz])(?:-axis)? ?[\[(](mg|g|dps|deg/s)[\])]")
_UNITS: Final = {"mg": ACC_SCALE["g"] / 1000, "g": ACC_SCALE["g"], "dps": GYR_SCALE["dps"], "deg/s": GYR_SCALE["dps"]}
_EPOCH: Final = re.compile(r"epoch? ?\(ms\)")
_ZONE: Final = re.compile(r"timestamp \(([^()]*)\)")
_NS_SINCE_2000: Final = re.compile(r"[1-9]\d{9,18}")
_MODEL: Final = re.compile(r"(Polar)_([A-Za-z0-9]+)_[0-9A-F]+_", re.IGNORECASE)


def recognise(table: TextTable) -> bool:
    """Whether a CSV is one of these, of acceleration or angular rate."""
    return _time(table) is not None and _unit(table) != ""


def open_sensor_files(files: Sequence[DataFile], chosen: DataFile | None, where: str, path: Path) -> Recipe:
    """From the files of an export; `chosen`: the one that was named. Raises BadInput when there is no acceleration, or that of two
    recordings."""
    channels = [channel for file in files if (channel := _channel(file)) is not None]
    acc = [each for each in channels if _is_acc(each.table)]
    named = [each for each in acc if chosen is not None and each.where == chosen.where]
    if not acc:
        hint = "Record acceleration as well, and put both files into one folder"
        raise BadInput("holds angular rate but no acceleration", where=where, hint=hint)
    if len(named or acc) > 1:
        several = " and ".join(each.table.file.name for each in acc[:2])
        raise BadInput(f"there is more than one accelerometer file ({several})", where=where, hint="Name the one you mean")
    one = (named or acc)[0]
    gyrs = [each for each in channels if not _is_acc(each.table) and _time(each.table) == _time(one.table)]
    gyr, notes = fitting_gyroscope(one, gyrs, same_export=False)
    return merged(one, None, gyr, name=path.stem, device=_device(one.table), notes=tuple(notes), **_clock(one))


def _clock(acc: SensorChannel) -> dict[str, Any]:
    """Start and zone of the recording, where the file has them."""
    table = acc.table
    if _is_polar(table):
        began = moment(table.first_row[_lower(table).index(_POLAR_TIME[0])].encode())
        return {"start_unix_ns": None if began is None else began.ns, "local_time": True}
    zone = next((m[1] for m in map(_ZONE.fullmatch, _lower(table)) if m), "")
    start_ns = acc.start_unix_ns(acc.origin())
    return {"start_unix_ns": start_ns, "utc_offset_s": zone_offset_s(zone, (start_ns or 0) / 1e9) if zone else None}


def _channel(file: DataFile) -> SensorChannel | None:
    """None for a file that is none of these: what lies beside the one meant may be anything."""
    file = as_utf8(file)
    try:
        head = file.head()
        table = sniff(file, head, decode(head, file.where)) if head.strip() else None
    except BadInput:
        return None
    if table is None or not recognise(table):
        return None
    time = _time(table)
    assert time is not None
    values = {m[1]: (i, _UNITS[m[2]]) for i, m in enumerate(map(_AXIS.fullmatch, _lower(table))) if m}
    return SensorChannel(table, time[0], "int", time[1], tuple(values[axis] for axis in "xyz"))


def _time(table: TextTable) -> tuple[int, float] | None:
    """The column that times the samples, and its ticks a second."""
    names = _lower(table)
    if _is_polar(table):
        at = names.index(_POLAR_TIME[1])
        has_clock = at < len(table.first_row) and _NS_SINCE_2000.fullmatch(table.first_row[at])
        return (at, 1e9) if has_clock else None  # some apps write 0: then the phone's time is all there is
    return next(((i, 1e3) for i, name in enumerate(names) if _EPOCH.fullmatch(name)), None)


def _unit(table: TextTable) -> str:
    """Unit of the three axes; empty unless all are there and agree."""
    found = {m[1]: m[2] for m in map(_AXIS.fullmatch, _lower(table)) if m}
    return found["x"] if len(found) == 3 and len(set(found.values())) == 1 else ""


def _is_acc(table: TextTable) -> bool:
    return _unit(table) in ("g", "mg")


def _is_polar(table: TextTable) -> bool:
    return set(_POLAR_TIME) <= set(_lower(table))


def _lower(table: TextTable) -> list[str]:
    return [name.strip().lower() for name in table.names]


def _device(table: TextTable) -> str:
    model = _MODEL.match(table.file.name)
    if _is_polar(table):
        return f"Polar {printable(model[2])}" if model else "Polar (Sensor Logger)"
    return "MbientLab MetaMotion"
