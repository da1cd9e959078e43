"""A phone strapped to the back: batches of its apps (`phone_batch`), Sensor Logger's and phyphox's, to samples.

A phone's sensors are not sampled together: gravity and angular rate are interpolated onto the accelerometer's clock, never across a
gap; what has no neighbours is left out. Units and signs, after the app's own notes (docs/sensors.md): Android and phyphox use m/s²
with + up; Sensor Logger on iOS has all three axes of acceleration with the opposite sign, its uncalibrated one in g. Every row
carries the phone's own time, so what was lost is a gap, and what came twice or too late is left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import Family, profile
from sensorcore.devices.phone_batch import NO_ROWS, Batch, Kind, PhoneRows, Platform, unpack
from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, FloatArray, IntArray, Notification
from sensorcore.timing import frame_clock
from sensorcore.timing.interpolation import WIDEST_STEP, followed

ACC_G, GYR_DPS = 8.0, 2000.0
"""Usual ranges of phones' chips; the apps do not send them."""
LARGEST: Final = (32.0, 4000.0)
"""Largest range of any phone's chip, in g and °/s."""
RATES_HZ: Final = (9.5, 420.0)
LEAST_ROWS: Final = 20
LEAST_NS: Final = 1_000_000_000
"""Enough to know the rate."""
WITHOUT_GYROSCOPE_NS: Final = 2_500_000_000
"""No angular rate for so long: it does not send any."""
WAIT_NS: Final = 2_000_000_000
"""For so long a sample waits for gravity and angular rate of its time; then it is left out."""
IN_G: Final = 3.0
"""A median below it is in g: 1 at rest, where m/s² are 9.8."""

Use = tuple[Kind, float]
"""The acceleration in use, and its factor to m/s² with + up."""


@dataclass(frozen=True, slots=True)
class PhoneState(FamilyState):
    """`rows`: what waits for its neighbours; `newest_ns`: the newest seen of each kind; `stale_since_ns`: when the first of a run
    of old batches arrived."""

    session: int | None = None
    rows: Mapping[Kind, PhoneRows] = field(default_factory=dict)
    newest_ns: Mapping[Kind, int] = field(default_factory=dict)
    use: Use | None = None
    stale_since_ns: int | None = None


class Phone(DeviceDriver):
    """The driver."""

    name = "phone"
    initial = PhoneState
    family = Family(
        name=name,
        title="a phone with Sensor Logger or phyphox",
        gives="acceleration and, if it is switched on, angular rate at the app's rate",
        profile=profile(name, 100.0, ACC_G, GYR_DPS),
        service="",
        take=("batch",),
        battery=False,
        full_scale=LARGEST,
    )

    @classmethod
    def profile_seen(cls, early: Sequence[Notification]) -> DeviceProfile | None:
        """From the first seconds: the rate, and whether there is angular rate."""
        state = PhoneState()
        for each in early:
            if each.payload[:1] == b"\0":
                try:
                    state = _received(state, unpack(each.payload[1:]))
                except BadInput:
                    continue
        acc = NO_ROWS if state.use is None else state.rows.get(state.use[0], NO_ROWS)
        gyr = state.rows.get("gyroscope", NO_ROWS)
        if len(acc) < LEAST_ROWS or (span_ns := int(acc.t_ns[-1] - acc.t_ns[0])) < LEAST_NS:
            return None
        if len(gyr) < LEAST_ROWS // 2 and span_ns < WITHOUT_GYROSCOPE_NS:
            return None
        steps_ns = np.diff(acc.t_ns)
        rate_hz = 1e9 / float(steps_ns[steps_ns < WIDEST_STEP * np.median(steps_ns)].mean())
        if not RATES_HZ[0] <= rate_hz <= RATES_HZ[1]:
            return None
        return profile(cls.name, round(rate_hz, 3), ACC_G, GYR_DPS, "point" if len(gyr) >= LEAST_ROWS // 2 else None)

    @classmethod
    def lacks(cls, profile: DeviceProfile) -> str:
        if profile.has_gyroscope:
            return ""
        return "the phone sends no angular rate; going on with acceleration alone (the app can switch the gyroscope on)"

    def _take(self, state: PhoneState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> PhoneState:  # noqa: ARG002
        try:
            batch = unpack(value)
        except BadInput:
            out.reject("a batch that is damaged")
            return state
        now = _received(state, batch)
        if now.newest_ns == state.newest_ns and batch.session == state.session:
            out.duplicates += 1
            since_ns = arrival_ns if state.stale_since_ns is None else state.stale_since_ns
            if arrival_ns - since_ns > frame_clock.RESENT_NS:  # nothing is sent again for so long: its clock was set back
                return replace(state, rows={}, newest_ns={}, stale_since_ns=None)
            return replace(state, stale_since_ns=since_ns)
        return self._delivered(now, arrival_ns, out)

    def _delivered(self, state: PhoneState, arrival_ns: int, out: BlockBuilder) -> PhoneState:
        if state.use is None:
            return _trimmed(state)
        kind, factor = state.use
        with_gravity, with_rate = kind == "linear", self.profile.has_gyroscope
        others: list[Kind] = [*(["gravity"] if with_gravity else []), *(["gyroscope"] if with_rate else [])]  # type: ignore[list-item]
        acc = state.rows.get(kind, NO_ROWS)
        if not len(acc):
            return _trimmed(state)
        ready_ns = min((state.newest_ns.get(other, 0) for other in others), default=int(acc.t_ns[-1]))
        until_ns = max(ready_ns, int(acc.t_ns[-1]) - WAIT_NS)
        count = int(np.searchsorted(acc.t_ns, until_ns, side="right"))
        t_ns, acc_mps2 = acc.t_ns[:count], acc.values[:count]
        usable, found = np.ones(count, dtype=np.bool_), {}
        rows = {**state.rows, kind: acc[count:]}
        for other in others:
            theirs = state.rows.get(other, NO_ROWS)
            found[other], there = _at(theirs, t_ns)
            usable &= there
            keep = max(int(np.searchsorted(theirs.t_ns, until_ns, side="right")) - 1, 0)
            rows[other] = theirs[keep:]
        if with_gravity:
            acc_mps2 = acc_mps2 + found["gravity"]
        clock = state.clock
        if usable.any():
            dated = frame_clock.per_sample(clock, t_ns[usable] // 1000, 1e6 / self.profile.sample_rate_hz, arrival_ns)
            clock, n = dated.clock, len(dated.t_s)
            gyr_dps = np.rad2deg(found["gyroscope"][usable][-n:]) if with_rate and n else None
            out.add_per_sample(dated, acc_mps2[usable][-n:] * (factor / STANDARD_GRAVITY_MPS2), gyr_dps)
        return _trimmed(replace(state, rows=rows, clock=clock))


def lacking(batch: Batch) -> str:
    """What a batch lacks to be of use, and what to switch on; empty when nothing."""
    if _use_of(batch.channels, batch.platform) is not None:
        return ""
    if len(batch.channels.get("linear", NO_ROWS)):
        return "it sends acceleration without gravity: switch on Gravity beside the accelerometer in the app"
    return "it sends no acceleration: switch on the accelerometer with gravity, and the gyroscope, in the app"


def _received(state: PhoneState, batch: Batch) -> PhoneState:
    """With what is new in a batch."""
    if batch.session != state.session:
        state = PhoneState(session=batch.session, clock=state.clock)
    rows, newest_ns = dict(state.rows), dict(state.newest_ns)
    for kind, sent in batch.channels.items():
        fresh = sent.after(newest_ns.get(kind, 0))
        if len(fresh):
            before = rows.get(kind, NO_ROWS)
            rows[kind] = PhoneRows.joined([before, fresh])
            newest_ns[kind] = int(fresh.t_ns[-1])
    use = state.use
    if use is None or newest_ns.get(use[0], 0) < max(newest_ns.values(), default=0) - WAIT_NS:
        use = _use_of(rows, batch.platform) or use
    return PhoneState(state.session, rows, newest_ns, use, clock=state.clock)


def _use_of(rows: Mapping[Kind, PhoneRows], platform: Platform) -> Use | None:
    sign = -1.0 if platform == "ios" else 1.0
    raw = rows.get("raw", NO_ROWS)
    if len(rows.get("total", NO_ROWS)):
        return "total", sign
    if len(raw):
        if float(np.median(np.linalg.norm(raw.values, axis=1))) >= IN_G:
            return "raw", 1.0  # Android, or an iPhone set to Android's units
        return "raw", STANDARD_GRAVITY_MPS2 if platform == "android" else -STANDARD_GRAVITY_MPS2
    if len(rows.get("linear", NO_ROWS)) and len(rows.get("gravity", NO_ROWS)):
        return "linear", sign
    return None


def _at(rows: PhoneRows, t_ns: IntArray) -> tuple[FloatArray, np.ndarray[tuple[int], np.dtype[np.bool_]]]:
    if len(rows) < 2 or not len(t_ns):
        return np.zeros((len(t_ns), 3)), np.zeros(len(t_ns), dtype=np.bool_)
    origin_ns = rows.t_ns[0]
    t_s = (rows.t_ns - origin_ns) / 1e9
    return followed(t_s, rows.values, (t_ns - origin_ns) / 1e9, WIDEST_STEP * float(np.median(np.diff(t_s))))


def _trimmed(state: PhoneState) -> PhoneState:
    """Nothing waits without end; what is too old to be a neighbour is of no use either."""
    floor_ns = max(state.newest_ns.values(), default=0) - 2 * WAIT_NS
    return replace(state, rows={kind: rows.after(floor_ns) for kind, rows in state.rows.items()})
