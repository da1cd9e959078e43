"""After a restart the day goes on from the upright that held."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from pathlib import Path

import pytest

from sensorcore.events import BaselineSet
from sensorcore.model import Calibration, StreamInfo
from sensorcore.record.info import RecordingInfo
from sensorcore.record.writer import RecordingWriter
from sensorcore.resuming import WITHIN_S, calibration_at_end, resumed
from sensorcore.source.drivers.spinae_sensor import profile_of

CALIBRATED = Calibration({"sitting": (0.0, 0.0, 1.0), "standing": (0.0, 0.1, 0.99)}, (1.0, 0.0, 0.0), 2.0)
ABOUT = StreamInfo(profile_of(), name="SP-1")


def record(path: Path, info: StreamInfo, *events: BaselineSet, age_s: float = 60.0) -> Path:
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
