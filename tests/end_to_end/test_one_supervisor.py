"""One home has one supervisor of its day: other runtime folders, no locks, folders that are emptied."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensorcore.daemon.guard import holder
from sensorcore.recording.reader import open_recording
from tests.end_to_end.programs import Home, until

SENSOR = ("--sensor", "sim:workday-short")
NO_LOCKS = Path(__file__).parent / "nolocks"

pytestmark = pytest.mark.slow


@pytest.fixture
def elsewhere(home: Home) -> Iterator[Home]:
    """The same home, seen from another session of the same user."""
    with tempfile.TemporaryDirectory(prefix="sp") as runtime:
        other = Home(home.folder, Path(runtime))
        other.env = {**home.env, "XDG_RUNTIME_DIR": runtime}
        yield other


@pytest.mark.parametrize("locks", [True, False], ids=["locks", "no locks"])
def test_a_second_program_neither_keeps_nor_mends_and_all_find_the_first(home: Home, elsewhere: Home, locks: bool) -> None:
    if not locks:
        for each in (home, elsewhere):
            each.env["PYTHONPATH"] = os.pathsep.join([str(NO_LOCKS), each.env["PYTHONPATH"]])
    home.start("daemon", "run", *SENSOR)
    until(lambda: True if (s := home.status()) and s.get("t_s", 0) > 3 else None, "a few seconds")
    (recording,) = home.recordings
    before = recording.stat().st_ino
    for command in (("daemon", "run", *SENSOR), ("daemon", "start", *SENSOR), ("wear", "--here", "--headless", *SENSOR)):
        refused = elsewhere.run(*command)
        assert refused.returncode == 1, command
        assert "kept already" in refused.stderr or "keeps your day already" in refused.stderr
        assert refused.stderr.count("\n") == 1
    assert home.recordings == [recording]
    assert recording.stat().st_ino == before
    assert (elsewhere.status() or {})["t_s"] > 3
    stopped = elsewhere.run("daemon", "stop")
    assert stopped.returncode == 0, stopped.stderr
    assert holder(home.data) is None
    assert open_recording(recording).sealed
    assert [each.name for each in (home.runtime / "spinae").iterdir()] == []


def test_a_runtime_folder_that_is_removed_takes_nobody_away_from_the_day(home: Home, elsewhere: Home) -> None:
    home.start("daemon", "run", *SENSOR)
    home.until_worn()
    shutil.rmtree(home.runtime / "spinae")
    until(elsewhere.status, "an answer at a new socket")
    shutil.rmtree(home.runtime / "spinae")
    (home.runtime / "spinae").write_text("in the way")
    until(elsewhere.status, "an answer from beside the data")
    assert elsewhere.run("daemon", "stop").returncode == 0


def test_a_daemon_that_nobody_reaches_is_stopped_all_the_same(home: Home) -> None:
    daemon = home.start("daemon", "run", *SENSOR)
    home.until_worn()
    until(lambda: home.recordings or None, "a recording")
    (home.runtime / "spinae" / "daemon.sock").unlink()
    stopped = home.run("daemon", "stop")
    assert stopped.returncode == 0, stopped.stderr
    daemon.wait(30)
    assert open_recording(home.recordings[0]).sealed


def test_two_homes_of_one_user_have_two_daemons(home: Home, tmp_path: Path) -> None:
    other = Home(tmp_path / "other", home.runtime)
    daemons = [each.start("daemon", "run", *SENSOR) for each in (home, other)]
    for each in (home, other):
        each.until_worn()
    assert other.run("daemon", "stop").returncode == 0
    daemons[1].wait(30)
    assert daemons[0].poll() is None
    assert home.status() is not None
    assert other.status() is None
    assert home.run("daemon", "stop").returncode == 0


def test_a_day_in_a_terminal_is_named_to_who_asks(home: Home) -> None:
    here = home.start("wear", "--here", "--headless", *SENSOR)
    until(lambda: holder(home.data), "the lock")
    for command in (("status",), ("daemon", "stop"), ("stream",)):
        refused = home.run(*command)
        assert refused.returncode == 1
        assert f"process {here.pid}" in refused.stderr
        assert "Ctrl+C" in refused.stderr
    here.send_signal(signal.SIGTERM)
    assert here.wait(30) == 0
