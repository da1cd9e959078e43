"""A posture track that grows: ticks are appended as they are decided and read back as views, without copying."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sensorcore.track.posture_track import TICK_HZ, PostureTrack
from sensorcore.track.tick_counts import TickCounts, count

_FIRST_CAPACITY = 8192
_CHECKPOINT_TICKS = 4096


@dataclass(frozen=True, slots=True)
class ColumnStore:
    """Columns to write to, and what to call now and then: they need not be held in memory for being looked at just now."""

    columns: PostureTrack
    let_go: Callable[[], None]


def in_memory(n: int) -> ColumnStore:
    """Room for `n` ticks."""
    return ColumnStore(empty_track(n), lambda: None)


class TrackLog:
    """All ticks so far. A track handed out by `until` stays valid and unchanged while more ticks are appended. `allocate`
    makes room for at least as many ticks as it is asked for."""

    def __init__(self, allocate: Callable[[int], ColumnStore] = in_memory) -> None:
        self._n = 0
        self._allocate = allocate
        self._place = allocate(_FIRST_CAPACITY)
        self._columns = self._place.columns
        self._checkpoints = [TickCounts()]

    def __len__(self) -> int:
        return self._n

    @property
    def end_s(self) -> float:
        """Stream time at which the latest tick ends; 0 before the first."""
        return float(self._columns.index[self._n - 1] + 1) / TICK_HZ if self._n else 0.0

    def append(self, ticks: PostureTrack) -> None:
        """Ticks that follow the ones already here."""
        n = self._n + len(ticks)
        capacity = len(self._columns)
        if n > capacity:
            grown = self._allocate(max(n, 2 * capacity))
            _copy(self._columns, grown.columns, 0, self._n)
            self._place, self._columns = grown, grown.columns
        _copy(ticks, self._columns, self._n, len(ticks))
        self._n = n
        while (len(self._checkpoints) * _CHECKPOINT_TICKS) <= n:
            k = len(self._checkpoints) * _CHECKPOINT_TICKS
            self._checkpoints.append(self._counted(self._checkpoints[-1], k - _CHECKPOINT_TICKS, k))
            self._place.let_go()

    def counts(self, n: int) -> TickCounts:
        """Of the first `n` ticks; costs the same however long the log is."""
        k = n // _CHECKPOINT_TICKS
        return self._counted(self._checkpoints[k], k * _CHECKPOINT_TICKS, n)

    def _counted(self, before: TickCounts, start: int, stop: int) -> TickCounts:
        last = int(self._columns.index[start - 1]) if start else -1
        return before + count(self._columns[start:stop], last)

    def until(self, t_s: float) -> PostureTrack:
        """The ticks decided by `t_s`: those that end at or before it."""
        # The slack keeps `t_s = 0.3` (a little less than 3 / 10 in floating point) from losing its own tick.
        ended = int(np.floor(min(t_s, self.end_s) * TICK_HZ + 1e-6))
        n = int(np.searchsorted(self._columns.index[: self._n], ended, side="left"))
        return self._columns[:n]


def empty_track(n: int = 0) -> PostureTrack:
    """Room for `n` ticks, not filled."""
    return PostureTrack(np.empty(n, np.int64), np.empty(n), np.empty(n), np.empty(n), np.empty(n, np.int8), np.empty(n, np.int8))


def _copy(source: PostureTrack, target: PostureTrack, at: int, n: int) -> None:
    part = slice(at, at + n)
    for name in PostureTrack.__slots__:
        getattr(target, name)[part] = getattr(source, name)[:n]
