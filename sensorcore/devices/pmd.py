"""Polar Measurement Data: the control point's conversation, and frames to values (after the vendor's published SDK documents)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.devices.family import Ask, Talk
from sensorcore.errors import BadInput, SourceError
from sensorcore.model import FloatArray, IntArray

SERVICE, CONTROL, DATA = (f"fb005c8{part}-02e7-f387-1cad-8acd2d8df0c8" for part in "012")
ACC, GYR = 2, 5
GET, START, STOP, REPLY = 1, 2, 3, 0xF0
OK, ALREADY = 0, 6
STATUS: Final = {
    1: "unknown command", 2: "it has no such sensor", 3: "not supported", 4: "wrong length", 5: "a setting is not allowed",
    6: "already measuring", 7: "resolution not allowed", 8: "rate not allowed", 9: "range not allowed",
    10: "the link's packets are too small", 11: "wrong number of channels", 12: "not in this state", 13: "it is charging",
}  # fmt: skip
RATE, RESOLUTION, RANGE, CHANNELS, FACTOR = 0, 1, 2, 4, 5
SETTING_BYTES: Final = {RATE: 2, RESOLUTION: 2, RANGE: 2, 3: 2, CHANNELS: 1, FACTOR: 4}
WANTED: Final = {ACC: {RATE: 50, RESOLUTION: 16, RANGE: 8, CHANNELS: 3}, GYR: {RATE: 50, RESOLUTION: 16, RANGE: 2000, CHANNELS: 3}}
"""The nearest of what is offered is taken."""
FACTORS: Final = {ACC: 8 / 32768, GYR: 2000 / 32768}
"""Factors of the requested ranges, for coarse frames when the sensor's own factor did not arrive."""
HEADER: Final = struct.Struct("<BQB")
COMPRESSED: Final = 0x80
REFERENCE_BYTES: Final = 6
"""Three values of 16 bits, the only resolution asked for."""
LEAST_DPS: Final = 1e-6
"""A float below it is no angular rate: whole numbers look like that."""


def settings(data: bytes) -> dict[int, tuple[bytes, ...]]:
    """Setting → its values, as they are on the wire; what cannot be read ends the list."""
    found: dict[int, tuple[bytes, ...]] = {}
    while len(data) >= 2 and (size := SETTING_BYTES.get(data[0], 0)) and len(data) >= 2 + data[1] * size:
        kind, count = data[0], data[1]
        found[kind] = tuple(data[2 + at * size : 2 + (at + 1) * size] for at in range(count))
        data = data[2 + count * size :]
    return found


def parameters(reply: bytes) -> dict[int, tuple[bytes, ...]]:
    """Settings in a control point's reply: after the status, and a byte for whether more replies follow."""
    return settings(reply[5:] if reply[4:5] in (b"\x00", b"\x01") else reply[4:])


def chosen(kind: int, offered: dict[int, tuple[bytes, ...]]) -> bytes:
    """The START command with the nearest of what the sensor offers."""
    command = bytes((START, kind))
    for setting, wanted in WANTED[kind].items():
        values = offered.get(setting, ())
        if values:
            value = min(values, key=lambda each: abs(int.from_bytes(each, "little") - wanted))
            command += bytes((setting, 1)) + value
    return command


def talk(*kinds: int) -> Talk:
    """Set-up: read what is offered, then start each of `kinds`. Raises SourceError with the sensor's reason."""
    for kind in kinds:
        reply = yield Ask(CONTROL, bytes((GET, kind)), reply=bytes((REPLY, GET, kind)))
        _must_be_well(reply, kind)
        start = chosen(kind, parameters(reply))
        reply = yield Ask(CONTROL, start, reply=bytes((REPLY, START, kind)))
        if reply[3:4] == bytes((ALREADY,)):  # another program left it running, with settings of its own
            yield Ask(CONTROL, bytes((STOP, kind)), reply=bytes((REPLY, STOP, kind)))
            reply = yield Ask(CONTROL, start, reply=bytes((REPLY, START, kind)))
        _must_be_well(reply, kind)


def stop_sequence(*kinds: int) -> Talk:
    """Stop each; else the sensor stays awake until its battery is empty."""
    for kind in kinds:
        yield Ask(CONTROL, bytes((STOP, kind)), reply=bytes((REPLY, STOP, kind)))


def _must_be_well(reply: bytes, kind: int) -> None:
    status = reply[3] if len(reply) > 3 else 4
    if status != OK:
        what = "acceleration" if kind == ACC else "angular rate"
        reason = STATUS.get(status, "no reason that is known")
        raise SourceError(
            f"the sensor refused to measure {what} (status {status}: {reason})",
            hint="Close the vendor's app, and take the sensor off its charger",
        )


def factor_of(reply: bytes) -> tuple[int, float] | None:
    """The kind and its conversion factor, of a START that was well; 1 when the reply names none. None for any other reply."""
    if len(reply) < 4 or reply[:2] != bytes((REPLY, START)) or reply[3] != OK:
        return None
    found = parameters(reply).get(FACTOR, ())
    factor = struct.unpack("<f", found[0])[0] if found else 1.0
    return (reply[2], float(factor)) if np.isfinite(factor) and 0 < factor < 1e3 else None


@dataclass(frozen=True, slots=True)
class PmdFrame:
    """`time_ns` since 2000, of the last sample; `values` (n, 3) in g or °/s."""

    kind: int
    time_ns: int
    values: FloatArray


def decode(frame: bytes, factors: dict[int, float]) -> PmdFrame:
    """Raises BadInput for what is no sound frame of acceleration or angular rate. The frame type says what the samples are: of a
    compressed one 0 is whole numbers, 1 whole milli-g (acceleration) or 32-bit floats (angular rate)."""
    if len(frame) <= HEADER.size:
        raise BadInput("a frame that is too short", where="Polar")
    head, time_ns, form = HEADER.unpack_from(frame)
    kind, data, layout = head & 0x3F, frame[HEADER.size :], form & ~COMPRESSED
    if kind not in (ACC, GYR):
        raise BadInput(f"a frame of another measurement (kind {kind})", where="Polar")
    if form & COMPRESSED and kind == GYR and layout == 1:
        return PmdFrame(kind, time_ns, _floats(data) * factors.get(kind, 1.0))
    if form & COMPRESSED and layout in (0, 1):
        is_coarse = layout == 0  # the factor makes g
        factor = factors.get(kind, FACTORS[kind] if is_coarse else 1.0)
        return PmdFrame(kind, time_ns, _whole(data) * (factor if is_coarse else factor / 1000.0))
    if form == 1 and kind == ACC and not len(data) % 6:
        return PmdFrame(kind, time_ns, np.frombuffer(data, "<i2").reshape(-1, 3).astype(np.float64) / 1000.0)
    what = "acceleration" if kind == ACC else "angular rate"
    packed = "compressed" if form & COMPRESSED else "uncompressed"
    raise BadInput(f"{packed} {what} of frame type {layout}, which is not known here", where="Polar")


def _whole(data: bytes) -> FloatArray:
    """A reference sample of three int16, then differences: (n, 3)."""
    if len(data) < REFERENCE_BYTES:
        raise BadInput("a frame without a reference sample", where="Polar")
    values = _summed(np.frombuffer(data, "<i2", 3), data[REFERENCE_BYTES:], 16)
    if values.min() < -32768 or values.max() > 32767:
        raise BadInput("a frame whose differences lead out of 16 bits", where="Polar")
    return values.astype(np.float64)


def _floats(data: bytes) -> FloatArray:
    """A reference sample of three float32, then differences of their bits as whole numbers: (n, 3)."""
    if len(data) < 2 * REFERENCE_BYTES:
        raise BadInput("a frame without a reference sample", where="Polar")
    bits = _summed(np.frombuffer(data, "<i4", 3), data[2 * REFERENCE_BYTES :], 32)
    with np.errstate(invalid="ignore"):  # damage may look like a signalling not-a-number
        values: FloatArray = (bits & 0xFFFFFFFF).astype("<u4").view("<f4").astype(np.float64)
    if not np.isfinite(values).all() or ((values != 0) & (np.abs(values) < LEAST_DPS)).any():
        raise BadInput("a frame of angular rate that does not hold floats", where="Polar")
    return values


def _summed(reference: NDArray[np.signedinteger], data: bytes, resolution: int) -> IntArray:
    steps = [reference.astype(np.int64).reshape(1, 3), *_blocks(data, resolution + 1)]
    values: IntArray = np.cumsum(np.concatenate(steps), axis=0)
    return values


def _blocks(data: bytes, widest: int) -> Iterator[IntArray]:
    """Differences in blocks of one width each."""
    while data:
        width, count = data[0], data[1] if len(data) > 1 else 0
        size = -(-width * count * 3 // 8)
        if not (1 <= width <= widest and count and len(data) >= 2 + size):
            raise BadInput("a frame whose blocks do not fit its length", where="Polar")
        bits = np.unpackbits(np.frombuffer(data, np.uint8, size, 2), bitorder="little")[: width * count * 3]
        unsigned = bits.reshape(-1, width).astype(np.int64) @ (1 << np.arange(width, dtype=np.int64))
        yield (unsigned - ((unsigned >> (width - 1)) << width)).reshape(-1, 3)
        data = data[2 + size :]
