"""`spinae stream` as a process: its reader learns that the signal is gone, and that the day has ended."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.cli.conftest import Spinae
from tests.tui.cli.test_daemon import until_worn

SPINAE = [sys.executable, "-m", "tui.cli"]


@pytest.fixture(autouse=True)
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for the socket."""
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        yield Path(folder)


@pytest.mark.slow
def test_a_daemon_that_hangs_and_a_day_that_ends_are_told(spinae: Spinae) -> None:
    daemon = subprocess.Popen([*SPINAE, "daemon", "run", "--sensor", "sim:workday-short"])
    try:
        until_worn(spinae)
        with subprocess.Popen([*SPINAE, "stream"], stdout=subprocess.PIPE, text=True) as stream:
            assert stream.stdout is not None
            moments = (said for line in stream.stdout if "has_signal" in (said := json.loads(line)))
            next(said for said in moments if said["has_signal"])
            daemon.send_signal(signal.SIGSTOP)
            hung = next(said for said in moments if "No data from the background process" in (said["sensor"]["problem"] or ""))
            assert (hung["has_signal"], hung["posture"]) == (False, "unknown")
            daemon.send_signal(signal.SIGCONT)
            next(said for said in moments if said["has_signal"])
            daemon.send_signal(signal.SIGTERM)
            *_, last = moments
            assert (last["has_signal"], last["posture"]) == (False, "unknown")
            assert "The day has ended" in last["sensor"]["problem"]
            assert stream.wait(20) == 0
    finally:
        daemon.kill()
        daemon.wait()
