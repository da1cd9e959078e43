"""Record of a finished routine, and its summary."""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

from sensorcore.history import baselines
from sensorcore.history.store import History
from sensorcore.history.values import Baseline
from sensorcore.links.known import SIMULATED
from sensorcore.report.baselines import compare, in_words
from sensorcore.report.practice import practice_streak, streak_words
from sensorcore.report.span import today
from sensorcore.routine import baseline
from sensorcore.routine.guide import done_share
from sensorcore.routine.running import Running
from sensorcore.routine.summary import done, last_of, summary_line
from tui.places.folders import data_folder, history_path

_ALL_DAYS: Final = (0, 10**6)


def left_behind(running: Running, started_unix_s: float, sensor: str) -> list[str]:
    """Keep a routine in the history (a baseline test also as a file beside the recordings); returns its summary against the last
    time, in lines. Touches the disk. Raises StorageError."""
    programme, state = running.programme, running.state
    offset_s = time.localtime(started_unix_s).tm_gmtoff
    simulated = sensor.startswith(SIMULATED)
    with History(history_path(), simulated=simulated) as history:
        last = last_of(history.routines(*_ALL_DAYS), programme.name)
        if done_share(programme, state) > 0:
            history.routine(replace(done(programme, state, started_unix_s, offset_s), simulated=simulated))
        lines = [summary_line(programme, state, last, sensor=running.with_sensor)]
        if programme.name == baseline.NAME and running.with_sensor:
            taken = baseline.measured(running.events, round(started_unix_s, 1), offset_s, sensor)
            lines += _test_lines(history, taken)
    return [*lines, "Simulated: it does not count as yours."] if simulated else lines


def practised() -> str:
    """The streak in a few words for the dashboard, such as `practised 6 days in a row`; empty while there is none, or no history.
    Touches the disk. Raises StorageError."""
    if not history_path().exists():
        return ""
    with History(history_path()) as history:
        now = practice_streak(history, today().first_day)
    return f"practised {streak_words(now)}" if now.days else ""


def _test_lines(history: History, taken: Baseline | None) -> list[str]:
    if taken is None:
        return [f"No test: fewer than {baseline.LEAST_TILTS} pelvic tilts were counted. Nothing is kept of it."]
    path = baselines.save(taken, data_folder() / "recordings")
    history.baseline(taken)
    return [*(f"  {in_words(each)}" for each in compare(history.baselines())), f"Kept in {path}."]
