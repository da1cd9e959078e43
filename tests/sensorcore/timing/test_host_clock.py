"""The host clock against links that hold frames back, with the truth known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.timing import host_clock
from sensorcore.timing.host_clock import TICK_WRAP_US, HostClock
from tests.examples import examples

FRAME_S = 16 / 104
HOUR_S = 3600.0


@dataclass(frozen=True)
class Frames:
    """`host_ns` (n,): when each frame was really finished; `ticks_us` what the device said, `arrival_ns` when it came."""

    host_ns: np.ndarray
    ticks_us: np.ndarray
    arrival_ns: np.ndarray


def frames(
    duration_s: float,
    seed: int,
    *,
    skew_ppm: float,
    rate_error: float = 0.0,
    holds_per_min: float = 2.0,
    outages_per_h: float = 0.0,
    drift_ppm_per_h: float = 0.0,
    least_s: float = 0.001,
) -> Frames:
    """Deliveries 1 to 48 ms late; now and then nothing for up to 2 s, then all at once; outages of a minute, back-filled at 20 ms a
    frame. A warming crystal makes the skew drift."""
    rng = np.random.default_rng(seed)
    true_s = (np.arange(int(duration_s / FRAME_S)) + 1) * FRAME_S / (1 + rate_error)
    skew = skew_ppm + drift_ppm_per_h * true_s / HOUR_S / 2
    device_us = np.rint(true_s * 1e6 * (1 - skew * 1e-6)).astype(np.int64)
    arrives_s = true_s + rng.uniform(least_s, 0.048, len(true_s))
    for per_s, low_s, high_s in ((holds_per_min / 60, 0.1, 2.0), (outages_per_h / HOUR_S, 20.0, 90.0)):
        for start_s in rng.uniform(0, duration_s, rng.poisson(per_s * duration_s)):
            end_s = start_s + rng.uniform(low_s, high_s)
            held = np.flatnonzero((arrives_s >= start_s) & (arrives_s < end_s))
            arrives_s[held] = end_s + 0.02 * np.arange(1, len(held) + 1)
    arrival_ns = np.rint(np.maximum.accumulate(arrives_s) * 1e9).astype(np.int64)
    start_us = int(rng.integers(0, TICK_WRAP_US))
    return Frames(np.rint(true_s * 1e9).astype(np.int64), (device_us + start_us) % TICK_WRAP_US, arrival_ns)


def run(f: Frames, *, session: int = 1, state: HostClock | None = None) -> tuple[HostClock, np.ndarray]:
    found = np.empty(len(f.ticks_us), dtype=np.int64)
    for i, (ticks, arrival) in enumerate(zip(f.ticks_us.tolist(), f.arrival_ns.tolist(), strict=True)):
        state = host_clock.step(state, session, ticks, round(FRAME_S * 1e6), arrival)
        found[i] = state.frame_unix_ns
    assert state is not None
    return state, found


@examples(15)
@given(st.integers(0, 2**32), st.floats(-100, 100), st.floats(-0.03, 0.03))
def test_within_5_ms_after_a_minute_of_bursts(seed: int, skew_ppm: float, rate_error: float) -> None:
    f = frames(180.0, seed, skew_ppm=skew_ppm, rate_error=rate_error, holds_per_min=6.0)
    _, found = run(f)
    after = f.host_ns > 60e9
    assert np.abs(found - f.host_ns)[after].max() < 5e6
    assert (np.diff(found) >= 0).all()


@pytest.mark.slow
def test_within_20_ms_over_eight_hours_with_outages_wraps_and_a_warming_crystal() -> None:
    f = frames(8 * HOUR_S, 7, skew_ppm=100.0, rate_error=0.02, outages_per_h=12.0, drift_ppm_per_h=-2.0)
    state, found = run(f)
    after = f.host_ns > 60e9
    assert np.abs(found - f.host_ns)[after].max() < 20e6
    assert (np.diff(found) >= 0).all()
    assert abs(state.skew_ppm - 84.0) < 10.0


def test_a_restart_begins_anew_and_never_runs_back() -> None:
    before, after = frames(120.0, 1, skew_ppm=40.0), frames(120.0, 2, skew_ppm=40.0)
    state, first = run(before)
    shifted = Frames(after.host_ns + int(119.9e9), after.ticks_us, after.arrival_ns + int(119.9e9))
    _, second = run(shifted, session=2, state=state)
    assert (np.diff(np.concatenate([first, second])) >= 0).all()
    assert np.abs(second - shifted.host_ns)[-100:].max() < 5e6


@given(st.integers(0, 5), st.integers(1, 60))
def test_wraps_in_a_gap_are_counted_by_what_was_expected(wraps: int, gap_min: int) -> None:
    gap_us = gap_min * 60_000_000 + wraps * TICK_WRAP_US
    state = host_clock.step(None, 1, TICK_WRAP_US - 5, 0, 0)
    state = host_clock.step(state, 1, (TICK_WRAP_US - 5 + gap_us) % TICK_WRAP_US, round(gap_us * 1.03), gap_us * 1000)
    assert state.frame_unix_ns == gap_us * 1000


def test_a_quicker_delivery_is_believed_at_once() -> None:
    state = host_clock.step(None, 1, 0, 0, 1_000_000_000)
    state = host_clock.step(state, 1, 1_000_000, 1_000_000, 1_950_000_000)
    assert state.frame_unix_ns == 1_950_000_000
    state = host_clock.step(state, 1, 2_000_000, 1_000_000, 3_500_000_000)
    assert state.frame_unix_ns == 2_950_000_000
