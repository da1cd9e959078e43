"""The guided calibration on a simulated wearer who does what is asked, and where it is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sensorcore.errors import CalibrationRefused, SourceError, StorageError
from sensorcore.model import Calibration
from sensorcore.motion.vectors import angle_deg
from sensorcore.ports import Incoming
from sensorcore.session.guided_calibration import SIT, STAND, Calibrations, StepProgress, guided, verdict, watched
from sensorcore.session.pair_source import PairSource
from sensorcore.simulator.live import SimulatedSensor

KEPT = Calibration({"standing": (0.0, 0.1, 0.99), "sitting": (0.1, 0.0, 0.99)}, (1.0, 0.0, 0.0), 1.25)


async def test_stand_bow_sit_finds_the_wearer() -> None:
    sensor = SimulatedSensor("workday-short", speed=60.0)
    told: list[str] = []
    (found,) = await asyncio.wait_for(guided(sensor, told.append), 20.0)
    assert told == [STAND, SIT]
    truth = sensor.info.calibration
    assert truth is not None
    for state, upright in truth.upright.items():
        assert angle_deg(np.asarray(found.upright[state]), np.asarray(upright)) < 2.0
    assert found.quality_deg is not None


async def test_tells_how_far_it_is_and_how_good_it_was() -> None:
    seen: list[StepProgress] = []
    (found,) = await asyncio.wait_for(watched(SimulatedSensor("workday-short", speed=60.0).arrivals(), seen.append), 20.0)
    assert [each.step for each in seen] == sorted((each.step for each in seen), key=("stand", "sit").index)
    standing = [each for each in seen if each.step == "stand"]
    assert any(each.still and each.bows == 1 for each in standing)
    assert max(each.leaning_deg or 0.0 for each in standing) > 25.0
    assert "Keep still" in next(each.missing for each in seen if each.missing)
    assert verdict([found]).startswith("Good: forward is known within about 3° (your bows agree within ")
    assert "Sitting upright differs from standing by " in verdict([found])
    assert verdict([replace(found, quality_deg=7.0)]).startswith(
        "It will do: forward is known within about 7° (your bows agree within 7.0°). For a"
    )


async def test_a_wearer_who_never_bows_is_told_so_after_a_minute() -> None:
    class Slumped(SimulatedSensor):
        async def arrivals(self) -> AsyncGenerator[Incoming, None]:
            count = 0
            async for each in super().arrivals():
                count += 1
                if count > 31 * 6.5:  # the calibration's phases are over
                    yield each

    with pytest.raises(CalibrationRefused):
        await asyncio.wait_for(guided(Slumped("workday-short", speed=200.0), lambda _: None), 20.0)


async def test_a_stream_that_ends_is_told() -> None:
    class Ends(SimulatedSensor):
        async def arrivals(self) -> AsyncGenerator[Incoming, None]:
            async for each in super().arrivals():
                yield each
                return

    with pytest.raises(SourceError, match="stream ended"):
        await guided(Ends("workday-short", speed=200.0), lambda _: None)


def test_is_kept_by_serial_for_its_owner_only(tmp_path: Path) -> None:
    kept = Calibrations(tmp_path)
    assert kept.load("SP-0001") is None
    kept.save("SP-0001", replace(KEPT, quality_deg=9.0))
    kept.save("SP-0001", KEPT)
    assert kept.load("SP-0001") == KEPT
    kept.save("../../evil", KEPT)
    files = list(tmp_path.rglob("*.json"))
    assert {file.parent for file in files} == {tmp_path / "calibrations"}
    assert all(file.stat().st_mode & 0o777 == 0o600 for file in files)


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"upright": 3}'])
def test_a_damaged_one_is_named(tmp_path: Path, text: str) -> None:
    kept = Calibrations(tmp_path)
    kept.save("SP-0001", KEPT)
    next(tmp_path.rglob("*.json")).write_text(text)
    with pytest.raises(StorageError, match="not a calibration"):
        kept.load("SP-0001")


async def test_two_sensors_are_calibrated_by_the_same_standing_bows_and_sitting() -> None:
    upper = SimulatedSensor("workday-short", speed=40.0, placement="upper_back")
    lower = upper.beside("lower_back")
    told: list[str] = []
    found = await asyncio.wait_for(guided(PairSource(upper, lower), told.append), 30.0)
    assert told == [STAND, SIT]
    for sensor, calibration in zip((upper, lower), found, strict=True):
        assert sensor.info.calibration is not None
        for state, upright in sensor.info.calibration.upright.items():
            assert angle_deg(np.asarray(calibration.upright[state]), np.asarray(upright)) < 2.0
