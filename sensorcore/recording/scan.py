"""Scanner of a recording's bytes for messages, robust to any damage.

mcap's own readers are for whole files: `make_reader` refuses a cut one, `StreamReader` trusts lengths and builds an object a
message (0.7 to 1.8 s for eight hours, against 0.2 s here). This walks the records itself (layout: mcap.dev/spec), checks every
length and checksum, keeps within `bounds`, and leaves decompression and the rarer records to the libraries. Damage costs the
chunk it is in and is recorded in `Damage`; nothing raises for it. After an impossible length the walk resumes at the next chunk
that the index at the end names, or that a search finds."""

from __future__ import annotations

import contextlib
import struct
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import BinaryIO, Final, TypeAlias

import zstandard
from mcap.data_stream import ReadDataStream
from mcap.opcode import Opcode
from mcap.records import Metadata

from sensorcore.recording import bounds
from sensorcore.recording.chunks import BAD_BYTES, CHUNK_HEAD, chunk_data, declared_bytes
from sensorcore.recording.summary import HEAD, MAGIC, Summary

_MESSAGE: Final = struct.Struct("<BQH4xQ8x")
"""Of a message: opcode, length, channel, (sequence), log time, (publish time)."""
_MOST_BYTES: Final[dict[int, int]] = {
    Opcode.CHUNK: bounds.CHUNK_BYTES,
    Opcode.MESSAGE: bounds.MESSAGE_BYTES,
    Opcode.METADATA: bounds.METADATA_BYTES,
    Opcode.CHANNEL: bounds.CHANNEL_BYTES,
    Opcode.SCHEMA: bounds.CHANNEL_BYTES,
}
_SEEN_IN_CHUNKS: Final = tuple(struct.pack("<I", len(name)) + name for name in (b"zstd", b"lz4"))
"""End of a chunk's head: the length and name of its compression."""
_LONGEST_NAME: Final = 16
"""Of a compression."""
_KNOWN: Final = frozenset(int(each) for each in Opcode)
_SEARCH_STEP: Final = 1 << 20


Message: TypeAlias = tuple[int, int, bytes]
"""Channel id, log time in ns, data. A plain tuple: there are half a million in a day."""


@dataclass(slots=True)
class Damage:
    """Damage found in one pass. `cut_at`: the byte from which on nothing can be read (None: the file is whole); `bad_chunks`:
    starts of chunks that do not match their checksum and of records with an impossible length; `missing_chunks`: chunks of the
    summary that were not found; `too_much_at`: from this byte on the file declares more than a recording of its size can
    hold."""

    cut_at: int | None = None
    bad_chunks: list[int] = field(default_factory=list)
    missing_chunks: int = 0
    too_much_at: int | None = None


class Walk:
    """One pass over an open recording, with the summary at its `end` where it has one. `topics` (by channel id) and the bodies of
    the `channels`, `schemas` and `metadata` records fill up as the pass meets them."""

    def __init__(self, file: BinaryIO, size: int, end: Summary | None = None) -> None:
        self._file = file
        self._size = size
        self._end = end
        self._starts = end.starts if end is not None else ()
        self._zstd = zstandard.ZstdDecompressor()
        self._bytes_left, self._records_left = bounds.unpacked_bytes(size), bounds.records(size)
        self.topics: dict[int, str] = {}
        self.channels: dict[int, bytes] = {}
        self.schemas: dict[int, bytes] = {}
        self.metadata: list[Metadata] = []
        self.chunks = 0
        self.damage = Damage()
        for channel in end.channels if end is not None else ():  # the first chunk names them too, but it may be the damaged one
            self.note(Opcode.CHANNEL, channel)

    def ids(self, topics: Collection[str]) -> set[int]:
        """Of the channels met so far, those with these topics."""
        return {channel_id for channel_id, topic in self.topics.items() if topic in topics}

    def messages(self, topics: Collection[str] | None) -> Iterator[list[Message]]:
        """The messages of these topics (None: of all; notes metadata too), a list a chunk, in the order they were written."""
        opcodes = {Opcode.CHUNK, Opcode.MESSAGE, Opcode.CHANNEL, Opcode.SCHEMA}
        for opcode, start, body in self.records(opcodes if topics is not None else opcodes | {Opcode.METADATA}):
            if opcode == Opcode.CHUNK:
                self.chunks += 1
                self._bytes_left -= min(declared_bytes(body), bounds.CHUNK_BYTES)
                data = chunk_data(body, self._zstd) if self._bytes_left >= 0 else b""
                if data is None:
                    self.damage.bad_chunks.append(start)
                    continue
            elif opcode == Opcode.METADATA:
                self._note_metadata(body)
                continue
            else:
                data = HEAD.pack(opcode, len(body)) + body
            found = self._inside(data, topics)
            if min(self._bytes_left, self._records_left) < 0:
                self.damage.too_much_at = start
                return
            if found:
                yield found

    def find_metadata(self, name: str) -> dict[str, str] | None:
        """The first metadata record of this name, looking no further than needed."""
        for _, _, body in self.records({Opcode.METADATA}):
            self._note_metadata(body)
            if self.metadata and self.metadata[-1].name == name:
                return self.metadata[-1].metadata
            if len(self.metadata) >= bounds.METADATA_RECORDS:
                break
        return None

    def time_span_ns(self) -> tuple[int, int] | None:
        """Log times of the first and last message, from the chunks' headers alone."""
        span: tuple[int, int] | None = None
        for _, _, body in self.records({Opcode.CHUNK}, at_most=16):
            if len(body) == 16:
                begin, end = struct.unpack("<QQ", body)
                span = (begin, end) if span is None else (min(span[0], begin), max(span[1], end))
        return span

    def records(self, opcodes: Collection[int], at_most: int | None = None) -> Iterator[tuple[int, int, bytes]]:
        """(opcode, start, body) of the top-level records with these opcodes; of each body at most so many bytes."""
        file, position = self._file, len(MAGIC)
        file.seek(position)
        while True:
            head = file.read(HEAD.size)
            opcode, length = HEAD.unpack(head) if len(head) == HEAD.size else (0, 0)
            if opcode == Opcode.CHUNK:
                length = self._chunk_length(position, length)
            if not self._makes_sense(opcode, length, position):
                found = self._next_chunk(position)
                if found is None:
                    break
                self.damage.bad_chunks.append(position)
                position = found
                file.seek(position)
                continue
            if opcode in (Opcode.FOOTER, Opcode.DATA_END):
                return
            if opcode in opcodes:
                body = file.read(length if at_most is None else min(at_most, length))
                yield opcode, position, body
            position += HEAD.size + length
            file.seek(position)
        self.damage.cut_at = position

    def _chunk_length(self, position: int, said: int) -> int:
        """Length of the chunk at `position`. It is stored twice: before the head and, of the packed data, at its end; where they
        differ, the right one is followed by another record. Leaves the file at the chunk's body."""
        head = self._file.read(CHUNK_HEAD.size + _LONGEST_NAME + 8)
        self._file.seek(position + HEAD.size)
        if len(head) < CHUNK_HEAD.size:
            return said
        name_end = CHUNK_HEAD.size + int(CHUNK_HEAD.unpack_from(head)[4])
        if name_end + 8 > len(head):
            return said
        length = name_end + 8 + int.from_bytes(head[name_end : name_end + 8], "little")
        if length == said or not self._is_followed(position + HEAD.size + length):
            length = said
        self._file.seek(position + HEAD.size)
        return length

    def _is_followed(self, end: int) -> bool:
        """Whether a known record, or the end of the file, is at `end`."""
        if end >= self._size:
            return end == self._size
        self._file.seek(end)
        head = self._file.read(HEAD.size)
        opcode, length = HEAD.unpack(head) if len(head) == HEAD.size else (0, 0)
        return opcode in _KNOWN and length <= self._size - end - HEAD.size

    def _makes_sense(self, opcode: int, length: int, position: int) -> bool:
        """Whether a record of that length is possible: within the file and its bounds, and not across the start of an indexed
        chunk."""
        end: int = position + HEAD.size + length
        if opcode == 0 or end > self._size or length > _MOST_BYTES.get(opcode, self._size):
            return False  # 0 is what a file system fills lost blocks with
        if not self._starts or self._starts[-1] <= position:
            return True
        following = self._starts[bisect_right(self._starts, position)]
        return bool(end <= following and opcode not in (Opcode.FOOTER, Opcode.DATA_END))

    def _next_chunk(self, position: int) -> int | None:
        """Start of the first chunk after `position`: by the index, or, without one, by a search for the head of a chunk."""
        if self._end is None:
            return self._found_chunk(position + 1)
        for start in self._starts[bisect_right(self._starts, position) :]:
            if self._is_chunk(start):
                return start
        return None

    def _is_chunk(self, start: int) -> bool:
        self._file.seek(start)
        head = self._file.read(HEAD.size)
        opcode, length = HEAD.unpack(head) if len(head) == HEAD.size else (0, 0)
        most = min(bounds.CHUNK_BYTES, self._size - start - HEAD.size)
        return bool(opcode == Opcode.CHUNK and CHUNK_HEAD.size < length <= most)

    def _found_chunk(self, begin: int) -> int | None:
        before = HEAD.size + CHUNK_HEAD.size - 4  # of the name's length
        stop = min(self._size, begin + bounds.SEARCH_BYTES)
        for step in range(begin, stop, _SEARCH_STEP):
            self._file.seek(step)
            window = self._file.read(_SEARCH_STEP + before + 8)
            found = [at for seen in _SEEN_IN_CHUNKS for at in _places(window, seen) if at >= before]
            for at in sorted(found):
                if self._is_chunk(step + at - before):
                    return step + at - before
        return None

    def _note_metadata(self, body: bytes) -> None:
        if len(self.metadata) < bounds.METADATA_RECORDS:
            with contextlib.suppress(*BAD_BYTES):
                self.metadata.append(Metadata.read(ReadDataStream(BytesIO(body))))

    def _inside(self, data: bytes, topics: Collection[str] | None) -> list[Message]:
        """The wanted messages among consecutive records. The hot loop: half a million rounds for eight hours."""
        head, message_at, most = HEAD.unpack_from, _MESSAGE.unpack_from, bounds.MESSAGE_BYTES
        found: list[Message] = []
        wanted = self.ids(topics) if topics is not None else set()
        position, size, last_message, met = 0, len(data), len(data) - _MESSAGE.size, 0
        while position <= last_message:
            opcode, length, channel_id, log_ns = message_at(data, position)
            end = position + 9 + length
            met += 1
            if end > size or opcode == 0:
                break
            if opcode == Opcode.MESSAGE:
                if not 22 <= length <= most:
                    break
                if topics is None or channel_id in wanted:
                    found.append((channel_id, log_ns, data[position + 31 : end]))
            elif opcode in (Opcode.CHANNEL, Opcode.SCHEMA):
                noted = self.note(opcode, data[position + 9 : end])
                if topics is not None and noted is not None:
                    (wanted.add if self.topics[noted] in topics else wanted.discard)(noted)
            position = end
        else:
            while position + HEAD.size <= size:  # too short for a message, not for the name of a channel
                opcode, length = head(data, position)
                self.note(opcode, data[position + 9 : position + 9 + length])
                position += 9 + length
        self._records_left -= met
        return found

    def note(self, opcode: int, body: bytes) -> int | None:
        """Remember a channel or schema record; the id of a channel."""
        kept = self.channels if opcode == Opcode.CHANNEL else self.schemas
        if opcode not in (Opcode.CHANNEL, Opcode.SCHEMA) or not 8 <= len(body) <= bounds.CHANNEL_BYTES:
            return None
        number = int.from_bytes(body[:2], "little")
        if kept.get(number) != body:
            if number not in kept and len(kept) >= bounds.CHANNELS:
                return None
            if opcode == Opcode.CHANNEL:
                (length,) = struct.unpack_from("<I", body, 4)
                try:
                    self.topics[number] = body[8 : 8 + length].decode()
                except UnicodeDecodeError:
                    return None
            kept[number] = body
        return number if opcode == Opcode.CHANNEL else None


def _places(window: bytes, wanted: bytes) -> Iterator[int]:
    at = window.find(wanted)
    while at >= 0:
        yield at
        at = window.find(wanted, at + 1)
