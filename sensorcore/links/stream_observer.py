"""Observer of a third-party sensor's stream: decodes a copy of it for the battery, the wear signal and damage."""

from __future__ import annotations

import logging
from typing import Any

from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.model import DeviceProfile, Notification

EARLY = 64
"""Notifications that are looked at together to find what the stream is."""
MOST_REASONS = 32

_log = logging.getLogger(__name__)


class StreamObserver:
    """`samples`: how many were decoded so far. `refused`: why this is not the sensor it looks like. None is unknown."""

    def __init__(self, driver: type[DeviceDriver]) -> None:
        self._kind = driver
        self._early: list[Notification] = []
        self._driver: DeviceDriver | None = None
        self._state: Any = None
        self._said: set[str] = set()
        self.battery_percent: int | None = None
        self.worn: bool | None = None
        self.rejected = self.duplicates = self.samples = self.seen = 0
        self.refused = self.lacks = ""
        self.newest_reason = ""

    @property
    def may_begin(self) -> bool:
        """Whether there were too few so far to know the stream's profile."""
        return self._driver is None and self.seen <= EARLY

    def look_at(self, notification: Notification) -> bool:
        """Decode the next one; whether it gave samples."""
        self.seen += 1
        samples = self.samples
        if self._driver is None:
            self._early = [*self._early, notification][-EARLY:]
            profile = self._kind.profile_seen(self._early)
            if profile is not None:
                self._begin(profile)
        else:
            self._decode([notification])
        return self.samples > samples

    def _begin(self, profile: DeviceProfile) -> None:
        self._driver = self._kind(profile)
        self._state = self._driver.initial()
        self.lacks = self._kind.lacks(profile)
        if self.lacks:
            _log.warning("%s: %s", self._kind.family.title, self.lacks)
        early, self._early = self._early, []
        self._decode(early)

    def _decode(self, notifications: list[Notification]) -> None:
        assert self._driver is not None
        self._state, decoded = self._driver.decode(self._state, notifications)
        self.samples += len(decoded.block)
        self.rejected += decoded.rejected
        self.duplicates += decoded.duplicates
        self.refused = decoded.refused
        for why, _ in decoded.reasons:
            self._say(why)
        if decoded.battery_percent is not None:
            self.battery_percent = decoded.battery_percent
        for _, report in decoded.reports:
            self.worn = self.worn if report.worn is None else report.worn

    def _say(self, why: str) -> None:
        """Log each reason once; the newest is shown when nothing else comes."""
        self.newest_reason = why
        if why not in self._said and len(self._said) < MOST_REASONS:
            self._said.add(why)
            _log.warning("%s: left out: %s", self._kind.family.title, why)
