"""WitMotion WT901BLE, BWT901BLE5.0, WT9011DCL-BT50 (20-byte frames) and WT901SDCL-BT50 (28 bytes, with the chip's time).

Frames have a header but no checksum, and end where they like in a notification. One is taken only where another header or the end
of a notification follows, so lost bytes cost a frame and never shift one into another. WitMotion's vibration sensors (WTVB01) send
the same header with another meaning; `sensorcore.devices.proof` believes nothing that does not show about 1 g.
"""

from __future__ import annotations

import struct
from calendar import timegm
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

import numpy as np

from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import Ask, Family, Talk, profile
from sensorcore.timing import frame_clock

TAIL: Final = "-0000-1000-8000-00805f9a34fb"
"""Not the Bluetooth base (…9b34fb)."""
SERVICE, NOTIFY, WRITE = (f"0000{part}{TAIL}" for part in ("ffe5", "ffe4", "ffe9"))

MOTION, REGISTERS = b"\x55\x61", b"\x55\x71"
SHORT, LONG = 20, 28
FIELDS: Final = struct.Struct("<9h")
CHIP_TIME: Final = struct.Struct("<6BH")
REPLY: Final = struct.Struct("<H8h")
ACC_G, GYR_DPS = 16.0 / 32768, 2000.0 / 32768
TEMPERATURE, VOLTS = 0x40, 0x64
"""Registers, in hundredths."""
UNLOCK: Final = b"\xff\xaa\x69\x88\xb5"
RATE_50_HZ: Final = b"\xff\xaa\x03\x08\x00"
UNLOCKED_S: Final = 0.2
"""The sensor acknowledges nothing: wait instead."""
BATTERY: Final = (
    (3.40, 0), (3.50, 5), (3.68, 10), (3.70, 15), (3.73, 20), (3.77, 30), (3.79, 40), (3.82, 50), (3.87, 60), (3.93, 75),
    (3.96, 90), (3.99, 100),
)  # fmt: skip
"""Volts and per cent, from the vendor's manual."""


def _talk() -> Talk:
    yield Ask(WRITE, UNLOCK, wait_s=UNLOCKED_S, with_response=False)
    yield Ask(WRITE, RATE_50_HZ, wait_s=UNLOCKED_S, with_response=False)  # not saved: the owner's settings stay


def _ask_often() -> Talk:
    for register in (VOLTS, TEMPERATURE):
        yield Ask(WRITE, bytes((0xFF, 0xAA, 0x27, register, 0)), wait_s=UNLOCKED_S, with_response=False)


@dataclass(frozen=True, slots=True)
class WitMotionState(FamilyState):
    """`rest`: the beginning of a frame; `size`: 20 or 28, 0 until it shows."""

    rest: bytes = b""
    size: int = 0


class WitMotion(DeviceDriver):
    """The driver."""

    name = "witmotion"
    initial = WitMotionState
    family = Family(
        name=name,
        title="WitMotion WT901BLE or BWT901BLE",
        gives="acceleration and angular rate at 50 Hz, temperature, battery",
        profile=profile(name, 50.0, 16.0, 2000.0),
        service=SERVICE,
        take=(NOTIFY,),
        called=("WT901", "BWT901", "HWT901", "WTSDCL"),  # WTVB… is the vibration sensor
        advertised=(SERVICE,),
        talk=_talk,
        ask_often=_ask_often,
        battery=False,
        no_gravity="the vibration sensor (WTVB01) looks like this",
    )

    def _link_began(self, state: WitMotionState) -> WitMotionState:
        return replace(state, rest=b"", clock=frame_clock.interrupted(state.clock))

    def _take(self, state: WitMotionState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> WitMotionState:  # noqa: ARG002
        frames, rest, size, rejected = split(state.rest + value, state.size)
        out.reject("bytes between two frames", rejected)
        motion = [frame for frame in frames if frame[:2] == MOTION]
        for frame in frames:
            if frame[:2] == REGISTERS:
                _hear(frame, out)
        clock, nominal_us = state.clock, 1e6 / self.profile.sample_rate_hz
        for group in [motion] if motion and len(motion[0]) == SHORT else [[frame] for frame in motion]:
            if len(group[-1]) == SHORT:
                dated = frame_clock.untimed(clock, len(group), nominal_us, arrival_ns)
            else:
                dated = frame_clock.per_frame(clock, chip_us(group[-1]) or 0, 1, nominal_us, arrival_ns)
            clock = dated.clock
            values = np.array([FIELDS.unpack_from(frame, 2)[:6] for frame in group], dtype=np.float64)
            gyr_dps = values[:, 3:] * GYR_DPS if self.profile.has_gyroscope else None
            out.add_dated(dated, values[:, :3] * ACC_G, gyr_dps, of_each=True)
        return WitMotionState(rest, size, clock=clock)


def split(data: bytes, size: int) -> tuple[list[bytes], bytes, int, int]:
    """Whole frames, the rest (less than one), the size of frames as far as known, and how often bytes had to be skipped."""
    frames: list[bytes] = []
    rejected = 0
    while True:
        at = _header(data)
        rejected += at > 0
        data = data[at:]
        if len(data) < SHORT:
            return frames, data, size, rejected
        length = SHORT if data[:2] == REGISTERS else _length(data, size)
        if length is None:
            return frames, data, size, rejected
        if length == 0:
            rejected += 1
            data, size = data[2:], 0
            continue
        frames.append(data[:length])
        if data[:2] == MOTION:
            size = length
        data = data[length:]


def _header(data: bytes) -> int:
    """Offset of the next header, or of what may become one."""
    at = 0
    while (at := data.find(0x55, at)) >= 0:
        if data[at + 1 : at + 2] in (b"", b"\x61", b"\x71"):
            return at
        at += 1
    return len(data)


def _length(data: bytes, size: int) -> int | None:
    """Size of the motion frame that `data` begins with: None when more bytes are needed, 0 when it is none."""
    follows = data[SHORT : SHORT + 2]
    if size != LONG:
        if follows in (MOTION, REGISTERS) or (not follows and size == SHORT):
            return SHORT
        if follows in (b"", b"\x55"):
            return None
    if len(data) < LONG:
        return None if size != SHORT else 0
    return LONG if chip_us(data) is not None and data[LONG : LONG + 1] in (b"", b"\x55") else 0


def chip_us(frame: bytes) -> int | None:
    """The chip's time in a long frame, in µs since 1970; None when it is none."""
    year, month, day, hour, minute, second, ms = CHIP_TIME.unpack_from(frame, SHORT)
    if not (year < 100 and month <= 12 and day <= 31 and hour < 24 and minute < 60 and second < 60 and ms < 1000):
        return None
    seconds: int = timegm((2000 + year, max(month, 1), max(day, 1), hour, minute, second))
    return seconds * 1_000_000 + int(ms) * 1000


def _hear(frame: bytes, out: BlockBuilder) -> None:
    """A register's answer."""
    register, value, *_ = REPLY.unpack_from(frame, 2)
    if register == VOLTS:
        out.battery_percent = battery_percent(value / 100)
    elif register == TEMPERATURE:
        out.report(temperature_c=value / 100)


def battery_percent(volts: float) -> int | None:
    """By the vendor's table; None for no voltage of a lithium cell."""
    if not 3.0 < volts < 4.5:
        return None
    for (low_v, low), (high_v, high) in pairwise(BATTERY):
        if volts < high_v:
            return max(0, round(low + (volts - low_v) / (high_v - low_v) * (high - low)))
    return 100
