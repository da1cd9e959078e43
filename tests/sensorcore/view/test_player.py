"""The cursor moves as it likes; what the pipeline found does not depend on it."""

import math
import time
from dataclasses import replace
from functools import lru_cache

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Event
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.view.player import SPEED_MAX, SPEED_MIN, Player
from sensorcore.view.results import MINOR
from sensorcore.view.snapshot import PlayPosition, Snapshot
from tests.examples import examples
from tests.streams import Stream, stream, workday


@lru_cache
def straight_through() -> tuple[Event, ...]:
    """The events of the pipeline itself, without a player."""
    info, whole = workday()
    pipeline = Pipeline(info, Settings())
    state, first = pipeline.step(pipeline.initial(), whole)
    _, last = pipeline.finish(state)
    return first.events + last.events


def player(**kwargs: float) -> Player:
    return Player(stream(**kwargs), Settings())  # type: ignore[arg-type]


def parts(s: Snapshot) -> list[object]:
    """A snapshot's contents without how it was reached, in a form that compares."""
    s = replace(s, progress=PlayPosition())
    arrays = [np.nan_to_num(getattr(s.trace, name), nan=999.0).tolist() for name in s.trace.__slots__]
    return [arrays, *(getattr(s, name) for name in s.__slots__ if name not in ("trace", "progress"))]


moves = st.lists(
    st.one_of(
        st.tuples(st.just("advance"), st.floats(0.0, 30.0)),
        st.tuples(st.just("seek"), st.floats(0.0, 400.0)),
        st.tuples(st.just("skip"), st.sampled_from([-60.0, -10.0, 10.0, 60.0])),
        st.tuples(st.just("speed"), st.floats(SPEED_MIN, SPEED_MAX)),
        st.tuples(st.just("pause"), st.sampled_from([0.0, 1.0])),
        st.tuples(st.just("compute"), st.sampled_from([0.0, 0.001, 10.0])),
    ),
    max_size=12,
)


def move(p: Player, kind: str, value: float) -> None:
    match kind:
        case "advance":
            p.advance(value)
        case "seek":
            p.seek(value)
        case "skip":
            p.skip(value)
        case "speed":
            p.speed = value
        case "pause":
            p.paused = value > 0
        case _:
            p.compute(value, lookahead_s=5.0)


@pytest.mark.slow
@examples(40)
@given(moves, st.sampled_from([700, 1500, 5000]))
def test_events_are_those_of_the_pipeline_however_the_cursor_moved(script: list[tuple[str, float]], block: int) -> None:
    p = player(block=block)
    for kind, value in script:
        move(p, kind, value)
        s = p.snapshot()
        raised = [e for e in straight_through() if isinstance(e, AlertRaised) and e.t_s <= s.t_s + 1e-9]
        assert [alert.raised for alert in s.alerts] == raised[::-1]
        assert s.alerts_total == len(raised)
    while p.compute(lookahead_s=math.inf):
        pass
    assert p.events() == straight_through()


@pytest.mark.slow
@examples(25)
@given(moves)
def test_a_moment_looks_the_same_however_it_was_reached(script: list[tuple[str, float]]) -> None:
    p = player()
    for kind, value in script:
        move(p, kind, value)
    p.compute(lookahead_s=1.0)
    s = p.snapshot()
    other = player(block=997)
    other.seek(s.t_s)
    while other.compute():
        pass
    assert parts(other.snapshot()) == parts(s)


def test_the_cursor_waits_for_results_and_never_passes_the_end() -> None:
    p = player()
    p.advance(5.0)
    assert p.cursor_s == 0.0
    p.compute()
    p.speed = 10.0
    p.advance(5.0)
    assert p.cursor_s == pytest.approx(50.0)
    p.advance(1000.0)
    s = p.snapshot()
    assert s.progress.finished
    assert s.t_s == s.progress.duration_s == pytest.approx(300.0, abs=0.2)
    assert not s.progress.catching_up


def test_a_far_jump_costs_one_block_a_slice_and_says_that_it_is_catching_up() -> None:
    p = player()
    p.seek(math.inf)
    slices = 0
    while p.compute(0.0):
        slices += 1
        assert p.snapshot().progress.catching_up
    assert slices >= 10
    assert p.snapshot().progress.finished


def test_a_pause_stands_still_and_speed_stays_within_bounds() -> None:
    p = player()
    p.compute()
    p.paused = True
    p.advance(10.0)
    assert p.cursor_s == 0.0
    p.speed = 1e6
    assert p.speed == SPEED_MAX
    p.speed = 0.0
    assert p.speed == SPEED_MIN


def test_next_and_previous_alert() -> None:
    p = player()
    p.compute()
    alerts_s = [e.t_s for e in straight_through() if isinstance(e, AlertRaised)]
    assert len(alerts_s) == 2
    seen = []
    for step in (1, 1, 1, -1, -1):
        p.seek_alert(step)
        seen.append(p.cursor_s)
    first, second = alerts_s
    assert seen == pytest.approx([first, second, second, first, first])


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (
            BadInput("time runs backwards", where="day.csv, line 7", hint="Sort it."),
            "day.csv, line 7: time runs backwards. Sort it.",
        ),
        (ZeroDivisionError("boom"), "fault in spinae (ZeroDivisionError: boom)"),
    ],
)
def test_a_broken_recording_is_a_sentence_and_what_came_before_stays(fault: Exception, words: str) -> None:
    p = Player(stream(fault=fault, fault_at_s=100.0), Settings())
    p.seek(200.0)
    while p.compute():
        pass
    s = p.snapshot()
    assert s.progress.problem is not None
    assert words in s.progress.problem
    assert 80.0 < s.t_s < 116.0  # the block under way was read to its end
    assert s.alerts
    assert p.events() == straight_through()[: len(p.events())]


def test_an_empty_recording_says_so() -> None:
    p = Player(Stream(workday()[0], []), Settings())
    assert not p.compute()
    assert "no samples" in (p.snapshot().progress.problem or "")


def test_a_thread_computes_while_another_looks() -> None:
    p = player()
    p.start()
    try:
        p.seek(250.0)
        until = time.monotonic() + 10.0
        while p.snapshot().progress.catching_up and time.monotonic() < until:
            time.sleep(0.005)
        assert p.snapshot().t_s == pytest.approx(250.0, abs=0.1)
    finally:
        p.stop()
    assert p.events() == straight_through()[: len(p.events())]


def test_any_moment_is_explained_and_an_alert_as_such() -> None:
    p = player()
    while p.compute():
        pass
    alerts_s = [event.t_s for event in straight_through() if isinstance(event, AlertRaised)]
    p.seek(alerts_s[0])
    assert p.explain().verdict == "alerted"
    assert "for 15 s, and nothing keeps it silent" in p.explain().sentence
    p.step(-1)
    assert p.paused
    assert p.cursor_s == pytest.approx(alerts_s[0] - 0.1)
    assert p.explain().verdict == "delay"
    p.step(2)
    assert p.explain().verdict == "told"


def test_events_are_jumped_to_one_after_the_other() -> None:
    p = player()
    while p.compute():
        pass
    seen_s = []
    for _ in range(4):
        p.seek_event(1)
        seen_s.append(p.cursor_s)
    assert seen_s == sorted(set(seen_s))
    expected = [event.t_s for event in straight_through() if not isinstance(event, MINOR) and event.t_s > 0.05]
    assert seen_s == pytest.approx(expected[:4])
    p.seek_event(-1)
    assert p.cursor_s == pytest.approx(seen_s[2])


@pytest.mark.parametrize("complete", [True, False])
def test_other_settings_judge_the_whole_recording_again(complete: bool) -> None:
    sharp = Settings().with_value("posture.threshold_deg", 8, "").with_value("alerts.delay_s", 5, "")
    p, wanted = player(), Player(stream(), sharp)
    p.compute(math.inf if complete else 0.0)
    p.seek(200.0)
    p.compute()
    before = p.snapshot()
    p.use(sharp)
    assert p.snapshot().alerts == before.alerts  # until the new result is there
    assert p.snapshot().progress.jump > before.progress.jump
    while p.compute():
        pass
    while wanted.compute():
        pass
    wanted.seek(200.0)
    assert parts(p.snapshot()) == parts(wanted.snapshot())
    assert p.events() == wanted.events()
    assert p.snapshot().alerts != before.alerts
