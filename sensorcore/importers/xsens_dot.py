"""CSV exports of Xsens (Movella) DOT: lines about the sensor, then `PacketCounter,SampleTimeFine,…,Acc_X,Acc_Y,Acc_Z,Gyr_X,…`.

`SampleTimeFine` is the sensor's clock in µs, of 32 bits: it wraps after 71.6 minutes. Acceleration is in m/s² with gravity, angular
rate in °/s (DOT BLE services specification XD0506P, rate quantities). `FreeAcc_…` is without gravity. The start is in local time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.importers.channel import ACC_SCALE, GYR_SCALE, SensorChannel
from sensorcore.importers.files import printable
from sensorcore.importers.moments import moment
from sensorcore.importers.rows import row_bytes
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import Recipe
from sensorcore.importers.table import TextTable

_START: Final = re.compile(rb"StartTime:,\s*(\d{4}-\d\d-\d\d)_(\d\d)-(\d\d)-(\d\d)_(\d{1,3})")
_TAG: Final = re.compile(rb"DeviceTag:,\s*([^\r\n,]{1,40})")


def recognise(table: TextTable) -> bool:
    """Whether the header is that of the vendor's app."""
    return {"packetcounter", "sampletimefine"} <= set(_lower(table))


def open_xsens_dot(table: TextTable, path: Path) -> Recipe:
    """Raises BadInput where the measuring mode has no acceleration with gravity."""
    names = _lower(table)
    acc, gyr = (_triple(names, sensor) for sensor in ("acc", "gyr"))
    where = f"{table.file.where}, line {table.header_line}"
    if not acc:
        free = "; FreeAcc is without gravity" if "freeacc_x" in names else ""
        hint = "Measure in a mode with acceleration, such as 'Rate quantities' or 'Custom mode 5'"
        raise BadInput(f"there is no acceleration with gravity (Acc_X){free}", where=where, hint=hint)
    values = [*((i, ACC_SCALE["mps2"]) for i in acc), *((i, GYR_SCALE["dps"]) for i in gyr)]
    channel = SensorChannel(table, names.index("sampletimefine"), "int", 1e6, tuple(values))
    origin = channel.origin()

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        for t_s, si in channel.read(origin, notes):
            if len(t_s):
                yield SiSamples(t_s, si[:, :3], si[:, 3:] if gyr else None)

    head = table.file.head()[: table.body_offset]
    tag, began = _TAG.search(head), _START.search(head)
    at = None if began is None else moment(b"%s %s:%s:%s.%s" % began.groups())
    return Recipe(
        where=channel.where,
        name=path.stem,
        device=f"Xsens DOT ({printable(tag[1].decode('utf-8', 'replace')).strip()})" if tag else "Xsens DOT",
        samples=samples,
        start_unix_ns=None if at is None else at.ns,
        local_time=True,
        size=table.file.size,
        bytes_per_row=row_bytes(table),
        gyr_in_degrees=True,
    )


def _triple(names: list[str], sensor: str) -> list[int]:
    wanted = [f"{sensor}_{axis}" for axis in "xyz"]
    return [names.index(each) for each in wanted] if set(wanted) <= set(names) else []


def _lower(table: TextTable) -> list[str]:
    return [name.strip().lower() for name in table.names]
