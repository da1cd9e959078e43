"""Lines of text over the Nordic UART service: printed by any Espruino or Arduino. The format: docs/text-line.md."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from operator import xor
from typing import Final

import numpy as np

from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import Family, profile
from sensorcore.model import DeviceProfile, Notification
from sensorcore.timing import frame_clock

SERVICE, TRANSMIT = (f"6e40000{part}-b5a3-f393-e0a9-e50e24dcca9e" for part in "13")
LONGEST_LINE: Final = 160
NUMBER: Final = re.compile(rb"[+-]?(\d{1,7}(\.\d{0,9})?|\.\d{1,9})")
MILLISECONDS: Final = re.compile(rb"\d{1,10}")
RATES_HZ: Final = (10.0, 400.0)
ACC_G, GYR_DPS = 16.0, 2000.0
WRAP_MS: Final = 1 << 32
"""Wrap of Arduino's `millis()`."""


@dataclass(frozen=True, slots=True)
class TextState(FamilyState):
    """`rest`: the beginning of a line, None while one that is too long goes on. `stamp_ms`, `wraps`: the newest time sent."""

    rest: bytes | None = b""
    stamp_ms: int = 0
    wraps: int = 0


class UartText(DeviceDriver):
    """The driver. A sample with as many values as the profile has axes; anything else that is no line of the format is rejected."""

    name = "uart-text"
    initial = TextState
    family = Family(
        name=name,
        title="a sensor that sends lines of text (Nordic UART)",
        gives="acceleration, and what else it sends: docs/text-line.md",
        profile=profile(name, 50.0, ACC_G, GYR_DPS),
        service=SERVICE,
        take=(TRANSMIT,),
        wear="a W line, if it sends one",
        advertised=(SERVICE,),
    )

    @classmethod
    def profile_seen(cls, early: Sequence[Notification]) -> DeviceProfile | None:
        """From the first sample, and a rate line before it. Nominal is 50 Hz."""
        text = b"".join(each.payload[1:] for each in early if each.payload[:1] == b"\0")
        rate_hz = cls.family.profile.sample_rate_hz
        for line in text.split(b"\n")[:-1]:
            fields = _fields(line)
            if fields[0] == b"R" and (numbers := _numbers(fields[1:], 1)) and RATES_HZ[0] <= numbers[0] <= RATES_HZ[1]:
                rate_hz = numbers[0]
            if fields[0] == b"S" and len(fields) in (5, 8) and _numbers(fields[2:], len(fields) - 2):
                return profile(cls.name, rate_hz, ACC_G, GYR_DPS, "point" if len(fields) == 8 else None)
        return None

    def _link_began(self, state: TextState) -> TextState:
        return replace(state, rest=b"", clock=frame_clock.interrupted(state.clock))

    def _take(self, state: TextState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> TextState:  # noqa: ARG002
        *lines, rest = value.split(b"\n")
        for number, line in enumerate(lines):
            if number == 0:
                if state.rest is None:
                    continue
                line = state.rest + line  # noqa: PLW2901 - the part before belongs to it
            state = self._line(state, line, arrival_ns, out)
        before = b"" if lines else state.rest
        if before is None:
            return state
        if len(before) + len(rest) > LONGEST_LINE:
            out.reject(f"a line of more than {LONGEST_LINE} characters")
            return replace(state, rest=None)
        return TextState(before + rest, state.stamp_ms, state.wraps, clock=state.clock)

    def _line(self, state: TextState, line: bytes, arrival_ns: int, out: BlockBuilder) -> TextState:
        if not line.strip():
            return state
        kind, *fields = _fields(line)
        if kind == b"S":
            return self._sample(state, fields, arrival_ns, out)
        numbers = _numbers(fields, 1)
        if kind == b"B" and numbers and 0 <= numbers[0] <= 100:
            out.battery_percent = round(numbers[0])
        elif kind == b"T" and numbers and -50 <= numbers[0] <= 120:
            out.report(temperature_c=numbers[0])
        elif kind == b"W" and numbers and numbers[0] in (0, 1):
            out.report(worn=numbers[0] == 1)
        elif not (kind == b"R" and numbers):
            out.reject("a line that is not of the format (docs/text-line.md)")
        return state

    def _sample(self, state: TextState, fields: list[bytes], arrival_ns: int, out: BlockBuilder) -> TextState:
        axes = 6 if self.profile.has_gyroscope else 3
        values = _numbers(fields[1:], axes) or _numbers(fields[1:], 6)
        has_time = bool(fields) and bool(fields[0])
        if not values or (has_time and not MILLISECONDS.fullmatch(fields[0])):
            only = axes == 6 and _numbers(fields[1:], 3) is not None
            out.reject("a sample without angular rate, in a stream that has it" if only else "a sample that is not of the format")
            return state
        nominal_us = 1e6 / self.profile.sample_rate_hz
        stamp_ms, wraps = state.stamp_ms, state.wraps
        if has_time:
            stamp_ms = int(fields[0])
            wraps += stamp_ms < state.stamp_ms - WRAP_MS // 2
            dated = frame_clock.per_frame(state.clock, (stamp_ms + wraps * WRAP_MS) * 1000, 1, nominal_us, arrival_ns)
        else:
            dated = frame_clock.untimed(state.clock, 1, nominal_us, arrival_ns)
        row = np.array([values])
        out.add_dated(dated, row[:, :3], row[:, 3:] if axes == 6 else None)
        if not len(dated.t_s):
            return replace(state, clock=dated.clock)
        return TextState(state.rest, stamp_ms, wraps, clock=dated.clock)


def _fields(line: bytes) -> list[bytes]:
    """Fields of a line whose checksum, if it has one, fits; else one empty field."""
    text, star, check = line.strip().partition(b"*")
    if star and check.upper() != b"%02X" % reduce(xor, text, 0):
        return [b""]
    return [field.strip() for field in text.split(b",")]


def _numbers(fields: Sequence[bytes], count: int) -> list[float] | None:
    """So many plain decimal numbers, or None."""
    if len(fields) != count or not all(NUMBER.fullmatch(field) for field in fields):
        return None
    return [float(field) for field in fields]
