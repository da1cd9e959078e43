"""What the drivers of bought sensors share: the loop over notifications, and the block that grows meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, DeviceReport, FloatArray, Notification, SampleBlock
from sensorcore.source.drivers.base import Decoded
from sensorcore.source.drivers.clocks import Dated, Told
from sensorcore.source.drivers.family import LINK_BEGAN, Family

LATEST_UNIX_NS = 1 << 62
"""A damaged recording can claim any arrival; this one (the year 2116) leaves room to compute."""


@dataclass(slots=True)
class Gathering:
    """What one call of `decode` has found so far."""

    profile: DeviceProfile
    t_s: list[FloatArray] = field(default_factory=list)
    acc_g: list[FloatArray] = field(default_factory=list)
    gyr_dps: list[FloatArray] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    reports: list[tuple[int, DeviceReport]] = field(default_factory=list)
    samples: int = 0
    rejected: int = 0
    duplicates: int = 0
    battery_percent: int | None = None
    refused: str = ""

    def add(self, t_s: FloatArray, after_gap: bool, acc_g: FloatArray, gyr_dps: FloatArray | None) -> None:
        """Samples of one frame: (n,), (n, 3) and (n, 3) or None."""
        if not len(t_s):
            return
        if after_gap:
            self.gaps.append(self.samples)
        self.samples += len(t_s)
        self.t_s.append(t_s)
        self.acc_g.append(acc_g)
        if gyr_dps is not None:
            self.gyr_dps.append(gyr_dps)

    def add_dated(self, dated: Dated, acc_g: FloatArray, gyr_dps: FloatArray | None) -> None:
        """The same with a clock's answer; a frame that is not newer counts as a duplicate."""
        if len(dated.t_s):
            self.add(dated.t_s, dated.after_gap, acc_g, gyr_dps)
        else:
            self.duplicates += 1

    def add_told(self, told: Told, acc_g: FloatArray, gyr_dps: FloatArray | None) -> None:
        """The same of samples that each have a time of their own; any of them may follow a gap."""
        before = self.samples
        self.add_dated(Dated(told.clock, told.t_s, False), acc_g, gyr_dps)
        self.gaps += (before + np.flatnonzero(told.after_gap)).tolist()

    def report(self, last_s: float, temperature_c: float | None = None, worn: bool | None = None) -> None:
        """What the sensor said of itself, dated with the last sample (`last_s` when there is none in this call)."""
        at_s = float(self.t_s[-1][-1]) if self.t_s else last_s
        self.reports.append((self.samples, DeviceReport(at_s, temperature_c, worn)))

    def decoded(self) -> Decoded:
        n, none = self.samples, np.empty((0, 3))
        acc = np.concatenate(self.acc_g) * STANDARD_GRAVITY_MPS2 if n else none
        gyr = None
        if self.profile.has_gyroscope:
            gyr = np.deg2rad(np.concatenate(self.gyr_dps)) if n else none
        after_gap = np.zeros(n, dtype=np.bool_)
        after_gap[self.gaps] = True
        # a count below full scale is as good as full scale
        saturated: BoolArray = np.any(np.abs(acc) >= self.profile.acc_range_mps2 * 0.9995, axis=1)
        if gyr is not None:
            saturated |= np.any(np.abs(gyr) >= self.profile.gyr_range_radps * 0.9995, axis=1)
        block = SampleBlock(np.concatenate(self.t_s) if n else np.empty(0), acc, gyr, after_gap, saturated)
        return Decoded(block, self.rejected, self.duplicates, tuple(self.reports), self.battery_percent, self.refused)


class FamilyDriver:
    """A bought sensor's driver: `_take` handles one value of one characteristic (its place in `family.take`)."""

    family: ClassVar[Family]
    name: str

    def __init__(self, profile: DeviceProfile | None = None) -> None:
        self.profile = profile or self.family.profile

    @classmethod
    def profile_seen(cls, early: Sequence[Notification]) -> DeviceProfile | None:
        """What the stream is, from what arrived so far; None while that does not tell."""
        return cls.family.profile if any(each.payload[:1] == b"\0" for each in early) else None

    def initial(self) -> Any:
        """Before anything arrived."""
        raise NotImplementedError

    def decode(self, state: Any, notifications: Sequence[Notification]) -> tuple[Any, Decoded]:
        """Samples from consecutive notifications, whatever they hold: what is not understood is counted as rejected."""
        out = Gathering(self.profile)
        for notification in notifications:
            payload = notification.payload
            if not payload:
                out.rejected += 1
            elif payload[0] == LINK_BEGAN:
                state = self._link_began(state)
            elif payload[0] >= len(self.family.take):
                out.rejected += 1
            else:
                arrival_ns = min(max(notification.arrival_unix_ns, 0), LATEST_UNIX_NS)
                state = self._take(state, payload[0], payload[1:], arrival_ns, out)
        return state, out.decoded()

    def _link_began(self, state: Any) -> Any:
        raise NotImplementedError

    def _take(self, state: Any, place: int, value: bytes, arrival_ns: int, out: Gathering) -> Any:
        raise NotImplementedError
