"""Polar H10 (a chest strap, acceleration only) and Verity Sense (an armband's coin, acceleration and angular rate).

The two streams of a Verity Sense are sampled apart: angular rate is interpolated to the acceleration's times. The clock of an H10
starts at 2019 after a power loss; only differences of stamps are used. Heart Rate's flags tell whether the strap touches skin.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import ClassVar, Final

import numpy as np

from sensorcore.devices import pmd
from sensorcore.devices.block_builder import BlockBuilder, DeviceDriver, FamilyState
from sensorcore.devices.family import BASE, Family, profile
from sensorcore.devices.proof import BEYOND
from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile, FloatArray, Notification
from sensorcore.timing import frame_clock
from sensorcore.timing.frame_clock import Dated, FrameClock

HEART_RATE: Final = BASE.format(0x2A37)
DATA, CONTROL, HEART = range(3)
"""Places in `take`."""
TAKE: Final = (pmd.DATA, pmd.CONTROL, HEART_RATE)
LONGEST_STEP: Final = 3.0
"""Angular rate is not interpolated over more than so many of its periods."""
WITHOUT_RATE_NS: Final = 2_500_000_000
"""Acceleration alone for so long, by the sensor's clock: its angular rate does not come."""
MOST_WAITING: Final = 512
"""Samples of one stream that wait for the other: 10 s."""


@dataclass(frozen=True, slots=True)
class PolarState(FamilyState):
    """`factors`: conversion factors by kind, from the sensor. `worn`: by skin contact."""

    factors: tuple[tuple[int, float], ...] = ()
    worn: bool | None = None
    gyro: FrameClock | None = None
    waiting: tuple[tuple[float, ...], ...] = ()
    """Acceleration without angular rate yet: device time (µs), stream time (s), x y z (g), after a gap."""
    rates: tuple[tuple[float, ...], ...] = ()
    """Angular rate: device time (µs), x y z (°/s); the last one before `waiting`, and all after it."""


class _Polar(DeviceDriver):
    initial = PolarState

    def _take(self, state: PolarState, place: int, value: bytes, arrival_ns: int, out: BlockBuilder) -> PolarState:
        if place == HEART:
            return self._contact(state, value, out)
        if place == CONTROL:
            found = pmd.factor_of(value)
            if found is not None:
                state = replace(state, factors=tuple({**dict(state.factors), found[0]: found[1]}.items()))
            elif value[:1] != bytes((pmd.REPLY,)):
                out.reject()
            return state
        try:
            frame = pmd.decode(value, dict(state.factors))
        except BadInput as error:
            out.reject(error.what)
            return state
        return self._frame(state, frame, arrival_ns, out)

    def _contact(self, state: PolarState, value: bytes, out: BlockBuilder) -> PolarState:
        if len(value) < 2:
            out.reject()
            return state
        contact = value[0] >> 1 & 3
        worn = None if contact < 2 else contact == 3
        if worn != state.worn:
            out.report(worn=worn)
        return replace(state, worn=worn)

    def _frame(self, state: PolarState, frame: pmd.PmdFrame, arrival_ns: int, out: BlockBuilder) -> PolarState:
        nominal_us = 1e6 / self.profile.sample_rate_hz
        if frame.kind == pmd.GYR:
            if not self.profile.has_gyroscope:
                out.reject("angular rate, in a stream that began without it")
                return state
            # before it is interpolated, which would spread it
            if not (np.abs(frame.values) <= BEYOND * self.family.largest(self.profile)[1]).all():
                out.reject(f"angular rate beyond the sensor's range ({self.family.largest(self.profile)[1]:g} °/s)")
                return state
            dated = frame_clock.per_frame(state.gyro, frame.time_ns // 1000, len(frame.values), nominal_us, arrival_ns)
            return self._rate(state, dated, frame.values, out)
        dated = frame_clock.per_frame(state.clock, frame.time_ns // 1000, len(frame.values), nominal_us, arrival_ns)
        if not self.profile.has_gyroscope:
            out.add_dated(dated, frame.values, None)
            return replace(state, clock=dated.clock)
        return self._acceleration(state, dated, frame.values, out)

    def _acceleration(self, state: PolarState, dated: Dated, values: FloatArray, out: BlockBuilder) -> PolarState:
        if not len(dated.t_s):
            out.duplicates += 1
            return replace(state, clock=dated.clock)
        if state.clock is not None and dated.clock.ticks_us < state.clock.ticks_us:  # another clock: nothing fits together
            state = replace(state, waiting=(), rates=(), gyro=None)
        rows = np.column_stack((_device_us(dated), dated.t_s, values, np.zeros(len(values))))
        rows[0, -1] = dated.after_gap
        waiting = (*state.waiting, *map(tuple, rows.tolist()))
        if len(waiting) > MOST_WAITING:
            waiting = waiting[-MOST_WAITING:]
            out.reject("acceleration whose angular rate did not come")
        return self._matched(replace(state, clock=dated.clock, waiting=waiting), out)

    def _rate(self, state: PolarState, dated: Dated, values: FloatArray, out: BlockBuilder) -> PolarState:
        if not len(dated.t_s):
            out.duplicates += 1
            return replace(state, gyro=dated.clock)
        if state.gyro is not None and dated.clock.ticks_us < state.gyro.ticks_us:
            state = replace(state, waiting=(), rates=())
        rows = np.column_stack((_device_us(dated), values)).tolist()
        rates = (*state.rates, *map(tuple, rows))[-MOST_WAITING:]
        return self._matched(replace(state, gyro=dated.clock, rates=rates), out)

    def _matched(self, state: PolarState, out: BlockBuilder) -> PolarState:
        """Deliver the acceleration that lies between two samples of angular rate."""
        if not state.waiting or not state.rates:
            return state
        waiting, rates = np.array(state.waiting), np.array(state.rates)
        ready = int(np.searchsorted(waiting[:, 0], rates[-1, 0], side="right"))
        if not ready:
            return state
        now, left = waiting[:ready], waiting[ready:]
        after = np.clip(np.searchsorted(rates[:, 0], now[:, 0], side="left"), 0, len(rates) - 1)
        before = np.maximum(after - (rates[after, 0] > now[:, 0]), 0)
        step_us = rates[after, 0] - rates[before, 0]
        sound = (rates[before, 0] <= now[:, 0]) & (step_us <= LONGEST_STEP * 1e6 / self.profile.sample_rate_hz)
        share = np.divide(now[:, 0] - rates[before, 0], step_us, out=np.zeros(ready), where=step_us > 0)[:, None]
        gyr_dps = rates[before, 1:] * (1.0 - share) + rates[after, 1:] * share
        # what is left out becomes a gap before what follows
        gap = False
        begin = 0
        for at in range(ready + 1):
            if at == ready or not sound[at] or (now[at, -1] and at > begin):
                if at > begin:
                    out.add(now[begin:at, 1], gap, now[begin:at, 2:5], gyr_dps[begin:at])
                    gap = False
                begin = at
            if at < ready and (not sound[at] or now[at, -1]):
                gap = True
                begin = at + (not sound[at])
        kept = max(int(np.searchsorted(rates[:, 0], left[0, 0] if len(left) else now[-1, 0], side="right")) - 1, 0)
        if gap and len(left):
            left[0, -1] = 1.0
        return replace(
            state,
            waiting=tuple(map(tuple, left.tolist())),
            rates=tuple(map(tuple, rates[kept:].tolist())),
        )


def _device_us(dated: Dated) -> FloatArray:
    """By the device's clock, of each sample."""
    clock = dated.clock
    return clock.ticks_us + (dated.t_s * 1e6 - clock.end_us - clock.origin_us)


class PolarH10(_Polar):
    """The driver of the chest strap."""

    name = "polar-h10"
    family: ClassVar[Family] = Family(
        name=name,
        title="Polar H10",
        gives="acceleration at 50 Hz (no angular rate), skin contact, battery",
        profile=profile(name, 50.0, 8.0, gyro_sampling=None),
        service=pmd.SERVICE,
        take=TAKE,
        optional=(HEART_RATE,),
        wear="skin contact",
        called=("Polar H10",),
        talk=partial(pmd.talk, pmd.ACC),
        stop_sequence=partial(pmd.stop_sequence, pmd.ACC),
    )


class PolarVeritySense(_Polar):
    """The driver of the Verity Sense."""

    name = "polar-verity-sense"
    family: ClassVar[Family] = Family(
        name=name,
        title="Polar Verity Sense",
        gives="acceleration and angular rate at 52 Hz, battery",
        profile=profile(name, 52.0, 8.0, 2000.0),
        service=pmd.SERVICE,
        take=TAKE,
        optional=(HEART_RATE,),
        wear="skin contact, where the firmware tells",
        called=("Polar Sense", "Polar Verity"),
        talk=partial(pmd.talk, pmd.ACC, pmd.GYR),
        stop_sequence=partial(pmd.stop_sequence, pmd.ACC, pmd.GYR),
    )

    @classmethod
    def profile_seen(cls, early: Sequence[Notification]) -> DeviceProfile | None:
        """With angular rate as soon as both streams have come; without it when acceleration has come alone for long enough."""
        factors: dict[int, float] = {}
        acc_ns: list[int] = []
        has_rate = False
        for each in early:
            place, value = each.payload[:1], each.payload[1:]
            if place == bytes((CONTROL,)) and (found := pmd.factor_of(value)) is not None:
                factors[found[0]] = found[1]
            if place != bytes((DATA,)):
                continue
            try:
                frame = pmd.decode(value, factors)
            except BadInput:
                continue
            if frame.kind == pmd.ACC:
                acc_ns.append(frame.time_ns)
            else:
                has_rate |= bool((np.abs(frame.values) <= BEYOND * cls.family.largest(cls.family.profile)[1]).all())
        if acc_ns and has_rate:
            return cls.family.profile
        if acc_ns and acc_ns[-1] - acc_ns[0] >= WITHOUT_RATE_NS:
            return replace(cls.family.profile, gyro_sampling=None)
        return None

    @classmethod
    def lacks(cls, profile: DeviceProfile) -> str:
        return "" if profile.has_gyroscope else "it sends no angular rate that can be read; going on with acceleration alone"
