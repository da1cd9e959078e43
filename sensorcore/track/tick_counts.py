"""Time by posture in whole ticks, so that sums of parts are exact: the one value that all counting of time goes through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import IntArray
from sensorcore.track.posture_track import BRIDGED_TICKS, CONTEXTS, POSTURES, TICK_HZ, PostureTrack

NOT_WORN: Final = len(POSTURES)
"""A kind of tick beside those of POSTURES."""
_AWAY: Final = CONTEXTS.index("not_worn")


@dataclass(frozen=True, slots=True)
class TickCounts:
    """Ticks of each kind. A tick or two left empty by a slow sensor count with the next one, a longer gap is unknown."""

    unknown: int = 0
    upright: int = 0
    slouched: int = 0
    not_worn: int = 0

    @classmethod
    def of(cls, kinds: NDArray[np.int8], weights: NDArray[np.integer], missing: int = 0) -> TickCounts:
        """`kinds` (n,) as from `kinds_of`, each counted `weights` (n,) times, and `missing` unknown ticks."""
        unknown, *others = np.bincount(kinds, weights, NOT_WORN + 1).astype(np.int64).tolist()
        return cls(unknown + missing, *others)

    def __add__(self, other: TickCounts) -> TickCounts:
        return TickCounts(*(getattr(self, name) + getattr(other, name) for name in TickCounts.__slots__))

    def __sub__(self, other: TickCounts) -> TickCounts:
        return TickCounts(*(getattr(self, name) - getattr(other, name) for name in TickCounts.__slots__))

    @property
    def judged(self) -> int:
        return self.upright + self.slouched

    @property
    def worn(self) -> int:
        return self.judged + self.unknown

    @property
    def total(self) -> int:
        return self.worn + self.not_worn

    @property
    def seconds(self) -> dict[str, float]:
        """Of each kind, by name."""
        return {name: getattr(self, name) / TICK_HZ for name in TickCounts.__slots__}


def kinds_of(track: PostureTrack) -> NDArray[np.int8]:
    """Of each tick (n,): its code in POSTURES, or NOT_WORN."""
    return np.where(track.context == _AWAY, np.int8(NOT_WORN), track.posture)


def gap_before(index: IntArray, last: int) -> tuple[IntArray, IntArray]:
    """For each tick (n,): how many ticks it counts for, with those that a slow sensor left empty before it, and how many are
    missing before it in a gap. `last`: the number of the tick before the first."""
    empty = np.diff(index, prepend=last) - 1
    bridged = empty <= BRIDGED_TICKS
    return np.where(bridged, empty + 1, 1), np.where(bridged, 0, empty)


def count(track: PostureTrack, last: int = -1) -> TickCounts:
    """The ticks of a whole track, which follow tick number `last`."""
    weights, missing = gap_before(track.index, last)
    return TickCounts.of(kinds_of(track), weights, int(missing.sum()))
