"""A slip shows when the wearer walks and stands; a slouch and stairs are none; a zero mends it."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.events import AlertRaised, BaselineSet, Event, PutOn, SensorSlipped, SlipMended, TakenOff
from sensorcore.model import Calibration, Vector3
from sensorcore.motion.ticks import Ticks
from sensorcore.motion.vectors import angle_deg, turned
from sensorcore.posture import judge, wearer_commands
from sensorcore.settings import Settings
from sensorcore.track.posture_track import POSTURES, UNKNOWN
from tests.sensorcore.posture.ticks import FORWARD, NO_CLOCK, UP, joined, judged, judging, ticks
from tests.stage_checks import StageChecks

BACK = tuple((np.array([np.sin(np.radians(18)), 0.0, np.cos(np.radians(18))])).tolist())
CALIBRATION = Calibration({"standing": UP, "sitting": BACK}, FORWARD, 1.0)


def walk(lean_deg: float, seconds: float, side_deg: float = 0.0) -> Ticks:
    n = round(seconds * 10)
    swing = 1.5 * np.sin(np.arange(n) * 1.3)
    return ticks(lean_deg + swing, lateral_deg=side_deg, bounce_mps2=1.5)


def stand(lean_deg: float, seconds: float, side_deg: float = 0.0) -> Ticks:
    return ticks(lean_deg, n=round(seconds * 10), lateral_deg=side_deg)


def sit(lean_deg: float, seconds: float, side_deg: float = 0.0) -> Ticks:
    """The pelvis turns back by 18° on sitting down; getting there takes a lean."""
    down = ticks(np.concatenate([np.linspace(0, 40, 12), np.linspace(40, lean_deg - 18, 12)]), lateral_deg=side_deg)
    return joined(down, ticks(lean_deg - 18, n=round(seconds * 10), lateral_deg=side_deg))


def up_again(lean_deg: float = 0.0, side_deg: float = 0.0) -> Ticks:
    return ticks(np.concatenate([np.linspace(lean_deg - 18, 40, 12), np.linspace(40, lean_deg, 12)]), lateral_deg=side_deg)


MORNING = joined(stand(0, 10), walk(4, 40), stand(0, 8), sit(0, 60), up_again(), walk(4, 20), stand(0, 8), sit(0, 120))


def slips(events: list[Event]) -> list[SensorSlipped]:
    return [event for event in events if isinstance(event, SensorSlipped)]


@pytest.mark.parametrize(("forward", "aside"), [(9.0, 0.0), (-12.0, 0.0), (0.0, 9.0), (20.0, 0.0), (0.0, -25.0)])
def test_a_slip_is_told_at_the_next_walk_and_its_time_not_scored(forward: float, aside: float) -> None:
    slipped = joined(
        sit(forward, 60, aside),
        up_again(forward, aside),
        walk(4 + forward, 20, aside),
        stand(forward, 8, aside),
        sit(forward, 90, aside),
    )
    _, track, events = judged(Settings(), [joined(MORNING, slipped)], calibration=CALIBRATION)
    told = slips(events)
    assert len(told) == 1
    walks_from_s = (len(MORNING) + 24 + 600 + 24) / 10
    assert walks_from_s < told[0].t_s < walks_from_s + 26
    assert told[0].angle_deg == pytest.approx(np.hypot(forward, aside), abs=1.5)
    assert told[0].since_s < len(MORNING) / 10 - 100  # the last walk before
    assert (track.posture[track.end_s >= told[0].t_s] == UNKNOWN).all()
    assert not any(isinstance(event, AlertRaised) and event.t_s >= told[0].t_s for event in events)


def test_neither_slouching_nor_stairs_nor_a_nap_are_slips() -> None:
    day = joined(
        MORNING,
        sit(12, 120),
        sit(25, 60),
        up_again(),
        walk(4, 15),
        walk(14, 25),  # a flight of stairs
        walk(4, 10),
        walk(15, 25),
        stand(0, 6),
        walk(14, 12),  # and one with a rest on top, leaning a little
        stand(5, 8),
        ticks(85.0, n=600),
        up_again(),
        walk(5, 20),
        stand(-3, 10),
    )
    assert slips(judged(Settings(), [day], calibration=CALIBRATION)[2]) == []


def test_walking_alone_tells_in_time() -> None:
    _, _, events = judged(Settings(), [joined(MORNING, walk(15, 120))], calibration=CALIBRATION)
    assert len(slips(events)) == 1


def test_one_zero_mends_it_for_sitting_and_standing() -> None:
    """The wearer sits upright and zeroes; both uprights turn with the sensor."""
    off = 15.0
    slipped = joined(up_again(off), walk(4 + off, 20), stand(off, 8), sit(off, 60))
    state, _, events = judged(Settings(), [joined(MORNING, slipped)], calibration=CALIBRATION)
    assert slips(events)
    state, news = wearer_commands.command(Settings(), state, Command(0.0, "zero"))
    assert [type(event) for event in news] == [SlipMended, BaselineSet, BaselineSet]
    assert isinstance(news[-1], BaselineSet)
    assert news[-1].state == "sitting"
    now = state.reference.calibration
    assert now is not None
    truth = ticks(off, n=1).up[0]
    assert angle_deg(now.upright["standing"], tuple(truth.tolist())) < 1.0
    on = joined(ticks(off - 18, n=300), up_again(off), walk(4 + off, 40), stand(off, 8), walk(4 + off, 20), stand(off, 8))
    later = replace(on, index=on.index + round(state.now_s * 10))
    _, track, events, _ = judge.step(Settings(), NO_CLOCK, state, later)
    assert slips(events) == []
    assert {POSTURES[code] for code in track.posture[:290]} == {"upright"}
    assert POSTURES[track.posture[-1]] == "upright"
    assert track.flexion_deg[[0, -1]] == pytest.approx(0.0, abs=1.0)


def test_a_sensor_that_is_moved_back_is_judged_again() -> None:
    there = joined(up_again(15), walk(19, 20), stand(15, 8), sit(15, 60))
    back = joined(up_again(), walk(4, 30), stand(0, 8), sit(0, 30))
    _, track, events = judged(Settings(), [joined(MORNING, there, back)], calibration=CALIBRATION)
    assert [e.because for e in events if isinstance(e, SlipMended)] == ["back"]
    assert track.posture[-1] != UNKNOWN


@pytest.mark.parametrize(("off", "asked"), [(0.0, False), (-14.0, True)])
def test_put_on_again_it_asks_only_when_it_sits_otherwise(off: float, asked: bool) -> None:
    table = ticks(30.0, n=1500)
    table.acc_mps2[:] = table.acc_mps2[0]  # nobody breathes
    day = joined(MORNING, table, sit(off, 120))
    _, track, events = judged(Settings(), [day], calibration=CALIBRATION)
    assert [type(e) for e in events if isinstance(e, (TakenOff, PutOn))] == [TakenOff, PutOn]
    assert bool(slips(events)) == asked
    assert (track.posture[-1] == UNKNOWN) == asked
    off_s = next(e for e in events if isinstance(e, TakenOff))
    assert off_s.since_s - 5 <= len(MORNING) / 10 <= off_s.t_s
    during = [e for e in events if isinstance(e, AlertRaised) and len(MORNING) / 10 < e.t_s < (len(MORNING) + 1500) / 10]
    assert during == []


class TestJudgeOfSlips(StageChecks):
    runs = st.builds(
        lambda: judging(joined(MORNING, up_again(9), walk(13, 20), stand(9, 8), sit(9, 20), up_again(), walk(4, 30), stand(0, 6)))
    )


directions = st.tuples(*(st.floats(-1, 1) for _ in range(3))).filter(lambda v: sum(x * x for x in v) > 0.01)


@given(directions, directions, directions)
def test_the_shortest_turn_is_a_rotation(a: Vector3, b: Vector3, c: Vector3) -> None:
    was, now, other = (tuple((np.array(v) / np.linalg.norm(v)).tolist()) for v in (a, b, c))
    if angle_deg(was, now) > 175:
        return
    assert turned(was, was, now) == pytest.approx(now, abs=1e-9)
    moved = turned(other, was, now)
    assert np.linalg.norm(moved) == pytest.approx(1.0)
    for one, two in itertools.combinations((was, other), 2):
        assert angle_deg(turned(one, was, now), turned(two, was, now)) == pytest.approx(angle_deg(one, two), abs=1e-5)
