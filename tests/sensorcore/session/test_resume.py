"""After a restart the day goes on from the upright that held."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import ActivationAsked, BaselineSet, ContextChanged, Event, GapFound
from sensorcore.model import Calibration, RestartState, StreamInfo
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.resume import WITHIN_S, calibration_at_end, resumed

CALIBRATED = Calibration({"sitting": (0.0, 0.0, 1.0), "standing": (0.0, 0.1, 0.99)}, (1.0, 0.0, 0.0), 2.0)
ABOUT = StreamInfo(profile_of(), name="SP-1")


def record(path: Path, info: StreamInfo, *events: Event, age_s: float = 60.0) -> Path:
    writer = RecordingWriter(path, RecordingInfo(info, "spinae"), sync=False)
    for event in events:
        writer.event(event)
    writer.close()
    os.utime(path, (time.time() - age_s,) * 2)
    return path


def test_a_re_zero_holds_after_a_restart(tmp_path: Path) -> None:
    zeroed = BaselineSet(60.0, "sitting", False, (0.0, 0.6, 0.8))
    record(tmp_path / "a.mcap", replace(ABOUT, calibration=CALIBRATED), zeroed)
    found = resumed(ABOUT, tmp_path).calibration
    assert found is not None
    assert found.upright == {**CALIBRATED.upright, "sitting": (0.0, 0.6, 0.8)}
    assert found.forward == CALIBRATED.forward


def test_what_was_only_assumed_is_not_carried_on(tmp_path: Path) -> None:
    path = record(tmp_path / "a.mcap", ABOUT, BaselineSet(3.0, "sitting", True, (0.0, 0.6, 0.8)))
    assert calibration_at_end(path) is None
    assert resumed(ABOUT, tmp_path) == ABOUT


@pytest.mark.parametrize("why", ["another sensor", "long ago", "calibrated since", "nothing there", "no recording"])
def test_only_what_still_holds_is_carried_on(tmp_path: Path, why: str) -> None:
    calibrated = replace(ABOUT, calibration=CALIBRATED)
    if why == "no recording":
        (tmp_path / "a.mcap").write_bytes(b"torn")
    elif why != "nothing there":
        info = replace(calibrated, name="SP-2") if why == "another sensor" else calibrated
        record(tmp_path / "a.mcap", info, age_s=WITHIN_S + 60 if why == "long ago" else 60)
    since_s = time.time() - 30 if why == "calibrated since" else 0.0
    assert resumed(ABOUT, tmp_path, since_unix_s=since_s) == ABOUT


def test_what_was_asked_is_not_asked_again_after_a_restart_and_what_was_sat_counts(tmp_path: Path) -> None:
    start_ns = int((time.time() - 1000.0) * 1e9)
    info = replace(ABOUT, start_unix_ns=start_ns, carried=RestartState(feedback=0.75, told_s=(-3000.0,), count=3))
    began, asked = ContextChanged(0.1, "sitting", 0.9), ActivationAsked(600.0, "posture_check")
    path = record(tmp_path / "a.mcap", info, began, asked, GapFound(900.0, 0.5))
    now = resumed(ABOUT, tmp_path).carried
    end_s = open_recording(path).duration_hint_s or 0.0
    assert now.told_s == pytest.approx((600.0 - 1000.0,), abs=2.0)  # what is an hour ago is forgotten
    assert (now.count, now.feedback) == (4, 0.75)
    assert now.posed_s == pytest.approx(max(0.0, end_s - 600.0), abs=1.0)
    written = RecordingInfo(replace(info, carried=now), "spinae").to_metadata()
    assert RecordingInfo.from_metadata(written, "here").stream.carried == now
    del written["carried"]  # of an earlier version
    assert RecordingInfo.from_metadata(written, "here").stream.carried == RestartState()
