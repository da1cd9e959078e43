"""Start of a live stream: its profile and wall-clock start, as soon as the first notifications show them."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from firmware_protocol import wire
from firmware_protocol.errors import FrameError
from sensorcore.devices.base import Driver
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.spinae_sensor import SpinaeSensor, profile_of
from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile, Notification, StreamInfo
from sensorcore.session.wall_clock import LiveClock, StreamClock

EARLY_KEPT: Final = 64
"""Notifications that may come before it shows what a third-party sensor sends."""
ALONE_AFTER_NS: Final = 10_000_000_000
"""Of two sensors the day begins without the second when it is not heard for so long; it is taken to be of its usual kind."""


class StreamStart:
    """Start of one sensor's stream; `third_party`: its driver, if it is not one of ours. `device` and `start_unix_ns` are None
    until it shows."""

    def __init__(self, third_party: type[DeviceDriver] | None = None) -> None:
        self.device: DeviceProfile | None = None
        self.start_unix_ns: int | None = None
        self.newest_ns: int | None = None
        self._third_party = third_party
        self._heard: list[Notification] = []

    def hear(self, arrived: Notification) -> None:
        """The next notification."""
        self.newest_ns = arrived.arrival_unix_ns
        if self.device is not None:
            return
        if self._third_party is not None:
            self._heard = [*self._heard, arrived][-EARLY_KEPT:]
            self.device = self._third_party.profile_seen(self._heard)
            self.start_unix_ns = None if self.device is None else arrived.arrival_unix_ns
            return
        try:
            count, scale, rate, *_ = wire.unpack_data(arrived.payload)
        except FrameError:
            return
        self.device = profile_of(scale, rate)
        self.start_unix_ns = arrived.arrival_unix_ns - round((count - 1) / self.device.sample_rate_hz * 1e9)

    def driver(self) -> Driver:
        """The driver for its profile."""
        return SpinaeSensor(self.device) if self._third_party is None else self._third_party(self.device)

    def clock(self) -> LiveClock:
        """The clock that maps its stream time to the wall clock."""
        return LiveClock() if self._third_party is None else StreamClock(self._third_party(self.device))

    def known_of(self, about: StreamInfo) -> StreamInfo:
        """`about` with what has been heard."""
        return replace(about, device=self.driver().profile, start_unix_ns=self.start_unix_ns)

    @property
    def is_usual(self) -> bool:
        """Whether it can be taken for one of the usual kind without being heard."""
        try:
            self.driver()
        except BadInput:
            return False
        return True


def have_begun(first: StreamStart, second: StreamStart | None = None) -> bool:
    """Whether the stream can begin. It is on the first one's time, so that one must have been heard."""
    if first.device is None or first.start_unix_ns is None or first.newest_ns is None:
        return False
    if second is None or second.device is not None:
        return True
    return first.newest_ns - first.start_unix_ns > ALONE_AFTER_NS and second.is_usual
