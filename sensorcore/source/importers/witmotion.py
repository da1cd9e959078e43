"""Text logs of WitMotion's PC software, phone app and Python SDK (.txt with tabs, or .csv).

Columns are told by name; these spellings are in public readers of such files (gyroflow's telemetry-parser, wavedave, the
vendor's SDK, and others):
- old PC software: a line `StartTime: …`, then `Time(s)  ChipTime  ax(g) … wx(deg/s) … AngleX(deg) …`;
- new PC software: `Time  Device name  Chip Time()  Acceleration X(g) … Angular velocity X(°/s) …`, in Chinese
  `时间  设备名称  片上时间()  加速度X(g) … 角速度X(°/s) …`, in UTF-8 or GBK;
- phone app: `time  DeviceName  AccX(g) … AsX(°/s) …`.

A time is `10:13:04.428`, `2025-5-29 10:13:4:428` (the last number is milliseconds), the same with a point or with T, or plain
seconds. The chip's time is the sensor's clock and is used when it increases from row to row; else the host's, which is a time
of arrival (see timing.py).
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.source.importers.channel import GYR_SCALE, Channel
from sensorcore.source.importers.files import printable
from sensorcore.source.importers.stream import Recipe, Samples
from sensorcore.source.importers.table import Column, Rows, Table, read, row_bytes
from sensorcore.source.importers.timing import ARRIVAL_TIME, DEVICE_TIME

ENCODINGS: Final = ("utf-8", "gb18030", "latin-1")
_ACC: Final = re.compile(r"(?:acceleration|acc|a|加速度) ?([xyz]) ?\(g\)")
_GYR: Final = re.compile(r"(?:angular velocity|as|w|gyro|角速度) ?([xyz]) ?\(([^()]*)/s\)")
_CHIP: Final = re.compile(r"(?:chip ?time|片上时间)(?: ?\(\))?")
_HOST: Final = re.compile(r"(?:time(?: ?\(s\))?|时间)")
_DEVICE: Final = re.compile(r"(?:device ?name|address|设备名称)(?: ?\(\))?")
_CLOCK: Final = re.compile(rb"(?:(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+)?(\d{1,2}):(\d{1,2}):(\d{1,2})(?:([.,:])(\d{1,9}))?")
_SECONDS: Final = re.compile(rb"\d{1,9}(\.\d{1,9})?")
_DAY_NS: Final = 86_400 * 10**9
_FULL_SCALE: Final = (16 * STANDARD_GRAVITY_MPS2, float(np.deg2rad(2000.0)))
"""Full scale of the sensors' int16 values (the vendor's protocol)."""


def is_preamble(line: str) -> bool:
    """Lines before the header."""
    return line.lower().startswith("starttime")


def recognise(table: Table) -> bool:
    """Whether the header names accelerations as WitMotion does."""
    return any(_ACC.fullmatch(name.lower()) for name in table.names)


def open_witmotion(table: Table, path: Path) -> Recipe:
    """Raises BadInput for missing columns, or a log of two sensors."""
    names = [name.lower() for name in table.names]
    acc = {m[1]: (i, STANDARD_GRAVITY_MPS2) for i, m in enumerate(map(_ACC.fullmatch, names)) if m}
    gyr = {m[1]: (i, _rate_scale(m[2])) for i, m in enumerate(map(_GYR.fullmatch, names)) if m}
    head = f"{table.file.where}, line {table.header_line}"
    for what, found in (("acceleration", acc), ("angular velocity", gyr)):
        if len(found) < 3 and (found or what == "acceleration"):
            lost = ", ".join(axis.upper() for axis in "xyz" if axis not in found)
            raise BadInput(f"there is no column for {what} {lost}", where=head, hint="Record acceleration and angular velocity")
    values = tuple([acc[a] for a in "xyz"] + ([gyr[a] for a in "xyz"] if gyr else []))
    chip = next((i for i, n in enumerate(names) if _CHIP.fullmatch(n)), None)
    host = next((i for i, n in enumerate(names) if _HOST.fullmatch(n)), None)
    if chip is None and names[0] == "":
        chip = 0  # the SDK's first versions leave the chip time's name out
    device = next((i for i, n in enumerate(names) if _DEVICE.fullmatch(n)), None)
    time = chip if chip is not None and (host is None or _increases(table, chip)) else host
    if time is None:
        raise BadInput("there is no time column", where=head, hint="Record 'Time' or 'Chip Time' with the data")
    extra = () if device is None else (device,)
    channel = Channel(
        table,
        time,
        "text",
        1e9,
        values,
        drop_repeats=time == chip,
        increasing=time == chip,
        parse_time=_parser(table, time),
        extra=extra,
    )
    origin = channel.origin()
    label = table.first_row[device] if device is not None and device < len(table.first_row) else ""

    def samples(notes: list[str]) -> Iterator[Samples]:
        seen: set[bytes] = set()
        rows = channel.read(origin, notes, (lambda r: _one_device(r, seen)) if extra else None)
        for t_s, si in rows if time == chip else _spread(rows):
            if len(t_s):
                yield Samples(t_s, si[:, :3], si[:, 3:] if si.shape[1] == 6 else None)

    return Recipe(
        where=channel.where,
        name=path.stem,
        device=f"WitMotion {label}".strip(),
        samples=samples,
        rules=DEVICE_TIME if time == chip else ARRIVAL_TIME,
        start_unix_ns=channel.start_unix_ns(origin),
        size=table.file.size,
        bytes_per_row=row_bytes(table),
        full_scale=_FULL_SCALE,
        gyr_in_degrees=all(scale != 1.0 for _, scale in values[3:]),
    )


def _rate_scale(unit: str) -> float:
    return GYR_SCALE["radps" if "rad" in unit else "dps"]


def _increases(table: Table, chip: int) -> bool:
    """Whether the chip's time can be read and moves on with (nearly) every row of the first chunk; some firmware never sets it,
    or only every second."""
    for rows in read(table, [Column(chip, "text")], []):
        try:
            times = _parser(table, chip)(rows, rows.columns[0])
        except BadInput:
            return False
        steps = np.diff(times)
        return bool((steps >= 0).all() and (steps > 0).mean() > 0.95) if len(steps) else False
    return False


def _parser(table: Table, index: int) -> Any:
    where, name = table.file.where, table.names[index] or "time"
    midnights = {"days": 0, "last": 0}

    def parse(rows: Rows, cells: NDArray[Any]) -> NDArray[np.int64]:
        if rows.first_line <= table.header_line + 1:
            midnights.update(days=0, last=0)  # a new reading from the start
        out = np.empty(len(cells), dtype=np.int64)
        for i, cell in enumerate(cells):
            ns, dated = _clock_ns(cell.strip())
            if ns is None:
                shown = printable(cell[:40].decode("utf-8", "replace").strip())
                what = f"'{shown}' is not a time" if shown else "the cell is empty"
                raise BadInput(what, where=f"{where}, line {rows.line_of(i)}, column {name}", hint="Mend or delete the row")
            if not dated:
                if ns < midnights["last"] - _DAY_NS // 2:
                    midnights["days"] += 1
                midnights["last"] = ns
                ns += midnights["days"] * _DAY_NS
            out[i] = ns
        return out

    return parse


def _clock_ns(cell: bytes) -> tuple[int | None, bool]:
    """Nanoseconds since 1970, or since midnight when there is no date; and whether there is one."""
    match = _CLOCK.fullmatch(cell)
    if match is None:
        return (round(float(cell) * 1e9), True) if _SECONDS.fullmatch(cell) else (None, False)
    year, month, day, hour, minute, second, mark, fraction = match.groups()
    if int(hour) > 23 or int(minute) > 59 or int(second) > 59 or (mark == b":" and len(fraction) > 3):
        return None, False
    ns = ((int(hour) * 60 + int(minute)) * 60 + int(second)) * 10**9
    if fraction:
        ns += int(fraction) * 10**6 if mark == b":" else int(fraction) * 10 ** (9 - len(fraction))
    if year is None:
        return ns, False
    days = _days(int(year), int(month), int(day))
    return (None, False) if days is None else (ns + days * _DAY_NS, True)


@lru_cache(maxsize=8)
def _days(year: int, month: int, day: int) -> int | None:
    try:
        return datetime.date(year, month, day).toordinal() - datetime.date(1970, 1, 1).toordinal() if 1970 <= year < 2200 else None
    except ValueError:
        return None


def _one_device(rows: Rows, seen: set[bytes]) -> None:
    seen.update(set(rows.columns[-1].tolist()))
    if len(seen) > 1:
        several = " and ".join(repr(d[:40].decode("utf-8", "replace").strip()) for d in sorted(seen)[:2])
        cells = rows.columns[-1]
        row = next((i for i in range(1, len(cells)) if cells[i] != cells[i - 1]), 0)
        where = f"{rows.where}, line {rows.line_of(row)}"
        raise BadInput(f"two sensors are in one file ({several})", where=where, hint="Export one sensor at a time")


def _spread(rows: Iterator[tuple[FloatArray, FloatArray]]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Times of arrival made strictly increasing: k rows that came together fill the step before them evenly; the first ones,
    and those after a pause, count back at the usual period."""
    period_s, before_s = 0.0, -np.inf
    held_t, held_v = np.empty(0), np.empty((0, 0))
    done = False
    while not done:
        more = next(rows, None)
        done = more is None
        if more is not None:
            held_t = np.concatenate([held_t, more[0]])
            held_v = np.concatenate([held_v, more[1]]) if held_v.size else more[1]
        # The last run of equal times may go on in the next chunk.
        stop = len(held_t) if done else int(np.searchsorted(held_t, held_t[-1], side="left")) if len(held_t) else 0
        if not stop:
            continue
        t_s, values = held_t[:stop], held_v[:stop]
        held_t, held_v = held_t[stop:], held_v[stop:]
        starts = np.flatnonzero(np.diff(t_s, prepend=-np.inf) > 0)
        counts = np.diff(np.append(starts, stop))
        steps = np.diff(t_s[starts], prepend=before_s)
        if not period_s:
            near = (steps > 0) & (steps < 1.0)
            period_s = float(steps[near].sum() / counts[near].sum()) if near.any() else 1.0
        share_s = np.where(steps <= counts * period_s + ARRIVAL_TIME.gap_floor_s, steps / counts, period_s)
        share_s = np.minimum(share_s, steps / counts)
        back = np.repeat(counts, counts) - 1 - (np.arange(stop) - np.repeat(starts, counts))
        before_s = float(t_s[-1])
        yield t_s - back * np.repeat(share_s, counts), values
