"""Breathing: the rate of a known oscillation, silence where none can be known, the same however the stream is cut."""

import itertools
import math
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from sensorcore.events import BreathMeasured, Event
from sensorcore.model import BoolArray
from sensorcore.motion import breathing
from sensorcore.motion.ticks import TICK_HZ, Ticks
from tests.examples import examples
from tests.sensorcore.posture.ticks import ticks
from tests.stage_checks import Parallel, Run, StageChecks


def breathed(
    rate_per_min: float,
    *,
    seconds: float = 90.0,
    swing_deg: float = 0.5,
    noise_deg: float = 0.0,
    seed: int = 1,
    towards_deg: float = 0.0,
) -> Ticks:
    """Somebody whose breath tilts the sensor by `swing_deg` to either side, over sway that grows towards low frequencies, in a
    plane that is turned by `towards_deg` from forward."""
    rng = np.random.default_rng(seed)
    n = round(seconds * TICK_HZ)
    t_s = np.arange(n) / TICK_HZ
    breath = swing_deg * np.sin(2 * math.pi * rate_per_min / 60 * t_s + rng.uniform(0, 6))
    sway = np.cumsum(rng.normal(0, 1, (2, n)), axis=1) * noise_deg / 10 + rng.normal(0, noise_deg / 10, (2, n))
    lean = np.radians(towards_deg)
    made = ticks(breath * math.cos(lean) + sway[0])
    side = np.radians(breath * math.sin(lean) + sway[1])
    up = made.up + np.stack([np.zeros(n), side, np.zeros(n)], axis=1)
    return replace(made, up=up / np.linalg.norm(up, axis=1, keepdims=True))


def told(whole: Ticks, still: np.ndarray | None = None, cuts: list[int] | None = None) -> list[BreathMeasured]:
    quiet = np.ones(len(whole), dtype=np.bool_) if still is None else still
    state, events = breathing.initial(), []
    for a, b in itertools.pairwise([0, *sorted(cuts or []), len(whole)]):
        state, news = breathing.step(state, whole[a:b], quiet[a:b])
        events += news
    return events


@examples(40)
@given(st.floats(6.0, 28.0), st.floats(0.05, 3.0), st.floats(0.0, 180.0), st.integers(0, 99))
@example(6.8125, 1.0, 0.0, 0)  # a rate at which single windows are not sure
def test_the_rate_of_a_clean_breath_is_exact_whatever_its_depth_and_direction(
    rate: float, swing_deg: float, towards_deg: float, seed: int
) -> None:
    events = told(breathed(rate, swing_deg=min(swing_deg, 40 / rate), towards_deg=towards_deg, seed=seed))
    assert len(events) >= 3  # of the 13 windows every third; one may be missed
    assert all(abs(event.rate_per_min - rate) < 0.35 for event in events)
    assert all(event.quality > 0.8 for event in events)
    assert all(event.t_s - event.start_s == pytest.approx(30.0) for event in events)


def test_a_breath_in_sway_is_found_and_sway_alone_is_not_told() -> None:
    good = [event for seed in range(20) for event in told(breathed(15.0, noise_deg=0.3, seed=seed))]
    assert len(good) > 60
    assert np.mean([abs(event.rate_per_min - 15.0) < 2 for event in good]) > 0.95
    silent = [told(breathed(15.0, swing_deg=0.0, noise_deg=0.3, seed=seed)) for seed in range(20)]
    windows = 20 * 13
    assert sum(map(len, silent)) < 0.03 * windows


@pytest.mark.parametrize("falls", [0.0, 1.0, 2.0])
def test_a_sensors_noise_is_no_breath(falls: float) -> None:
    """White, 1/f and wandering: an hour in which nobody breathes."""
    rng = np.random.default_rng(3)
    n = 3600 * TICK_HZ
    hz = np.maximum(np.fft.rfftfreq(n, 1 / TICK_HZ), 0.005)
    spectra = (rng.normal(size=(2, len(hz))) + 1j * rng.normal(size=(2, len(hz)))) * hz ** (-falls / 2)
    angle = np.fft.irfft(spectra, n)
    ahead, aside = np.radians(0.02) * angle / angle.std()
    up = np.stack([ahead, aside, np.sqrt(1 - ahead * ahead - aside * aside)], axis=1)
    whole = replace(ticks(np.zeros(n)), up=up)
    _, found = breathing.estimate(breathing.initial(), whole, np.ones(n, dtype=np.bool_))
    assert len(found.end_s) > 700
    assert np.mean(found.breaths.quality >= breathing.GOOD) < 0.03


def test_what_one_window_shows_waits_for_a_second_like_it() -> None:
    whole = breathed(15.0, seconds=60)
    _, found = breathing.estimate(breathing.initial(), whole, np.ones(len(whole), dtype=np.bool_))
    first, *later = found.breaths.quality.tolist()
    assert first == 0.0
    assert min(later) > 0.8
    assert told(whole)[0].t_s == pytest.approx(found.end_s[1])


def test_the_rate_follows_the_breath() -> None:
    slow, fast = breathed(10.0, seconds=60), breathed(20.0, seconds=60)
    both = Ticks(*(np.concatenate([getattr(slow, name), getattr(fast, name)]) for name in Ticks.__slots__))
    rates = [event.rate_per_min for event in told(replace(both, index=np.arange(len(both))))]
    assert rates[0] == pytest.approx(10, abs=0.5)
    assert rates[-1] == pytest.approx(20, abs=0.5)


def test_nothing_is_told_within_30_s_of_movement() -> None:
    whole = breathed(15.0, seconds=120)
    still = np.ones(len(whole), dtype=np.bool_)
    still[600:610] = False
    assert all(event.t_s <= 60.0 or event.start_s >= 61.0 for event in told(whole, still))
    assert {event.t_s > 60 for event in told(whole, still)} == {True, False}


def test_a_turn_too_fast_for_a_breath_silences_it() -> None:
    whole = breathed(15.0, seconds=120)
    up = whole.up.copy()
    up[600:] = ticks(10.0, n=600).up  # 10° at once
    assert all(event.t_s <= 60.4 or event.start_s >= 60.0 for event in told(replace(whole, up=up)))


def test_nothing_is_told_across_a_gap() -> None:
    whole = breathed(15.0, seconds=120)
    kept = np.ones(len(whole), dtype=np.bool_)
    kept[600:608] = False
    parts = Ticks(*(getattr(whole, name)[kept] for name in Ticks.__slots__))
    assert all(event.t_s <= 60.0 or event.start_s >= 60.8 - 0.4 for event in told(parts))
    assert {event.t_s > 60 for event in told(parts)} == {True, False}


def test_single_ticks_missing_do_not_matter() -> None:
    whole = breathed(15.0)
    kept = np.arange(len(whole)) % 7 != 3
    events = told(Ticks(*(getattr(whole, name)[kept] for name in Ticks.__slots__)))
    assert len(events) >= 4
    assert all(abs(event.rate_per_min - 15.0) < 0.35 for event in events)


def troubled_breath(seed: int, empties: int) -> Run:
    whole = breathed(13.0, seconds=120, noise_deg=0.1, seed=seed)
    rng = np.random.default_rng(seed)
    kept = whole[rng.random(len(whole)) > 0.03 * empties]
    still = rng.random(len(kept)) > 0.0003

    def step(state: breathing.BreathState, part: tuple[Ticks, BoolArray]) -> tuple[breathing.BreathState, tuple[list[Event]]]:
        after, news = breathing.step(state, *part)
        return after, ([*news],)

    return Run(breathing.initial(), step, Parallel(kept, still))


class TestBreathing(StageChecks):
    runs = st.builds(troubled_breath, st.integers(0, 9), st.integers(0, 3))
