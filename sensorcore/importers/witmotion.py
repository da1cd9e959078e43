"""Text logs of WitMotion's PC software, phone app and Python SDK (.txt with tabs, or .csv).

Columns are recognised by name; these spellings are in public readers of such files (gyroflow's telemetry-parser, wavedave, the
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

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.importers.arrival import spread
from sensorcore.importers.channel import GYR_SCALE, NOT_A_TIME, SensorChannel
from sensorcore.importers.files import printable
from sensorcore.importers.leftout import LeftOut
from sensorcore.importers.rows import Column, ParsedRows, read, row_bytes
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable
from sensorcore.importers.textclock import text_times
from sensorcore.importers.timing import ARRIVAL_TIME, DEVICE_TIME
from sensorcore.model import STANDARD_GRAVITY_MPS2

ENCODINGS: Final = ("utf-8", "gb18030", "latin-1")
_ACC: Final = re.compile(r"(?:acceleration|acc|a|加速度) ?([xyz]) ?\(g\)")
_GYR: Final = re.compile(r"(?:angular velocity|as|w|gyro|角速度) ?([xyz]) ?\(([^()]*)/s\)")
_CHIP: Final = re.compile(r"(?:chip ?time|片上时间)(?: ?\(\))?")
_HOST: Final = re.compile(r"(?:time(?: ?\(s\))?|时间)")
_DEVICE: Final = re.compile(r"(?:device ?name|address|设备名称)(?: ?\(\))?")
ANOTHER: Final = "are of another sensor"
_MOST_OF_ANOTHER: Final = 0.01
"""More rows of another sensor than this are no damage: two sensors were logged into one file."""
_FULL_SCALE: Final = (16 * STANDARD_GRAVITY_MPS2, float(np.deg2rad(2000.0)))
"""Full scale of the sensors' int16 values (the vendor's protocol)."""


def is_preamble(line: str) -> bool:
    """Lines before the header."""
    return line.lower().startswith("starttime")


def recognise(table: TextTable) -> bool:
    """Whether the header names accelerations as WitMotion does."""
    return any(_ACC.fullmatch(name.lower()) for name in table.names)


def open_witmotion(table: TextTable, path: Path) -> Recipe:
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
    channel = SensorChannel(
        table,
        time,
        "text",
        1e9,
        values,
        increasing=time == chip,
        parse_time=text_times(table),
        extra=extra,
    )
    origin = channel.origin()
    label = table.first_row[device] if device is not None and device < len(table.first_row) else ""

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        own: list[bytes] = []
        seen: list[LeftOut] = []

        def fits(rows: ParsedRows, left_out: LeftOut) -> NDArray[np.bool_]:
            seen[:] = [left_out]
            return _one_device(rows, left_out, own)

        rows = channel.read(origin, notes, fits if extra else None)
        for t_s, si in rows if time == chip else spread(rows):
            if len(t_s):
                yield SiSamples(t_s, si[:, :3], si[:, 3:] if si.shape[1] == 6 else None)
        other = seen[0].reasons.get(ANOTHER) if seen else None
        if other is not None and other.rows > _MOST_OF_ANOTHER * seen[0].kept:
            several = f"two sensors are in one file ({_shown(own[0])} and {other.what})"
            raise BadInput(several, where=other.where, hint="Export one sensor at a time")

    return Recipe(
        where=channel.where,
        name=path.stem,
        device=f"WitMotion {label}".strip(),
        samples=samples,
        rules=DEVICE_TIME if time == chip else ARRIVAL_TIME,
        start_unix_ns=channel.start_unix_ns(origin),
        local_time=True,
        size=table.file.size,
        bytes_per_row=row_bytes(table),
        full_scale=_FULL_SCALE,
        gyr_in_degrees=all(scale != 1.0 for _, scale in values[3:]),
    )


def _rate_scale(unit: str) -> float:
    return GYR_SCALE["radps" if "rad" in unit else "dps"]


def _increases(table: TextTable, chip: int) -> bool:
    """Whether the chip's time can be read and moves on with (nearly) every row of the first chunk; some firmware never sets it,
    or only every second."""
    for rows in read(table, [Column(chip, "text")], LeftOut(table.file.where)):
        times = text_times(table)(rows, rows.columns[0])
        known = times[times != NOT_A_TIME]
        steps = np.diff(known)
        return len(known) > 0.95 * len(times) and bool((steps > 0).mean() > 0.9) if len(steps) else False
    return False


def _one_device(rows: ParsedRows, left_out: LeftOut, label: list[bytes]) -> NDArray[np.bool_]:
    """Mask of rows of the sensor that the log begins with; `label` keeps its name."""
    cells = [cell.strip() for cell in rows.columns[-1]]
    label += cells[: 1 - len(label)]
    own = np.array([cell == label[0] for cell in cells], dtype=np.bool_)
    if not own.all():
        row = int(np.flatnonzero(~own)[0])
        left_out.add(ANOTHER, int((~own).sum()), f"{rows.where}, line {rows.line_of(row)}", _shown(cells[row]))
    return own


def _shown(cell: bytes) -> str:
    return f"'{printable(cell[:40].decode('utf-8', 'replace'))}'"
