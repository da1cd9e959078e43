"""The day in the background, as processes: started, looked at, killed, gone on with, ended."""

from __future__ import annotations

import json
import plistlib
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sensorcore.daemon import address, remote
from sensorcore.record.reader import open_recording
from tests.tui.cli.conftest import Spinae
from tui.cli import service
from tui.cli.places import data_folder

DAEMON = [sys.executable, "-m", "tui.cli", "daemon", "run", "--sensor", "sim:workday-short"]
PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for the socket."""
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


def until_worn(spinae: Spinae) -> dict[str, Any]:
    give_up_s = time.monotonic() + PATIENCE_S
    while True:
        ran = spinae("status", "--json")
        if ran.code == 0 and json.loads(ran.out)["has_signal"]:
            return dict(json.loads(ran.out))
        assert time.monotonic() < give_up_s, ran
        time.sleep(0.1)


def day_s(status: dict[str, Any]) -> float:
    """How much of the day is accounted for."""
    return float(sum(status["totals"].values()))


@pytest.mark.slow
def test_a_killed_day_goes_on_in_a_new_recording_and_is_ended_whole(spinae: Spinae) -> None:
    killed = subprocess.Popen(DAEMON)
    until_worn(spinae)
    time.sleep(3.0)  # so that something is in the recording
    before_s = day_s(until_worn(spinae))
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert spinae("status").code == 1
    assert spinae("daemon", "start", "--sensor", "sim:workday-short").code == 0
    assert until_worn(spinae)["posture"] in ("unknown", "upright")
    give_up_s = time.monotonic() + PATIENCE_S
    while (again := until_worn(spinae))["t_s"] < 1 or day_s(again) < again["t_s"] + 0.5:  # what was recorded before is looked up
        assert time.monotonic() < give_up_s, again
    assert day_s(again) - float(again["t_s"]) > before_s - 5.0
    refused = spinae("daemon", "start")
    assert (refused.code, "kept already" in refused.err) == (1, True)
    stopped = spinae("daemon", "stop")
    assert (stopped.code, stopped.err) == (0, "")
    found = sorted((data_folder() / "recordings").glob("*.mcap"))
    assert len(found) == 2
    assert all(open_recording(path).sealed for path in found)
    assert "no daemon answers" in spinae("status").err
    assert "worn        0:0" in spinae("report").out


@pytest.mark.slow
def test_a_daemon_that_hangs_is_told_and_hangs_nobody(spinae: Spinae, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote, "ANSWER_WITHIN_S", 1.0)
    monkeypatch.setattr(address, "PROBE_S", 0.5)
    hanging = subprocess.Popen(DAEMON)
    try:
        until_listening = time.monotonic() + PATIENCE_S
        while "no daemon answers" in spinae("status").err:
            assert time.monotonic() < until_listening
        hanging.send_signal(signal.SIGSTOP)
        for command in (["status"], ["daemon", "stop"], ["daemon", "start"]):
            ran = spinae(*command)
            assert ran.code == 1
            assert "did not answer" in ran.err or "kept already" in ran.err
    finally:
        hanging.kill()
        hanging.wait()


def test_a_sensor_that_is_none_is_told_by_the_daemon(spinae: Spinae) -> None:
    ran = spinae("daemon", "start", "--sensor", "sim:nonsense")
    assert ran.code == 1
    assert "nonsense" in ran.err
    assert spinae("status").code == 1


def test_the_services_files_say_what_to_run(spinae: Spinae, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["/opt/py thon", "daemon", "--set", 'a="50%$"']
    assert r'''ExecStart="/opt/py thon" "daemon" "--set" "a=\"50%%$$\""''' in service.unit_text(command, "linux")
    assert plistlib.loads(service.unit_text(command, "darwin").encode())["ProgramArguments"] == command
    monkeypatch.setattr(shutil, "which", lambda _: None)  # a machine without a service manager
    if sys.platform.startswith("linux"):
        path = home / "systemd" / "user" / "spinae.service"
        assert str(path) in spinae("daemon", "install", "--sensor", "SP-0001").out
        assert '"daemon" "run" "--sensor" "SP-0001"' in path.read_text()
        assert spinae("daemon", "uninstall").code == 0
        assert not path.exists()
        assert spinae("daemon", "uninstall").out == "Nothing was installed.\n"
