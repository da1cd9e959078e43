"""What a report says of what was practised."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sensorcore.history.values import RepSet, RoutineDone
from sensorcore.report.charts import _marks
from sensorcore.report.text import describe_routines, describe_sets


def made(repetitions: int, hint: str = "calm") -> RepSet:
    return RepSet(0.0, 40.0, "pelvic_tilt", "", repetitions, 0.0, 10.0 + repetitions, 1.0, 4.0, hint)


def test_sets_of_one_exercise_are_one_line_with_the_last_hint() -> None:
    assert describe_sets([made(5)]) == "pelvic tilt: 5 ×, 15° – calm"
    assert describe_sets([made(5), made(7, "hasty")]) == "pelvic tilt: 2 sets, 12 ×, 16° – hasty"


def test_routines_of_one_name_are_one_line() -> None:
    done = [RoutineDone(0.0, 0, "desk_break", 170.0, 1.0), RoutineDone(9e4, 0, "desk_break", 190.0, 0.5)]
    assert describe_routines(done[:1]) == "desk break: 3 min, 100 % done"
    assert describe_routines(done) == "desk break: 2 times, 6 min, 75 % done"


@given(st.floats(3600.0, 86400.0))
def test_a_charts_marks_are_round_and_few(top_s: float) -> None:
    marks = _marks(top_s)
    assert 1 <= len(marks) <= 4
    assert all(mark <= top_s and mark % 900.0 == 0.0 for mark in marks)
