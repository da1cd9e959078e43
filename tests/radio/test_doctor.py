"""The doctor's look at the radio and at the sensors near."""

from __future__ import annotations

from pathlib import Path

from sensorcore.doctor import examine_radio
from sensorcore.links.known import KnownSensor, KnownSensors
from tests.radio.rig import Rig


async def test_sensors_near_are_looked_at_one_by_one(rig: Rig, tmp_path: Path) -> None:
    KnownSensors(tmp_path).remember(KnownSensor("SP-0001", "spinae", ""))
    tired = await rig.add(serial="SP-0002", name="tired")
    tired.battery_percent = 4
    findings = {each.about: each for each in await examine_radio(tmp_path, rig.radio, scan_s=rig.timing.scan_s / 2)}
    assert set(findings) == {"Bluetooth", "sensor SP-0001", "sensor SP-0002"}
    assert findings["sensor SP-0001"].what.startswith("worn before, battery 87%")
    assert findings["sensor SP-0001"].is_well
    assert findings["sensor SP-0002"].what.startswith("new, battery 4%")
    assert findings["sensor SP-0002"].hint == "Charge it"


async def test_nothing_to_be_heard_and_bluetooth_off(rig: Rig, tmp_path: Path) -> None:
    rig.air.walk_away()
    bluetooth, sensor = await examine_radio(tmp_path, rig.radio, scan_s=rig.timing.scan_s / 3)
    assert bluetooth.is_well
    assert sensor.what == "the sensor is not to be heard"
    await rig.host.power(False)
    (bluetooth,) = await examine_radio(tmp_path, rig.radio, scan_s=rig.timing.scan_s / 3)
    assert bluetooth.what == "Bluetooth is switched off"
    assert not bluetooth.is_well
