"""The generic CSV: a header that names units, `t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps`, in any order.

Time is `t_s`, `t_ms`, `t_us`, `t_ns` (from anywhere, also since 1970) or `time` / `t_iso` with ISO times; acceleration in
`_g` or `_mps2`, angular rate in `_dps` or `_radps`, or absent. Other columns are ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.source.importers.channel import ACC_SCALE, GYR_SCALE, SECONDS_PER, Channel
from sensorcore.source.importers.stream import Recipe, Samples
from sensorcore.source.importers.table import Kind, Table, row_bytes

_TIME: Final = re.compile(r"t_(s|ms|us|ns)")
_ISO_TIME: Final = ("t_iso", "time")
_VALUE: Final = re.compile(r"([ag])([xyz])_(g|mps2|dps|radps)")
_SCALE: Final = {"a": ACC_SCALE, "g": GYR_SCALE}
_UNITS: Final = {"a": "_g or _mps2", "g": "_dps or _radps"}
_LOOKALIKE: Final = {
    "a": re.compile(r"(a|acc|accel|accelerometer|acceleration)[ _.]*[xyz]([ _(\[].*)?|[xyz][ _]*acc.*"),
    "g": re.compile(r"(g|gyr|gyro|gyroscope|w|omega|rot|rotation)[ _.]*[xyz]([ _(\[].*)?|[xyz][ _]*gyr.*"),
    "t": re.compile(r"(t|time|timestamp|date|datetime|seconds|elapsed|millis|ms|us|ns)([ _(\[].*)?"),
}
EXAMPLE: Final = "t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps"


def recognise(table: Table) -> bool:
    """Whether the header has, or nearly has, columns of the generic CSV."""
    names = [name.lower() for name in table.names]
    return any(_VALUE.fullmatch(n) or _TIME.fullmatch(n) or any(p.fullmatch(n) for p in _LOOKALIKE.values()) for n in names)


def open_generic(table: Table, path: Path) -> Recipe:
    """Raises BadInput for missing columns, saying which, and how to name those that look alike."""
    names = [name.lower() for name in table.names]
    values = [*_triple(table, names, "a"), *(_triple(table, names, "g") if _has(names, "g") else [])]
    time_index, kind, per_second = _time_column(table, names)
    channel = Channel(table, time_index, kind, per_second, tuple(values))
    origin = channel.origin()
    naive = kind == "instant"

    def samples(notes: list[str]) -> Iterator[Samples]:
        if naive:
            notes.append(f"{channel.where}: the times name no time zone and are taken as UTC")
        for t_s, si in channel.read(origin, notes):
            yield Samples(t_s, si[:, :3], si[:, 3:] if si.shape[1] == 6 else None)

    return Recipe(
        where=channel.where,
        name=path.stem,
        device="generic CSV",
        samples=samples,
        start_unix_ns=channel.start_unix_ns(origin),
        size=table.file.size,
        bytes_per_row=row_bytes(table),
        gyr_in_degrees=all(scale != 1.0 for _, scale in values[3:]),
    )


def _has(names: list[str], sensor: str) -> bool:
    return any(n.startswith(sensor) and (_VALUE.fullmatch(n) or _LOOKALIKE[sensor].fullmatch(n)) for n in names)


def _triple(table: Table, names: list[str], sensor: str) -> list[tuple[int, float]]:
    found: dict[str, tuple[int, float]] = {}
    for i, name in enumerate(names):
        match = _VALUE.fullmatch(name)
        if match is None or match[1] != sensor or match[3] not in _SCALE[sensor]:
            continue
        if match[2] in found:
            raise BadInput(f"{sensor}{match[2]} has two columns", where=_header(table), hint="Keep one of them")
        found[match[2]] = (i, _SCALE[sensor][match[3]])
    missing = [sensor + axis for axis in "xyz" if axis not in found]
    if missing:
        raise _missing(table, missing, sensor)
    return [found[axis] for axis in "xyz"]


def _missing(table: Table, missing: list[str], sensor: str) -> BadInput:
    what = "acceleration" if sensor == "a" else "angular rate"
    alike = [n for n in table.names if _LOOKALIKE[sensor].fullmatch(n.lower())]
    hint = f"Name {', '.join(missing)} with {_UNITS[sensor]}, as in {EXAMPLE}"
    if alike:
        hint = f"'{alike[0]}' does not say its unit: name the columns {', '.join(m + _UNITS[sensor].split()[0] for m in missing)}"
        hint += f" (or {_UNITS[sensor].split()[2]})"
    return BadInput(f"there is no column for {what} {', '.join(missing)}", where=_header(table), hint=hint)


def _time_column(table: Table, names: list[str]) -> tuple[int, Kind, float]:
    times = [(i, m[1]) for i, m in enumerate(map(_TIME.fullmatch, names)) if m]
    if len(times) > 1:
        twice = ", ".join(table.names[i] for i, _ in times)
        raise BadInput(f"there is more than one time column ({twice})", where=_header(table), hint="Keep one of them")
    if times:
        index, unit = times[0]
        first = table.first_row[index] if index < len(table.first_row) else ""
        whole = re.fullmatch(r"[+-]?\d{1,19}", first) is not None and unit != "s"
        return index, "int" if whole else "float", SECONDS_PER[unit]
    iso = [i for i, n in enumerate(names) if n in _ISO_TIME]
    if iso:
        first = table.first_row[iso[0]] if iso[0] < len(table.first_row) else ""
        if re.fullmatch(r"[+-]?[\d.]+([eE][+-]?\d+)?", first):
            hint = "Name it t_s, t_ms, t_us or t_ns after its unit"
            raise BadInput(f"column {table.names[iso[0]]} holds numbers, not ISO times", where=_header(table), hint=hint)
        zoned = re.search(r":\d\d([.,]\d+)?\s*(Z|[+-]\d\d)", first) is not None
        return iso[0], "instant_utc" if zoned else "instant", 1e9
    alike = [n for n in table.names if _LOOKALIKE["t"].fullmatch(n.lower())]
    hint = f"'{alike[0]}' does not say its unit: name it t_s, t_ms, t_us or t_ns" if alike else f"Add one, as in {EXAMPLE}"
    raise BadInput("there is no time column", where=_header(table), hint=hint)


def _header(table: Table) -> str:
    return f"{table.file.where}, line {table.header_line}"
