"""Summary at the end of a properly closed recording, which saves reading the whole file."""

from __future__ import annotations

import contextlib
import struct
import zlib
from dataclasses import dataclass
from io import BytesIO
from typing import BinaryIO, Final

from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Footer, Statistics
from mcap.writer import MCAP0_MAGIC

from sensorcore.recording import bounds
from sensorcore.recording.chunks import BAD_BYTES

MAGIC: Final = MCAP0_MAGIC
HEAD: Final = struct.Struct("<BQ")
"""Of every record: opcode, length."""
_CHUNK_INDEX: Final = struct.Struct("<QQQQ")
"""Start and end time, where the chunk starts, its length."""
_END_BYTES: Final = HEAD.size + 20 + len(MAGIC)
"""The footer record and the closing magic."""


@dataclass(frozen=True, slots=True)
class Summary:
    """Log times of the first and last message, the number of chunks, the bodies of the channel records, and where the chunks
    start, ascending."""

    span_ns: tuple[int, int] | None
    chunks: int
    channels: tuple[bytes, ...]
    starts: tuple[int, ...] = ()


def footer(file: BinaryIO, size: int) -> Footer | None:
    """The footer of a file that was closed properly, else None."""
    if size < len(MAGIC) + _END_BYTES:
        return None
    file.seek(size - _END_BYTES)
    end = file.read(_END_BYTES)
    if not end.endswith(MAGIC) or HEAD.unpack_from(end) != (Opcode.FOOTER, 20):
        return None
    return Footer(*struct.unpack_from("<QQI", end, HEAD.size))


def summary(file: BinaryIO, size: int) -> Summary | None:
    """None for a file that was not closed properly, or whose summary has no statistics or does not match its checksum."""
    seal = footer(file, size)
    if seal is None or not 0 < seal.summary_start < size - _END_BYTES:
        return None
    length = size - _END_BYTES - seal.summary_start
    if length > bounds.SUMMARY_BYTES:
        return None
    file.seek(seal.summary_start)
    data = file.read(length)
    sealed_part = struct.pack("<BQQQ", Opcode.FOOTER, 20, seal.summary_start, seal.summary_offset_start)
    if zlib.crc32(sealed_part, zlib.crc32(data)) != seal.summary_crc:
        return None
    return _parsed(data, seal.summary_start)


def _parsed(data: bytes, summary_start: int) -> Summary | None:
    channels: list[bytes] = []
    starts: set[int] = set()
    statistics: Statistics | None = None
    position = 0
    while position + HEAD.size <= len(data):
        opcode, length = HEAD.unpack_from(data, position)
        position += HEAD.size
        if opcode == Opcode.CHANNEL and length <= bounds.CHANNEL_BYTES and len(channels) < bounds.CHANNELS:
            channels.append(data[position : position + length])
        elif opcode == Opcode.CHUNK_INDEX and _CHUNK_INDEX.size <= length:
            start = _CHUNK_INDEX.unpack_from(data, position)[2] if position + length <= len(data) else 0
            if len(MAGIC) <= start < summary_start:
                starts.add(start)
        elif opcode == Opcode.STATISTICS and length <= bounds.METADATA_BYTES and statistics is None:
            with contextlib.suppress(*BAD_BYTES):
                statistics = Statistics.read(ReadDataStream(BytesIO(data[position : position + length])))
        position += length
    if statistics is None:
        return None
    span = (statistics.message_start_time, statistics.message_end_time) if statistics.message_count else None
    return Summary(span, statistics.chunk_count, tuple(channels), tuple(sorted(starts)))
