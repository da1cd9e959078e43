"""The packets as values, for the host: `X.from_bytes(packet)` and `x.to_bytes()` are each other's inverse.

Both raise FrameError: for bytes that are no such packet, and for numbers out of the range that one can carry.
"""

from __future__ import annotations

import struct
from dataclasses import astuple, dataclass
from typing import ClassVar, TypeAlias

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError


@dataclass(frozen=True, slots=True)
class SampleFrame:
    """A data frame: consecutive samples, oldest first, as little-endian int16 counts (x y z acceleration, then x y z angular
    rate where the scale has a gyroscope). `device_time_us` is the instant of the last sample."""

    session: int
    sequence: int
    device_time_us: int
    scale: int
    rate: int
    samples: bytes

    @property
    def axes(self) -> int:
        """Values in a sample: 6, or 3 without a gyroscope."""
        return tables.AXES[self.scale]

    @property
    def count(self) -> int:
        """Number of samples."""
        return len(self.samples) // (2 * self.axes)

    def counts(self) -> list[tuple[int, ...]]:
        """The samples as integers."""
        return list(struct.iter_unpack(f"<{self.axes}h", self.samples))

    def to_bytes(self) -> bytes:
        return wire.pack_data(self.session, self.sequence, self.device_time_us, self.scale, self.rate, self.samples)

    @classmethod
    def from_bytes(cls, packet: bytes) -> SampleFrame:
        _, scale, rate, session, sequence, device_time_us = wire.unpack_data(packet)
        samples = bytes(packet[wire.DATA_HEADER : -wire.CRC_BYTES])
        return cls(session, sequence, device_time_us, scale, rate, samples)


@dataclass(frozen=True, slots=True)
class Status:
    """Status of the sensor. It holds frames `oldest` to `newest` of `session` for back-fill (none when `oldest` is
    one more than `newest`); `drops` counts frames it lost for want of room. `None` is unknown."""

    firmware: tuple[int, int, int]
    session: int
    oldest: int
    newest: int
    drops: int
    device_time_us: int
    unix_ms: int | None
    temperature_c: float | None
    battery_percent: int | None
    worn: bool | None
    rate: int
    scale: int
    answered: int
    answer: int

    @property
    def held(self) -> int:
        """Number of frames held for back-fill."""
        return (self.newest - self.oldest + 1) & wire.U32

    def to_bytes(self) -> bytes:
        return wire.pack_status(
            *self.firmware,
            self.session,
            self.oldest,
            self.newest,
            self.drops,
            self.device_time_us,
            self.unix_ms or 0,
            tables.UNKNOWN_TEMPERATURE if self.temperature_c is None else round(self.temperature_c * 100),
            tables.UNKNOWN if self.battery_percent is None else self.battery_percent,
            tables.UNKNOWN if self.worn is None else int(self.worn),
            self.rate,
            self.scale,
            self.answered,
            self.answer,
        )

    @classmethod
    def from_bytes(cls, packet: bytes) -> Status:
        major, minor, patch, session, oldest, newest, drops, device_us, unix_ms, *rest = wire.unpack_status(packet)
        temperature, battery, worn, rate, scale, answered, answer = rest
        return cls(
            firmware=(major, minor, patch),
            session=session,
            oldest=oldest,
            newest=newest,
            drops=drops,
            device_time_us=device_us,
            unix_ms=unix_ms or None,
            temperature_c=None if temperature == tables.UNKNOWN_TEMPERATURE else temperature / 100,
            battery_percent=None if battery == tables.UNKNOWN else battery,
            worn=None if worn == tables.UNKNOWN else bool(worn),
            rate=rate,
            scale=scale,
            answered=answered,
            answer=answer,
        )


@dataclass(frozen=True, slots=True)
class _Control:
    """A command whose fields are its arguments, in the order of the wire."""

    command: ClassVar[int]

    def to_bytes(self) -> bytes:
        return wire.pack_control(self.command, *astuple(self))


@dataclass(frozen=True, slots=True)
class Start(_Control):
    """Send frames from `sequence` of `session` on, held ones first; `tables.LIVE_ONLY` asks for new ones only."""

    command: ClassVar[int] = tables.START
    session: int = 0
    sequence: int = tables.LIVE_ONLY


@dataclass(frozen=True, slots=True)
class Stop(_Control):
    """Send no more; go on sampling."""

    command: ClassVar[int] = tables.STOP


@dataclass(frozen=True, slots=True)
class Mode(_Control):
    """Rate and range. Begins a new session unless nothing changes."""

    command: ClassVar[int] = tables.MODE
    rate: int = tables.DEFAULT_RATE
    scale: int = tables.DEFAULT_SCALE


@dataclass(frozen=True, slots=True)
class SetTime(_Control):
    """Set the time, UTC."""

    command: ClassVar[int] = tables.TIME
    unix_ms: int = 0


@dataclass(frozen=True, slots=True)
class Buzz(_Control):
    """Vibrate: `steps` of (on, off) in units of 10 ms."""

    command: ClassVar[int] = tables.BUZZ
    strength_percent: int = 100
    steps: tuple[tuple[int, int], ...] = ((20, 0),)

    def to_bytes(self) -> bytes:
        return wire.pack_control(self.command, self.strength_percent, *(value for step in self.steps for value in step))


@dataclass(frozen=True, slots=True)
class Identify(_Control):
    """Show which sensor you are."""

    command: ClassVar[int] = tables.IDENTIFY


Control: TypeAlias = Start | Stop | Mode | SetTime | Buzz | Identify

_CONTROLS: dict[int, type[Start | Stop | Mode | SetTime | Identify]] = {
    kind.command: kind for kind in (Start, Stop, Mode, SetTime, Identify)
}


def control_from_bytes(packet: bytes) -> Control:
    """The command in a control packet."""
    command, values = wire.unpack_control(packet)
    if command == tables.BUZZ:
        return Buzz(values[0], tuple(zip(values[1::2], values[2::2], strict=True)))
    return _CONTROLS[command](*values)


__all__ = [
    "Buzz",
    "Control",
    "FrameError",
    "Identify",
    "Mode",
    "SampleFrame",
    "SetTime",
    "Start",
    "Status",
    "Stop",
    "control_from_bytes",
]
