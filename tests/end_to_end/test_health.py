"""A day whose recording is deleted, moved away or refused by the disk, seen by its wearer: reminders go on, every view says what
is wrong, and what is said at the end is true."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import pytest

from sensorcore.recording.reader import open_recording
from tests.end_to_end.programs import Home, until

SENSOR = ("--sensor", "sim:workday-short")

pytestmark = pytest.mark.slow


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[None]:
    folder.mkdir(parents=True, exist_ok=True)
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def recording(home: Home) -> dict[str, object]:
    return dict((home.status() or {}).get("recording") or {})


def test_a_deleted_recording_is_told_at_once_and_the_day_is_whole(home: Home) -> None:
    said = home.run("daemon", "start", *SENSOR)
    assert "Your day is kept" in said.stdout, said.stderr
    (path,) = home.recordings
    began_ns = next(iter(open_recording(path).notifications())).arrival_unix_ns
    shutil.rmtree(home.data / "recordings")
    with home.shown("wear") as view:
        view.shows("was deleted")
    assert "was deleted" in (home.run("status").stdout)
    stopped = home.run("daemon", "stop")
    assert (stopped.returncode, stopped.stdout) == (0, "The day has ended; its recording is whole.\n")
    (path,) = home.recordings
    assert next(iter(open_recording(path).notifications())).arrival_unix_ns == began_ns


def test_a_full_disk_ends_the_recording_and_not_the_day(home: Home) -> None:
    with small_disk(home.data / "recordings", "32k"):
        home.start("daemon", "run", *SENSOR)
        until(lambda: recording(home).get("problem"), "the problem")
        first = home.status() or {}
        assert "Free some space" in first["sensor"]["problem"]
        assert "Free some space" in home.run("status").stdout
        with home.shown("wear") as view:
            view.shows("Free some space")
        until(lambda: True if (home.status() or {}).get("t_s", 0) > first["t_s"] + 2 else None, "the day going on")
        subprocess.run(["mount", "-o", "remount,size=8m", str(home.data / "recordings")], check=True)
        until(lambda: True if recording(home).get("problem", "") is None else None, "the recording going on")
        stopped = home.run("daemon", "stop")
        assert (stopped.returncode, stopped.stderr) == (0, "")
        (path,) = home.recordings
        arrivals_s = [each.arrival_unix_ns / 1e9 for each in open_recording(path).notifications()]
        assert max(b - a for a, b in pairwise(arrivals_s)) < 2.0, "a gap while the disk was full"


def test_a_disk_that_stays_full_is_told_at_the_end(home: Home) -> None:
    with small_disk(home.data / "recordings", "32k"):
        home.start("daemon", "run", *SENSOR)
        until(lambda: recording(home).get("problem"), "the problem")
        stopped = home.run("daemon", "stop")
        assert stopped.returncode == 1
        assert "the end of its recording is missing" in stopped.stderr
        assert "whole" not in stopped.stdout


def test_nothing_is_called_kept_before_it_is(home: Home) -> None:
    with small_disk(home.data / "recordings", "4k"):
        (home.data / "recordings" / "ballast").write_bytes(bytes(4096))
        said = home.run("daemon", "start", *SENSOR)
        assert "othing is recorded" in said.stdout
        assert "Your day is kept" not in said.stdout
    home.run("daemon", "stop")


@pytest.mark.parametrize("kind", ["pipe", "endless", "folder", "nonsense"])
def test_a_broken_settings_file_keeps_no_day_from_beginning(home: Home, kind: str) -> None:
    path = Path(home.run("config", "path").stdout.strip())
    path.parent.mkdir(parents=True, exist_ok=True)
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "endless":
        path.symlink_to("/dev/zero")
    elif kind == "folder":
        path.mkdir()
    else:
        path.write_text("[alerts]\nper_hour = 'many'\n[[")
    said = home.run("daemon", "start", *SENSOR)
    assert said.returncode == 0, said.stderr
    assert "settings.toml" in home.run("status").stdout
    with home.shown("wear") as view:
        view.shows("settings.toml")
    assert home.run("daemon", "stop").returncode == 0


@pytest.mark.parametrize("command", [("daemon", "run"), ("wear", "--here", "--headless")])
@pytest.mark.skipif(sys.platform == "win32", reason="no such signals there")
def test_however_often_it_is_told_to_end_the_recording_is_sealed(home: Home, command: tuple[str, ...]) -> None:
    process = home.start(*command, *SENSOR, stdout=subprocess.DEVNULL)
    until(lambda: True if home.recordings and home.recordings[0].stat().st_size > 6000 else None, "data")
    for _ in range(20):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            if process.poll() is None:
                process.send_signal(number)
        time.sleep(0.005)
    process.wait(30)
    (path,) = home.recordings
    assert open_recording(path).sealed


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_closed_terminal_seals_the_day_in_it(home: Home, number: signal.Signals) -> None:
    with home.shown("wear", "--here", *SENSOR) as view:
        until(lambda: True if home.recordings and home.recordings[0].stat().st_size > 6000 else None, "data")
        for _ in range(3):
            if view.process.poll() is None:
                view.process.send_signal(number)
        view.process.wait(30)
    (path,) = home.recordings
    assert open_recording(path).sealed


@pytest.mark.parametrize("command", [("daemon", "run"), ("wear", "--here", "--headless")])
def test_a_day_in_a_terminal_tells_the_same_channels_as_the_daemon(home: Home, tmp_path: Path, command: tuple[str, ...]) -> None:
    player, heard = tmp_path / "bin" / "pw-play", tmp_path / "heard"
    player.parent.mkdir()
    player.write_text(f"#!/bin/sh\necho told >> {heard}\n")
    player.chmod(0o755)
    home.env["PATH"] = os.pathsep.join([str(player.parent), home.env["PATH"]])
    quick = ("--set", "alerts.delay_s=1", "--set", "posture.threshold_deg=8", "--set", "channels.sound=on")
    home.start(*command, "--sensor", "sim:workday-short@20", *quick, stdout=subprocess.DEVNULL)
    until(lambda: heard.exists() or None, "the sound", within_s=120.0)
