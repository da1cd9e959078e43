"""What a person says about how the sensor was worn, against what the file says."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from sensorcore.errors import BadInput
from sensorcore.model import Calibration, DeviceProfile, SampleBlock, StreamInfo, Vector3
from sensorcore.recording.opening import worn
from tests.streams import Stream

X, Y, Z = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)
RECORDED = Calibration({"sitting": Z, "standing": (0.1, 0.0, 0.995)}, X, 2.0)


def still(calibration: Calibration | None, up: Vector3 = Z) -> Stream:
    """Twenty seconds in which `up` is up."""
    n = 2000
    block = SampleBlock.checked(np.arange(n) / 100, np.tile(np.asarray(up) * 9.81, (n, 1)))
    return Stream(StreamInfo(DeviceProfile("still", 100.0, None), calibration=calibration), [block])


def test_nothing_said_changes_nothing() -> None:
    assert worn(still(RECORDED)).info == still(RECORDED).info
    assert worn(still(None)).info.calibration is None


def test_a_mount_without_forward_keeps_the_recorded_one() -> None:
    info = worn(still(RECORDED), mount="up=z").info
    assert (info.calibration, info.nominal_up) == (RECORDED, Z)


def test_a_mount_with_forward_replaces_it() -> None:
    info = worn(still(RECORDED), mount="up=z,forward=-y").info
    assert info.calibration == replace(RECORDED, forward=(0.0, -1.0, 0.0), quality_deg=None)
    assert worn(still(None), mount="up=z,forward=x").info.calibration == Calibration({}, X)
    assert worn(still(None), mount="up=z").info.calibration is None


def test_a_baseline_replaces_its_own_state_only() -> None:
    tilted = (0.0, float(np.sin(0.2)), float(np.cos(0.2)))
    calibration = worn(still(RECORDED, tilted), baselines=("sitting=2:6",)).info.calibration
    assert calibration is not None
    assert calibration.upright["sitting"] == pytest.approx(tilted)
    assert calibration.upright["standing"] == RECORDED.upright["standing"]
    assert (calibration.forward, calibration.assumed) == (X, False)


def test_a_baseline_replaces_what_was_only_assumed() -> None:
    calibration = worn(still(replace(RECORDED, assumed=True)), baselines=("standing=2:6",)).info.calibration
    assert calibration is not None
    assert list(calibration.upright) == ["standing"]
    assert not calibration.assumed


@pytest.mark.parametrize("mount", ["up=x", "up=-z", "up=y,forward=z"])
def test_a_mount_that_contradicts_the_upright_is_refused(mount: str) -> None:
    with pytest.raises(BadInput, match="from the wearer's upright"):
        worn(still(RECORDED), mount=mount)
    with pytest.raises(BadInput, match="from the wearer's upright"):
        worn(still(None), mount=mount, baselines=("sitting=2:6",))


def test_a_forward_along_the_upright_is_refused_at_once() -> None:
    with pytest.raises(BadInput, match="forward"):
        worn(still(Calibration({"sitting": X}, X), X))
