"""Recordings that somebody made to hurt whoever opens them: each begins as a sound one of ours, and goes on with a few bytes that
declare or unpack to very much."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import lz4.frame
import numpy as np
import zstandard
from mcap.opcode import Opcode
from mcap.writer import MCAP0_MAGIC

from sensorcore.devices.float_samples import FloatSamples, pack
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.model import Notification, SampleBlock
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.topics import COMMANDS, POSTURE, RAW
from sensorcore.recording.writer import RecordingWriter
from tests.streams import workday

MIB = 1 << 20


def record(opcode: int, body: bytes) -> bytes:
    return struct.pack("<BQ", opcode, len(body)) + body


def text(value: str) -> bytes:
    return struct.pack("<I", len(value.encode())) + value.encode()


def channel(number: int, topic: str) -> bytes:
    return record(Opcode.CHANNEL, struct.pack("<HH", number, 0) + text(topic) + text("") + struct.pack("<I", 0))


def message(number: int, at_ns: int, data: bytes) -> bytes:
    return record(Opcode.MESSAGE, struct.pack("<HIQQ", number, 0, at_ns, at_ns) + data)


def chunk(data: bytes, packed: bytes | None = None, compression: str = "zstd", size: int | None = None) -> bytes:
    packed = zstandard.compress(data) if packed is None else packed
    head = struct.pack("<QQQI", 0, 1, len(data) if size is None else size, zlib.crc32(data) if size is None else 0)
    return record(Opcode.CHUNK, head + text(compression) + struct.pack("<Q", len(packed)) + packed)


def sound(path: Path, imported: bool = False) -> tuple[bytes, dict[str, int]]:
    """A recording up to where its content would go on (not closed), and channels of it by topic."""
    info, whole = workday()
    writer = RecordingWriter(path, RecordingInfo(info, FloatSamples.name if imported else SpinaeSensor.name), sync=False)
    if imported:
        writer.notification(Notification(1, pack(whole[:1000])))
    writer.close()
    data = path.read_bytes()
    path.unlink()
    end = next(start for opcode, start, _ in top_level(data) if opcode == Opcode.DATA_END)
    numbers = {topic: 1001 + place for place, topic in enumerate((RAW, COMMANDS, POSTURE))}
    return data[:end] + b"".join(channel(number, topic) for topic, number in numbers.items()), numbers


def top_level(data: bytes) -> list[tuple[int, int, int]]:
    at, found = len(MCAP0_MAGIC), []
    while at + 9 <= len(data):
        opcode, length = struct.unpack_from("<BQ", data, at)
        found.append((opcode, at, length))
        at += 9 + length
    return found


def lz4_bomb(path: Path) -> None:
    start, _ = sound(path)
    zeros = bytes(MIB)
    compressor = lz4.frame.LZ4FrameCompressor()
    packed = compressor.begin() + b"".join(compressor.compress(zeros) for _ in range(800)) + compressor.flush()
    path.write_bytes(start + chunk(b"", packed, "lz4", size=1000) + chunk(b"", packed, "lz4", size=800 * MIB))


def zstd_bomb(path: Path, *, says_size: bool = True) -> None:
    start, _ = sound(path)
    compressor = zstandard.ZstdCompressor(write_content_size=says_size).compressobj(size=800 * MIB if says_size else -1)
    packed = b"".join(compressor.compress(bytes(MIB)) for _ in range(800)) + compressor.flush()
    path.write_bytes(start + chunk(b"", packed, size=1000) + chunk(b"", packed, size=800 * MIB))


def many_bombs(path: Path) -> None:
    """Each within the bounds of a chunk: a thousand to one."""
    start, _ = sound(path)
    inside = record(0x80, bytes(15 * MIB))
    path.write_bytes(start + chunk(inside) * 3000)


def sparse(opcode: int, path: Path) -> None:
    """A record of three gigabytes that takes no room on the disk."""
    start, _ = sound(path)
    with path.open("wb") as file:
        file.write(start + struct.pack("<BQ", opcode, 3 << 30))
        file.truncate(len(start) + 9 + (3 << 30))


def sparse_before_metadata(path: Path) -> None:
    with path.open("wb") as file:
        file.write(MCAP0_MAGIC + struct.pack("<BQ", Opcode.METADATA, 3 << 30))
        file.truncate(3 << 30)


def sparse_summary(path: Path) -> None:
    start, _ = sound(path)
    with path.open("wb") as file:
        file.write(start + record(Opcode.DATA_END, bytes(4)))
        summary_start = file.tell()
        file.truncate(3 << 30)
        file.seek(3 << 30)
        file.write(record(Opcode.FOOTER, struct.pack("<QQI", summary_start, 0, 0)) + MCAP0_MAGIC)


def many_channels(path: Path, *, in_a_chunk: bool) -> None:
    start, _ = sound(path)
    channels = b"".join(channel(number, f"/c{number}") for number in range(1, 65536))
    path.write_bytes(start + (chunk(channels) if in_a_chunk else channels))


def one_channel_again_and_again(path: Path) -> None:
    start, _ = sound(path)
    path.write_bytes(start + chunk(channel(9, "/again") * 400_000) * 100)


def many_metadata(path: Path) -> None:
    body = text("x") + struct.pack("<I", 8) + text("") + text("")
    start, _ = sound(path)
    path.write_bytes(MCAP0_MAGIC + record(Opcode.METADATA, body) * 500_000 + start[len(MCAP0_MAGIC) :])


def tiny_messages(path: Path) -> None:
    start, numbers = sound(path)
    path.write_bytes(start + chunk(message(numbers[RAW], 1, b"") * 500_000) * 200)


def same_payload(path: Path) -> None:
    start, numbers = sound(path, imported=True)
    _, whole = workday()
    path.write_bytes(start + chunk(message(numbers[RAW], 1, pack(whole[:1])) * 100_000) * 200)


def commands(path: Path) -> None:
    start, numbers = sound(path, imported=True)
    said = b'{"t_s":1.0,"kind":"mark","value":"x"}'
    path.write_bytes(start + chunk(message(numbers[COMMANDS], 1, said) * 150_000) * 50)


def far_apart(path: Path, *, to_s: float) -> None:
    """Samples with an age between them."""
    start, numbers = sound(path, imported=True)
    _, whole = workday()
    gyr = whole.gyr_radps[:500] if whole.gyr_radps is not None else None
    later = SampleBlock.checked(whole.t_s[:500] + to_s, whole.acc_mps2[:500], gyr)
    path.write_bytes(start + chunk(message(numbers[RAW], 1, pack(later))))


def many_far_apart(path: Path) -> None:
    """A gap of hours after each sample: a few kilobytes for years."""
    start, numbers = sound(path, imported=True)
    _, whole = workday()
    t_s = 1000.0 + np.arange(4000) * 7200.0
    block = SampleBlock.checked(t_s, whole.acc_mps2[:4000], whole.gyr_radps[:4000] if whole.gyr_radps is not None else None)
    path.write_bytes(start + chunk(message(numbers[RAW], 1, pack(block))))


def long_posture(path: Path) -> None:
    start, numbers = sound(path)
    path.write_bytes(start + chunk(message(numbers[POSTURE], 1, b" " * MIB) * 15) * 60)


def nested(path: Path) -> None:
    start, numbers = sound(path, imported=True)
    path.write_bytes(start + chunk(message(numbers[COMMANDS], 1, b"[" * MIB)))


KINDS: dict[str, Callable[[Path], None]] = {
    "lz4 bomb": lz4_bomb,
    "zstd bomb": zstd_bomb,
    "zstd bomb of no size": lambda path: zstd_bomb(path, says_size=False),
    "3000 bombs within the bounds": many_bombs,
    **{f"3 GB {name}": lambda path, code=code: sparse(code, path) for name, code in (
        ("chunk", Opcode.CHUNK), ("message", Opcode.MESSAGE), ("metadata", Opcode.METADATA), ("channel", Opcode.CHANNEL),
        ("schema", Opcode.SCHEMA), ("attachment", Opcode.ATTACHMENT), ("zeros", 0),
    )},
    "3 GB metadata first": sparse_before_metadata,
    "3 GB summary": sparse_summary,
    "65,535 channels": lambda path: many_channels(path, in_a_chunk=False),
    "65,535 channels in a chunk": lambda path: many_channels(path, in_a_chunk=True),
    "one channel 40 million times": one_channel_again_and_again,
    "500,000 metadata records": many_metadata,
    "100 million tiny messages": tiny_messages,
    "one payload 20 million times": same_payload,
    "7 million commands": commands,
    "samples 30 years apart": lambda path: far_apart(path, to_s=1e9),
    "samples 30,000 years apart": lambda path: far_apart(path, to_s=1e12),
    "samples two hours apart": many_far_apart,
    "long messages of the posture": long_posture,
    "nested a million times": nested,
}  # fmt: skip
