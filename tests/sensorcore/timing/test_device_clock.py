"""Times follow the sensor's clock, however it wraps, drifts, faults or starts anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.timing import device_clock

PERIOD_US = 1e6 / 104
FRAME_US = 16 * PERIOD_US
EPOCH_NS = 1_700_000_000_000_000_000


def stamps(
    ticks_us: list[float], advance: list[int], arrival_us: list[float] | None = None, count: int = 16
) -> device_clock.Stamps:
    n = len(ticks_us)
    return device_clock.Stamps(
        np.array([round(t) % device_clock.TICK_WRAP_US for t in ticks_us], dtype=np.int64),
        np.full(n, count, dtype=np.int64),
        np.full(n, PERIOD_US),
        np.array(advance, dtype=np.int64),
        np.array([EPOCH_NS + round(a * 1000) for a in (arrival_us or ticks_us)], dtype=np.int64),
    )


def test_the_first_frame_counts_back_to_zero() -> None:
    _, t_s, gap = device_clock.step(None, stamps([5_000_000], [0]))
    np.testing.assert_allclose(t_s, np.arange(16) / 104, atol=1e-12)
    assert t_s[0] == 0.0
    assert not gap.any()


def test_the_sensors_own_rate_is_followed_over_two_wraps() -> None:
    """Four per cent slow, for 2.6 h: the nominal rate would be wrong by 6 minutes."""
    frames = 60_000
    ticks = [4e9 + i * FRAME_US * 1.04 for i in range(frames)]
    _, t_s, gap = device_clock.step(None, stamps(ticks, [0] + [1] * (frames - 1)))
    assert not gap.any()
    np.testing.assert_allclose(np.diff(t_s[15::16]), FRAME_US * 1.04e-6, atol=1.1e-6)
    assert abs(t_s[-1] - t_s[15] - (frames - 1) * FRAME_US * 1.04e-6) < 2e-6


@given(st.integers(1, 450_000), st.floats(0.97, 1.03))
def test_a_gap_of_any_length_keeps_its_length(lost: int, speed: float) -> None:
    """Up to 19 h at three per cent off, 16 wraps of the ticks: the sequence tells how many."""
    later = (lost + 1) * FRAME_US * speed
    _, t_s, gap = device_clock.step(None, stamps([77, 77 + later], [0, lost + 1]))
    assert gap.tolist() == [False, True]
    assert abs(t_s[-1] - t_s[15] - later * 1e-6) < 2e-6
    np.testing.assert_allclose(np.diff(t_s[16:]), PERIOD_US * 1e-6, atol=1e-9)


def test_a_device_clock_that_contradicts_the_samples_is_a_gap_and_is_not_believed() -> None:
    ticks = [0, FRAME_US, FRAME_US, 3 * FRAME_US, 0]
    _, t_s, gap = device_clock.step(None, stamps(ticks, [0, 1, 1, 1, 1]))
    assert gap.tolist() == [False, False, True, False, True]
    assert (np.diff(t_s) > 0).all()
    np.testing.assert_allclose(t_s[-1], t_s[15] + 5 * FRAME_US * 1e-6, atol=3e-6)


def test_a_reboot_lasts_as_long_as_the_arrivals_say() -> None:
    """The last frames before it were delivered late; the quickest delivery tells when they were taken."""
    ticks = [0, FRAME_US, 2 * FRAME_US, 12345]
    arrival = [10_000, FRAME_US + 900_000, 2 * FRAME_US + 900_000, 2 * FRAME_US + 10_000 + 7_000_000]
    _, t_s, gap = device_clock.step(None, stamps(ticks, [0, 1, 1, 0], arrival))
    assert gap.tolist() == [False, False, False, True]
    assert abs(t_s[-1] - t_s[47] - 7.0) < 1e-4
    np.testing.assert_allclose(np.diff(t_s[48:]), PERIOD_US * 1e-6, atol=1e-9)


@pytest.mark.parametrize("ppm", [-80, 60, 90])
def test_crystals_that_differ_do_not_stretch_a_reboot(ppm: int) -> None:
    """After 8 h the sensor's clock is off by up to 2.6 s; the reboot of 30 s is still told to a few milliseconds."""
    frames = 187_000
    ticks = [i * FRAME_US for i in range(frames)]
    arrival = [t * (1 + ppm * 1e-6) + 5000 + 40_000 * (i % 3) for i, t in enumerate(ticks)]
    arrival.append(arrival[-1] // 1 + 30_000_000)
    _, t_s, _ = device_clock.step(None, stamps([*ticks, 0], [0] + [1] * (frames - 1) + [0], arrival))
    late_s = 0.04 * ((frames - 1) % 3)
    assert t_s[-1] - t_s[-17] == pytest.approx(30.0 + late_s, abs=0.005)


@given(st.integers(-(10**9), 10**9).map(lambda s: s * 1e6))
def test_time_goes_on_over_a_reboot_whatever_the_hosts_clock_did(jump_us: float) -> None:
    _, t_s, gap = device_clock.step(None, stamps([0, 50], [0, 0], [0, jump_us]))
    assert gap.tolist() == [False, True]
    assert (np.diff(t_s) > 0).all()
    assert t_s[-1] <= t_s[15] + device_clock.LONGEST_GAP_US * 1e-6


@st.composite
def any_stamps(draw: st.DrawFn) -> device_clock.Stamps:
    n = draw(st.integers(1, 30))

    def column(strategy: st.SearchStrategy[int]) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
        return np.array(draw(st.lists(strategy, min_size=n, max_size=n)), dtype=np.int64)

    advance = column(st.sampled_from([1, 1, 1, 2, 50, 1 << 24, 0]))
    advance[0] = 0
    ticks = column(st.integers(0, 0xFFFFFFFF))
    if draw(st.booleans()):
        ticks = (ticks[0] + np.arange(n) * 150_000) % device_clock.TICK_WRAP_US
    period_us = 1e6 / column(st.sampled_from([26, 104, 208]))
    return device_clock.Stamps(ticks, column(st.integers(1, 37)), period_us, advance, column(st.integers(0, 1 << 62)))


def part(of: device_clock.Stamps, where: slice) -> device_clock.Stamps:
    return device_clock.Stamps(
        of.ticks_us[where], of.count[where], of.period_us[where], of.advance[where], of.arrival_unix_ns[where]
    )


@given(any_stamps(), st.data())
def test_any_frames_give_increasing_times_and_the_same_however_cut(frames: device_clock.Stamps, data: st.DataObject) -> None:
    whole, t_s, gap = device_clock.step(None, frames)
    assert len(t_s) == frames.count.sum()
    assert (np.diff(t_s) > 0).all()
    n = len(frames.count)
    cuts = sorted(data.draw(st.lists(st.integers(0, n), max_size=5)))
    state = None
    times, gaps = [], []
    for first, last in zip([0, *cuts], [*cuts, n], strict=True):
        state, some_s, some = device_clock.step(state, part(frames, slice(first, last)))
        times.append(some_s)
        gaps.append(some)
    assert state == whole
    assert np.concatenate(times).tobytes() == t_s.tobytes()
    assert np.concatenate(gaps).tolist() == gap.tolist()
