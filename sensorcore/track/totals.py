"""Time by posture, in ticks so that the parts add up exactly, and how far the wearer leaned while judged."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import IntArray
from sensorcore.track.correction import Correction
from sensorcore.track.exposure import BINS, bins_of, percentiles_deg
from sensorcore.track.posture_track import TICK_HZ, UNKNOWN, PostureTrack
from sensorcore.track.tick_counts import NOT_WORN, TickCounts, gap_before, kinds_of

PERCENTILES: Final = (5, 50, 90, 95, 99)
CORRECTABLE_TICKS: Final = 4 * 3600 * TICK_HZ
"""How far back corrections reach; memory stays flat."""


@dataclass(frozen=True, slots=True)
class _Counted:
    """Ticks as they were counted (n,): number, as what, how many (with those left empty before it), and the bin of its lean."""

    index: IntArray
    kind: NDArray[np.int8]
    weight: NDArray[np.int8]
    lean: NDArray[np.int16]


@dataclass(slots=True)
class TickTotals:
    """`counts` so far; `leaning` counts judged ticks by angle."""

    counts: TickCounts = field(default_factory=TickCounts)
    last: int = -1
    leaning: IntArray = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    _recent: deque[_Counted] = field(default_factory=deque)

    def add(self, track: PostureTrack) -> None:
        """Count the ticks of `track`, and the time between them: a tick or two left empty by a slow sensor belongs to the next,
        more is unknown."""
        if not len(track):
            return
        weights, missing = gap_before(track.index, self.last)
        self.counts += TickCounts(unknown=int(missing.sum()))
        self.last = int(track.index[-1])
        lean = bins_of(track.flexion_deg, track.lateral_deg).astype(np.int16)
        counted = _Counted(track.index, kinds_of(track), weights.astype(np.int8), lean)
        self._count(counted, np.ones(len(track), dtype=np.bool_), 1)
        self._recent.append(counted)
        while self._recent[0].index[-1] < self.last - CORRECTABLE_TICKS:
            self._recent.popleft()

    def correct(self, correction: Correction) -> None:
        """Recount ticks that a correction changes."""
        target = NOT_WORN if correction.turned_out == "not_worn" else UNKNOWN
        for i, counted in enumerate(self._recent):
            inside = (counted.index >= correction.start) & (counted.index < correction.end) & (counted.kind != target)
            if inside.any():
                self._count(counted, inside, -1)
                kind = np.where(inside, np.int8(target), counted.kind)
                self._recent[i] = _Counted(counted.index, kind, counted.weight, counted.lean)
                self._count(self._recent[i], inside, 1)

    def _count(self, counted: _Counted, which: NDArray[np.bool_], sign: int) -> None:
        kind = counted.kind[which]
        part = TickCounts.of(kind, counted.weight[which])
        self.counts = self.counts + part if sign > 0 else self.counts - part
        judged = (kind != UNKNOWN) & (kind != NOT_WORN)
        self.leaning += sign * np.bincount(counted.lean[which][judged], minlength=BINS)

    def percentiles_deg(self) -> dict[str, float] | None:
        """Inclination percentiles over judged time; None without any."""
        return percentiles_deg(self.leaning, PERCENTILES)
