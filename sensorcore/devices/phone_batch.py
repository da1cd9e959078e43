"""Batch of a phone app's readings, as it is recorded: sensor, time and three values, in the app's own units and signs (a later
version may interpret them better). Packed, because an hour of an app's JSON is 150 MB; and only what a posture needs: an app
that also sends where the phone is does not get that into a recording.

Little-endian: "PB", version (1), platform (u8, place in `PLATFORMS`), u32 session, u64 message, u8 channels; for each channel: u8
kind (place in `KINDS`), u32 count, count x int64 Unix ns by the phone's clock, count x 3 float32; and a CRC-32 of it all.
"""

from __future__ import annotations

import struct
from binascii import crc32
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensorcore.columns import Columns
from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, IntArray

Kind: TypeAlias = Literal["linear", "gravity", "total", "raw", "gyroscope"]
KINDS: Final[tuple[Kind, ...]] = ("linear", "gravity", "total", "raw", "gyroscope")
"""Acceleration without gravity, gravity alone, both together, as the chip says it (g on iOS, m/s² on Android), angular rate."""
Platform: TypeAlias = Literal["", "ios", "android"]
PLATFORMS: Final[tuple[Platform, ...]] = ("", "ios", "android")
MAGIC, VERSION = b"PB", 1
HEAD: Final = struct.Struct("<2sBBIQB")
CHANNEL: Final = struct.Struct("<BI")
CRC: Final = struct.Struct("<I")
ROW_BYTES: Final = 8 + 3 * 4
MOST_ROWS: Final = 100_000
LARGEST: Final = 1e5
"""Beyond any motion, in any of the units: damage."""
EARLIEST_NS, LATEST_NS = 946_684_800_000_000_000, 4_102_444_800_000_000_000
"""The years 2000 and 2100."""


@dataclass(frozen=True, slots=True)
class PhoneRows(Columns):
    """Rows of one sensor: `t_ns` (n,) strictly increasing, `values` (n, 3)."""

    t_ns: IntArray
    values: FloatArray

    def after(self, t_ns: int) -> PhoneRows:
        """Those taken later."""
        return self[int(np.searchsorted(self.t_ns, t_ns, side="right")) :]


NO_ROWS: Final = PhoneRows(np.empty(0, dtype=np.int64), np.empty((0, 3)))


def rows_of(t_ns: NDArray[np.int64], values: NDArray[np.floating]) -> tuple[PhoneRows, int]:
    """In the order of time, each time once, and how many were left out: not finite, beyond any motion, or of no possible time."""
    sound = (t_ns > EARLIEST_NS) & (t_ns < LATEST_NS) & (np.abs(values) < LARGEST).all(axis=1)  # NaN is not below anything
    times, first = np.unique(t_ns[sound], return_index=True)
    return PhoneRows(times, values[sound][first].astype(np.float64)), int((~sound).sum())


@dataclass(frozen=True, slots=True)
class Batch:
    """`session`: one recording of the app; `message`: its number in there."""

    session: int
    message: int
    channels: dict[Kind, PhoneRows]
    platform: Platform = ""

    @property
    def newest_ns(self) -> int:
        """Time of the newest row; 0 when there is none."""
        return max((int(rows.t_ns[-1]) for rows in self.channels.values() if len(rows)), default=0)


def pack(batch: Batch) -> bytes:
    """The payload of a notification, less the place of its characteristic."""
    channels = [(kind, rows) for kind, rows in batch.channels.items() if len(rows)]
    head = HEAD.pack(
        MAGIC, VERSION, PLATFORMS.index(batch.platform), batch.session & 0xFFFFFFFF, batch.message & (1 << 64) - 1, len(channels)
    )
    parts = [head]
    for kind, rows in channels:
        values = np.ascontiguousarray(rows.values, dtype="<f4")
        parts += [CHANNEL.pack(KINDS.index(kind), len(rows)), rows.t_ns.astype("<i8").tobytes(), values.tobytes()]
    body = b"".join(parts)
    return body + CRC.pack(crc32(body))


def unpack(payload: bytes) -> Batch:
    """The batch that was packed. Raises BadInput for anything else."""
    if len(payload) < HEAD.size + CRC.size or crc32(payload[: -CRC.size]) != CRC.unpack_from(payload, len(payload) - CRC.size)[0]:
        raise BadInput("these are no packed readings, or they were damaged", where="phone batch")
    magic, version, platform, session, message, count = HEAD.unpack_from(payload)
    if magic != MAGIC or version != VERSION or platform >= len(PLATFORMS):
        raise BadInput("these are no packed readings of a known version", where="phone batch")
    at, end = HEAD.size, len(payload) - CRC.size
    channels: dict[Kind, PhoneRows] = {}
    for _ in range(count):
        if at + CHANNEL.size > end:
            raise BadInput("a channel is missing", where="phone batch")
        kind, n = CHANNEL.unpack_from(payload, at)
        at += CHANNEL.size
        if kind >= len(KINDS) or n > MOST_ROWS or at + n * ROW_BYTES > end:
            raise BadInput("a channel is none, or is cut", where="phone batch")
        t_ns = np.frombuffer(payload, "<i8", n, at).astype(np.int64)
        values = np.frombuffer(payload, "<f4", 3 * n, at + 8 * n).reshape(n, 3)
        channels[KINDS[kind]], _ = rows_of(t_ns, values)
        at += n * ROW_BYTES
    return Batch(session, message, channels, PLATFORMS[platform])
