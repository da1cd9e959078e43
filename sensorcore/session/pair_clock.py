"""Clock pairing of two sensors by arrival times: the only part of a pair that knows the host's clock."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

from sensorcore.model import Notification, Pairing, Second
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.session.wall_clock import LiveClock

MISSING_AFTER_NS: Final = 2_000_000_000
"""Lag behind the other sensor from which it is not waited for: radios hold frames back for up to a second now and then."""
BACK_WITHIN_NS: Final = 500_000_000
ANOTHER_TICK: Final = 0.75
"""Offset in ticks before the pairing shifts by one: more than half, so that it does not alternate."""
_NS_PER_TICK: Final = 1e9 / TICK_HZ

T = TypeVar("T")


class PairClock:
    """Clocks of both sensors, as one `LiveClock`. Fed with arrivals in order; it emits changes of the pairing."""

    def __init__(self, upper: LiveClock, lower: LiveClock) -> None:
        self._clocks = upper, lower
        self._pairing = Pairing()
        self._begun_ns: int | None = None

    @property
    def start_unix_ns(self) -> int | None:
        return self._clocks[0].start_unix_ns

    @property
    def lag_s(self) -> float:
        return min(clock.lag_s for clock in self._clocks)

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        """Nothing: `over` has seen all arrivals before the engine did."""

    def over(self, arrived: T) -> Iterator[T | Pairing]:
        """`arrived`, preceded by the new pairing if that has changed."""
        if isinstance(arrived, Notification):
            self._clocks[0].note(arrived)
        elif isinstance(arrived, Second):
            self._clocks[1].note(arrived.sent)
        now = self._now()
        if now != self._pairing:
            self._pairing = now
            yield now
        yield arrived

    def _now(self) -> Pairing:
        newest = [clock.newest_unix_ns for clock in self._clocks]
        known = [each for each in newest if each is not None]
        if not known:
            return self._pairing
        self._begun_ns = known[0] if self._begun_ns is None else self._begun_ns
        upper_ns, lower_ns = (self._begun_ns if each is None else each for each in newest)
        behind_ns = {0: lower_ns - upper_ns, 1: upper_ns - lower_ns}
        missing = self._pairing.missing
        if missing is not None and behind_ns[missing] < BACK_WITHIN_NS:
            missing = None
        for which in (0, 1):
            missing = which if behind_ns[which] > MISSING_AFTER_NS else missing
        return Pairing(self._shift_ticks(), missing)

    def _shift_ticks(self) -> int:
        starts = [clock.start_unix_ns for clock in self._clocks]
        if starts[0] is None or starts[1] is None:
            return self._pairing.shift_ticks
        exact = (starts[1] - starts[0]) / _NS_PER_TICK
        before = self._pairing.shift_ticks
        return before if abs(exact - before) < ANOTHER_TICK else math.floor(exact + 0.5)
