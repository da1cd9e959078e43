"""A full disk under the daemon, its history and the report: what was recorded stays, it is said in a sentence, and the day
goes on when there is room."""

from __future__ import annotations

import resource
import subprocess
import sys

import pytest

from sensorcore.history.store import History, total
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.reader import open_recording
from sensorcore.settings import Settings
from tests.end_to_end.programs import SPINAE, Home, until

SENSOR = ("--sensor", "sim:workday-short")
ROOM = 24_000
"""Bytes that a file may have: some ten seconds of a recording, and less than a history needs."""

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="no such limit there")]


def little_room() -> None:
    """The system itself refuses a file that grows further, in the middle of a write."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))


def test_the_daemon_says_it_keeps_what_it_has_and_begins_anew(home: Home) -> None:
    daemon = home.start("daemon", "run", *SENSOR, preexec_fn=little_room)
    home.until_worn()
    problem = until(lambda: s["sensor"]["problem"] if (s := home.status()) and s["sensor"]["problem"] else None, "the sentence")
    assert "could not write the recording" in problem
    assert "Traceback" not in problem
    with home.shown("wear") as view:
        view.shows("could not")
    until(lambda: home.recordings if len(home.recordings) > 1 else None, "another recording")
    until(lambda: True if (s := home.status()) and s["has_signal"] else None, "the day going on")
    assert home.run("daemon", "stop").returncode == 0
    daemon.wait(30)
    first, *_ = home.recordings
    kept = list(open_recording(first).notifications())
    assert len(kept) > 20
    assert home.run("report", "--simulated").returncode == 0
    replayed = sum(analyze(open_recording(path), Settings()).totals.counts.worn for path in home.recordings)
    with History(home.data / "history.sqlite", simulated=True) as history:
        assert total(list(history.days(0, 10**6).values())).ticks == replayed > 0


def test_a_report_without_room_says_so_and_is_whole_later(home: Home) -> None:
    daemon = home.start("daemon", "run", *SENSOR)
    until(lambda: True if (s := home.status()) and s.get("t_s", 0) > 5 else None, "a few seconds")
    assert home.run("daemon", "stop").returncode == 0
    daemon.wait(30)
    for path in home.data.glob("history.sqlite*"):
        path.unlink()
    refused = subprocess.run(
        [*SPINAE, "report", "--simulated"],
        env=home.env,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        preexec_fn=little_room,
    )
    assert refused.returncode == 1
    assert refused.stderr.count("\n") == 1, refused.stderr
    assert "history" in refused.stderr
    report = home.run("report", "--simulated")
    assert (report.returncode, report.stderr) == (0, "")
    assert "nothing recorded" not in report.stdout
