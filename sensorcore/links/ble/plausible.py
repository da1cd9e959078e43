"""Plausibility bounds for frames and statuses. A CRC proves that a packet arrived as it was sent, not that it is right; one wrong
sequence, accepted, makes everything after it look old.

Bounds follow from the time that passed here: a sensor cannot have taken more samples than its rate allows, nor can its own clock
have stood still.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from firmware_protocol import tables, wire
from firmware_protocol.packets import Status
from sensorcore.devices.restart import TICK_WRAP_US, LastFrame, has_restarted, signed
from sensorcore.model import Notification

RATE_ERROR: Final = 0.25
"""A sensor may sample by so much faster than it says; data sheets of IMUs allow up to 10 %."""
SLACK_S: Final = 2.0
"""Longest wait in queues between the sensor and here."""
JITTER_FRAMES: Final = 0.6
DRIFT: Final = 0.05
"""By so much of the distance the device time of a frame may differ from where its sequence puts it, once the rate is measured."""
MOST_HELD: Final = 1 << 24
"""Frames: more than any memory; 30 days."""


@dataclass(frozen=True, slots=True)
class Header:
    """Header of a data frame. `frame_us`: nominal time from one to the next."""

    session: int
    sequence: int
    ticks_us: int
    frame_us: float

    @classmethod
    def of(cls, payload: bytes) -> Header:
        """Raises FrameError."""
        _, _, rate, session, sequence, ticks_us = wire.unpack_data(payload)
        hz, count = tables.RATES[rate]
        return cls(session, sequence, ticks_us, 1e6 * count / hz)

    def follows(self, other: Header) -> bool:
        """Whether it is the next frame after that one, at a believable distance."""
        step_us = signed(self.ticks_us - other.ticks_us)
        is_next = (self.session, self.frame_us) == (other.session, other.frame_us) and signed(self.sequence - other.sequence) == 1
        return is_next and 0.5 <= step_us / self.frame_us <= 2.0


def most_frames(since_s: float, frame_us: float, pace: float) -> float:
    """Most frames that can have been taken in that time. `pace`: seconds of the sensor in one of ours."""
    return (max(0.0, since_s) * (1.0 + RATE_ERROR) + SLACK_S) * pace * 1e6 / frame_us


def is_consistent(status: Status) -> bool:
    """Whether it holds as many frames as a memory can hold."""
    return 0 <= signed(status.newest + 1 - status.oldest) <= MOST_HELD


@dataclass(frozen=True, slots=True)
class Witness:
    """The newest frame accepted of a session, at `position`, and what is known from it. `frame_us` is measured once two frames have
    come; `known`: the newest position that the sensor has taken at `known_s`, by a status, or by frames and the time since."""

    header: Header
    position: int
    at_s: float
    frame_us: float
    known: int
    known_s: float
    pace: float
    is_measured: bool = False

    @classmethod
    def first(cls, header: Header, position: int, now_s: float, pace: float) -> Witness:
        return cls(header, position, now_s, header.frame_us, position, now_s, pace)

    def and_then(self, header: Header, position: int, now_s: float) -> Witness:
        """With another frame accepted."""
        if position <= self.position:
            return self
        measured_us = signed(header.ticks_us - self.header.ticks_us) / (position - self.position)
        frame_us, is_measured = self.frame_us, self.is_measured
        if 0.5 <= measured_us / header.frame_us <= 2.0:
            frame_us, is_measured = frame_us + (measured_us - frame_us) * (0.1 if is_measured else 1.0), True
        known, known_s = self.known, self.known_s
        if position > known:  # it may come late, from the sensor's memory, which has taken more meanwhile
            taken = known + int((now_s - known_s) * self.pace * 1e6 / self.frame_us)
            known, known_s = max(position, taken), now_s
        return Witness(header, position, now_s, frame_us, known, known_s, self.pace, is_measured)

    def with_status(self, newest: int, now_s: float) -> Witness:
        """After an accepted status."""
        return replace(self, known=max(newest, self.position), known_s=now_s)

    def fits(self, header: Header, position: int) -> bool:
        """Whether device time and sequence agree, and the frames are of the same length."""
        if header.frame_us != self.header.frame_us:
            return False
        frames = position - self.position
        off_us = abs(signed(header.ticks_us - self.header.ticks_us - round(frames * self.frame_us)))
        drift = DRIFT if self.is_measured else 1.0
        return off_us <= (JITTER_FRAMES + drift * abs(frames)) * self.frame_us

    def reaches(self, position: int, now_s: float) -> bool:
        """Whether that frame can have been taken by now."""
        return position - self.known <= most_frames(now_s - self.known_s, self.frame_us, self.pace)

    def can_be_new(self, sequence: int, now_s: float) -> bool:
        """Whether a run that began with 0 after the newest frame can have come so far."""
        return sequence <= most_frames(now_s - self.at_s, self.frame_us, self.pace)

    def is_outrun(self, status: Status, newest: int) -> bool:
        """Whether a status claims frames that its own clock leaves no time for."""
        ahead = newest - self.position
        slack = 1.0 + JITTER_FRAMES + (DRIFT if self.is_measured else 1.0) * max(0, ahead)
        if slack * self.frame_us > TICK_WRAP_US / 4:  # half a day ahead: 32 bits of device time tell nothing any more
            return False
        return signed(round((ahead - slack) * self.frame_us) - (status.device_time_us - self.header.ticks_us)) > 0

    def has_restarted(self, status: Status, now_s: float) -> bool:
        """Whether the sensor began again under the same session id."""
        header = self.header
        return has_restarted(LastFrame(header.session, header.sequence, header.ticks_us, self.at_s), status, now_s)


@dataclass(frozen=True, slots=True)
class Claim:
    """A status of another run of the sensor than the one that is read, accepted once frames of that run come.
    `has_lost`: the sensor no longer holds the beginning; `mark`: what says in the stream that a session with the same id began
    again."""

    status: Status
    at_s: float
    pace: float
    has_lost: bool = False
    mark: Notification | None = None

    def holds(self, header: Header, now_s: float) -> bool:
        """Whether it is a frame of that run."""
        after = signed(header.sequence - self.status.newest)
        return (
            header.session == self.status.session
            and signed(header.sequence - self.status.oldest) >= 0
            and after <= most_frames(now_s - self.at_s, header.frame_us, self.pace)
        )
