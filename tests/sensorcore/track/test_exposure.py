"""Exposure: every tick counted once, a pose is left when it is left, the same however the track is cut."""

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.posture.context import CONTEXT_CODES
from sensorcore.track import exposure
from sensorcore.track.exposure import ExposureState, summary
from sensorcore.track.posture_track import TICK_HZ, PostureTrack
from tests.stage_checks import Run, StageChecks


def track(*parts: tuple[str, float, float], sway_deg: float = 0.0) -> PostureTrack:
    """(what, seconds, flexion) one after the other; "gap" leaves time without data."""
    index: list[np.ndarray] = []
    flexion: list[np.ndarray] = []
    codes: list[np.ndarray] = []
    at = 0
    for what, seconds, angle in parts:
        n = round(seconds * TICK_HZ)
        if what != "gap":
            index.append(np.arange(at, at + n))
            flexion.append(np.full(n, angle))
            codes.append(np.full(n, CONTEXT_CODES[what], dtype=np.int8))
        at += n
    ticks = np.concatenate(index)
    leaned = np.concatenate(flexion) + sway_deg * np.sin(np.arange(len(ticks)))
    zero = np.zeros(len(ticks))
    return PostureTrack(ticks, leaned, zero, zero, np.concatenate(codes), np.zeros(len(ticks), dtype=np.int8))


def longest(*parts: tuple[str, float, float]) -> tuple[int, int]:
    found = summary(seen(track(*parts)))["longest_static"]
    return found["start_s"], found["end_s"]


def seen(whole: PostureTrack, *cuts: int) -> ExposureState:
    state = ExposureState()
    for a, b in itertools.pairwise([0, *sorted(cuts), len(whole)]):
        state = exposure.step(state, PostureTrack(*(getattr(whole, name)[a:b] for name in PostureTrack.__slots__)))
    return state


def test_time_above_the_limits() -> None:
    upright = (("sitting", 60.0, 5.0), ("walking", 31.0, 0.0))
    found = summary(seen(track(*upright, ("moving", 6.0, 25.0), ("standing", 3.0, 50.0), ("lying", 100.0, 90.0))))
    assert found["measured_s"] == 100.0
    assert found["above_s"] == {"20": 9.0, "30": 3.0, "45": 3.0, "60": 0.0}
    assert found["inclination_percentiles_deg"] == {"50": 5.0, "90": 5.0, "95": 25.0, "99": 50.0}


@given(st.lists(st.floats(0, 170), min_size=20, max_size=300))
def test_percentiles_and_limits_are_those_of_the_ticks(angles: list[float]) -> None:
    n = len(angles)
    zero = np.zeros(n)
    whole = PostureTrack(np.arange(n), np.asarray(angles), zero, zero, np.ones(n, dtype=np.int8), np.zeros(n, dtype=np.int8))
    found = summary(seen(whole))
    for p, value in found["inclination_percentiles_deg"].items():
        assert value == pytest.approx(np.percentile(angles, int(p), method="inverted_cdf"), abs=0.0501)
    for limit, seconds in found["above_s"].items():
        sure = sum(angle > int(limit) + 0.051 for angle in angles)
        maybe = sum(angle > int(limit) - 0.051 for angle in angles)
        assert sure <= round(seconds * TICK_HZ) <= maybe


def test_a_pose_held_for_minutes_is_static_and_short_ones_are_not() -> None:
    found = summary(seen(track(("sitting", 200, 3.0), ("sitting", 50, 20.0), ("sitting", 90, 3.0), sway_deg=1.0)))
    assert found["longest_static"] == {"start_s": 0, "end_s": 200}
    assert found["static_s"] == pytest.approx(290, abs=4)
    assert found["posture_changes"] == 2
    assert found["posture_changes_per_hour"] == pytest.approx(2 / 340 * 3600, abs=0.3)


def test_a_glance_or_reach_does_not_end_a_pose_and_a_change_does() -> None:
    before, after = ("sitting", 100.0, 3.0), ("sitting", 105.0, 3.0)
    for reach in (("sitting", 2.0, 15.0), ("moving", 2.0, 40.0), ("gap", 2.0, 0.0)):
        assert longest(before, reach, after) == (0, 207)
    for away in (("sitting", 5.0, 15.0), ("moving", 5.0, 40.0), ("walking", 5.0, 3.0), ("gap", 5.0, 0.0)):
        start_s, end_s = longest(before, away, after)
        assert (start_s in range(105, 108), end_s) == (True, 210)  # a pose is noticed 3 s after the one before was left


def test_a_slow_drift_is_a_change_in_the_end() -> None:
    n = 6000
    drift = PostureTrack(
        np.arange(n), np.linspace(0, 30, n), np.zeros(n), np.zeros(n), np.ones(n, dtype=np.int8), np.zeros(n, dtype=np.int8)
    )
    found = summary(seen(drift))
    assert 4 <= found["posture_changes"] <= 6
    assert 95 <= found["longest_static"]["end_s"] - found["longest_static"]["start_s"] <= 105


def test_nothing_measured_is_nothing_told() -> None:
    found = summary(seen(track(("unknown", 100, np.nan))))
    assert (found["measured_s"], found["longest_static"], found["posture_changes_per_hour"]) == (0.0, None, None)
    assert found["inclination_percentiles_deg"] is None


WHAT = st.sampled_from(["sitting", "sitting", "standing", "walking", "moving", "lying", "gap", "unknown"])


def exposed(parts: list[tuple[str, float, float]]) -> Run:
    def step(state: ExposureState, part: PostureTrack) -> tuple[ExposureState, tuple[()]]:
        return exposure.step(state, part), ()

    return Run(ExposureState(), step, track(("sitting", 30.0, 0.0), *parts, sway_deg=2.0))


class TestExposure(StageChecks):
    runs = st.lists(
        st.tuples(WHAT, st.sampled_from([0.3, 1.7, 4.0, 61.0, 90.0]), st.sampled_from([0.0, 4.0, 9.0, 33.0])), max_size=12
    ).map(exposed)
