"""Decompression of a chunk, never to more than a chunk may hold."""

from __future__ import annotations

import struct
import zlib
from typing import Final

import zstandard
from mcap.exceptions import McapError

from sensorcore.recording import bounds

CHUNK_HEAD: Final = struct.Struct("<QQQII")
"""Start and end time, unpacked size, checksum, length of the compression's name."""
BAD_BYTES: Final = (
    struct.error,
    ValueError,
    IndexError,
    MemoryError,
    OverflowError,
    EOFError,
    McapError,
    zstandard.ZstdError,
    RuntimeError,
)
"""Errors of the libraries on damaged bytes (lz4 raises RuntimeError)."""


def declared_bytes(body: bytes) -> int:
    """Declared unpacked size; 0 for a head that is cut."""
    return int(CHUNK_HEAD.unpack_from(body)[2]) if len(body) >= CHUNK_HEAD.size else 0


def chunk_data(body: bytes, zstd: zstandard.ZstdDecompressor) -> bytes | None:
    """The records in a chunk; None when its checksum or any length in it does not hold."""
    try:
        _, _, size, crc, name_length = CHUNK_HEAD.unpack_from(body)
        name_end = CHUNK_HEAD.size + name_length
        packed = memoryview(body)[name_end + 8 :]
        if size > bounds.CHUNK_BYTES or struct.unpack_from("<Q", body, name_end)[0] != len(packed):
            return None
        data = _unpacked(body[CHUNK_HEAD.size : name_end], packed, size, zstd)
    except BAD_BYTES:
        return None
    return data if data is not None and len(data) == size and crc in (0, zlib.crc32(data)) else None


def _unpacked(compression: bytes, packed: memoryview, size: int, zstd: zstandard.ZstdDecompressor) -> bytes | None:
    if compression == b"zstd":
        if zstandard.frame_content_size(packed) > size:
            return None
        return bytes(zstd.decompress(packed, size))
    if compression == b"lz4":
        import lz4.frame  # noqa: PLC0415 - no recording of ours has it

        return bytes(lz4.frame.LZ4FrameDecompressor().decompress(packed, max_length=size + 1))
    return bytes(packed) if not compression else None
