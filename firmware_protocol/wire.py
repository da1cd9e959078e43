"""Bytes on the wire, for both ends: the board runs this file unchanged under MicroPython.

Hence no `__future__`, typing, enum, dataclasses or `struct.Struct` here, and every value is checked before it is packed
(MicroPython's struct wraps silently). The layouts are SPEC.md's. A bad packet raises FrameError.
"""

import struct
from binascii import crc32

from firmware_protocol.errors import FrameError
from firmware_protocol.tables import AXES, BUZZ, IDENTIFY, MODE, RATES, SCALES, START, STOP, TIME, UNKNOWN, UNKNOWN_TEMPERATURE

MAX_PACKET = 244  # a 251-byte link packet less the L2CAP (4) and ATT (3) headers
DATA_TAG, STATUS_TAG, CONTROL_TAG = 0xD1, 0x51, 0xC1  # kind of packet, then version 1
CRC_BYTES = 4
# The CRC-32 of any packet that ends in its own CRC-32.
CRC_RESIDUE = 0x2144DF1C

U8, U32, U64 = 0xFF, 0xFFFFFFFF, 0xFFFFFFFFFFFFFFFF

DATA_FORMAT = "<BBBBIII"
DATA_HEADER = 16
# field, offset, lowest, highest, a value outside that range that means "unknown"
DATA_FIELDS = (
    ("scale", 2, 1, U8, None),
    ("rate", 3, 1, U8, None),
    ("session", 4, 0, U32, None),
    ("sequence", 8, 0, U32, None),
    ("device time", 12, 0, U32, None),
)

STATUS_FORMAT = "<BBBBIIIIIQhBBBBBB"
STATUS_BYTES = 44
STATUS_FIELDS = (
    ("firmware major", 1, 0, U8, None),
    ("firmware minor", 2, 0, U8, None),
    ("firmware patch", 3, 0, U8, None),
    ("session", 4, 0, U32, None),
    ("oldest", 8, 0, U32, None),
    ("newest", 12, 0, U32, None),
    ("drops", 16, 0, U32, None),
    ("device time", 20, 0, U32, None),
    ("unix time", 24, 0, U64, None),
    ("temperature", 32, -5000, 15000, UNKNOWN_TEMPERATURE),
    ("battery", 34, 0, 100, UNKNOWN),
    ("worn", 35, 0, 1, UNKNOWN),
    ("rate", 36, 1, U8, None),
    ("scale", 37, 1, U8, None),
    ("answered command", 38, 0, IDENTIFY, None),
    ("answer", 39, 0, 3, None),
)

# command: struct format, and the fields of its arguments
COMMANDS = {
    START: ("<BBII", (("session", 2, 0, U32, None), ("sequence", 6, 0, U32, None))),
    STOP: ("<BB", ()),
    MODE: ("<BBBB", (("rate", 2, 1, U8, None), ("scale", 3, 1, U8, None))),
    TIME: ("<BBQ", (("unix time", 2, 0, U64, None),)),
    IDENTIFY: ("<BB", ()),
}
MAX_BUZZ_STEPS = 8


def _check(fields: tuple[tuple[str, int, int, int, int | None], ...], values: tuple[int, ...]) -> None:
    if len(values) != len(fields):
        raise FrameError(f"{len(values)} values where there are {len(fields)}")
    for value, (name, offset, low, high, unknown) in zip(values, fields):  # noqa: B905 (MicroPython has no strict)
        if value != unknown and not low <= value <= high:
            raise FrameError(f"{value} is not within {low} to {high}", name, offset)
        if (name == "rate" and value not in RATES) or (name == "scale" and value not in SCALES):
            raise FrameError(f"{value} is not in the table", name, offset)


def seal(body: bytes) -> bytes:
    """The packet: its body and the CRC-32 of it."""
    return body + struct.pack("<I", crc32(body))


def _check_frame(packet: bytes, tag: int, shortest: int) -> None:
    size = len(packet)
    if size < shortest or size > MAX_PACKET:
        raise FrameError(f"{size} bytes, not {shortest} to {MAX_PACKET}", "length")
    if packet[0] != tag:
        if packet[0] >> 4 == tag >> 4:
            raise FrameError(f"version {packet[0] & 15} is not known here (1 is)", "version", 0)
        raise FrameError(f"0x{packet[0]:02x} is another kind of packet", "tag", 0)


def _check_crc(packet: bytes) -> None:
    if crc32(packet) != CRC_RESIDUE:
        raise FrameError("does not fit the bytes before it; the packet was damaged", "CRC", len(packet) - CRC_BYTES)


def pack_data(session: int, sequence: int, device_time_us: int, scale: int, rate: int, samples: bytes) -> bytes:
    """A data frame. `samples`: little-endian int16, x y z acceleration [x y z angular rate], the oldest sample first;
    `device_time_us`: the instant of the last one."""
    _check(DATA_FIELDS, (scale, rate, session, sequence, device_time_us))
    stride = 2 * AXES[scale]
    count = len(samples) // stride
    size = DATA_HEADER + len(samples) + CRC_BYTES
    if len(samples) % stride or not count or size > MAX_PACKET:
        raise FrameError(f"{len(samples)} bytes of samples: not 1 to {max_samples(scale)} of {stride} bytes", "count", 1)
    return seal(struct.pack(DATA_FORMAT, DATA_TAG, count, scale, rate, session, sequence, device_time_us) + samples)


def max_samples(scale: int) -> int:
    """Most samples of this scale in one packet."""
    return (MAX_PACKET - DATA_HEADER - CRC_BYTES) // (2 * AXES[scale])


def unpack_data(packet: bytes) -> tuple[int, int, int, int, int, int]:
    """(count, scale, rate, session, sequence, device time) of a data frame; its samples are `packet[DATA_HEADER:-CRC_BYTES]`."""
    _check_frame(packet, DATA_TAG, DATA_HEADER + CRC_BYTES)
    _, count, scale, rate, session, sequence, device_time_us = struct.unpack_from(DATA_FORMAT, packet, 0)
    if scale not in AXES:
        raise FrameError(f"{scale} is not in the table", "scale", 2)
    if rate not in RATES:
        raise FrameError(f"{rate} is not in the table", "rate", 3)
    if not count or DATA_HEADER + 2 * AXES[scale] * count + CRC_BYTES != len(packet):
        raise FrameError(f"{count} samples do not make {len(packet)} bytes", "count", 1)
    _check_crc(packet)
    return count, scale, rate, session, sequence, device_time_us


def pack_status(*values: int) -> bytes:
    """The status; values in the order of STATUS_FIELDS."""
    _check(STATUS_FIELDS, values)
    return seal(struct.pack(STATUS_FORMAT, STATUS_TAG, *values))


def unpack_status(packet: bytes) -> tuple[int, ...]:
    """Values in the order of STATUS_FIELDS."""
    _check_frame(packet, STATUS_TAG, STATUS_BYTES)
    if len(packet) != STATUS_BYTES:
        raise FrameError(f"{len(packet)} bytes, not {STATUS_BYTES}", "length")
    _check_crc(packet)
    values = struct.unpack_from(STATUS_FORMAT, packet, 0)[1:]
    _check(STATUS_FIELDS, values)
    return values


def _check_buzz(values: tuple[int, ...]) -> None:
    steps = (len(values) - 1) // 2
    if len(values) % 2 != 1 or not 1 <= steps <= MAX_BUZZ_STEPS:
        raise FrameError(f"a strength and 1 to {MAX_BUZZ_STEPS} pairs of on and off are needed", "steps", 3)
    if not 1 <= values[0] <= 100:
        raise FrameError(f"{values[0]} is not within 1 to 100", "strength", 2)
    for offset, value in enumerate(values):
        if not 0 <= value <= U8:
            raise FrameError(f"{value} is not within 0 to 255", "steps", 2 + offset)


def pack_control(command: int, *values: int) -> bytes:
    """A command with its arguments (BUZZ: strength in percent, then on and off in turn, in units of 10 ms)."""
    if command == BUZZ:
        _check_buzz(values)
        return seal(bytes((CONTROL_TAG, BUZZ) + values))  # noqa: RUF005 (MicroPython cannot unpack into a tuple)
    if command not in COMMANDS:
        raise FrameError(f"{command} is not known", "command", 1)
    form, fields = COMMANDS[command]
    _check(fields, values)
    return seal(struct.pack(form, CONTROL_TAG, command, *values))


def unpack_control(packet: bytes) -> tuple[int, tuple[int, ...]]:
    """(command, its arguments) as given to `pack_control`."""
    _check_frame(packet, CONTROL_TAG, 2 + CRC_BYTES)
    command = packet[1]
    if command == BUZZ:
        _check_crc(packet)
        values = tuple(packet[2:-CRC_BYTES])
        _check_buzz(values)
        return command, values
    if command not in COMMANDS:
        raise FrameError(f"{command} is not known", "command", 1)
    form, fields = COMMANDS[command]
    size = struct.calcsize(form) + CRC_BYTES
    if len(packet) != size:
        raise FrameError(f"{len(packet)} bytes, not {size}", "length")
    _check_crc(packet)
    values = struct.unpack_from(form, packet, 0)[2:]
    _check(fields, values)
    return command, values
