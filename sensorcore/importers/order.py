"""Ordering of rows by time: counters that wrapped go on, a clock that was set back or started again goes on, rows that were sent
again or stand at a time of their own are left out and counted.

What a step back means is asked in this order:
1. rows were sent again: they are there already, cell for cell;
2. a counter of 16, 24 or 32 bits (milli- or microseconds), or a time of day, passed its end;
3. a few rows before it ran ahead, or a few after it lie behind (a damaged digit, rows that swapped places): they are left out;
4. else the clock was set back or the logger started again: time goes on, after a gap.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from sensorcore.importers.leftout import LeftOut
from sensorcore.model import BoolArray, FloatArray, IntArray

STRAY_ROWS: Final = 3
"""Consecutive rows whose time may be damaged; more of them are a clock of their own."""
HELD_ROWS: Final = STRAY_ROWS + 2
REMEMBERED_ROWS: Final = 1 << 15
"""Rows that may be sent again: five minutes at 100 Hz, longer than a sensor's memory of a lost link."""
MOST_AT_ONCE: Final = 1000
KNOWN_SHARE: Final = 0.9
"""Least share of known rows in a block that was sent again: a few may have been lost the first time."""
GAP_PERIODS: Final = 2.0
"""Steps of the sensor after which a clock that was set back goes on: how long it was away is not known; this is a gap already."""
NEAR_PERIODS: Final = 10.0
NEAR_S: Final = 2.0
"""Rows around a counter's end or a stray row are no further apart than the longer of both; else the clock started again."""
_ROUNDED_S: Final = 1e-5
_COUNTERS_S: Final = (*(2.0**bits / per_second for bits in (16, 24, 32) for per_second in (1e3, 1e6)), 86_400.0)

REPEATED: Final = "repeat the one before in every cell"
SENT_AGAIN: Final = "were sent again"
SAME_TIME: Final = "have the time of the one before"
STRAY: Final = "are out of order in time"


@dataclass(slots=True)
class RowOrder:
    """One reading of one sensor: feed it chunks; it holds a few rows back to see what follows them. `origin_s`: what the file's
    counter says at time 0; `increasing` is False for times of arrival, which may repeat."""

    left_out: LeftOut
    origin_s: float
    where: str
    increasing: bool = True
    set_back: list[int] = field(default_factory=list)
    """The lines at which the clock was set back."""
    _shift_s: float = 0.0
    _period_s: float = 0.0
    _known_s: FloatArray = field(default_factory=lambda: np.empty(0))
    _known: FloatArray | None = None
    _run: tuple[float, int] = (np.nan, 0)
    _held: tuple[FloatArray, FloatArray, IntArray] | None = None

    def feed(
        self, t_s: FloatArray, values: FloatArray, lines: IntArray, *, last: bool = False
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Rows in order: times (n,), values (n, k). `t_s` counts from the origin, as written; `lines` (n,) name places."""
        if self._held is not None:
            t_s, values = np.concatenate([self._held[0], t_s]), np.concatenate([self._held[1], values])
            lines = np.concatenate([self._held[2], lines])
            self._held = None
        if not len(t_s):
            return
        t_s, values, lines = self._once(t_s, values, lines)
        if not self._period_s and len(t_s) > 1:
            forward = np.diff(t_s)
            self._period_s = float(np.median(forward[forward > 0])) if (forward > 0).any() else 0.0
        shifts, keep, decided = self._decide(t_s, values, lines, len(t_s) if last else len(t_s) - HELD_ROWS)
        self._shift_s = float(shifts[-1]) if len(shifts) else self._shift_s
        done = len(t_s) if last else max(decided, len(t_s) - 2 * HELD_ROWS, 0)
        if done < len(t_s):
            rest = slice(done, None)
            self._held = t_s[rest][keep[rest]], values[rest][keep[rest]], lines[rest][keep[rest]]
        keep = keep[:done]
        out, kept = (t_s + shifts)[:done][keep], values[:done][keep]
        if len(out):
            self._remember(out, kept)
            yield out, kept

    def _once(self, t_s: FloatArray, values: FloatArray, lines: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Without rows that stand there twice in a row, or share a time."""
        if not self.increasing:
            return self._few_at_once(t_s, values, lines)
        before_s = self._known_s[-1] - self._shift_s if len(self._known_s) else np.nan
        before = values[:1] if self._known is None else self._known[-1:]
        same_time = np.diff(t_s, prepend=before_s) == 0
        if not same_time.any():
            return t_s, values, lines
        twice = same_time & (np.concatenate([before, values[:-1]]) == values).all(axis=1)
        for reason, rows, harmless in ((REPEATED, twice, True), (SAME_TIME, same_time & ~twice, False)):
            if rows.any():
                self.left_out.add(reason, int(rows.sum()), self._at(lines[rows][0]), harmless=harmless)
        keep = ~same_time
        return t_s[keep], values[keep], lines[keep]

    def _few_at_once(self, t_s: FloatArray, values: FloatArray, lines: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
        """Times of arrival may repeat, but no packet holds MOST_AT_ONCE rows."""
        starts = np.flatnonzero(np.diff(t_s, prepend=np.nan) != 0)
        place = np.arange(len(t_s)) - np.repeat(starts, np.diff(np.append(starts, len(t_s))))
        if t_s[0] == self._run[0]:
            place[: starts[1] if len(starts) > 1 else None] += self._run[1]
        self._run = (float(t_s[-1]), int(place[-1]) + 1)
        crowd = place >= MOST_AT_ONCE
        if crowd.any():
            self.left_out.add(SAME_TIME, int(crowd.sum()), self._at(lines[crowd][0]))
        return t_s[~crowd], values[~crowd], lines[~crowd]

    def _decide(self, t_s: FloatArray, values: FloatArray, lines: IntArray, end: int) -> tuple[FloatArray, BoolArray, int]:
        """Shift of each time (n,), which rows stay (n,), and the row up to which steps back were judged: those from `end` on
        wait for what follows."""
        n = len(t_s)
        shifts, keep = np.full(n, self._shift_s), np.ones(n, dtype=np.bool_)
        top_s = self._last_known()
        backs = np.append(np.flatnonzero(np.diff(t_s) < 0) + 1, n)
        pos = decided = 0
        while pos < n:
            row = pos
            if t_s[pos] + shifts[pos] >= top_s:
                row = int(backs[np.searchsorted(backs, pos, side="right")])
                top_s = float(t_s[row - 1] + shifts[row - 1])
            if row >= end:
                break
            pos, top_s = self._step_back(t_s, values, lines, shifts, keep, row, top_s)
            decided = row
        return shifts, keep, decided

    def _step_back(
        self, t_s: FloatArray, values: FloatArray, lines: IntArray, shifts: FloatArray, keep: BoolArray, row: int, top_s: float
    ) -> tuple[int, float]:
        """Judge the step back to `row`: where to go on, and the time that must not be gone back behind."""
        near_s = max(NEAR_PERIODS * self._period_s, NEAR_S)
        now_s = t_s[row:] + shifts[row]
        later = now_s > top_s
        behind = int(later.argmax()) if later.any() else len(now_s)
        before = np.flatnonzero(keep[:row])
        before_s = t_s[before] + shifts[before]
        if self._are_known(before_s, values[before], now_s[:behind], values[row : row + behind]):
            self.left_out.add(SENT_AGAIN, behind, self._at(lines[row]), harmless=True)
            keep[row : row + behind] = False
            return row + behind, top_s
        wrap_s = self._wrapped(top_s - shifts[row] + self.origin_s, float(t_s[row]) + self.origin_s, near_s)
        if wrap_s:
            shifts[row:] += wrap_s
            return row + 1, float(t_s[row] + shifts[row])
        ahead = before[before_s > now_s[0]]
        if 0 < len(ahead) <= min(STRAY_ROWS, behind):
            last_s = float(before_s[-len(ahead) - 1]) if len(before) > len(ahead) else self._last_known()
            jump_s = float(t_s[ahead[0]] + shifts[ahead[0]]) - last_s
            if 0 < now_s[0] - last_s <= near_s and jump_s > 1.5 * self._period_s:
                self.left_out.add(STRAY, len(ahead), self._at(lines[ahead[0]]))
                keep[ahead] = False
                return row + 1, float(now_s[0])
        if behind <= STRAY_ROWS and behind < len(now_s) and now_s[behind] - top_s <= near_s:
            self.left_out.add(STRAY, behind, self._at(lines[row]))
            keep[row : row + behind] = False
            return row + behind, top_s
        self.set_back.append(int(lines[row]))
        shifts[row:] = top_s + GAP_PERIODS * self._period_s - t_s[row]
        return row + 1, float(t_s[row] + shifts[row])

    def _wrapped(self, before_s: float, after_s: float, near_s: float) -> float:
        """Full scale of a counter that wrapped between `before_s` and `after_s`; 0 when none did."""
        for full_s in _COUNTERS_S:
            for low_s in (0.0, -full_s / 2):  # unsigned, and read as signed
                high_s, close_s = low_s + full_s, min(near_s, full_s / 2) + _ROUNDED_S
                near_ends = high_s - close_s <= before_s <= high_s + _ROUNDED_S and -_ROUNDED_S <= after_s - low_s <= close_s
                if near_ends and 0 < after_s + full_s - before_s <= near_s:
                    return full_s
        return 0.0

    def _are_known(self, fresh_s: FloatArray, fresh: FloatArray, t_s: FloatArray, values: FloatArray) -> bool:
        """Whether rows are there already, nearly all of them: a few may have been lost the first time."""
        if not len(t_s):
            return False
        same = np.zeros(len(t_s), dtype=np.bool_)
        for known_s, known in ((self._known_s, self._known), (fresh_s, fresh)):
            if known is not None and len(known_s):
                at = np.minimum(np.searchsorted(known_s, t_s - 1e-9), len(known_s) - 1)
                same |= (np.abs(known_s[at] - t_s) < 1e-8) & (known[at] == values).all(axis=1)
        return bool(same.mean() >= KNOWN_SHARE)

    def _last_known(self) -> float:
        return float(self._known_s[-1]) if len(self._known_s) else -np.inf

    def _remember(self, t_s: FloatArray, values: FloatArray) -> None:
        known = values if self._known is None else np.concatenate([self._known, values])
        self._known = known[-REMEMBERED_ROWS:]
        self._known_s = np.concatenate([self._known_s, t_s])[-REMEMBERED_ROWS:]

    def _at(self, line: np.int64 | int) -> str:
        return f"{self.where}, line {line}"
