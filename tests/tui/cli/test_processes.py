"""What only a process of its own can show: imports, exit codes, signals, full disks."""

from __future__ import annotations

import json
import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import reseal
from tests.tui.cli.conftest import RECORDING

SPINAE = [sys.executable, "-c", "import sys; from tui.cli import main; sys.exit(main())"]
LIMIT_S = 60


def spinae(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
    command = [*SPINAE, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, **options)  # type: ignore[call-overload,no-any-return]


def test_help_loads_next_to_nothing() -> None:
    code = (
        "import sys; from tui.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: pass\n"
        "loaded = {name.partition('.')[0] for name in sys.modules}\n"
        "sys.exit(', '.join(loaded & {'numpy', 'scipy', 'textual', 'rich', 'mcap', 'bleak', 'pyarrow', 'asyncio'}) or 0)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert "spinae COMMAND" in ran.stdout


def test_headless_commands_never_load_the_screen(csv: Path, tmp_path: Path) -> None:
    code = (
        "import sys; from tui.cli import main; csv, out = sys.argv[1:]\n"
        "runs = ['analyze', csv, '--json', '--series', out], ['replay', csv, '--headless'], ['config', 'show']\n"
        "assert [main(run) for run in runs] == [0, 0, 0]\n"
        "sys.exit(', '.join({name.partition('.')[0] for name in sys.modules} & {'textual', 'bleak', 'scipy.signal'}) or 0)"
    )
    command = [sys.executable, "-c", code, str(csv), str(tmp_path / "tilt.csv")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")


def test_exit_codes_reach_the_shell(tmp_path: Path) -> None:
    failed = spinae("analyze", tmp_path / "absent.csv")
    assert failed.returncode == 1
    assert failed.stderr.startswith("spinae: ")
    assert spinae("config", "--nonsense").returncode == 2


@pytest.mark.slow
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
def test_a_full_disk_behind_stdout_is_told_in_a_line(csv: Path) -> None:
    with open("/dev/full", "w") as full:  # noqa: PTH123 - a device
        command = [*SPINAE, "analyze", str(csv), "--json"]
        ran = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, timeout=LIMIT_S, check=False)
    assert ran.returncode == 1
    assert ran.stderr.count("\n") == 1
    assert "standard output" in ran.stderr


def test_a_full_disk_while_recording_is_told_in_a_line(tmp_path: Path) -> None:
    """That what was flushed stays readable is the writer's promise, tested with it."""
    out = tmp_path / "out.mcap"
    room = 100_000

    def little_room() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (room, room))

    command = [*SPINAE, "replay", str(RECORDING), "--headless", "--record", str(out)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=LIMIT_S, check=False, preexec_fn=little_room)
    assert ran.returncode == 1
    assert ran.stderr.startswith(f"spinae: {out}: ")
    assert ran.stderr.count("\n") == 1
    assert out.stat().st_size <= room
    kept = list(open_recording(out).notifications())
    assert kept == list(open_recording(RECORDING).notifications())[: len(kept)]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_no_permission_is_told_in_a_line(tmp_path: Path) -> None:
    # imported before: somebody else may not read this Python's own files either
    code = "import importlib.readers, os, sys; from tui.cli import main, analyze, replay; from sensorcore.recording import reader\n"
    code += "from sensorcore import importers; os.environ['XDG_CONFIG_HOME'] = '/nowhere'\n"
    code += "os.setegid(65534); os.seteuid(65534); sys.exit(main())"
    for name, command in (("secret.csv", ["analyze"]), ("secret.mcap", ["replay", "--headless"])):
        path = tmp_path / name
        path.write_bytes(RECORDING.read_bytes()[:5000])
        path.chmod(0o600)
        arguments = [sys.executable, "-c", code, *command, str(path)]
        ran = subprocess.run(arguments, capture_output=True, text=True, timeout=LIMIT_S, check=False)
        assert ran.returncode == 1
        assert ran.stderr.startswith(f"spinae: {path}: ")
        assert ran.stderr.count("\n") == 1
        assert "Permission denied" in ran.stderr or "may not read" in ran.stderr


def play(out: Path, speed: float) -> subprocess.Popen[str]:
    """A recording process that has begun to speak."""
    command = [*SPINAE, "replay", str(RECORDING), "--headless", "--speed", str(speed), "--record", str(out)]
    printed = out.with_suffix(".jsonl")
    with printed.open("w") as file:
        process = subprocess.Popen(command, stdout=file, stderr=subprocess.PIPE, text=True)
    until_s = time.monotonic() + LIMIT_S
    while not printed.stat().st_size:
        assert process.poll() is None
        assert time.monotonic() < until_s
        time.sleep(0.01)
    return process


@pytest.mark.parametrize("stop", [signal.SIGTERM, pytest.param(signal.SIGINT, marks=pytest.mark.slow)])
def test_asked_to_stop_the_recording_is_sealed(tmp_path: Path, stop: signal.Signals) -> None:
    out = tmp_path / "out.mcap"
    process = play(out, 20.0)
    time.sleep(0.5)
    process.send_signal(stop)
    _, errors = process.communicate(timeout=LIMIT_S)
    assert (process.returncode, errors) == (0, "")
    recording = open_recording(out)
    assert recording.sealed
    kept = list(recording.notifications())
    assert kept == list(open_recording(RECORDING).notifications())[: len(kept)]
    assert kept
    said = [json.loads(line) for line in out.with_suffix(".jsonl").read_text().splitlines()]
    assert [line["event"] for line in said] == [event["event"] for event in recording.events()]


@pytest.mark.slow
def test_a_killed_recording_loses_at_most_five_seconds(tmp_path: Path) -> None:
    """The one test that must wait: 8 s of a recording at the pace of life, then `kill -9`."""
    out = tmp_path / "out.mcap"
    process = play(out, 1.0)
    time.sleep(8.0)
    process.kill()
    process.communicate(timeout=LIMIT_S)
    recording = open_recording(out)
    assert not recording.sealed
    kept = list(recording.notifications())
    kept_s = (kept[-1].arrival_unix_ns - kept[0].arrival_unix_ns) / 1e9
    assert 8.0 - 5.0 <= kept_s <= 10.0
    assert kept == list(open_recording(RECORDING).notifications())[: len(kept)]
    assert spinae("analyze", out).returncode == 0
    assert reseal(out) is not None
    assert open_recording(out).sealed
    assert list(open_recording(out).notifications()) == kept
