"""The rows that the bundled recordings leave in the history."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.contracts.conftest import Golden
from tests.contracts.test_recordings import RECORDINGS
from tests.tui.cli.conftest import Spinae

TABLES = ("sessions", "minutes", "rep_sets", "notes", "zones", "activations", "baselines")


@pytest.mark.slow
def test_the_recordings_enter_the_history_as_before(spinae: Spinae, golden: Golden, home: Path) -> None:
    kept = home / "spinae" / "recordings"
    kept.mkdir(parents=True)
    for path in RECORDINGS.glob("*.mcap"):
        shutil.copy(path, kept)
    assert spinae("report", "--simulated", "--day", "2026-01-05").code == 0
    with closing(sqlite3.connect(home / "spinae" / "history.sqlite")) as db:
        assert db.execute("SELECT count(*) FROM minutes").fetchone()[0] > 50
        for table in TABLES:
            rows = db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()
            golden(f"history-{table}.txt", "".join(f"{row}\n" for row in rows))
