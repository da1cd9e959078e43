"""WitMotion's SD card logs (WIT1.TXT of a WT901SDCL): binary in spite of the name. Two protocols, after the vendor's manuals:

- `55 61` and 26 bytes: the frames that the sensor also sends over Bluetooth, with the chip's date and time (see the driver);
- `55 50` time, `55 51` acceleration, `55 52` angular rate, … of 11 bytes, the last the sum of the others.

The chip's time has no zone. Bytes that are no frame are skipped and counted.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.devices.witmotion import ACC_G, CHIP_TIME, FIELDS, GYR_DPS, LONG, MOTION, chip_us, split
from sensorcore.errors import BadInput
from sensorcore.importers.files import DataFile
from sensorcore.importers.leftout import LeftOut
from sensorcore.importers.order import RowOrder
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import Recipe
from sensorcore.model import STANDARD_GRAVITY_MPS2

PIECE_BYTES: Final = 1 << 16
OLD_BYTES: Final = 11
TIME, ACC, GYR = 0x50, 0x51, 0x52
SCALES: Final = np.array([ACC_G * STANDARD_GRAVITY_MPS2] * 3 + [np.deg2rad(GYR_DPS)] * 3)
FULL_SCALE: Final = (16 * STANDARD_GRAVITY_MPS2, float(np.deg2rad(2000.0)))
LEAST_SHARE: Final = 0.5
"""Share of the first bytes that must be frames."""
NO_FRAME: Final = "are damaged or cut frames"

Row = tuple[int, tuple[int, ...]]
"""The chip's time in µs, and six raw values."""


def recognise(head: bytes) -> bool:
    """Whether these are frames, and not text."""
    long = _long(head, b"", True)[0]
    if len(long) > 1:
        return len(long) * LONG >= LEAST_SHARE * len(head)
    return len(_packets(head)[0]) * OLD_BYTES >= LEAST_SHARE * len(head) > OLD_BYTES


def open_wit_binary(file: DataFile, path: Path) -> Recipe:
    """Raises BadInput when the log holds no time, or no acceleration."""
    is_long = len(_long(file.head(), b"", True)[0]) > 1
    first = next((rows[0] for rows in _rows(file, LeftOut(file.where), is_long) if rows), None)
    if first is None:
        hint = "Switch time, acceleration and angular rate on for the card in WitMotion's software, or convert the log there"
        raise BadInput("is WitMotion's binary log, but holds no samples with a time", where=file.where, hint=hint)
    origin_us = first[0]

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        left_out = LeftOut(file.where)
        order = RowOrder(left_out, origin_us / 1e6, file.where, True)
        number = 0
        for rows in _rows(file, left_out, is_long):
            t_s = np.array([(each[0] - origin_us) / 1e6 for each in rows])
            values = np.array([each[1] for each in rows], dtype=np.float64).reshape(-1, 6) * SCALES
            for times, si in order.feed(t_s, values, np.arange(number, number + len(rows))):
                yield SiSamples(times, si[:, :3], si[:, 3:])
            number += len(rows)
        for times, si in order.feed(np.empty(0), np.empty((0, 6)), np.empty(0, dtype=np.int64), last=True):
            yield SiSamples(times, si[:, :3], si[:, 3:])
        left_out.finish(notes)

    return Recipe(
        where=file.where,
        name=path.stem,
        device="WitMotion (SD card)",
        samples=samples,
        start_unix_ns=origin_us * 1000,
        local_time=True,
        size=file.size,
        bytes_per_row=float(LONG if is_long else 3 * OLD_BYTES),
        full_scale=FULL_SCALE,
    )


def _rows(file: DataFile, left_out: LeftOut, is_long: bool) -> Iterator[list[Row]]:
    rest, clock_us = b"", 0
    partial: dict[int, tuple[int, ...]] = {}
    for piece in file.pieces(0, PIECE_BYTES):
        if is_long:
            rows, rest, skipped = _long(rest + piece, b"", False)
        else:
            packets, rest, skipped = _packets(rest + piece)
            rows, clock_us = _assembled(packets, partial, clock_us)
        if skipped:
            left_out.add(NO_FRAME, skipped, file.where)
        left_out.went_on(len(piece), len(rows))
        yield rows


def _long(data: bytes, before: bytes, at_end: bool) -> tuple[list[Row], bytes, int]:
    """Frames of 28 bytes; `at_end`: a last one may end the data."""
    frames, rest, _, skipped = split(before + data, LONG)
    rows = []
    for frame in frames:
        if frame[:2] != MOTION or len(frame) != LONG or (stamp := chip_us(frame)) is None:
            skipped += frame[:2] == MOTION
            continue
        rows.append((stamp, FIELDS.unpack_from(frame, 2)[:6]))
    return rows, b"" if at_end else rest, skipped


def _packets(data: bytes) -> tuple[list[bytes], bytes, int]:
    """Packets of 11 bytes whose sum fits."""
    packets, at, skipped = [], 0, 0
    while len(data) - at >= OLD_BYTES:
        packet = data[at : at + OLD_BYTES]
        if packet[0] == 0x55 and sum(packet[:-1]) & 0xFF == packet[-1]:
            packets.append(packet)
            at += OLD_BYTES
            continue
        after = data.find(b"\x55", at + 1)
        skipped += 1
        at = after if after >= 0 else len(data)
    return packets, data[at:], skipped


def _assembled(packets: list[bytes], partial: dict[int, tuple[int, ...]], clock_us: int) -> tuple[list[Row], int]:
    """A row for each angular rate that follows an acceleration and a time."""
    rows = []
    for packet in packets:
        kind = packet[1]
        if kind == TIME:
            stamp = chip_us(bytes(20) + struct.pack("<6BH", *CHIP_TIME.unpack_from(packet, 2)))
            clock_us = clock_us if stamp is None else stamp
        elif kind in (ACC, GYR):
            partial[kind] = struct.unpack_from("<3h", packet, 2)
        if kind == GYR and ACC in partial and clock_us:
            rows.append((clock_us, (*partial.pop(ACC), *partial.pop(GYR))))
    return rows, clock_us
