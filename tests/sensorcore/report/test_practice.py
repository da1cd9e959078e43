"""What was practised, and the weeks: from a made-up history."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.exercise.quality import CALM, advice
from sensorcore.history.schema import _FIRST
from sensorcore.history.store import History
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone, Session
from sensorcore.history.weeks import weeks_before
from sensorcore.repetition import Quality, Repetition
from sensorcore.report.baselines import EARLIER_NEEDED, compare, in_words
from sensorcore.report.practice import practice, practice_streak, streak_words
from sensorcore.report.progress import in_months, progress
from sensorcore.track.local_day import monday_of
from sensorcore.track.minutes import Minute

TODAY = 20_600
HOUR = 36_000


@pytest.fixture
def history(tmp_path: Path) -> Iterator[History]:
    with History(tmp_path / "history.sqlite") as made:
        yield made


def put(history: History, day: int, upright: float = 0.8, sets: list[RepSet] = [], micro_breaks: list[MicroBreak] = []) -> None:  # noqa: B006
    start_s = day * 86400 + 9 * 3600
    minute = start_s // 60
    counts = Minute(minute, upright_ticks=round(4 * HOUR * upright), slouched_ticks=round(4 * HOUR * (1 - upright)))
    history.replace(Session(f"day-{day}", start_s * 10**9, 0, "SP-1", True), [counts], sets, (), micro_breaks)


def a_set(day: int, n: int, range_deg: float, hint: str = "") -> RepSet:
    start_s = day * 86400 + 10 * 3600.0
    return RepSet(start_s, start_s + 60, "pelvic_tilt", "", n, 0.0, range_deg, 0.9, 4.0, hint, 0)


def test_each_exercise_has_its_last_sets_its_best_and_its_trend(history: History) -> None:
    for k, day in enumerate(range(TODAY - 9, TODAY + 1)):
        put(history, day, sets=[a_set(day, 5 + k % 3, 10.0 + k, "hasty: take 1 s or more each way" if k == 9 else "")])
    (tilts,) = practice(history, TODAY)
    assert (tilts.title, tilts.is_hold, len(tilts.sets), tilts.best.repetitions, tilts.furthest_deg) == (
        "Pelvic tilt",
        False,
        10,
        7,
        19.0,
    )
    assert tilts.sets[0].hint.startswith("hasty")
    assert tilts.range_trend is not None
    assert tilts.range_trend.per_week == pytest.approx(7.0)
    assert practice(history, TODAY + 400) == ()


def test_a_day_counts_by_a_set_a_small_thing_a_test_or_half_a_routine(history: History) -> None:
    put(history, TODAY - 5, sets=[a_set(TODAY - 5, 5, 10.0)])
    put(
        history,
        TODAY - 4,
        micro_breaks=[
            MicroBreak((TODAY - 4) * 86400.0 + 4e4, "stand_up", 0),
            MicroBreak((TODAY - 4) * 86400.0 + 4e4, "stand_up", 1),
        ],
    )
    history.baseline(Baseline((TODAY - 3) * 86400.0 + 100, 0, "SP-1", 4))
    history.routine(RoutineDone((TODAY - 2) * 86400.0 + 100, 0, "breathe", 60.0, 0.6))
    history.routine(RoutineDone((TODAY - 1) * 86400.0 + 100, 0, "breathe", 60.0, 0.3))
    put(history, TODAY, micro_breaks=[MicroBreak(TODAY * 86400.0 + 4e4, "stand_up", 0)])
    now = practice_streak(history, TODAY)
    assert (now.days, now.today, now.last_chance) == (4, False, True)
    assert streak_words(now) == "4 days in a row, 1 missed and forgiven; today is the last chance to keep it"
    assert "no days in a row yet" in streak_words(practice_streak(history, TODAY + 100))


def test_weeks_go_from_monday_and_add_up_and_a_week_without_data_is_there(history: History) -> None:
    days = [TODAY - 30, TODAY - 29, TODAY - 3, TODAY]
    for day in days:
        put(history, day)
    history.note(Note((TODAY - 3) * 86400.0 + 50, 0, 4, "stiff"))
    found = progress(history, TODAY)
    assert found.weeks[0].first_day == monday_of(days[0])
    assert all((week.first_day + 3) % 7 == 0 for week in found.weeks)
    assert sum(week.counts.ticks for week in found.weeks) == 4 * 4 * HOUR
    assert any(week.counts.ticks == 0 for week in found.weeks)
    assert [week.pain for week in found.weeks if week.pain is not None] == [4.0]
    assert sum(each.counts.ticks for each in in_months(found.weeks)) == 4 * 4 * HOUR
    assert found.upright_trend is None
    before = weeks_before(history, TODAY)
    assert sum(week.judged_s for week in before) == pytest.approx(sum(4 * 3600 for day in days if day < monday_of(TODAY)), rel=1e-3)


def test_nothing_yet_is_no_progress(history: History) -> None:
    found = progress(history, TODAY)
    assert (found.weeks, found.baselines, found.streak.days, found.feedback) == ((), (), 0, 1.0)


@given(st.lists(st.floats(1.0, 40.0), max_size=8), st.floats(1.0, 40.0))
def test_a_test_differs_only_from_enough_others_and_never_from_itself(earlier: list[float], newest: float) -> None:
    tests = [Baseline(float(i), 0, "s", 4, value) for i, value in enumerate([*earlier, newest])]
    (found,) = compare(tests)
    assert found.differs is False or len(earlier) >= EARLIER_NEEDED
    assert not any(each.differs for each in compare([*tests[:-1], Baseline(9.0, 0, "s", 4, found.usual or newest)]))
    assert in_words(found).startswith("tilt range ")


def test_what_to_mind_in_a_set_is_what_most_of_it_got() -> None:
    def rep(**hints: str) -> Repetition:
        return Repetition("pelvic_tilt", 0.0, 1.0, 10.0, None, None, Quality(1.0, 1.0, 1.0, -1.6, 0.2, None, hints))

    hasty, fine = "hasty: take 1 s or more each way", rep(tempo=CALM, wobble="steady")
    assert advice([rep(tempo=hasty), rep(tempo=hasty), fine]) == hasty
    assert advice([rep(tempo=hasty), fine, fine, fine]) == CALM
    assert advice([fine]) == CALM


def test_a_history_of_the_first_version_is_brought_up_and_its_recordings_are_entered_again(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    old = sqlite3.connect(path)
    old.executescript(_FIRST + "PRAGMA user_version = 1;")
    old.execute("INSERT INTO sessions (key, start_unix_ns, utc_offset_s, sensor, ended) VALUES ('a', 1, 0, 's', 1)")
    old.execute("INSERT INTO rep_sets VALUES (1, 10.0, 20.0, 'bridge', '', 5, 0.0, 12.0, 0.5)")
    old.commit()
    old.close()
    with History(path) as history:
        assert [session.ended for session in history.sessions()] == [False]
        (kept,) = history.rep_sets(0, 1)
        assert (kept.exercise, kept.range_deg, kept.tempo_s, kept.hint) == ("bridge", 12.0, None, "")
