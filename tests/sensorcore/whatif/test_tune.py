"""The sweep says exactly what the pipeline would have said with each setting, and counts marks as it promises."""

import json
from dataclasses import asdict, replace
from functools import lru_cache
from itertools import product
from typing import get_args

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from sensorcore.commands import Command, CommandKind
from sensorcore.events import AlertRaised, Event, Marked
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, RestartState, SampleBlock, StreamInfo
from sensorcore.pipeline.single import Pipeline
from sensorcore.ports import StreamItem
from sensorcore.settings import AlertSettings, PostureSettings, Settings
from sensorcore.simulator import Simulation
from sensorcore.whatif.day import Day, watch
from sensorcore.whatif.tune import Setting, SettingOutcome, SlouchAlert, Sweep, alerts, sweep
from tests.examples import examples

RATE_HZ = 20.0
POINTS = [Setting(*point) for point in product((8.0, 15.0, 20.0), (3.0, 15.0, 40.0))]
LIVELY = Settings(alerts=AlertSettings(cooldown_s=20.0, mute_after_s=10.0, escalate_after_s=20.0, per_hour=7))


def truly(info: StreamInfo, items: list[StreamItem], chosen: Settings) -> list[tuple[float, int]]:
    """Time and level of the alerts of the real pipeline."""
    pipeline = Pipeline(info, chosen)
    state = pipeline.initial()
    said: list[Event] = []
    for item in items:
        state, output = pipeline.step(state, item)
        said += output.events
    said += pipeline.finish(state)[1].events
    return [(event.t_s, event.level) for event in said if isinstance(event, AlertRaised)]


def swept(day: Day, chosen: Settings) -> list[tuple[float, int]]:
    return [(alert.t_s, alert.level) for alert in alerts(day, chosen)]


@lru_cache
def workday(seed: int) -> tuple[StreamInfo, list[StreamItem]]:
    """22 min of the simulated wearer: slouches, a walk, bends; two stretches lost; a snooze, its end, marks, a re-zero."""
    simulation = Simulation("workday-short", seed, sample_rate_hz=26.0, duration_s=1300.0)
    rng = np.random.default_rng(seed)
    holes = [(start, start + length) for start, length in zip(rng.uniform(100, 1200, 2), rng.uniform(1, 40, 2), strict=True)]
    said = {
        40 + seed: Command(0.0, "snooze", "100"),
        55: Command(0.0, "resume"),
        90: Command(0.0, "mark", "wrong"),
        120 + seed: Command(0.0, "snooze", "60"),
        140: Command(0.0, "zero"),
        160: Command(0.0, "mark", "a long call"),
    }
    items: list[StreamItem] = []
    count = 0
    for piece in simulation.items():
        for begin in range(0, len(piece), 200):
            part = piece[begin : begin + 200]
            count += 1
            if not any(start <= part.t_s[0] < end for start, end in holes):
                items.append(part)
            if count in said:
                items.append(said[count])
    return simulation.info, items


DAYS = [(4, False), *(pytest.param(seed, True, marks=pytest.mark.slow) for seed in (1, 2, 3))]


@pytest.mark.slow
@pytest.mark.parametrize(("seed", "calibrated"), DAYS)
def test_sweep_is_the_pipeline_on_simulated_days(seed: int, calibrated: bool) -> None:
    info, items = workday(seed)
    info = info if calibrated else replace(info, calibration=None)
    day = watch(info, items, LIVELY)
    assert [mark.text for mark in day.marks] == ["wrong", "a long call"]
    assert sum(len(stretch.said) for stretch in day.stretches) == 3
    expected = {point: truly(info, items, point.of(LIVELY)) for point in (POINTS if seed == 1 else POINTS[::4])}
    assert {point: swept(day, point.of(LIVELY)) for point in expected} == expected
    assert any(level > 1 for said in expected.values() for _, level in said), "the day must escalate, or it tests nothing"
    outcomes = sweep(day, LIVELY, expected, LIVELY).outcomes
    assert {point: outcome.alerts for point, outcome in outcomes.items()} == {point: len(said) for point, said in expected.items()}


LEANS = st.lists(
    st.tuples(
        st.floats(0.3, 90.0),
        st.sampled_from([0.0, 5.0, 9.0, 12.0, 16.0, 22.0, 50.0, 80.0]),
        st.sampled_from(["still", "walk", "gap"]),
    ),
    min_size=3,
    max_size=14,
)
SAID: dict[CommandKind, list[str]] = {
    "snooze": ["20", "0.05", ""],
    "resume": [""],
    "state": ["standing", "sitting"],
    "mark": ["wrong"],
    "zero": [""],
    "pain": ["3 back"],
    "exercise": ["pelvic_tilt", "bridge", ""],
    "calibrate": [json.dumps(asdict(Calibration({"sitting": (-0.2, 0.0, 0.98**0.5)}, (1.0, 0.0, 0.0))))],
    "settings": ['{"posture.threshold_deg": 9.0, "alerts.delay_s": 2.0}', '{"habit.fading": "off"}', '{"alerts.quiet_hours": ""}'],
    "zone": ["3600", "-120", "0"],
}
ORDERS = st.lists(
    st.tuples(st.floats(0.0, 600.0), st.sampled_from([(kind, value) for kind, values in SAID.items() for value in values])),
    max_size=6,
)
CARRIED = st.builds(RestartState, st.sampled_from([1.0, 0.5625, 0.25]))
CHOSEN = st.builds(
    Settings,
    st.builds(
        PostureSettings,
        st.sampled_from([3.0, 8.0, 12.0, 15.0]),
        st.sampled_from([0.3, 0.7, 1.0]),
        st.sampled_from([0.5, 3.0, 10.0]),
        st.sampled_from([0.1, 1.0, 5.0]),
    ),
    st.builds(
        AlertSettings,
        delay_s=st.sampled_from([1.0, 5.0, 15.0, 60.0]),
        cooldown_s=st.sampled_from([0.0, 10.0, 60.0]),
        mute_after_s=st.sampled_from([0.0, 5.0, 30.0]),
        per_hour=st.sampled_from([0, 1, 3, 12]),
        escalate_after_s=st.sampled_from([10.0, 30.0]),
        max_level=st.sampled_from([1, 3]),
        quiet_hours=st.sampled_from(["", "12:01-12:03", "12:02-12:00"]),
    ),
)


def leaning(leans: list[tuple[float, float, str]], orders: list[tuple[float, tuple[str, str]]]) -> list[StreamItem]:
    """A sensor without gyroscope that leans so far for so long, walks or is not heard; in blocks of 5 s, orders between."""
    t_s, parts = 0.0, []
    rng = np.random.default_rng(1)
    for length_s, lean_deg, how in leans:
        n = max(1, round(length_s * RATE_HZ))
        if how != "gap":
            breath = 0.5 * np.sin(2 * np.pi * 0.25 * (t_s + np.arange(n) / RATE_HZ))
            angle = np.radians(lean_deg + breath + rng.normal(0, 0.3, n))
            size = STANDARD_GRAVITY_MPS2 + (2.0 * np.sin(2 * np.pi * 2.0 * np.arange(n) / RATE_HZ) if how == "walk" else 0.0)
            rock = np.radians(8.0 if how == "walk" else 0.0) * np.sin(2 * np.pi * 1.0 * np.arange(n) / RATE_HZ)  # as steps do
            acc = np.stack([-np.sin(angle) * size, np.sin(rock) * size, np.cos(angle) * size], axis=1)
            parts.append(SampleBlock.checked(t_s + np.arange(n) / RATE_HZ, acc))
        t_s += n / RATE_HZ
    items: list[StreamItem] = []
    waiting = sorted(orders)
    for part in parts:
        for begin in range(0, len(part), 100):
            while waiting and waiting[0][0] <= part.t_s[begin]:
                at_s, (kind, value) = waiting.pop(0)
                items.append(Command(at_s, kind, value))  # type: ignore[arg-type]
            items.append(part[begin : begin + 100])
    return items


@pytest.mark.slow
@examples(30, suppress_health_check=[HealthCheck.too_slow])
@given(LEANS, ORDERS, CHOSEN, CARRIED)
def test_sweep_is_the_pipeline_whatever_happens(
    leans: list[tuple[float, float, str]], orders: list[tuple[float, tuple[str, str]]], chosen: Settings, carried: RestartState
) -> None:
    upright = {"sitting": (0.0, 0.0, 1.0), "standing": (0.05, 0.0, (1 - 0.05**2) ** 0.5)}
    noon_ns = 12 * 3600 * 10**9
    calibration = Calibration(upright, (1.0, 0.0, 0.0))
    info = StreamInfo(DeviceProfile("lean", RATE_HZ, None), noon_ns, calibration=calibration, carried=carried)
    items = leaning(leans, orders)
    day = watch(info, items, chosen)
    others = [item for item in items if not (isinstance(item, Command) and item.kind == "settings")]
    assert swept(day, chosen) == truly(info, others, chosen), "what-if passes over changed settings"
    assert [(alert.t_s, alert.level) for alert in alerts(day, chosen, as_worn=True)] == truly(info, items, chosen)


def test_every_kind_of_command_is_tried() -> None:
    assert SAID.keys() == set(get_args(CommandKind))


RULES = {
    "snoozed in the middle of a slouch": (Settings(), [(125.0, ("snooze", "20"))]),
    "snoozed, then resumed": (Settings(), [(90.0, ("snooze", "600")), (140.0, ("resume", ""))]),
    "quiet hours that begin in the middle of a slouch": (Settings(alerts=AlertSettings(quiet_hours="12:03-12:06")), []),
    "muted after walking": (Settings(alerts=AlertSettings(mute_after_s=60.0)), []),
    "cool-down": (Settings(alerts=AlertSettings(cooldown_s=400.0)), []),
    "budget": (Settings(alerts=AlertSettings(per_hour=1)), []),
    "escalation": (Settings(alerts=AlertSettings(escalate_after_s=10.0, cooldown_s=0.0)), []),
    "an exercise that is open, then closed": (Settings(), [(90.0, ("exercise", "pelvic_tilt")), (180.0, ("exercise", ""))]),
    "another zone, in which it is quiet": (Settings(alerts=AlertSettings(quiet_hours="13:00-13:59")), [(90.0, ("zone", "3600"))]),
    "another upright": (Settings(), [(90.0, ("calibrate", SAID["calibrate"][0]))]),
}


@pytest.mark.slow
@pytest.mark.parametrize(("chosen", "orders"), RULES.values(), ids=RULES)
def test_each_rule_of_the_policy_counts(chosen: Settings, orders: list[tuple[float, tuple[str, str]]]) -> None:
    noon_ns = 12 * 3600 * 10**9
    # who has walked stands, and is judged by the upright of that
    calibration = Calibration({"sitting": (0.0, 0.0, 1.0), "standing": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0))
    info = StreamInfo(DeviceProfile("lean", RATE_HZ, None), noon_ns, calibration=calibration)
    leans = [(80.0, 0.0, "still"), (20.0, 0.0, "walk"), (100.0, 22.0, "still"), (100.0, 0.0, "still"), (60.0, 22.0, "still")]
    items = leaning(leans, orders)
    expected = truly(info, items, chosen)
    assert swept(watch(info, items, chosen), chosen) == expected
    faded = replace(info, carried=RestartState(feedback=0.5))
    assert swept(watch(faded, items, chosen), chosen) == truly(faded, items, chosen)
    assert expected != truly(info, leaning(leans, []), Settings()), "this rule must change something, or it tests nothing"


def test_time_without_data_is_not_worn_time() -> None:
    info = StreamInfo(DeviceProfile("lean", RATE_HZ, None))
    items = leaning([(60.0, 0.0, "still"), (600.0, 0.0, "gap"), (30.0, 0.0, "still")], [])
    assert watch(info, items, Settings()).data_s == pytest.approx(90.0)
    assert watch(info, [], Settings()).data_s == 0.0
    assert alerts(watch(info, [], Settings()), Settings()) == []


def test_marks_count_against_settings_that_would_speak_again() -> None:
    info = StreamInfo(DeviceProfile("lean", RATE_HZ, None), calibration=Calibration({"sitting": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0)))
    rest = (100.0, 0.0, "still")
    items = leaning([rest, (60.0, 22.0, "still"), rest, (60.0, 16.0, "still"), rest], [])
    day = watch(info, items, Settings())
    heard = alerts(day, Settings())
    assert [round(alert.t_s) for alert in heard] == [116, 276]
    points = [Setting(8.0, 15.0), Setting(20.0, 15.0), Setting(8.0, 90.0)]

    def judged(*marks: Marked) -> Sweep:
        return sweep(replace(day, marks=marks), Settings(), points, Settings())

    second = judged(
        Marked(heard[1].t_s + 59, "Wrong "), Marked(heard[1].t_s + 61, "wrong"), Marked(50.0, "wrong"), Marked(120.0, "tea")
    )
    assert (second.wrong, second.right, second.unmatched) == (1, 1, 2)
    assert list(second.outcomes.values()) == [SettingOutcome(2, 1, 0), SettingOutcome(1, 0, 0), SettingOutcome(0, 0, 1)]
    first = judged(Marked(heard[0].t_s, "wrong"))
    assert list(first.outcomes.values()) == [SettingOutcome(2, 1, 0), SettingOutcome(1, 1, 1), SettingOutcome(0, 0, 1)]
    both = first + second
    assert both.outcomes[points[1]] == SettingOutcome(2, 1, 1)
    assert (both.data_s, both.wrong, both.right) == (2 * day.data_s, 2, 2)


def test_alerts_know_their_slouch() -> None:
    info = StreamInfo(DeviceProfile("lean", RATE_HZ, None), calibration=Calibration({"sitting": (0.0, 0.0, 1.0)}, (1.0, 0.0, 0.0)))
    day = watch(info, leaning([(30.0, 0.0, "still"), (200.0, 20.0, "still"), (30.0, 0.0, "still")], []), LIVELY)
    found = alerts(day, LIVELY)
    assert [alert.level for alert in found] == [1, 2, 3]
    assert len({(alert.since_s, alert.until_s) for alert in found}) == 1
    assert found[0].since_s == pytest.approx(31, abs=2)
    assert found[0].until_s == pytest.approx(231, abs=2)
    assert isinstance(found[0], SlouchAlert)
