"""What is promised is what the policy then does."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorcore.events import AlertRaised, AlertWithheld, Why
from sensorcore.posture import policy
from sensorcore.posture.nudge import Nudge, last_moved_s, next_nudge
from sensorcore.posture.policy import LocalClock, PolicyState
from sensorcore.settings import AlertSettings
from tests.sensorcore.test_snapshot import track

WHY = Why("sitting", "forward", 22.0, 15.0, 15.0, "sitting", False)
UNKNOWN_CLOCK = LocalClock(None)
NEVER = -math.inf

alert_times = st.lists(st.integers(0, 3590), max_size=6, unique=True).map(lambda times: tuple(float(t) for t in sorted(times)))


@settings(max_examples=60)
@given(
    alert_times,
    st.integers(3600, 3900),
    st.integers(0, 2),
    st.integers(1, 6),
    st.integers(0, 200),
    st.integers(0, 60),
    st.integers(1, 90),
)
def test_the_policy_speaks_exactly_then(
    alerts_s: tuple[float, ...], since_s: int, level: int, per_hour: int, cooldown_s: int, moved_ago_s: int, delay_s: int
) -> None:
    about = AlertSettings(delay_s=delay_s, cooldown_s=cooldown_s, per_hour=per_hour, max_level=2)
    if level:
        alerts_s = (*alerts_s, float(since_s))
    now_s = since_s + 3.0
    moved_s = since_s - float(moved_ago_s)
    state = PolicyState(alerts_s=alerts_s, slouch_s=float(since_s), level=level, moved_s=moved_s)
    nudge = next_nudge(about, UNKNOWN_CLOCK, state, float(since_s), now_s, moved_s)
    assert nudge is not None
    spoken_s, t_s = None, now_s
    while spoken_s is None and t_s < now_s + 4000:
        if policy.is_due(about, state, since_s, t_s):
            state, said = policy.slouched(about, UNKNOWN_CLOCK, state, since_s, t_s, WHY)
            spoken_s = next((event.t_s for event in said if isinstance(event, AlertRaised)), None)
            assert all(isinstance(event, AlertRaised | AlertWithheld) for event in said)
        t_s += 1.0
    if spoken_s is None:
        assert nudge == Nudge(None, "said enough")
    else:
        assert now_s + (nudge.in_s or 0.0) == pytest.approx(spoken_s, abs=1.0)


@pytest.mark.parametrize(
    ("state", "about", "clock", "because"),
    [
        (PolicyState(snoozed_until_s=200.0), AlertSettings(), UNKNOWN_CLOCK, "snoozed"),
        (PolicyState(), AlertSettings(quiet_hours="22:00-07:00"), LocalClock(23 * 3600.0), "quiet hours"),
        (PolicyState(), AlertSettings(per_hour=0), UNKNOWN_CLOCK, "budget"),
        (PolicyState(alerts_s=(50.0,)), AlertSettings(per_hour=1), UNKNOWN_CLOCK, "budget"),
    ],
)
def test_silence_is_told_also_while_upright(state: PolicyState, about: AlertSettings, clock: LocalClock, because: str) -> None:
    nudge = next_nudge(about, clock, state, None, 100.0, NEVER)
    assert nudge is not None
    assert nudge.because == because


def test_upright_without_any_silence_nothing_is_promised() -> None:
    assert next_nudge(AlertSettings(), UNKNOWN_CLOCK, PolicyState(alerts_s=(90.0,)), None, 100.0, NEVER) is None


def test_moving_counts_as_moved_only_while_bent() -> None:
    assert last_moved_s(track([0, 1, 2]), 30.0) == NEVER
    assert last_moved_s(track([0, 1, 2], "unknown", "walking"), 30.0) == pytest.approx(0.3)
    assert last_moved_s(track([0, 1, 2], "unknown", "moving"), 30.0) == NEVER
    assert last_moved_s(track([0, 1, 2], "unknown", "moving", flexion=50.0), 30.0) == pytest.approx(0.3)
