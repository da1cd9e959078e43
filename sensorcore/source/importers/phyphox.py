"""Exports of the phone app phyphox (iOS, Android; RWTH Aachen): a CSV a sensor, `"Time (s)","Acceleration x (m/s^2)",…` and
`"Time (s)","Gyroscope x (rad/s)",…`, with comma, semicolon or tab, '.' or ',' as the decimal mark, and names in the language
of the phone: columns are told by axis and unit. In both systems a resting phone reads +9.81 along the axis that points up: on
iOS the app multiplies Apple's values by -9.81 (ExperimentSensorInput.swift, `kG`).
"""

from __future__ import annotations

import csv
import io
import re
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.source.importers.channel import Channel
from sensorcore.source.importers.files import DataFile, printable
from sensorcore.source.importers.phone import first_values, merged
from sensorcore.source.importers.stream import Recipe
from sensorcore.source.importers.table import Table, decode, sniff

_AXIS: Final = {
    "acc": re.compile(r".*\b([xyz])\s*\(m/s(\^2|²|2|\*\*2)\)", re.IGNORECASE),
    "gyr": re.compile(r".*\b([xyz])\s*\(rad/s\)", re.IGNORECASE),
}
_TIME: Final = re.compile(r".*\(s\)", re.IGNORECASE)
_LEAST_GRAVITY_MPS2: Final = 3.0


def recognise(table: Table) -> bool:
    """Whether a CSV is one of the app's sensor files."""
    return any(_columns(table, sensor) for sensor in _AXIS)


def open_phyphox(files: list[DataFile], chosen: DataFile | None, where: str, name: str) -> Recipe:
    """From all files of an export; `chosen` is the one that was named, when a single CSV was. Raises BadInput when there is
    no acceleration with gravity."""
    tables = {file.where: table for file in files if (table := _table(file)) is not None}
    found = {sensor: [c for c in (_channel(table, sensor) for table in tables.values()) if c is not None] for sensor in _AXIS}
    for sensor, channels in found.items():
        named = [c for c in channels if chosen is not None and c.where == chosen.where]
        found[sensor] = named or channels
    if not found["acc"]:
        hint = "Use the experiment 'Acceleration with g' (and 'Gyroscope'), and export all of it as CSV"
        raise BadInput("there is no accelerometer in this phyphox export", where=where, hint=hint)
    sizes = [float(np.median(np.linalg.norm(first_values(c), axis=1))) for c in found["acc"]]
    with_gravity = [c for c, size in zip(found["acc"], sizes, strict=True) if size >= _LEAST_GRAVITY_MPS2]
    if not with_gravity:
        hint = "Use the experiment 'Acceleration with g', not '(without g)'"
        raise BadInput(f"there is no gravity in it (median {max(sizes):.2g} m/s^2)", where=found["acc"][0].where, hint=hint)
    for what, channels in (("accelerometer", with_gravity), ("gyroscope", found["gyr"])):
        if len(channels) > 1:
            several = " and ".join(c.table.file.name for c in channels[:2])
            raise BadInput(f"there is more than one {what} file ({several})", where=where, hint="Keep one recording in it")
    meta = {file.name.lower(): file for file in files}
    return merged(
        with_gravity[0],
        None,
        found["gyr"][0] if found["gyr"] else None,
        name=name,
        device=_device(meta.get("device.csv")),
        start_unix_ns=_start(meta.get("time.csv"), with_gravity[0]),
    )


def _table(file: DataFile) -> Table | None:
    head = file.head()
    try:
        table = sniff(file, head, decode(head, file.where)) if head.strip() else None
    except BadInput:  # a neighbour that is not of the export may be anything
        return None
    return table if table is not None and recognise(table) else None


def _columns(table: Table, sensor: str) -> list[int]:
    axes = {m[1].lower(): i for i, m in enumerate(map(_AXIS[sensor].fullmatch, table.names)) if m}
    return [axes[axis] for axis in "xyz"] if len(axes) == 3 else []


def _channel(table: Table, sensor: str) -> Channel | None:
    columns = _columns(table, sensor)
    time = next((i for i, name in enumerate(table.names) if _TIME.fullmatch(name)), None)
    if not columns:
        return None
    if time is None:
        raise BadInput("there is no time column", where=f"{table.file.where}, line {table.header_line}", hint="Export it again")
    return Channel(table, time, "float", 1.0, tuple((i, 1.0) for i in columns), drop_repeats=True)


def _records(file: DataFile | None) -> list[list[str]]:
    if file is None:
        return []
    text = decode(file.head(), file.where)
    delimiter = next((d for d in "\t;" if d in text.partition("\n")[0]), ",")
    return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]


def _device(file: DataFile | None) -> str:
    facts = {row[0]: row[1] for row in _records(file) if len(row) > 1}
    model = " ".join(facts[k] for k in ("deviceBrand", "deviceModel") if facts.get(k))
    return f"phyphox ({printable(model)})" if model else "phyphox"


def _start(file: DataFile | None, acc: Channel) -> int | None:
    """The wall clock at the first sample, from meta/time.csv: event, experiment time (s), system time (Unix s)."""
    rows = _records(file)
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    for row in rows[1:]:
        event = dict(zip(names, row, strict=False))
        try:
            if event["event"].strip().upper() == "START":
                experiment_s, system_s = (float(event[k].replace(",", ".")) for k in ("experiment time", "system time"))
                unix_s = system_s + float(acc.origin()) - experiment_s
                return round(unix_s * 1e9) if 0 < unix_s < 4.2e9 else None
        except (KeyError, ValueError):
            return None
    return None
