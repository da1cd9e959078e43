"""`spinae routine`: what it says, and what it leaves behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from sensorcore.history.store import History
from sensorcore.history.values import RoutineDone
from sensorcore.routine.programme import named
from sensorcore.routine.running import Running
from tests.tui.cli.conftest import Spinae
from tui.cli import routine
from tui.cli.sensors import history_path


def test_it_lists_bundled_ones_and_ones_own(spinae: Spinae, home: Path) -> None:
    folder = home / "spinae" / "routines"
    folder.mkdir(parents=True)
    (folder / "mine.toml").write_text('title = "My own"\n[[step]]\nbreathe = "slow"\nfor_s = 120\n', encoding="utf-8")
    ran = spinae("routine", "--list")
    assert ran.code == 0
    assert [line.split()[0] for line in ran.out.splitlines()] == ["breathe", "desk_break", "full_reset", "wake_up", "mine"]
    assert "2 min  My own" in ran.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["wakeup"], "Did you mean 'wake_up'?"),
        (["breathe", "--sensor", "none"], "a routine needs a terminal with a screen. Run it in one"),
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
        return routine._left_behind(running, 1_000_000.0 + until_s)

    assert run(2.0) == "Breathe: 0:02, 0 % done; by the timer, nothing was counted."
    with History(history_path()) as history:
        assert history.routines(0, 20) == []  # nothing was done
    assert run(65.0) == "Breathe: 1:05, 33 % done; by the timer, nothing was counted."
    assert run(300.0) == "Breathe: 3:16, 100 % done; by the timer, nothing was counted; last time 1:05, 33 %."
    with History(history_path()) as history:
        first, second = history.routines(0, 20)
    assert isinstance(first, RoutineDone)
    assert (first.routine, round(first.done_share, 2), second.done_share) == ("breathe", 0.33, 1.0)
