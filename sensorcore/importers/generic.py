"""A table with time, acceleration and perhaps angular rate in one file, recognised by the names and units of its columns.

Documented is `t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps`, in any order: time is `t_s`, `t_ms`, `t_us`, `t_ns` (from anywhere, also
since 1970) or `time` / `t_iso` with ISO times; acceleration in `_g` or `_mps2`, angular rate in `_dps` or `_radps`, or absent. The
spellings of other programs (columns.py), with units in brackets or on a line of their own, are read as well. Other columns are
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.importers.arrival import spread, time_rules
from sensorcore.importers.channel import SECONDS_PER, SensorChannel
from sensorcore.importers.columns import Meaning, Quantity, meaning, split_unit, without_gravity
from sensorcore.importers.moments import is_shortened, moment
from sensorcore.importers.rows import Kind, row_bytes
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable
from sensorcore.importers.textclock import text_times
from sensorcore.importers.timing import DEVICE_TIME

_TIME: Final = re.compile(r"t_(s|ms|us|ns)")
_TIME_WORD: Final = re.compile(
    r"\b(t|zeit|zeitstempel|temps|tiempo|tempo|tid|czas|date|elapsed|epoch?|unix|utc|millis|micros|seconds|sekunden|clock)\b"
    r"|time|stamp|时间|時間|время"
)
_UNITS: Final = {"acc": "_g or _mps2", "gyr": "_dps or _radps"}
_ISO: Final = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?")
_NUMBER: Final = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?")
_EPOCHS: Final = ((1e9, 4.2e9, "s"), (1e12, 4.2e12, "ms"), (1e15, 4.2e15, "us"), (1e18, 4.2e18, "ns"))
"""Counts since 1970 tell their unit: 2001 to 2103."""
_TIME_UNIT_WORDS: Final = (("milli", "ms"), ("micro", "us"), ("nano", "ns"), ("second", "s"))
EXAMPLE: Final = "t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps"


def recognise(table: TextTable) -> bool:
    """Whether the header has, or nearly has, columns of acceleration or angular rate, or a time."""
    return any(m is not None for m in _meanings(table)) or any(
        _TIME.fullmatch(name.lower()) or _TIME_WORD.search(split_unit(name)[0]) for name in table.names
    )


def open_generic(table: TextTable, path: Path) -> Recipe:
    """Raises BadInput for missing columns, saying which, and how to name those that look alike."""
    meanings = _meanings(table)
    acc = _acceleration(table, meanings)
    gyr, notes = _rate(table, meanings)
    channel = _channel(table, (*acc, *gyr))
    origin = channel.origin()
    rules = time_rules(channel)
    if rules is not DEVICE_TIME:
        channel = _channel(table, channel.values, increasing=False)

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        rows = channel.read(origin, notes)
        for t_s, si in rows if channel.increasing else spread(rows):
            if len(t_s):
                yield SiSamples(t_s, si[:, :3], si[:, 3:] if si.shape[1] == 6 else None)

    start_unix_ns = channel.start_unix_ns(origin)
    zoned = channel.time_kind == "instant_utc" or _zone(table, channel.time_index) is not None
    return Recipe(
        where=channel.where,
        name=path.stem,
        device="generic CSV",
        samples=samples,
        rules=rules,
        start_unix_ns=start_unix_ns,
        utc_offset_s=_zone(table, channel.time_index) if zoned else None,
        local_time=channel.time_kind in ("instant", "text") and not zoned,
        size=table.file.size,
        bytes_per_row=row_bytes(table),
        gyr_in_degrees=all(scale != 1.0 for _, scale in channel.values[3:]),
        notes=tuple(notes),
    )


def _meanings(table: TextTable) -> list[Meaning | None]:
    units = table.units or ("",) * len(table.names)
    found = [meaning(name, unit) for name, unit in zip(table.names, units, strict=True)]
    if any(m is not None and m.group == "gf" for m in found):
        # Physics Toolbox: beside gFx, ax is the linear acceleration in m/s^2 and wx the rate in rad/s
        apps = {("acc", "a"): Meaning("linear", 0, 1.0, "a"), ("gyr", "w"): Meaning("gyr", 0, 1.0, "w")}
        found = [
            m if m is None or (known := apps.get((m.quantity, m.group))) is None
            else Meaning(known.quantity, m.axis, m.scale or known.scale, m.group)
            for m in found
        ]  # fmt: skip
    return found


def _triples(meanings: Sequence[Meaning | None], quantity: Quantity) -> dict[str, dict[int, list[int]]]:
    """By the name they share: for each axis the columns."""
    found: dict[str, dict[int, list[int]]] = {}
    for i, m in enumerate(meanings):
        if m is not None and m.quantity == quantity:
            found.setdefault(m.group, {}).setdefault(m.axis, []).append(i)
    return found


def _acceleration(table: TextTable, meanings: Sequence[Meaning | None]) -> list[tuple[int, float]]:
    groups = _triples(meanings, "acc")
    if not groups and _triples(meanings, "linear"):
        raise _no_gravity(table, next(n for n, m in zip(table.names, meanings, strict=True) if m and m.quantity == "linear"))
    if without_gravity(table.file.name.rpartition("/")[2]) and not any(m and m.quantity == "acc" and m.rank == 0 for m in meanings):
        raise _no_gravity(table, table.file.name)
    return _triple(table, meanings, "acc", groups)


def _no_gravity(table: TextTable, name: str) -> BadInput:
    hint = "Record the acceleration with gravity (not linear or user acceleration)"
    return BadInput(f"'{name}' is acceleration without gravity: it does not tell which way is up", where=_header(table), hint=hint)


def _rate(table: TextTable, meanings: Sequence[Meaning | None]) -> tuple[list[tuple[int, float]], list[str]]:
    groups = _triples(meanings, "gyr")
    if not groups:
        return [], []
    columns = [i for axes in groups.values() for indices in axes.values() for i in indices]
    shown = [row for row in table.rows if len(row) == len(table.names)]
    if shown and all(not row[i] or row[i].lower() in ("nan", "null", "none") for row in shown for i in columns):
        return [], [f"{table.file.where}: its gyroscope columns are empty; acceleration alone is used"]
    return _triple(table, meanings, "gyr", groups), []


def _triple(
    table: TextTable, meanings: Sequence[Meaning | None], quantity: Quantity, groups: dict[str, dict[int, list[int]]]
) -> list[tuple[int, float]]:
    """The columns of one sensor along x, y and z with their factors to SI."""
    letter = "a" if quantity == "acc" else "g"
    twice = next((letter + "xyz"[i] for axes in groups.values() for i, found in axes.items() if len(found) > 1), "")
    if twice:
        raise BadInput(f"{twice} has two columns", where=_header(table), hint="Keep one of them")
    whole = {name: axes for name, axes in groups.items() if len(axes) == 3}
    if not whole:
        axes = next(iter(groups.values()), {})
        raise _missing(table, meanings, quantity, [letter + a for i, a in enumerate("xyz") if i not in axes])

    def rank(name: str) -> tuple[int, int]:
        first = meanings[whole[name][0][0]]
        assert first is not None
        return (first.rank, 0 if first.scale is not None else 1)

    best = sorted(whole, key=rank)
    if len(best) > 1 and rank(best[0]) == rank(best[1]):
        several = " and ".join(f"'{table.names[whole[name][0][0]]}'" for name in best[:2])
        what = "accelerometer" if quantity == "acc" else "gyroscope"
        raise BadInput(f"there is more than one {what} ({several})", where=_header(table), hint="Keep the columns of one sensor")
    axes = whole[best[0]]
    found = [(axes[i][0], meanings[axes[i][0]]) for i in range(3)]
    unnamed = [letter + "xyz"[i] for i, (_, m) in enumerate(found) if m is None or m.scale is None]
    if unnamed:
        raise _missing(table, meanings, quantity, unnamed)
    return [(index, m.scale) for index, m in found if m is not None and m.scale is not None]


def _missing(table: TextTable, meanings: Sequence[Meaning | None], quantity: Quantity, missing: list[str]) -> BadInput:
    what = "acceleration" if quantity == "acc" else "angular rate"
    alike = [n for n, m in zip(table.names, meanings, strict=True) if m is not None and m.quantity == quantity and m.scale is None]
    suffix = _UNITS[quantity].split()[0]
    hint = f"Name {', '.join(missing)} with {_UNITS[quantity]}, as in {EXAMPLE}"
    if alike:
        hint = f"'{alike[0]}' does not say its unit: name the columns {', '.join(m + suffix for m in missing)}"
        hint += f" (or {_UNITS[quantity].split()[2]})"
    return BadInput(f"there is no column for {what} {', '.join(missing)}", where=_header(table), hint=hint)


def _channel(table: TextTable, values: tuple[tuple[int, float], ...], *, increasing: bool = True) -> SensorChannel:
    index, kind, per_second = _time_column(table)
    parse = text_times(table) if kind == "text" else None
    return SensorChannel(table, index, kind, per_second, values, increasing=increasing, parse_time=parse)


def _time_column(table: TextTable) -> tuple[int, Kind, float]:
    names = [name.lower() for name in table.names]
    times = [(i, m[1]) for i, m in enumerate(map(_TIME.fullmatch, names)) if m]
    if len(times) > 1:
        twice = ", ".join(table.names[i] for i, _ in times)
        raise BadInput(f"there is more than one time column ({twice})", where=_header(table), hint="Keep one of them")
    if times:
        index, unit = times[0]
        return index, _number_kind(_first(table, index), unit), SECONDS_PER[unit]
    found = [t for i in range(len(names)) if (t := _time_like(table, i)) is not None]
    if found:
        best = min(found, key=lambda t: t[0])
        return best[1:]
    raise _no_time(table)


def _time_like(table: TextTable, index: int) -> tuple[int, int, Kind, float] | None:
    """A column that holds times: how good it is (lower is better), its place, kind and counts per second."""
    unit_line = table.units[index] if table.units else ""
    words, unit = split_unit(table.names[index], unit_line)
    first = _first(table, index)
    is_time_unit = unit is not None and unit[0] == "time"
    if (
        not (is_time_unit or _TIME_WORD.search(re.sub(r"[_\-.]+", " ", words)))
        or meaning(table.names[index], unit_line) is not None
    ):
        return None
    moves = len({row[index] for row in table.rows[:50] if index < len(row)}) > min(len(table.rows), 50) // 2
    coarse = 0 if moves else 10
    if _NUMBER.fullmatch(first):
        name = next((n for n, per in SECONDS_PER.items() if unit is not None and is_time_unit and per == unit[1]), None)
        size = abs(float(first.replace(",", ".")))
        epoch = next((n for low, high, n in _EPOCHS if low <= size <= high), None)
        if name is None:
            name = next((n for word, n in _TIME_UNIT_WORDS if word in words), epoch)
        if name is None and _is_physics_toolbox(table):
            name = "s"
        return None if name is None else (coarse + (0 if epoch else 2), index, _number_kind(first, name), SECONDS_PER[name])
    if moment(first.encode()) is None:
        return None
    if _ISO.fullmatch(first):
        return coarse + 1, index, "instant_utc" if _zone(table, index) is not None else "instant", 1e9
    return coarse + 3, index, "text", 1e9


def _is_physics_toolbox(table: TextTable) -> bool:
    return {"gfx", "gfy", "gfz"} <= {name.lower() for name in table.names}


def _first(table: TextTable, index: int) -> str:
    return table.first_row[index] if index < len(table.first_row) else ""


def _number_kind(first: str, unit: str) -> Kind:
    return "int" if re.fullmatch(r"[+-]?\d{1,19}", first) is not None and unit != "s" else "float"


def _zone(table: TextTable, index: int) -> int | None:
    """The offset from UTC that the first time names, in seconds."""
    found = moment(_first(table, index).encode())
    return None if found is None else found.offset_s


def _no_time(table: TextTable) -> BadInput:
    units = table.units or ("",) * len(table.names)
    alike = [
        i for i, n in enumerate(table.names)
        if _TIME_WORD.search(split_unit(n, units[i])[0]) and meaning(n, units[i]) is None
    ]  # fmt: skip
    hint = f"Add one, as in {EXAMPLE}"
    if alike:
        first, name = _first(table, alike[0]), table.names[alike[0]]
        if is_shortened(first.encode()):
            what = f"'{first}' is what a spreadsheet leaves of a time: hours and date are gone"
            return BadInput(what, where=f"{_header(table)}, column {name}", hint="Import the file as it was exported")
        if name.lower() in ("time", "t_iso") and _NUMBER.fullmatch(first):
            hint = "Name it t_s, t_ms, t_us or t_ns after its unit"
            return BadInput(f"column {name} holds numbers, not ISO times", where=_header(table), hint=hint)
        hint = f"'{name}' does not say its unit: name it t_s, t_ms, t_us or t_ns"
    return BadInput("there is no time column", where=_header(table), hint=hint)


def _header(table: TextTable) -> str:
    return f"{table.file.where}, line {table.header_line}"
