"""The detector: threshold, hysteresis, dwell, and time that is not there."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import Event, SlouchEnded, SlouchStarted
from sensorcore.motion.body import Lean
from sensorcore.posture import slouch
from sensorcore.settings import PostureSettings
from sensorcore.track.posture_track import SLOUCHED, UNKNOWN, UPRIGHT

DEFAULTS = PostureSettings()


def detect(
    angles: Sequence[float],
    *,
    index: Sequence[int] | None = None,
    unscored: Sequence[int] = (),
    settings: PostureSettings = DEFAULTS,
) -> tuple[list[int], list[Event]]:
    angle = np.asarray(angles, dtype=np.float64)
    ticks = np.arange(len(angle)) if index is None else np.asarray(index)
    scored = ~np.isin(np.arange(len(angle)), np.asarray(unscored, dtype=np.int64))
    _, postures, _, events = slouch.step(settings, slouch.SlouchState(), ticks, Lean(angle, angle, 0 * angle), scored, True)
    return postures.tolist(), events


def test_slouched_after_the_dwell_and_dated_from_its_start() -> None:
    postures, events = detect([0.0] * 50 + [20.0] * 50)
    assert postures.index(SLOUCHED) == 50 + 24 - 1  # 80 % of 3 s
    (started,) = events
    assert isinstance(started, SlouchStarted)
    assert (started.since_s, started.direction, started.threshold_deg) == (5.0, "forward", 15.0)


@pytest.mark.parametrize(("seconds_beyond", "slouches"), [(2.3, False), (2.4, True)])
def test_a_reach_across_the_desk_is_no_slouch(seconds_beyond: float, slouches: bool) -> None:
    postures, _ = detect([0.0] * 50 + [30.0] * round(seconds_beyond * 10) + [0.0] * 50)
    assert (SLOUCHED in postures) == slouches


def test_short_glances_up_do_not_restart_the_dwell() -> None:
    angles = ([20.0] * 9 + [5.0]) * 10
    assert SLOUCHED in detect([0.0] * 30 + angles)[0]
    assert SLOUCHED not in detect([0.0] * 30 + ([20.0] * 7 + [5.0] * 3) * 10)[0]


@pytest.mark.parametrize(("rest_deg", "ends"), [(10.4, True), (10.6, False), (14.9, False)])
def test_over_only_below_seven_tenths_of_the_threshold(rest_deg: float, ends: bool) -> None:
    postures, events = detect([20.0] * 50 + [rest_deg] * 50)
    assert (postures[-1] == UPRIGHT) == ends
    assert any(isinstance(event, SlouchEnded) for event in events) == ends


def test_release_needs_its_dwell_without_interruption() -> None:
    assert detect([20.0] * 50 + ([0.0] * 9 + [12.0]) * 10)[0][-1] == SLOUCHED
    postures, events = detect([20.0] * 50 + [0.0] * 10)
    assert postures[-2:] == [SLOUCHED, UPRIGHT]
    assert events[-1] == SlouchEnded(6.0, 0.0, "upright")


def test_missing_ticks_of_a_slow_sensor_are_no_gap_but_more_is() -> None:
    every_third = [3 * k for k in range(60)]
    postures, _ = detect([20.0] * 60, index=every_third)
    assert postures.index(SLOUCHED) == 10  # the 31st tick: empty ones count with the one after them
    assert set(detect([20.0] * 60, index=[4 * k for k in range(60)])[0]) == {UPRIGHT}


def test_a_gap_ends_a_slouch_where_the_data_ended() -> None:
    postures, events = detect([20.0] * 90, index=[*range(50), *range(650, 690)])
    assert events[1] == SlouchEnded(5.0, 0.0, "no data")
    assert postures[50] == UPRIGHT
    assert isinstance(events[2], SlouchStarted)
    assert events[2].since_s == 65.0


def test_unscored_time_ends_a_slouch_and_is_unknown() -> None:
    postures, events = detect([20.0] * 90, unscored=range(50, 60))
    assert set(postures[50:60]) == {UNKNOWN}
    assert events[1] == SlouchEnded(5.0, 0.0, "unscored")
    assert events[2].since_s == 6.0  # type: ignore[attr-defined]


@given(
    st.lists(st.sampled_from([0.0, 10.0, 11.0, 14.0, 16.0, 30.0]), min_size=1, max_size=300), st.sampled_from([0.5, 1.5, 3.0, 3.5])
)
def test_what_counts_as_slouched(angles: list[float], dwell_s: float) -> None:
    chosen = PostureSettings(dwell_s=dwell_s)
    postures, events = detect(angles, settings=chosen)
    dwell = round(dwell_s * 10)
    for event in events:
        k = round(event.t_s * 10) - 1
        if isinstance(event, SlouchStarted):
            window = np.asarray(angles[max(0, k + 1 - dwell) : k + 1])
            assert len(window) == dwell
            assert (window > 15).sum() >= 0.8 * dwell
            assert angles[round(event.since_s * 10)] > 15
            assert 0 < event.t_s - event.since_s <= dwell_s + 1e-9
        else:
            assert isinstance(event, SlouchEnded)
            assert max(angles[k - 9 : k + 1]) < 10.5
    assert UNKNOWN not in postures
