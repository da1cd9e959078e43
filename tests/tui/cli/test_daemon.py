"""The day in the background, as processes: started, looked at, killed, gone on with, ended."""

from __future__ import annotations

import configparser
import json
import os
import plistlib
import re
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
from hypothesis import example, given
from hypothesis import strategies as st

from sensorcore.daemon import address, remote
from sensorcore.links.known import KnownSensor
from sensorcore.recording.reader import open_recording
from tests.examples import examples
from tests.tui.cli.conftest import Spinae
from tui.cli import service
from tui.cli.sensors import known_sensors
from tui.places.folders import data_folder

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
    assert "worn        0:0" in spinae("report", "--simulated").out


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


@pytest.mark.skipif(sys.platform != "linux" or Path("/run/dbus/system_bus_socket").exists(), reason="there may be Bluetooth")
def test_without_a_known_sensor_one_is_looked_for_and_what_is_wrong_is_said(spinae: Spinae) -> None:
    for command in ("start", "run"):
        ran = spinae("daemon", command)
        assert (ran.code, "this machine has no Bluetooth LE" in ran.err) == (1, True), ran
        assert "loop" not in ran.err
    assert not (data_folder() / "recordings").exists()


@pytest.mark.slow
def test_the_daemon_wears_the_one_worn_last(spinae: Spinae, runtime: Path) -> None:
    for serial in ("SP-0002", "SP-0001"):
        known_sensors().remember(KnownSensor(serial, "back", ""))
    started = spinae("daemon", "start")
    assert (started.code, started.err) == (0, "")
    try:
        assert [each["serial"] for each in json.loads(spinae("status", "--json").out)["worn"]] == ["SP-0001"]
        refused = spinae("daemon", "run", "--unattended")
        assert (refused.code, "a day is kept already" in refused.err) == (service.REFUSED, True)
    finally:
        assert spinae("daemon", "stop").code == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "no sensor is known yet"),
        (["--sensor", "sim:nonsense"], "no such scenario"),
        (["--sensor", "phyphox:a/b"], "it names no address"),
        (["--sensor", "sim:workday-short", "--set", "alerts.delay_s=0"], "out of range"),
        (["--sensor", "A", "--sensor", "A"], "is the same sensor"),
    ],
)
def test_what_only_a_person_can_put_right_is_not_tried_again_by_the_service(
    spinae: Spinae, arguments: list[str], said: str
) -> None:
    """The unit names the code that these end with; without it they were started every two seconds for ever."""
    ran = spinae("daemon", "run", "--unattended", *arguments)
    assert said in ran.err
    unit = configparser.ConfigParser(interpolation=None)
    unit.read_string(service.unit_text(["spinae"], "linux"))
    assert str(ran.code) in unit["Service"]["RestartPreventExitStatus"].split()
    assert int(unit["Unit"]["StartLimitBurst"]) * int(unit["Service"]["RestartSec"]) < int(unit["Unit"]["StartLimitIntervalSec"])
    assert ran.code not in (0, 1)
    if arguments:
        assert spinae("daemon", "run", *arguments).code == 1  # somebody reads it


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd-analyze, to read a unit as systemd does")
@examples(15)
@given(st.lists(st.text(st.characters(exclude_characters="\0")), max_size=40))
@example(["a\nExecStartPre=/bin/false", "50%$", "${HOME} %h", "\\", '"', ";", "-", "", "\udcff", "\x85\u2028", "\t "])
def test_systemd_reads_every_argument_as_it_was_meant(arguments: list[str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "spinae.service"
        path.write_text(service.unit_text(["/bin/true", *arguments], "linux"), encoding="utf-8")
        environment = {"SYSTEMD_LOG_LEVEL": "debug", "XDG_RUNTIME_DIR": folder, "HOME": folder, "LC_ALL": "C.UTF-8"}
        command = ["systemd-analyze", "verify", "--user", str(path)]
        ran = subprocess.run(command, capture_output=True, env=environment, check=False, timeout=PATIENCE_S)
    (line,) = re.findall(rb"-> ExecStart:\n\s*Command Line: /bin/true(.*)\n", ran.stdout)
    assert b"ExecStartPre" not in re.sub(rb"Command Line:.*", b"", ran.stdout)
    assert words(line) == [os.fsencode(each.replace("$", "$$")) for each in arguments]  # it takes the dollars when it runs it


def words(line: bytes) -> list[bytes]:
    """systemd's own way to write a command line: with C's escapes, in double quotes where a shell needs them."""
    found = re.findall(rb'"((?:[^"\\]|\\.)*)"|([^ ]+)', line)
    return [_unescaped(quoted or bare) for quoted, bare in found]


def _unescaped(text: bytes) -> bytes:
    signs = {b"n": b"\n", b"t": b"\t", b"r": b"\r", b"a": b"\a", b"b": b"\b", b"f": b"\f", b"v": b"\v"}

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if code.isdigit() else signs.get(code, code)

    return re.sub(rb"\\([0-7]{3}|.)", plain, text, flags=re.DOTALL)


@pytest.mark.parametrize("name", ["", " ", "back\nExecStartPre=/bin/false", "back\x1b[2J", "\udcff"])
def test_a_name_that_cannot_be_printed_is_no_sensors(spinae: Spinae, name: str) -> None:
    for command in (["daemon", "install"], ["wear"], ["calibrate"], ["serve"], ["routine"]):
        ran = spinae(*command, "--sensor", name)
        assert (ran.code, "is no sensor's name" in ran.err) == (2, True)
        assert name.strip() == "" or name not in ran.err
    assert not service.unit_path("linux").exists()


def test_the_services_files_say_what_to_run(spinae: Spinae, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    command = ["/opt/py thon", "daemon", "--set", 'a="50%$"']
    assert r'''ExecStart="/opt/py thon" "daemon" "--set" "a=\"50%%$$\""''' in service.unit_text(command, "linux")
    assert plistlib.loads(service.unit_text(command, "darwin").encode())["ProgramArguments"] == command
    monkeypatch.setattr(shutil, "which", lambda _: None)  # a machine without a service manager
    if sys.platform.startswith("linux"):
        path = home / "systemd" / "user" / "spinae.service"
        unknown = spinae("daemon", "install").out
        assert "No sensor is known yet" in unknown
        assert "runs now" not in unknown
        assert str(path) in spinae("daemon", "install", "--sensor", "SP-0001").out
        assert '"daemon" "run" "--unattended" "--sensor" "SP-0001"' in path.read_text()
        assert spinae("daemon", "uninstall").code == 0
        assert not path.exists()
        assert spinae("daemon", "uninstall").out == "Nothing was installed.\n"
