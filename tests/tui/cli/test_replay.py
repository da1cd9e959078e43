"""`spinae replay --headless`: the same events, recorded or not, from the recording or its replay."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensorcore.recording.reader import open_recording
from tests.tui.cli.conftest import RECORDING, Spinae


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["recording", "csv"])
def test_the_same_events_recorded_or_not_and_replayed_again(spinae: Spinae, csv: Path, tmp_path: Path, kind: str) -> None:
    file, out, again = RECORDING if kind == "recording" else csv, tmp_path / "out.mcap", tmp_path / "again.mcap"
    pace = ["--speed", "10000"] if kind == "csv" else []
    events = spinae("replay", file, "--headless")
    assert (events.code, events.err) == (0, "")
    assert spinae("replay", file, "--headless", "--record", out) == events
    assert spinae("replay", out, "--headless") == events
    assert spinae("replay", out, "--headless", *pace, "--record", again) == events
    first, second = open_recording(out), open_recording(again)
    assert list(first.arrivals()) == list(second.arrivals())
    assert first.info == second.info
    lines = [json.loads(line) for line in events.out.splitlines()]
    assert {line["schema"] for line in lines} == {"spinae.event/1"}
    assert [{k: v for k, v in line.items() if k != "schema"} for line in lines] == list(first.events())


def test_what_was_worn_and_set_is_kept_in_the_recording(spinae: Spinae, csv: Path, tmp_path: Path) -> None:
    """Also the mount's "up", without which a replay could take lying for upright."""
    out = tmp_path / "out.mcap"
    mount, quick = ["--mount", "up=z"], ["--set", "alerts.delay_s=5"]
    ran = spinae("replay", csv, "--headless", *mount, "--placement", "chest", *quick, "--record", out)
    recording = open_recording(out)
    assert recording.info.nominal_up == (0.0, 0.0, 1.0)
    assert recording.info.placement == "chest"
    assert recording.recorded.mounting == "up=z"
    assert recording.info.settings["alerts.delay_s"] == 5.0
    assert spinae("replay", out, "--headless", *quick).out == ran.out


def test_analyze_counts_the_alerts_that_replay_prints(spinae: Spinae) -> None:
    events = [json.loads(line) for line in spinae("replay", RECORDING, "--headless").out.splitlines()]
    report = json.loads(spinae("analyze", RECORDING, "--json").out)
    raised = [(e["t_s"], e["why"]) for e in events if e["event"] == "AlertRaised"]
    assert raised == [(alert["t_s"], alert["why"]) for alert in report["alerts"]]


@pytest.mark.parametrize("speed", ["0", "-1", "nan", "inf", "fast", "1e9"])
@pytest.mark.parametrize("command", [["replay", RECORDING, "--headless"], ["demo"]])
def test_speeds_that_make_no_sense_are_wrong_usage(spinae: Spinae, command: list[object], speed: str) -> None:
    ran = spinae(*command, "--speed", speed)
    assert ran.code == 2
    assert "speed" in ran.err


def test_recording_needs_headless(spinae: Spinae, tmp_path: Path) -> None:
    assert spinae("replay", RECORDING, "--record", tmp_path / "x.mcap").code == 2
    assert not (tmp_path / "x.mcap").exists()


def test_a_recording_is_never_overwritten(spinae: Spinae, csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "out.mcap"
    assert spinae("replay", csv, "--headless", "--record", out).code == 0
    before = out.read_bytes()
    for source in (csv, out):
        ran = spinae("replay", source, "--headless", "--record", out)
        assert (ran.code, ran.out) == (1, "")
        assert ran.err.count("\n") == 1
        assert str(out) in ran.err
        assert "never overwritten" in ran.err
    assert out.read_bytes() == before
