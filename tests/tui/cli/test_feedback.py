"""How much feedback a day begins with."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sensorcore.history.store import History
from sensorcore.history.values import Session
from sensorcore.report.span import today
from sensorcore.track.minutes import Minute
from tui.cli.wear import _feedback
from tui.places.folders import history_path


def test_it_is_found_from_the_weeks_that_the_history_has(home: Path) -> None:
    assert _feedback(False) == 1.0
    with History(history_path()) as history:
        for back in range(7, 42):
            minute = (today().first_day - back) * 1440 + 600
            counts = Minute(minute, upright_ticks=90_000, slouched_ticks=20_000)
            history.replace(Session(f"d{back}", minute * 60 * 10**9, 0, "SP-1", True), [counts])
            lived = replace(counts, upright_ticks=0, slouched_ticks=300_000)
            history.replace(Session(f"s{back}", minute * 60 * 10**9, 0, "workday", True, simulated=True), [lived])
    assert _feedback(False) < 0.6
    assert _feedback(True) == 1.0
    history_path().write_bytes(b"torn" * 300)
    assert _feedback(False) == 1.0
