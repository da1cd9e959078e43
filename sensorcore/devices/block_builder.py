"""Base of drivers for third-party sensors: the loop over notifications, the builder of the block, and the proof that it holds
acceleration and angular rate (`sensorcore.devices.proof`)."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, Final, TypeVar

import numpy as np

from sensorcore.devices import proof
from sensorcore.devices.base import Decoded
from sensorcore.devices.family import LINK_BEGAN, Family
from sensorcore.devices.proof import Proof, ProofOutcome, SampleRows
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, DeviceReport, FloatArray, Notification, SampleBlock
from sensorcore.timing.frame_clock import Dated, FrameClock, SampleTimes, interrupted

LATEST_UNIX_NS = 1 << 62
"""A damaged recording can claim any arrival; this one (the year 2116) leaves room to compute."""
NOT_UNDERSTOOD: Final = "not of a known layout"


@dataclass(slots=True)
class BlockBuilder:
    """Builder of the samples of one `decode`. `reasons`: how many payloads were left out, by reason."""

    profile: DeviceProfile
    t_s: list[FloatArray] = field(default_factory=list)
    acc_g: list[FloatArray] = field(default_factory=list)
    gyr_dps: list[FloatArray] = field(default_factory=list)
    gaps: list[int] = field(default_factory=list)
    begins: list[int] = field(default_factory=list)
    links: list[int] = field(default_factory=list)
    reports: list[tuple[int, DeviceReport]] = field(default_factory=list)
    reasons: dict[str, int] = field(default_factory=dict)
    samples: int = 0
    duplicates: int = 0
    battery_percent: int | None = None

    def reject(self, why: str = NOT_UNDERSTOOD, count: int = 1) -> None:
        """Count payloads that are left out."""
        if count:
            self.reasons[why] = self.reasons.get(why, 0) + count

    def add(
        self, t_s: FloatArray, after_gap: bool, acc_g: FloatArray, gyr_dps: FloatArray | None, *, of_each: bool = False
    ) -> None:
        """Samples of one frame (`of_each`: a frame each): (n,), (n, 3) and (n, 3) or None."""
        if not len(t_s):
            return
        if after_gap:
            self.gaps.append(self.samples)
        self.begins += range(self.samples, self.samples + len(t_s)) if of_each else (self.samples,)
        self.samples += len(t_s)
        self.t_s.append(t_s)
        self.acc_g.append(acc_g)
        if gyr_dps is not None:
            self.gyr_dps.append(gyr_dps)

    def add_dated(self, dated: Dated, acc_g: FloatArray, gyr_dps: FloatArray | None, *, of_each: bool = False) -> None:
        """Samples with their times; a frame that is not newer counts as a duplicate."""
        if len(dated.t_s):
            self.add(dated.t_s, dated.after_gap, acc_g, gyr_dps, of_each=of_each)
        else:
            self.duplicates += 1

    def add_per_sample(self, dated: SampleTimes, acc_g: FloatArray, gyr_dps: FloatArray | None) -> None:
        """Samples that each have a time of their own; any of them may follow a gap."""
        before = self.samples
        self.add_dated(Dated(dated.clock, dated.t_s, False), acc_g, gyr_dps)
        self.gaps += (before + np.flatnonzero(dated.after_gap)).tolist()

    def report(self, temperature_c: float | None = None, worn: bool | None = None) -> None:
        """Temperature and wear signal, dated with the last sample delivered."""
        self.reports.append((self.samples, DeviceReport(0.0, temperature_c, worn)))

    def rows(self) -> SampleRows:
        n, none = self.samples, np.empty((0, 3))
        gyr = None
        if self.profile.has_gyroscope:
            gyr = np.concatenate(self.gyr_dps) if n else none
        marks = np.zeros((2, n), dtype=np.bool_)
        marks[0, self.gaps] = True
        marks[1, self.begins] = True
        return SampleRows(
            np.concatenate(self.t_s) if n else np.empty(0), np.concatenate(self.acc_g) if n else none, gyr, marks[0], marks[1]
        )


@dataclass(frozen=True, slots=True)
class FamilyState:
    """Base of every family's state: the clock of its samples, and their proof, which `decode` carries on."""

    clock: FrameClock | None = field(default=None, kw_only=True)
    proof: Proof = field(default=Proof(), kw_only=True)


State = TypeVar("State", bound=FamilyState)


class DeviceDriver(ABC):
    """A third-party sensor's driver: `_take` handles one value of one characteristic (its place in `family.take`)."""

    family: ClassVar[Family]
    initial: ClassVar[type[FamilyState]]
    name: str

    def __init__(self, profile: DeviceProfile | None = None) -> None:
        self.profile = profile or self.family.profile

    @classmethod
    def profile_seen(cls, early: Sequence[Notification]) -> DeviceProfile | None:
        """Profile of the stream, from its first notifications; None while they are too few."""
        return cls.family.profile if any(each.payload[:1] == b"\0" for each in early) else None

    @classmethod
    def lacks(cls, profile: DeviceProfile) -> str:  # noqa: ARG003 - of families with more than one stream
        """What a stream of this profile lacks, for the wearer; empty for nothing."""
        return ""

    def decode(self, state: State, notifications: Sequence[Notification]) -> tuple[State, Decoded]:
        """Samples from consecutive notifications; payloads that cannot be decoded are counted as rejected."""
        out, proven = BlockBuilder(self.profile), state.proof
        for notification in notifications:
            payload = notification.payload
            if not payload:
                out.reject()
            elif payload[0] == LINK_BEGAN:
                state = self._link_began(state)
                out.links.append(out.samples)
            elif payload[0] >= len(self.family.take):
                out.reject()
            else:
                arrival_ns = min(max(notification.arrival_unix_ns, 0), LATEST_UNIX_NS)
                state = self._take(state, payload[0], payload[1:], arrival_ns, out)
        proven, decoded = self._prove(proven, out)
        return replace(state, proof=proven), decoded

    def _prove(self, state: Proof, out: BlockBuilder) -> tuple[Proof, Decoded]:
        """The samples that may be delivered."""
        rows, since_s, outcome, begin = out.rows(), state.last_s or 0.0, ProofOutcome(), 0
        places = np.arange(len(rows))
        for is_link, end in [*((True, at) for at in out.links), (False, len(rows))]:
            if end > begin:
                part = rows[begin:end]
                kept, reasons = proof.within_range(part, *self.family.largest(self.profile))
                for why, count in reasons:
                    out.reject(why, count)
                state = proof.without(state, part, places[begin:end], kept, outcome)
                begin = end
            if is_link:
                state, lost = proof.link_began(state)
                out.reject("sent before the link broke, and not yet believed", lost)
        for why, count in outcome.left_out:
            out.reject(self.family.worded(why), count)
        reports = _dated(out.reports, outcome, since_s)
        refused = self.family.worded(state.refused) if state.refused else ""
        return state, Decoded(
            self._block(outcome.delivered),
            sum(out.reasons.values()),
            out.duplicates,
            reports,
            out.battery_percent,
            refused,
            tuple(out.reasons.items()),
        )

    def _block(self, delivered: list[SampleRows]) -> SampleBlock:
        none = np.empty((0, 3))
        if not delivered:
            nothing = np.zeros(0, dtype=np.bool_)
            return SampleBlock(np.empty(0), none, none if self.profile.has_gyroscope else None, nothing, nothing)
        rows = SampleRows.joined(delivered)
        acc = rows.acc_g * STANDARD_GRAVITY_MPS2
        gyr = None if rows.gyr_dps is None else np.deg2rad(rows.gyr_dps)
        # a count below full scale is as good as full scale
        saturated: BoolArray = np.any(np.abs(acc) >= self.profile.acc_range_mps2 * 0.9995, axis=1)
        if gyr is not None:
            saturated |= np.any(np.abs(gyr) >= self.profile.gyr_range_radps * 0.9995, axis=1)
        return SampleBlock(rows.t_s, acc, gyr, rows.after_gap, saturated)

    def _link_began(self, state: Any) -> Any:
        """The state after a new connection, less the partial frame, if there is one."""
        return replace(state, clock=interrupted(state.clock))

    @abstractmethod
    def _take(self, state: Any, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> Any:
        """The state after one value of `family.take[place]`; what it holds goes to `out`."""


def _dated(reports: list[tuple[int, DeviceReport]], outcome: ProofOutcome, since_s: float) -> tuple[tuple[int, DeviceReport], ...]:
    """Each with the number of samples delivered before it, and the time of the last of them."""
    if not reports:
        return ()
    released = np.concatenate([np.empty(0, dtype=np.int64), *outcome.released])
    t_s = np.concatenate([np.array([since_s]), *(rows.t_s for rows in outcome.delivered)])
    found = []
    for place, report in reports:
        before = int(np.searchsorted(released, place, side="left"))
        found.append((before, DeviceReport(float(t_s[before]), report.temperature_c, report.worn)))
    return tuple(found)
