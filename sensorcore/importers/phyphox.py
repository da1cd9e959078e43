"""Exports of the phone app phyphox (iOS, Android; RWTH Aachen): a CSV a sensor, `"Time (s)","Acceleration x (m/s^2)",…` and
`"Time (s)","Gyroscope x (rad/s)",…`, with comma, semicolon or tab, '.' or ',' as the decimal mark, and names in the language
of the phone. In both systems a resting phone reads +9.81 along the axis that points up: on iOS the app multiplies Apple's values by
-9.81 (ExperimentSensorInput.swift, `kG`).

The kind of acceleration follows from names, the columns' and then the file's: 'Linear Acceleration' has no gravity, 'Gravity'
nothing else. `meta/time.csv` has the events START and PAUSE with the wall clock of each, and its zone: the app's time stands still
in a pause.
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import replace
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.importers.channel import SensorChannel
from sensorcore.importers.columns import gravity_alone, meaning, without_gravity
from sensorcore.importers.files import DataFile, as_utf8, printable
from sensorcore.importers.phone import fitting_gyroscope, merged
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable, decode, sniff
from sensorcore.importers.zones import zone_offset_s

_UNITS: Final = {"acc": re.compile(r".*\(m/s(\^2|²|2|\*\*2)\)", re.IGNORECASE), "gyr": re.compile(r".*\(rad/s\)", re.IGNORECASE)}
_TIME: Final = re.compile(r".*\(s\)", re.IGNORECASE)
_ZONE: Final = re.compile(r"(?:UTC|GMT)?[+-]\d{2}:?\d{2}$|UTC$|GMT$|Z$")
_ROLES: Final = ("acc", "linear", "gravity", "gyr")
_HINT: Final = "Use the experiment 'Acceleration with g' (and 'Gyroscope'), and export all of it as CSV"


def recognise(table: TextTable) -> bool:
    """Whether a CSV is one of the app's sensor files."""
    return _time(table) is not None and any(len(axes) == 3 for axes in _sets(table).values())


def open_phyphox(files: list[DataFile], chosen: DataFile | None, where: str, name: str) -> Recipe:
    """From all files of an export; `chosen` is the one that was named, when a single CSV was. Raises BadInput when there is
    no acceleration with gravity."""
    found: dict[str, list[SensorChannel]] = {role: [] for role in _ROLES}
    for table in filter(None, map(_table, files)):
        for role, channel in _channels(table).items():
            found[role].append(channel)
    named = {role: [c for c in each if chosen is not None and c.where == chosen.where] for role, each in found.items()}
    pick = {role: named[role] or found[role] for role in _ROLES}
    if chosen is not None and any(named.values()) and not named["acc"] and not named["gyr"]:
        # somebody names the file without gravity: one with gravity beside it may be another recording
        pick["acc"] = []
        pick["gravity" if named["linear"] else "linear"] = []
    acc, gravity = _with_gravity(pick, where)
    gyrs = pick["gyr"] if chosen is not None else [_only(c, "gyroscope", where) for c in [pick["gyr"]] if c]
    pauses, start_unix_ns, offset_s = _clock(next((f for f in files if f.name.lower() == "time.csv"), None), acc)
    acc, gyrs = replace(acc, pauses=pauses), [replace(c, pauses=pauses) for c in gyrs]
    gravity = None if gravity is None else replace(gravity, pauses=pauses)
    gyr, notes = fitting_gyroscope(acc, gyrs, same_export=chosen is None or any(c.where == acc.where for c in gyrs))
    if chosen is not None and acc.where != chosen.where:
        notes.append(f"{acc.where}: the acceleration was taken from this file")
    return merged(
        acc,
        gravity,
        gyr,
        name=name,
        device=_device(next((f for f in files if f.name.lower() == "device.csv"), None)),
        start_unix_ns=start_unix_ns,
        utc_offset_s=offset_s,
        notes=tuple(notes),
    )


def _with_gravity(found: dict[str, list[SensorChannel]], where: str) -> tuple[SensorChannel, SensorChannel | None]:
    """The accelerometer, and what must be added to it."""
    if found["acc"]:
        return _only(found["acc"], "accelerometer", where), None
    if found["linear"] and found["gravity"]:
        return _only(found["linear"], "linear accelerometer", where), _only(found["gravity"], "gravity", where)
    if found["linear"]:
        linear = found["linear"][0]
        label = linear.table.names[linear.values[0][0]] if _role_of_names(linear.table) == "linear" else linear.table.file.name
        what = f"'{label}' is acceleration without gravity: it does not tell which way is up"
        raise BadInput(what, where=linear.where, hint="Use the experiment 'Acceleration with g', not '(without g)'")
    if found["gravity"]:
        raise BadInput("this is gravity alone, without the wearer's movement", where=found["gravity"][0].where, hint=_HINT)
    raise BadInput("there is no accelerometer in this phyphox export", where=where, hint=_HINT)


def _only(channels: list[SensorChannel], what: str, where: str) -> SensorChannel:
    if len(channels) > 1:
        several = " and ".join(c.table.file.name for c in channels[:2])
        raise BadInput(f"there is more than one {what} file ({several})", where=where, hint="Keep one recording in it")
    return channels[0]


def _table(file: DataFile) -> TextTable | None:
    file = as_utf8(file)
    head = file.head()
    try:
        table = sniff(file, head, decode(head, file.where)) if head.strip() else None
    except BadInput:  # a neighbour that is not of the export may be anything
        return None
    return table if table is not None and recognise(table) else None


def _time(table: TextTable) -> int | None:
    return next((i for i, name in enumerate(table.names) if _TIME.fullmatch(name)), None)


def _sets(table: TextTable) -> dict[str, dict[str, int]]:
    """By kind of unit and by what the names share: the axes' columns."""
    found: dict[str, dict[str, int]] = {}
    for i, name in enumerate(table.names):
        kind = next((kind for kind, unit in _UNITS.items() if unit.fullmatch(name)), None)
        axis = None if kind is None else re.search(r"\b([xyz])\s*\(", name, re.IGNORECASE)
        if axis is not None:
            shared = name[: axis.start()].strip().lower()
            found.setdefault(f"{kind} {shared}", {}).setdefault(axis[1].lower(), i)
    return found


def _role_of_names(table: TextTable) -> str:
    roles = [_role(shared, table.names[axes["x"]], "") for shared, axes in _sets(table).items() if len(axes) == 3]
    return roles[0] if roles else ""


def _role(shared: str, name: str, file_name: str) -> str:
    """Role of a set of columns, by their names, else by the file's."""
    if shared.startswith("gyr"):
        return "gyr"
    known = meaning(name)
    role = "acc" if known is None else known.quantity
    if role == "acc" and file_name:
        stem = file_name.rpartition(".")[0]
        role = "linear" if without_gravity(stem) else "gravity" if gravity_alone(stem) else "acc"
    return role


def _channels(table: TextTable) -> dict[str, SensorChannel]:
    """The sensors of a table by their roles."""
    time = _time(table)
    found: dict[str, SensorChannel] = {}
    for shared, axes in _sets(table).items():
        if len(axes) < 3 or time is None:
            continue
        role = _role(shared, table.names[axes["x"]], table.file.name)
        found.setdefault(role, SensorChannel(table, time, "float", 1.0, tuple((axes[axis], 1.0) for axis in "xyz")))
    return found


def _records(file: DataFile | None) -> list[list[str]]:
    if file is None:
        return []
    text = decode(file.head(), file.where)
    delimiter = next((d for d in "\t;" if d in text.partition("\n")[0]), ",")
    try:
        return [row for row in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter) if row]
    except csv.Error:
        return []


def _device(file: DataFile | None) -> str:
    facts = {row[0]: row[1] for row in _records(file) if len(row) > 1}
    model = " ".join(facts[k] for k in ("deviceBrand", "deviceModel") if facts.get(k))
    return f"phyphox ({printable(model)})" if model else "phyphox"


def _clock(file: DataFile | None, acc: SensorChannel) -> tuple[tuple[tuple[float, float], ...], int | None, int | None]:
    """From meta/time.csv (event, experiment time in s, system time in Unix s, the same as text): the pauses (experiment time, how
    long), the wall clock at the first sample, and the local time minus UTC."""
    rows = _records(file)
    names = [cell.strip().lower() for cell in rows[0]] if rows else []
    events: list[tuple[str, float, float, str]] = []
    for row in rows[1:]:
        cells = dict(zip(names, row, strict=False))
        try:
            times = [float(cells[key].replace(",", ".")) for key in ("experiment time", "system time")]
            events.append((cells["event"].strip().upper(), *times, cells.get("system time text", "")))  # type: ignore[arg-type]
        except (KeyError, ValueError):
            continue
    starts = [event for event in events if event[0] == "START" and 0 < event[2] < 4.2e9]
    if not starts:
        return (), None, None
    pauses, stopped = [], None
    for kind, experiment_s, system_s, _ in events:
        if kind == "PAUSE":
            stopped = system_s
        elif kind == "START" and stopped is not None:
            if system_s > stopped:
                pauses.append((experiment_s, system_s - stopped))
            stopped = None
    _, experiment_s, system_s, text = starts[0]
    unix_s = system_s + float(acc.origin()) - experiment_s
    zone = _ZONE.search(text.strip())
    offset_s = None if zone is None else zone_offset_s(zone[0], unix_s)
    return tuple(pauses), (round(unix_s * 1e9) if 0 < unix_s < 4.2e9 else None), offset_s
