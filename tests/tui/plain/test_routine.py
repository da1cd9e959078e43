"""A routine in plain lines."""

from __future__ import annotations

import io

from sensorcore.routine.programme import named
from sensorcore.routine.running import Running
from tests.tui.feeds import Acted
from tui.plain.routine import PlainRoutine, run
from tui.text.routine_text import waiting_note


def test_a_line_for_each_step_cue_count_and_note() -> None:
    feed = Acted(flexion_deg=0.0, has_signal=True)
    running, lines = Running(named("desk_break"), feed), list[str]()
    view = PlainRoutine(lines.append)
    for half in range(20):
        view.show(running.advance(half / 2))
    assert lines[:2] == ["Desk break, 1 of 4: Sit to stand, 0/5 repetitions", "  Sit, both feet on the floor"]
    assert "  Feet under the knees." in lines
    feed.count("sit_to_stand")
    view.show(running.advance(10.0))
    assert "  1/5 repetitions" in lines
    said = len(lines)
    view.show(running.advance(10.1))
    assert len(lines) == said  # nothing new, nothing said
    view.show(running.advance(10.2, "pause"))
    assert lines[-1] == "  (Paused)"


def test_letters_are_typed_and_q_ends_it() -> None:
    printed = io.StringIO()
    running = Running(named("breathe"), None)
    run(running, None, io.StringIO("x\nn\nq\n"), printed)
    said = printed.getvalue().splitlines()
    assert said[0].startswith("Type a letter, then enter")
    assert said.count(said[0]) == 2  # x means nothing
    assert "Breathe, 2 of 2: Breathe, 2:00 to breathe" in said


def test_a_test_that_needs_a_sensor_offers_no_timer() -> None:
    feed = Acted()
    test, other = Running(named("baseline"), feed), Running(named("breathe"), feed)
    assert "timer" not in waiting_note(test)
    assert "n begins with the timer only" in waiting_note(other)
    test.advance(0.0, "next")
    assert not test.begun
