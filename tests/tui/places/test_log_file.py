"""Nothing is written to the screen while the dashboard owns it."""

import logging
import os
import warnings
from pathlib import Path

import pytest

from tui.places.log_file import FILE_BYTES, PrivateLog, logging_to_file


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


def test_what_others_can_cause_takes_a_bounded_part_of_the_disk(tmp_path: Path) -> None:
    """An hour of a flood: records of three sizes every second, then one of another place."""
    now_s = 0.0
    log = PrivateLog(tmp_path / "spinae.log", clock=lambda: now_s)
    logger = logging.Logger("flooded")
    logger.addHandler(log)
    for k in range(3600):
        now_s = float(k)
        for _ in range(5):
            logger.warning("a malformed request %s", "x" * 600)
            logger.error("another")
            logger.log(logging.INFO, "%s", "y" * 20_000)
    logger.warning("something else")
    log.close()
    written = sum(each.stat().st_size for each in tmp_path.iterdir())
    text = (tmp_path / "spinae.log").read_text()
    assert written < 1_000_000
    assert "were left out before" in text
    assert text.rstrip().endswith("something else")


@pytest.mark.slow
def test_a_flood_from_many_places_is_bounded_too_and_full_files_are_few(tmp_path: Path) -> None:
    now_s = 0.0
    log = PrivateLog(tmp_path / "spinae.log", clock=lambda: now_s)
    for k in range(6 * 3600):
        now_s = float(k)
        log.handle(logging.LogRecord("n", logging.ERROR, f"file{k % 5000}", k % 5000, "z" * 1000, None, None))
    log.close()
    sizes = {each.name: each.stat().st_size for each in tmp_path.iterdir()}
    assert set(sizes) == {"spinae.log", "spinae.log.1", "spinae.log.2"}
    assert all(size <= FILE_BYTES for size in sizes.values())
    assert all(each.stat().st_mode & 0o077 == 0 for each in tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["link", "pipe"])
def test_what_is_no_file_of_ours_is_not_written_to(tmp_path: Path, kind: str) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text("")
    if kind == "link":
        (tmp_path / "spinae.log").symlink_to(theirs)
    else:
        os.mkfifo(tmp_path / "spinae.log")
    with logging_to_file(tmp_path) as path:
        logging.getLogger("spinae.test").error("a fault")
    assert path is None
    assert theirs.read_text() == ""
