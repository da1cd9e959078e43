"""`spinae routine`: what it says, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorcore.events import BreathMeasured, SetEnded
from sensorcore.history import baselines
from sensorcore.history.ingest import ingest_all
from sensorcore.history.store import History
from sensorcore.history.values import RoutineDone
from sensorcore.repetition import Quality, Repetition, Side
from sensorcore.routine.programme import named
from sensorcore.routine.running import Running
from sensorcore.settings import Settings
from tests.tui.cli.conftest import Spinae
from tui.places.folders import history_path
from tui.places.routine_history import left_behind


def test_it_lists_bundled_ones_and_ones_own(spinae: Spinae, home: Path) -> None:
    folder = home / "spinae" / "routines"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('title = "My own"\n[[step]]\nbreathe = "slow"\nfor_s = 120\n', encoding="utf-8")
    ran = spinae("routine", "--list")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == [
        "baseline",
        "breathe",
        "desk_break",
        "full_reset",
        "wake_up",
        "mine",
    ]
    assert "2 min  My own" in ran.out


def test_a_baseline_test_is_kept_in_the_history_and_as_a_file(home: Path) -> None:
    def run(at_s: float, bend: float) -> list[str]:
        running = Running(named("baseline"), None)
        running.with_sensor = True
        tilts = tuple(rep("pelvic_tilt", 10.0 + bend * i) for i in range(3))
        bends = (rep("side_bend", 20.0, "left"), rep("side_bend", 16.0, "right"))
        running.events = [SetEnded(1.0, "pelvic_tilt", tilts, True), SetEnded(2.0, "side_bend", bends, True)]
        running.events += [BreathMeasured(40.0, 10.0, 13.0, 0.9)]
        for k in range(30):
            running.advance(float(k))
        return left_behind(running, at_s, "SP-1")

    first = run(1_000_000.0, 1.0)
    assert first[1] == "  tilt range 11.0°"
    assert "symmetry 0.80" in first[4]
    for day in range(1, 4):
        run(1_000_000.0 + 86400 * day, 1.0)
    later = run(1_500_000.0, 9.0)
    assert later[1].startswith("  tilt range 19.0°: more than your tests vary by (11.0° ± ")
    assert "breath 13.0/min: within what your tests vary by" in later[5]
    file = Path(later[-1].removeprefix("Kept in ").removesuffix("."))
    with History(history_path()) as history:
        assert [test.tilt_range_deg for test in history.baselines()] == [11.0, 11.0, 11.0, 11.0, 19.0]
        assert baselines.read(file) == history.baselines()[-1]
    history_path().unlink()
    with History(history_path()) as history:
        assert list(ingest_all(history, file.parent, Settings())) == []
        assert len(history.baselines()) == 5
        file.write_text("{}")
        (problem,) = ingest_all(history, file.parent, Settings())
        assert "this is not a baseline test" in str(problem)


def rep(exercise: str, range_deg: float, side: Side | None = None) -> Repetition:
    return Repetition(exercise, 0.0, 1.0, range_deg, side, None, Quality(1.0, 1.0, 1.0, -1.6, 0.2, None, {}))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wakeup"], "Did you mean 'wake_up'?"),
        (["baseline", "--sensor", "none"], "the baseline test needs a sensor"),
        (["breathe", "--sensor", "none"], "a routine needs a terminal. Run it in one"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(spinae: Spinae, arguments: list[str], said: str) -> None:
    ran = spinae("routine", *arguments)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert len(ran.err.splitlines()) == 1


def test_what_was_done_is_kept_and_told_against_the_last_time(home: Path) -> None:
    def run(until_s: float) -> str:
        running = Running(named("breathe"), None)
        for k in range(round(until_s) + 1):
            running.advance(float(k))
        (line,) = left_behind(running, 1_000_000.0 + until_s, "none")
        return line

    assert run(2.0) == "Breathe: 0:02, 0 % done; by the timer, nothing was counted."
    with History(history_path()) as history:
        assert history.routines(0, 20) == []  # nothing was done
    assert run(65.0) == "Breathe: 1:05, 33 % done; by the timer, nothing was counted."
    assert run(300.0) == "Breathe: 3:16, 100 % done; by the timer, nothing was counted; last time 1:05, 33 %."
    with History(history_path()) as history:
        first, second = history.routines(0, 20)
    assert isinstance(first, RoutineDone)
    assert (first.routine, round(first.done_share, 2), second.done_share) == ("breathe", 0.33, 1.0)
