"""Sample times of a file.

Stream time is 0 at the first sample and counts seconds by the file's own time column. The result depends on the file only.

- The rate is measured over the first 8192 rows and must lie between 10 and 8000 Hz; what is faster than 400 Hz is thinned
  (see thinning.py).
- A gap is a step of more than 1.5 periods that its neighbours do not make up for: a late sample (long step, short step) is
  jitter; a missing row leaves more than 2.5 periods over any two steps. A step beyond 1.9 periods is a gap in any case.
- Times written with few digits (`%.7g` has 1 ms steps after t = 1000 s) are snapped: in each stretch without a gap of a block
  of 8192 rows a straight line t(row) is fitted, and used where every row lies within 5 % of a period of it, or within the
  rounding of the digits. Otherwise the times stay as written: real jitter is kept, since the tilt stage uses the true steps.
- Times of arrival (WitMotion's host clock) say when a radio packet came in, not when its samples were taken: rows that share
  a time are spread over the step before it, the line may be missed by 0.15 s, and a gap is a step of more than 0.25 s.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import BoolArray, FloatArray

MIN_RATE_HZ: Final = 10.0
MAX_RATE_HZ: Final = 400.0
FASTEST_HZ: Final = 8000.0
"""Highest rate of sensors sold for motion; a time column in the wrong unit seems faster still (10 Hz times 1000)."""
THINNED_HZ: Final = 200.0
"""A trunk moves below 20 Hz, and no stage gains from more than 200 Hz (docs/accuracy.md)."""
_RATE_SLACK: Final = 0.05
_LEAST_ROWS: Final = 32
_QUANTUM_WINDOW: Final = 64


@dataclass(frozen=True, slots=True)
class TimeRules:
    """Accuracy of a time column: no gap is shorter than `gap_floor_s`, and a line that misses no row by more than
    `snap_floor_s` is the better time."""

    gap_floor_s: float = 0.0
    snap_floor_s: float = 0.0


DEVICE_TIME: Final = TimeRules()
ARRIVAL_TIME: Final = TimeRules(gap_floor_s=0.25, snap_floor_s=0.15)


def measure_period(t_s: FloatArray, rules: TimeRules) -> float:
    """The usual step of increasing times (n >= 2,) in seconds.

    The median step is robust but coarse when times are rounded; the mean over the longest stretch without a gap is fine. It is
    used where it confirms the median within 8 %, and for times of arrival, whose single steps mean little.
    """
    median_s = float(np.median(np.diff(t_s)))
    edges = [0, *np.flatnonzero(find_gaps(t_s, np.empty(0), None, median_s, rules)).tolist(), len(t_s)]
    start, stop = max(pairwise(edges), key=lambda pair: pair[1] - pair[0])
    if stop - start < _LEAST_ROWS:
        return median_s
    mean_s = float(t_s[stop - 1] - t_s[start]) / (stop - 1 - start)
    return mean_s if rules.gap_floor_s or abs(mean_s - median_s) <= 0.08 * median_s else median_s


def check_rate(period_s: float, where: str) -> float:
    """The rate in Hz. Raises BadInput outside 10 to 8000 Hz (with 5 % grace for a sensor's clock)."""
    rate_hz = 1.0 / period_s if period_s > 0 else np.inf
    if MIN_RATE_HZ * (1 - _RATE_SLACK) <= rate_hz <= FASTEST_HZ * (1 + _RATE_SLACK):
        return float(rate_hz)
    hint = "Record at 25 to 200 Hz; if the rate was right, the time column's unit is wrong (t_s, t_ms, t_us, t_ns)"
    raise BadInput(f"{rate_hz:.3g} samples a second, not {MIN_RATE_HZ:g} to {FASTEST_HZ:g}", where=where, hint=hint)


def thinning(rate_hz: float) -> int:
    """One sample is made of how many: 1 up to 400 Hz (with 5 % grace), else as many as bring the rate to 200 Hz or just below."""
    return 1 if rate_hz <= MAX_RATE_HZ * (1 + _RATE_SLACK) else int(np.ceil(rate_hz / (THINNED_HZ * (1 + _RATE_SLACK))))


def find_gaps(t_s: FloatArray, before_s: FloatArray, next_s: float | None, period_s: float, rules: TimeRules) -> BoolArray:
    """Mask of samples that follow a gap. `before_s` holds up to two times before the first, `next_s` the time after the last."""
    steps = np.diff(np.concatenate([before_s, t_s, [] if next_s is None else [next_s]]))
    if rules.gap_floor_s:
        gap = steps > max(rules.gap_floor_s, 1.5 * period_s)
    else:
        around = np.concatenate([[period_s], steps, [period_s]])
        lone = np.minimum(around[:-2], around[2:]) + steps
        gap = (steps > 1.5 * period_s) & ((lone > 2.5 * period_s) | (steps > 1.9 * period_s))
    out = np.zeros(len(t_s), dtype=np.bool_)
    # steps[i] leads to element i + 1 of before + t; without anything before, the first sample has no step and no gap.
    first = len(before_s) - 1
    if first >= 0:
        out[:] = gap[first : first + len(t_s)]
    else:
        out[1:] = gap[: len(t_s) - 1]
    return out


def snap(t_s: FloatArray, after_gap: BoolArray, previous_s: float, period_s: float, rules: TimeRules) -> FloatArray:
    """Times (n,) with rounding noise taken out, strictly increasing and later than `previous_s`."""
    tolerance_s = max(0.05 * period_s, 0.55 * min(_quantum(t_s), period_s), rules.snap_floor_s)
    edges = [0, *(int(i) for i in np.flatnonzero(after_gap) if i), len(t_s)]
    out = t_s.copy()
    for start, stop in pairwise(edges):
        n = stop - start
        if n < 3:
            continue
        index = np.arange(n) - (n - 1) / 2
        part = t_s[start:stop]
        middle_s = float(part.mean())
        slope_s = float(index @ (part - middle_s)) / float(index @ index)
        line = middle_s + slope_s * index
        if slope_s > 0 and float(np.abs(line - part).max()) <= tolerance_s:
            out[start:stop] = line
    return _increasing(out, previous_s, period_s)


def _increasing(t_s: FloatArray, previous_s: float, period_s: float) -> FloatArray:
    """Where a snapped stretch reaches past its neighbour (by less than its tolerance), squeeze the rows in between."""
    steps = np.diff(t_s, prepend=previous_s)
    if (steps > 0).all():
        return t_s
    out = np.maximum.accumulate(np.concatenate([[previous_s], t_s]))
    fresh = np.concatenate([[True], np.diff(out) > 0])
    anchors = np.flatnonzero(fresh)
    rows = np.arange(len(out))
    beyond = out[-1] + 1e-3 * period_s  # only reached by rows squeezed after the last anchor
    squeezed: FloatArray = np.interp(rows, np.append(anchors, len(out)), np.append(out[anchors], beyond))
    return squeezed[1:]


def _quantum(t_s: FloatArray) -> float:
    """The step of the digits that times were written with: the coarsest power of ten from 1 us to 0.1 s that all times of some
    64 rows are multiples of (the digits get fewer as time grows); 0 when they are finer."""
    n = len(t_s) // _QUANTUM_WINDOW * _QUANTUM_WINDOW
    if not n:
        return 0.0
    windows = t_s[:n].reshape(-1, _QUANTUM_WINDOW)
    for exponent in range(1, 7):
        scaled = windows * 10.0**exponent
        if bool((np.abs(scaled - np.rint(scaled)).max(axis=1) < 1e-3).any()):
            return float(10.0**-exponent)
    return 0.0
