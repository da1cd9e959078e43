"""Device ticks to stream time. Pure, with explicit state, integers inside: the same result however the frames are cut.

A frame says when its last sample was taken, in microseconds of the sensor's 32-bit clock (it wraps every 71.6 minutes), and
how many frames were taken since the one before. The samples of a frame that follows directly on its predecessor are spread
evenly between the two frames' times; otherwise they are counted back from the frame's time at the nominal period. So the
sensor's real rate is measured, never assumed; only the number of wraps in a gap follows from the nominal rate, which is right while
gap times rate error stays below 35 minutes (19 h at three per cent).

Stream time 0 is the first sample. A sensor that restarted has a new clock: how long it was away follows from arrival times alone,
against the quickest deliveries seen before (the lower envelope of arrival less stream time), so that a slow delivery does not
stretch the past.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sensorcore.model import BoolArray, FloatArray, IntArray

TICK_WRAP_US = 1 << 32
LONGEST_GAP_US = 30 * 86_400 * 1_000_000
"""A restart is never taken for longer than this: the host's clock may leap meanwhile."""
DRIFT_US_PER_NS = 10
"""The envelope may rise by 1 ns every 10 µs, which is 100 ppm: more than two crystals differ (20–40 ppm each)."""


@dataclass(frozen=True, slots=True)
class Stamps:
    """Equal-length arrays, one entry a frame. `advance`: frames since the one before (1: consecutive), 0 where a sensor
    restarted. `period_us`: nominal time between samples."""

    ticks_us: IntArray
    count: IntArray
    period_us: FloatArray
    advance: IntArray
    arrival_unix_ns: IntArray


@dataclass(frozen=True, slots=True)
class ClockState:
    """The last frame's device time, number of samples and end (stream time less `origin_us`); when the first frame ended; and
    the least (arrival − end) so far, less the drift allowed until then."""

    ticks_us: int
    count: int
    end_us: int
    origin_us: float
    envelope_ns: int


def step(state: ClockState | None, stamps: Stamps) -> tuple[ClockState | None, FloatArray, BoolArray]:
    """Times of all samples of the frames, in seconds, strictly increasing; and which frames follow a gap.

    `state` is None before the first frame, which must have `advance` 0. A frame's device time that contradicts the number of
    samples by more than a factor of two is a fault of the sensor's clock: the samples are counted on, and marked as after a gap.
    """
    n = len(stamps.count)
    if not n:
        return state, np.empty(0), np.empty(0, dtype=np.bool_)
    nominal_us = stamps.count * stamps.period_us
    elapsed_us, gap = _elapsed(state, stamps, nominal_us)

    starts = np.flatnonzero(stamps.advance == 0).tolist()
    bounds = [0, *[s for s in starts if s], n]
    ends = np.empty(n, dtype=np.int64)
    now = state
    for first, last in pairwise(bounds):
        if stamps.advance[first] == 0:
            elapsed_us[first] = _restart(now, int(stamps.arrival_unix_ns[first]), int(np.rint(nominal_us[first])))
            gap[first] = now is not None
        part = ends[first:last]
        np.cumsum(elapsed_us[first:last], out=part)
        if now is not None:
            part += now.end_us
        envelope_ns = int((stamps.arrival_unix_ns[first:last] - part * 1000 - part // DRIFT_US_PER_NS).min())
        now = ClockState(
            ticks_us=int(stamps.ticks_us[last - 1]),
            count=int(stamps.count[last - 1]),
            end_us=int(part[-1]),
            origin_us=float((stamps.count[0] - 1) * stamps.period_us[0]) if now is None else now.origin_us,
            envelope_ns=envelope_ns if now is None else min(envelope_ns, now.envelope_ns),
        )
    assert now is not None
    spacing_us = elapsed_us / stamps.count
    counted_back = stamps.advance != 1
    spacing_us[counted_back] = np.minimum(spacing_us, stamps.period_us)[counted_back]
    if state is None:
        spacing_us[0] = stamps.period_us[0]
    return now, _spread(ends.astype(np.float64) + now.origin_us, spacing_us, stamps.count), gap


def _elapsed(state: ClockState | None, stamps: Stamps, nominal_us: FloatArray) -> tuple[IntArray, BoolArray]:
    """Time from the end of each frame's predecessor to its own (meaningless where `advance` is 0), and gaps."""
    before_ticks = np.empty_like(stamps.ticks_us)
    before_count = np.empty_like(stamps.count)
    before_ticks[1:], before_count[1:] = stamps.ticks_us[:-1], stamps.count[:-1]
    before_ticks[0], before_count[0] = (0, 0) if state is None else (state.ticks_us, state.count)
    expected_us = nominal_us + np.maximum(stamps.advance - 1, 0) * before_count * stamps.period_us
    elapsed_us = (stamps.ticks_us - before_ticks) % TICK_WRAP_US
    wraps = np.maximum(np.rint((expected_us - elapsed_us) / TICK_WRAP_US), 0).astype(np.int64)
    elapsed_us += wraps * TICK_WRAP_US
    broken = (elapsed_us < 0.5 * expected_us) | (elapsed_us > 2.0 * expected_us)
    elapsed_us[broken] = np.rint(expected_us).astype(np.int64)[broken]
    return elapsed_us, broken | (stamps.advance != 1)


def _restart(before: ClockState | None, arrival_unix_ns: int, nominal_us: int) -> int:
    """Time from the last end to the end of the first frame of a new session; at least the frame's own."""
    if before is None:
        return 0
    host_ns = before.envelope_ns + before.end_us * 1000 + before.end_us // DRIFT_US_PER_NS
    return min(max((arrival_unix_ns - host_ns) // 1000, nominal_us), LONGEST_GAP_US)


def _spread(end_us: FloatArray, spacing_us: FloatArray, count: IntArray) -> FloatArray:
    """`count` times before and including each end."""
    last = np.cumsum(count) - 1
    back = np.repeat(last, count) - np.arange(last[-1] + 1)
    return (np.repeat(end_us, count) - back * np.repeat(spacing_us, count)) * 1e-6
