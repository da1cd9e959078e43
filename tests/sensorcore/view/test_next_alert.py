"""What is promised is what the policy then does."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.events import AlertRaised, AlertWithheld, Why
from sensorcore.model import Calibration, DeviceProfile, RestartState, StreamInfo
from sensorcore.pipeline.single import Pipeline
from sensorcore.ports import StreamItem
from sensorcore.posture import policy
from sensorcore.posture.policy import LocalClock, PolicyState
from sensorcore.settings import AlertSettings, Settings
from sensorcore.view.next_alert import NextAlert, next_alert
from sensorcore.view.results import Results
from sensorcore.view.snapshot import PlayPosition, build_snapshot
from tests.examples import examples
from tests.sensorcore.whatif.test_tune import CARRIED, RATE_HZ, SAID, leaning

WHY = Why("sitting", "forward", 22.0, 15.0, 15.0, "sitting", False)
UNKNOWN_CLOCK = LocalClock(None)

alert_times = st.lists(st.integers(0, 3590), max_size=6, unique=True).map(lambda times: tuple(float(t) for t in sorted(times)))


@examples(60)
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
    coming = next_alert(about, UNKNOWN_CLOCK, state, float(since_s), now_s)
    assert coming is not None
    spoken_s, t_s = None, now_s
    while spoken_s is None and t_s < now_s + 4000:
        if policy.is_due(about, state, since_s, t_s):
            state, said = policy.slouched(about, UNKNOWN_CLOCK, state, since_s, t_s, WHY)
            spoken_s = next((event.t_s for event in said if isinstance(event, AlertRaised)), None)
            assert all(isinstance(event, AlertRaised | AlertWithheld) for event in said)
        t_s += 1.0
    if spoken_s is None:
        assert coming == NextAlert(None, "said enough")
    else:
        assert now_s + (coming.in_s or 0.0) == pytest.approx(spoken_s, abs=1.0)


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
    coming = next_alert(about, clock, state, None, 100.0)
    assert coming is not None
    assert coming.because == because


def test_upright_without_any_silence_nothing_is_promised() -> None:
    assert next_alert(AlertSettings(), UNKNOWN_CLOCK, PolicyState(alerts_s=(90.0,)), None, 100.0) is None


ORDERS = st.lists(
    st.tuples(
        st.floats(0.0, 400.0),
        st.sampled_from(
            [(kind, value) for kind, values in SAID.items() if kind not in ("settings", "calibrate") for value in values]
        ),
    ),
    max_size=4,
)
WORN = st.lists(
    st.tuples(st.floats(5.0, 70.0), st.sampled_from([0.0, 22.0, 60.0]), st.sampled_from(["still", "walk", "gap"])),
    min_size=3,
    max_size=8,
)


def promises(info: StreamInfo, items: list[StreamItem], chosen: Settings) -> tuple[Results, list[AlertRaised], list[float]]:
    """What came of the stream, its alerts, and when something changed what the next one waits for."""
    pipeline, results = Pipeline(info, chosen), Results(info)
    state = pipeline.initial()
    changed_s: list[float] = []
    for item in items:
        state, output = pipeline.step(state, item)
        results.add(output)
        changed_s += [results.end_s] if isinstance(item, Command) else []
    results.add(pipeline.finish(state)[1])
    raised = [event for event in results.events() if isinstance(event, AlertRaised)]
    return results, raised, [*changed_s, *(alert.t_s for alert in raised)]


def check_promises(info: StreamInfo, items: list[StreamItem], chosen: Settings) -> int:
    """Each alert was promised, to the tick, at every moment since the last thing that it waited for changed. Counts the moments."""
    results, raised, changed_s = promises(info, items, chosen)
    checked = 0
    for alert in raised:
        begin_s = max([alert.t_s - alert.why.dwell_s, *(at_s for at_s in changed_s if at_s < alert.t_s - 1e-6)])
        for t_s in np.arange(begin_s + 0.1, alert.t_s, 3.1).tolist():
            track, past, counts = results.until(t_s)
            moment = build_snapshot(track, past, counts, t_s=t_s, info=info, settings=chosen, progress=PlayPosition())
            if past.slouch_since_s is None or not moment.has_signal or moment.next_alert is None or moment.next_alert.in_s is None:
                continue  # no slouch yet; or one of the silences that end at their own time
            assert t_s + moment.next_alert.in_s == pytest.approx(alert.t_s, abs=0.101), (t_s, moment.next_alert, alert)
            checked += 1
    return checked


def worn(carried: RestartState) -> StreamInfo:
    calibration = Calibration({"sitting": (0.0, 0.0, 1.0), "standing": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0))
    return StreamInfo(DeviceProfile("lean", RATE_HZ, None), 12 * 3600 * 10**9, calibration=calibration, carried=carried)


EVENTS = {
    "after walking": ([(40.0, 0.0, "still"), (20.0, 0.0, "walk"), (100.0, 22.0, "still")], []),
    "after an exercise": (
        [(20.0, 0.0, "still"), (140.0, 22.0, "still")],
        [(30.0, ("exercise", "bridge")), (60.0, ("exercise", ""))],
    ),
    "told again": ([(20.0, 0.0, "still"), (280.0, 22.0, "still")], []),
}


@pytest.mark.parametrize(("leans", "orders"), EVENTS.values(), ids=EVENTS)
def test_the_next_alert_comes_when_the_screen_says(
    leans: list[tuple[float, float, str]], orders: list[tuple[float, tuple[str, str]]]
) -> None:
    about = Settings(alerts=AlertSettings(mute_after_s=50.0, escalate_after_s=60.0))
    assert check_promises(worn(RestartState()), leaning(leans, orders), about) >= 5


@pytest.mark.slow
@examples(20)
@given(WORN, ORDERS, st.sampled_from([0.0, 30.0]), st.sampled_from(["", "12:01-12:03", "13:00-13:02"]), CARRIED)
def test_the_next_alert_comes_then_whatever_is_said(
    leans: list[tuple[float, float, str]],
    orders: list[tuple[float, tuple[str, str]]],
    mute_s: float,
    quiet: str,
    carried: RestartState,
) -> None:
    about = AlertSettings(mute_after_s=mute_s, escalate_after_s=20.0, cooldown_s=10.0, per_hour=4, quiet_hours=quiet)
    check_promises(worn(carried), leaning(leans, orders), Settings(alerts=about))


def test_quiet_hours_that_begin_before_it_are_told() -> None:
    about, noon = AlertSettings(quiet_hours="12:01-13:00", delay_s=60.0), LocalClock(12 * 3600.0)
    assert next_alert(about, noon, PolicyState(), 30.0, 40.0) == NextAlert(None, "quiet hours")
    assert next_alert(about, noon, PolicyState(), 10.0, 40.0) == NextAlert(None, "quiet hours")
    assert next_alert(replace(about, delay_s=15.0), noon, PolicyState(), 30.0, 40.0) == NextAlert(pytest.approx(5.0), "slouching")
