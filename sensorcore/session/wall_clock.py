"""Mapping between the time of a live stream, by its sensor's clock, and the wall clock."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Protocol

from firmware_protocol import tables, wire
from firmware_protocol.errors import FrameError
from firmware_protocol.packets import Status
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.restart import LastFrame, has_restarted
from sensorcore.model import Notification
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.timing import host_clock
from sensorcore.timing.host_clock import HostClock, arrival_unix_ns

_STATUS = bytes((wire.STATUS_TAG,))


class Clock(Protocol):
    """Sink that maps stream time to the wall clock."""

    @property
    def start_unix_ns(self) -> int | None: ...

    @property
    def lag_s(self) -> float: ...

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None: ...


class LiveClock:
    """Sink that maps stream time, by the sensor's clock, to the wall clock (see `sensorcore.timing.host_clock`)."""

    def __init__(self) -> None:
        self._clock: HostClock | None = None
        self._sequence = 0
        self._restarts = 0
        self._last: LastFrame | None = None
        self._first: tuple[int, int] | None = None
        self.start_unix_ns: int | None = None

    @property
    def lag_s(self) -> float:
        """Age of the newest sample; 0 before the first."""
        return 0.0 if self._clock is None else (arrival_unix_ns() - self._clock.frame_unix_ns) / 1e9

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        for each in arrived:
            if isinstance(each, Notification):
                self.note(each)

    @property
    def newest_unix_ns(self) -> int | None:
        """Wall clock of the newest sample; None before the first."""
        return None if self._clock is None else self._clock.frame_unix_ns

    def note(self, notification: Notification) -> None:
        """The next notification."""
        if notification.payload[:1] == _STATUS:
            self._hear(notification)
            return
        try:
            count, _, rate, session, sequence, ticks_us = wire.unpack_data(notification.payload)
        except FrameError:
            return
        self._last = LastFrame(session, sequence, ticks_us, notification.arrival_unix_ns / 1e9)
        session += self._restarts << 32  # a run under the id of the one before is another
        period_us = 1e6 / tables.RATES[rate][0]
        frames = (sequence - self._sequence) & wire.U32
        expected_us = round(frames * count * period_us)
        self._sequence = sequence
        self._clock = host_clock.step(self._clock, session, ticks_us, expected_us, notification.arrival_unix_ns)
        if self._first is None:
            self._first = (session, round((count - 1) * period_us * 1000))
        if self._first[0] == session:  # later sessions are put on the same stream time by the driver
            self.start_unix_ns = self._clock.frame_unix_ns - self._clock.device_us * 1000 - self._first[1]

    def _hear(self, notification: Notification) -> None:
        """Check a status for a restart of the sensor."""
        try:
            status = Status.from_bytes(notification.payload)
        except FrameError:
            return
        if self._last is not None and has_restarted(self._last, status, notification.arrival_unix_ns / 1e9):
            self._last = None
            self._restarts += 1


class StreamClock(LiveClock):
    """The same for a third-party sensor, whose driver gives the stream time of the newest sample."""

    def __init__(self, driver: DeviceDriver) -> None:
        super().__init__()
        self._driver = driver
        self._decoding: Any = driver.initial()

    def note(self, notification: Notification) -> None:
        self._decoding, decoded = self._driver.decode(self._decoding, [notification])
        if not len(decoded.block):
            return
        reached_us = round(float(decoded.block.t_s[-1]) * 1e6)
        since_us = 0 if self._clock is None else reached_us - self._clock.device_us
        ticks_us = reached_us % host_clock.TICK_WRAP_US
        self._clock = host_clock.step(self._clock, 0, ticks_us, since_us, notification.arrival_unix_ns, host_clock.ROUGH)
        self.start_unix_ns = self._clock.frame_unix_ns - reached_us * 1000
