"""Detection of a restart of our own sensor under the same session id. Its random numbers may repeat after a reset; then only the
device time separates a frame of the new run from an old one sent twice. Pure; used by the reader, the driver and the live clock."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from firmware_protocol import wire
from firmware_protocol.packets import Status

CLOCK_ERROR: Final = 0.01
"""A device clock may run slower than ours by this much: without a crystal, 1 %."""
CLOCK_SLACK_S: Final = 2.0
"""Longest delay of a status on its way."""
TICK_WRAP_US: Final = 1 << 32


@dataclass(frozen=True, slots=True)
class LastFrame:
    """`ticks_us`: the device time in it; `at_s`: when it arrived here, by a clock that nobody sets."""

    session: int
    sequence: int
    ticks_us: int
    at_s: float


def signed(difference: int) -> int:
    """A difference of two 32-bit counters, as the nearest of those it can stand for: −2^31 to 2^31 − 1."""
    return (difference + (1 << 31) & wire.U32) - (1 << 31)


def has_fallen_behind(last: LastFrame, ticks_us: int, now_s: float) -> bool:
    """Whether a device time of now lies before the one that the clock of that frame has reached by now at least."""
    elapsed_us = (now_s - last.at_s) * 1e6
    slack_us = CLOCK_SLACK_S * 1e6 + CLOCK_ERROR * elapsed_us
    if slack_us > TICK_WRAP_US / 4:  # a day without the sensor: its 32 bits tell nothing any more
        return False
    return signed(ticks_us - last.ticks_us - round(elapsed_us)) < -slack_us


def has_restarted(last: LastFrame, status: Status, now_s: float) -> bool:
    """Whether a status, to be believed, speaks of another run than that frame's: frames that were there are not, or the device time
    ran back."""
    if status.session != last.session:
        return False
    if signed(status.newest - last.sequence) < 0:
        return True
    since_us = signed(status.device_time_us - last.ticks_us)
    if 0 <= since_us <= CLOCK_SLACK_S * 1e6:  # it stands where that frame left it: a sensor that rests may stop its clock
        return False
    return has_fallen_behind(last, status.device_time_us, now_s)
