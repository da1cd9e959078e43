"""The guide through a programme, whoever does whatever."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import Event, HoldBroken, HoldEnded, HoldStarted, RepCounted
from sensorcore.history.values import RoutineDone
from sensorcore.repetition import Quality, Repetition, Side
from sensorcore.routine.guide import (
    GIVE_UP_S,
    POSE_GIVE_UP_S,
    SETTLE_HOLD_S,
    GuideState,
    SensorInput,
    Tally,
    done_share,
    initial,
    step,
)
from sensorcore.routine.programme import Programme, programmes
from sensorcore.routine.shown import show
from sensorcore.routine.summary import last_of, summary_line
from tests.examples import examples

ALL = tuple(programmes().values())
RESET, BREATHE = programmes()["full_reset"], programmes()["breathe"]
SUPINE = SensorInput(sensor=True, signal=True, flexion_deg=-90.0, lateral_deg=0.0)


def rep(exercise: str, side: Side | None = None) -> Repetition:
    return Repetition(exercise, 0.0, 1.0, 10.0, side, None, Quality(1.0, 1.0, 1.0, -1.6, 0.2, None, {}))


def run(
    programme: Programme, state: GuideState, from_s: float, to_s: float, heard: SensorInput, *, every_s: float = 0.1
) -> GuideState:
    for k in range(round((to_s - from_s) / every_s) + 1):
        state = step(programme, state, from_s + k * every_s, heard)
    return state


@st.composite
def heards(draw: st.DrawFn) -> SensorInput:
    name = draw(st.sampled_from(["pelvic_tilt", "bridge", "childs_pose", "side_bend", "hang"]))
    side = draw(st.sampled_from(["left", "right", None]))
    kinds: list[Event] = [
        RepCounted(0.0, 1, rep(name, side)),
        HoldStarted(0.0, name),
        HoldBroken(0.0, name),
        HoldEnded(0.0, 1, rep(name)),
    ]
    angle = st.one_of(st.none(), st.floats(-180, 180))
    events = tuple(draw(st.lists(st.sampled_from(kinds), max_size=2)))
    return SensorInput(draw(st.booleans()), draw(st.booleans()), events, draw(angle), draw(angle))  # fmt: skip


MOMENTS = st.lists(
    st.tuples(st.floats(0.0, 5.0), heards(), st.sampled_from([None, None, None, "pause", "next", "previous"])), max_size=60
)


@pytest.mark.slow
@examples(60)
@given(st.sampled_from(ALL), MOMENTS)
def test_whatever_happens_time_is_kept_shares_are_shares_and_it_ends(programme: Programme, moments: list[Any]) -> None:
    state, now_s = initial(programme), 100.0
    state = step(programme, state, now_s)
    for passed_s, heard, asked in moments:
        now_s += passed_s
        before, state = state, step(programme, state, now_s, heard, asked)
        shown = show(programme, state, heard, before)
        assert 0.0 <= done_share(programme, state) <= 1.0
        assert 0.0 <= shown.share <= 1.0
        assert 0.0 <= shown.motion <= 1.0
        assert shown.cue
        if before.phase != "over":
            assert state.active_s + state.paused_s == pytest.approx(before.active_s + before.paused_s + passed_s)
        assert (shown.phase == "over") == (state.at == len(programme.steps))
        if state.paused:
            assert state.tallies == before.tallies or asked == "pause"
    state = replace(state, paused=False)
    for heard in (SensorInput(sensor=True), SensorInput()):  # left alone: with a sensor that is silent, and without
        longest_s = sum(POSE_GIVE_UP_S + each.lasts_s + GIVE_UP_S + SETTLE_HOLD_S for each in programme.steps) + 10.0
        assert run(programme, state, now_s, now_s + longest_s, heard, every_s=1.0).phase == "over"


@examples(25)
@given(st.sampled_from(ALL), st.floats(1.0, 100.0), st.floats(3.0, 5000.0))
def test_a_pause_changes_nothing_but_the_hour(programme: Programme, at_s: float, lasts_s: float) -> None:
    before = run(programme, initial(programme), 0.0, at_s, SensorInput(), every_s=0.5)
    now_s = before.now_s or 0.0
    paused = step(programme, before, now_s, SensorInput(), "pause")
    assert show(programme, paused, SensorInput()).note == "Paused"
    paused = step(programme, paused, now_s + lasts_s / 2, SensorInput())
    after = step(programme, paused, now_s + lasts_s, SensorInput(), "pause")
    assert replace(after, now_s=now_s, paused_s=before.paused_s) == before


@pytest.mark.parametrize("programme", ALL, ids=lambda programme: programme.name)
def test_by_the_timer_it_takes_as_long_as_said_and_all_is_done(programme: Programme) -> None:
    state, now_s = step(programme, initial(programme), 0.0), 0.0
    notes = set()
    while state.phase != "over":
        now_s += 0.1
        state = step(programme, state, now_s)
        shown = show(programme, state, SensorInput())
        notes.add(shown.note)
        assert not shown.opened
    assert state.active_s == pytest.approx(programme.lasts_s, rel=0.02)
    assert done_share(programme, state) == 1.0
    assert notes == {"Timer only: no sensor counts", ""}  # nothing is the matter when it is over
    assert "nothing was counted" in summary_line(programme, state, None, sensor=False)


def test_a_computer_that_slept_has_paused() -> None:
    state = run(RESET, initial(RESET), 0.0, 10.0, SensorInput())
    woken = step(RESET, state, 10_000.0)
    assert (woken.phase, woken.phase_s, woken.active_s) == (state.phase, state.phase_s, state.active_s)


def test_the_start_pose_is_waited_for_then_repetitions_count_and_a_pause_of_the_wearer_too() -> None:
    standing = replace(SUPINE, flexion_deg=0.0)
    state = run(RESET, initial(RESET), 0.0, 20.0, standing)
    assert state.phase == "ready"
    assert show(RESET, state, standing).note.startswith("The sensor does not see that pose yet")
    state = run(RESET, state, 20.1, 21.8, SUPINE)
    shown = show(RESET, state, SUPINE)
    assert (shown.phase, shown.opened, shown.big) == ("doing", "pelvic_tilt", "0/7")
    counted = replace(SUPINE, events=(RepCounted(21.9, 1, rep("pelvic_tilt")), RepCounted(21.9, 1, rep("bridge"))))
    before, state = state, step(RESET, state, 21.9, counted)
    assert (show(RESET, state, SUPINE, before).big, show(RESET, state, SUPINE, before).ring) == ("1/7", "counted")
    state = run(RESET, state, 22.0, 45.0, SUPINE)
    assert show(RESET, state, SUPINE).note.startswith("It waits for you")
    assert state.tallies[0] == Tally(count=1)
    state = run(RESET, state, 45.1, 90.0, SUPINE)
    assert (state.at, state.phase) == (1, "doing")  # given up: the bridge begins in the same pose


def test_a_hold_counts_while_held_and_is_closed_when_it_is_left() -> None:
    all_fours = replace(SUPINE, flexion_deg=80.0)
    state = replace(initial(RESET), at=3, phase="doing", now_s=0.0)
    said: dict[int, Event] = {
        20: HoldStarted(2.0, "childs_pose"),
        60: HoldBroken(6.0, "childs_pose"),
        100: HoldStarted(10.0, "childs_pose"),
    }
    for k in range(1, 300):
        heard = replace(all_fours, events=(said[k],) if k in said else ())
        state = step(RESET, state, k / 10, heard)
        if k == 80:
            assert state.tallies[3].gone_s == pytest.approx(6.0, abs=0.2)  # 2 s before it was told, and 4 s
            assert show(RESET, state, heard).note == "Go into the pose: time counts from there"
    assert (state.phase, state.at) == ("settling", 3)
    assert show(RESET, state, all_fours).opened == "childs_pose"
    state = step(RESET, state, 30.0, replace(all_fours, events=(HoldEnded(30.0, 1, rep("childs_pose")),)))
    assert state.at == 4


def test_sides_are_switched_and_told() -> None:
    state = replace(initial(RESET), at=2, phase="doing", now_s=0.0)
    asked = []
    for k, side in enumerate(("right", "right", "left"), start=1):
        asked.append(show(RESET, state, SUPINE).side)
        state = step(RESET, state, float(k), replace(SUPINE, events=(RepCounted(float(k), k, rep("bird_dog", side)),)))  # type: ignore[arg-type]
    assert asked == ["right", "left", "left"]
    assert "bird dog 3 of 6 (1 left, 2 right)" in summary_line(RESET, state, None, sensor=True)


def test_next_and_previous_go_where_they_say() -> None:
    state = run(RESET, initial(RESET), 0.0, 20.0, SensorInput())
    assert state.phase == "doing"
    again = step(RESET, state, 20.1, SensorInput(), "previous")
    assert (again.at, again.phase, again.tallies[0]) == (0, "ready", Tally())
    on = step(RESET, state, 20.1, SensorInput(), "next")
    assert (on.at, on.phase) == (1, "ready")
    assert on.tallies[0].count == state.tallies[0].count
    back = step(RESET, on, 20.2, SensorInput(), "previous")
    assert (back.at, back.tallies[0]) == (0, Tally())
    over = replace(state, at=len(RESET.steps), phase="over")
    assert step(RESET, over, 21.0, SensorInput(), "previous").at == len(RESET.steps) - 1


def test_breathing_is_paced() -> None:
    state = run(BREATHE, initial(BREATHE), 0.0, 5.0, SensorInput())
    said = []
    for k in range(120):
        state = step(BREATHE, state, 5.0 + k / 10, SensorInput())
        said.append(show(BREATHE, state, SensorInput()).cue)
    assert said.count("Breathe in") == pytest.approx(50, abs=3)
    assert said.count("Breathe out") == pytest.approx(70, abs=3)


def test_the_summary_is_against_the_newest_run_of_the_same() -> None:
    runs = [
        RoutineDone(10.0, 0, "full_reset", 200.0, 0.5),
        RoutineDone(20.0, 0, "full_reset", 250.0, 0.9),
        RoutineDone(30.0, 0, "breathe", 9.0),
    ]
    last = last_of(runs, "full_reset")
    assert last is runs[1]
    assert summary_line(RESET, initial(RESET), last, sensor=True).endswith("breathe 0 s; last time 4:10, 90 %.")
    assert last_of(runs, "wake_up") is None
