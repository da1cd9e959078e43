"""The bytes of a recording as messages, however the file ends and whatever was damaged on the way.

mcap's own readers are for whole files: `make_reader` refuses a cut one, `StreamReader` trusts lengths and builds an object a
message (0.7 to 1.8 s for eight hours, against 0.2 s here). So this walks the records itself (layout: mcap.dev/spec), checks every
length and checksum before trusting it, and leaves decompression and the rarer records to the library. Damage costs the chunk it is
in and is written down in `Damage`; nothing here raises for it.
"""

from __future__ import annotations

import contextlib
import struct
import zlib
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, Final, TypeAlias

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.exceptions import McapError
from mcap.opcode import Opcode
from mcap.records import Chunk, Footer, Metadata, Statistics
from mcap.stream_reader import get_chunk_data_stream
from mcap.writer import MCAP0_MAGIC

MAGIC: Final = MCAP0_MAGIC
_HEAD: Final = struct.Struct("<BQ")
_MESSAGE: Final = struct.Struct("<BQH4xQ8x")
"""Of a message: opcode, length, channel, (sequence), log time, (publish time)."""
_CHUNK_HEAD: Final = struct.Struct("<QQQII")
_END_BYTES: Final = _HEAD.size + 20 + len(MAGIC)
"""The footer record and the closing magic."""
_CHUNK_LIMIT_BYTES: Final = 1 << 28
"""No writer makes chunks of 256 MiB; a length beyond that is damage (or a bomb)."""
_BAD_BYTES: Final = (struct.error, ValueError, IndexError, MemoryError, McapError, zstandard.ZstdError, RuntimeError)
"""What the library lets through on bytes that make no sense (lz4 raises RuntimeError)."""


Message: TypeAlias = tuple[int, int, bytes]
"""Channel id, log time in ns, data. A plain tuple: there are half a million in a day."""


@dataclass(slots=True)
class Damage:
    """What a pass over a file could not read. `cut_at`: the byte at which the file stops making sense (None: it is whole);
    `bad_chunks`: where chunks whose content does not match their checksum start; `missing_chunks`: how many chunks the summary
    knows that nobody found."""

    cut_at: int | None = None
    bad_chunks: list[int] = field(default_factory=list)
    missing_chunks: int = 0


class Walk:
    """One pass over an open recording. `topics` (by channel id) and the bodies of the `channels`, `schemas` and `metadata` records
    fill up as the pass meets them."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._zstd = zstandard.ZstdDecompressor()
        self.topics: dict[int, str] = {}
        self.channels: dict[int, bytes] = {}
        self.schemas: dict[int, bytes] = {}
        self.metadata: list[Metadata] = []
        self.chunks = 0
        self.damage = Damage()

    def ids(self, topics: Collection[str]) -> set[int]:
        """Of the channels met so far, those with these topics."""
        return {channel_id for channel_id, topic in self.topics.items() if topic in topics}

    def messages(self, topics: Collection[str] | None) -> Iterator[list[Message]]:
        """The messages of these topics (None: of all; notes metadata too), a list a chunk, in the order they were written."""
        opcodes = {Opcode.CHUNK, Opcode.MESSAGE, Opcode.CHANNEL, Opcode.SCHEMA}
        for opcode, start, body in self.records(opcodes if topics is not None else opcodes | {Opcode.METADATA}):
            if opcode == Opcode.CHUNK:
                self.chunks += 1
                data = chunk_data(body, self._zstd)
                if data is None:
                    self.damage.bad_chunks.append(start)
                    continue
            elif opcode == Opcode.METADATA:
                self._note_metadata(body)
                continue
            else:
                data = _HEAD.pack(opcode, len(body)) + body
            if found := self._inside(data, topics):
                yield found

    def find_metadata(self, name: str) -> dict[str, str] | None:
        """The first metadata record of this name, looking no further than needed."""
        for _, _, body in self.records({Opcode.METADATA}):
            self._note_metadata(body)
            if self.metadata and self.metadata[-1].name == name:
                return self.metadata[-1].metadata
        return None

    def time_span_ns(self) -> tuple[int, int] | None:
        """Log times of the first and last message, from the chunks' headers alone."""
        spans: list[tuple[int, int]] = []
        for _, _, body in self.records({Opcode.CHUNK}, at_most=16):
            if len(body) == 16:
                spans.append(struct.unpack("<QQ", body))
        return (min(s for s, _ in spans), max(e for _, e in spans)) if spans else None

    def records(self, opcodes: Collection[int], at_most: int | None = None) -> Iterator[tuple[int, int, bytes]]:
        """(opcode, start, body) of the top-level records with these opcodes; of each body at most so many bytes."""
        file, position = self._file, len(MAGIC)
        file.seek(position)
        while True:
            head = file.read(_HEAD.size)
            if len(head) < _HEAD.size:
                break
            opcode, length = _HEAD.unpack(head)
            if opcode in (Opcode.FOOTER, Opcode.DATA_END):
                return
            if opcode == 0 or length > self._size - position - _HEAD.size:  # 0 is what a file system fills lost blocks with
                break
            if opcode in opcodes:
                body = file.read(length if at_most is None else min(at_most, length))
                yield opcode, position, body
            position += _HEAD.size + length
            file.seek(position)
        self.damage.cut_at = position

    def _note_metadata(self, body: bytes) -> None:
        with contextlib.suppress(*_BAD_BYTES):
            self.metadata.append(Metadata.read(ReadDataStream(BytesIO(body))))

    def _inside(self, data: bytes, topics: Collection[str] | None) -> list[Message]:
        """The wanted messages among consecutive records. The hot loop: half a million rounds for eight hours."""
        head, message_at = _HEAD.unpack_from, _MESSAGE.unpack_from
        found: list[Message] = []
        wanted = self.ids(topics) if topics is not None else set()
        position, size, last_message = 0, len(data), len(data) - _MESSAGE.size
        while position <= last_message:
            opcode, length, channel_id, log_ns = message_at(data, position)
            end = position + 9 + length
            if end > size or opcode == 0:
                return found
            if opcode == Opcode.MESSAGE:
                if length < 22:
                    return found
                if topics is None or channel_id in wanted:
                    found.append((channel_id, log_ns, data[position + 31 : end]))
            elif opcode in (Opcode.CHANNEL, Opcode.SCHEMA):
                self.note(opcode, data[position + 9 : end])
                wanted = self.ids(topics) if topics is not None else wanted
            position = end
        while position + _HEAD.size <= size:  # too short for a message, not for the name of a channel
            opcode, length = head(data, position)
            self.note(opcode, data[position + 9 : position + 9 + length])
            position += 9 + length
        return found

    def note(self, opcode: int, body: bytes) -> None:
        """Remember a channel or schema record."""
        with contextlib.suppress(struct.error, UnicodeDecodeError):
            if opcode == Opcode.CHANNEL:
                channel_id, _, length = struct.unpack_from("<HHI", body)
                self.topics[channel_id] = body[8 : 8 + length].decode()
                self.channels[channel_id] = body
            elif opcode == Opcode.SCHEMA:
                self.schemas[struct.unpack_from("<H", body)[0]] = body


def chunk_data(body: bytes, zstd: zstandard.ZstdDecompressor) -> bytes | None:
    """The records in a chunk, decompressed; None when its checksum or any length in it does not hold."""
    try:
        start_ns, end_ns, size, crc, name_length = _CHUNK_HEAD.unpack_from(body)
        name_end = _CHUNK_HEAD.size + name_length
        packed = body[name_end + 8 :]
        if size > _CHUNK_LIMIT_BYTES or struct.unpack_from("<Q", body, name_end)[0] != len(packed):
            return None
        compression = body[_CHUNK_HEAD.size : name_end].decode()
        if compression == "zstd":  # the library would make a new decompressor a chunk, which takes longer than decompressing
            if zstandard.frame_content_size(packed) > _CHUNK_LIMIT_BYTES:
                return None
            data = zstd.decompress(packed, size)
        else:
            stream, length = get_chunk_data_stream(Chunk(compression, packed, end_ns, start_ns, crc, size))
            data = stream.read(length)
    except _BAD_BYTES:
        return None
    return data if len(data) == size and crc in (0, zlib.crc32(data)) else None


def footer(file: BinaryIO, size: int) -> Footer | None:
    """The footer of a file that was closed properly, else None."""
    if size < len(MAGIC) + _END_BYTES:
        return None
    file.seek(size - _END_BYTES)
    end = file.read(_END_BYTES)
    if not end.endswith(MAGIC) or _HEAD.unpack_from(end) != (Opcode.FOOTER, 20):
        return None
    return Footer(*struct.unpack_from("<QQI", end, _HEAD.size))


@dataclass(frozen=True, slots=True)
class Summary:
    """What the end of a properly closed file repeats, so that nobody has to read all of it: log times of the first and last
    message, the number of chunks, and the bodies of the channel records."""

    span_ns: tuple[int, int] | None
    chunks: int
    channels: tuple[bytes, ...]


def summary(file: BinaryIO, size: int) -> Summary | None:
    """None for a file that was not closed properly, or whose summary has no statistics or does not match its checksum."""
    seal = footer(file, size)
    if seal is None or not 0 < seal.summary_start < size - _END_BYTES:
        return None
    file.seek(seal.summary_start)
    data = file.read(size - _END_BYTES - seal.summary_start)
    sealed_part = struct.pack("<BQQQ", Opcode.FOOTER, 20, seal.summary_start, seal.summary_offset_start)
    if zlib.crc32(sealed_part, zlib.crc32(data)) != seal.summary_crc:
        return None
    channels: list[bytes] = []
    position = 0
    while position + _HEAD.size <= len(data):
        opcode, length = _HEAD.unpack_from(data, position)
        position += _HEAD.size
        body = data[position : position + length]
        if opcode == Opcode.CHANNEL:
            channels.append(body)
        elif opcode == Opcode.STATISTICS:  # written after the channels
            with contextlib.suppress(*_BAD_BYTES):
                found = Statistics.read(ReadDataStream(BytesIO(body)))
                span = (found.message_start_time, found.message_end_time) if found.message_count else None
                return Summary(span, found.chunk_count, tuple(channels))
        position += length
    return None
