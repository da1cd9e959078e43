"""`spinae report` as people call it."""

from __future__ import annotations

from pathlib import Path

from tests.sensorcore.history.test_ingest import MIDNIGHT_UNIX_S, record
from tests.tui.cli.conftest import Spinae
from tui.places.folders import data_folder


def test_a_day_from_its_recordings_as_text_and_page(spinae: Spinae, tmp_path: Path) -> None:
    data_folder().mkdir(parents=True)
    record(data_folder() / "recordings" / "a.mcap", MIDNIGHT_UNIX_S + 9 * 3600)
    ran = spinae("report", "--day", "2024-10-04")
    assert (ran.code, ran.err) == (0, "")
    assert "Friday 2024-10-04" in ran.out
    page = tmp_path / "day.html"
    assert spinae("report", "--day", "2024-10-04", "--html", page).code == 0
    assert "Friday 2024-10-04" in page.read_text()
    assert spinae("report", "--day", "2024-10-04", "--html", page).code == 1  # nothing is overwritten
    assert spinae("report", "--rebuild", "--day", "2024-10-04").out == ran.out


def test_wrong_words_are_told_in_a_line(spinae: Spinae) -> None:
    ran = spinae("report", "--week", "48")
    assert ran.code == 1
    assert "Write it as 2026-W48" in ran.err
    assert spinae("report", "--day", "2024-10-04", "--week", "2024-W01").code == 2
