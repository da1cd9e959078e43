"""Nothing is written to the screen while the dashboard owns it."""

import logging
import warnings
from pathlib import Path

import pytest

from tui.logfile import logging_to_file


def test_records_and_warnings_go_to_the_file_and_handlers_come_back(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = logging.getLogger().handlers[:]
    with logging_to_file(tmp_path / "logs") as path:
        logging.getLogger("spinae.test").error("a fault %d", 7)
        with warnings.catch_warnings():
            warnings.simplefilter("default")
            warnings.warn("old thing", UserWarning, stacklevel=1)
    assert path is not None
    text = path.read_text(encoding="utf-8")
    assert "a fault 7" in text
    assert "old thing" in text
    assert path.stat().st_mode & 0o077 == 0
    assert capfd.readouterr() == ("", "")
    assert logging.getLogger().handlers == before


def test_a_folder_that_cannot_be_written_is_no_reason_to_fail(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").write_text("")
    with logging_to_file(tmp_path / "file" / "logs") as path:
        logging.getLogger("spinae.test").error("a fault")
    assert path is None
    assert capfd.readouterr().err == ""
