"""Looking around: who is there, and what each says of itself."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from sensorcore.errors import SourceError
from sensorcore.links.ble.connection import Introduction, introduce
from sensorcore.links.ble.scan import scan
from sensorcore.links.known import KnownSensor
from tests.radio.peripheral import NAME
from tests.radio.rig import Rig
from tui.cli.scan import as_json, look, table

LISTEN = 0.5
"""Of the time that a search may take."""


async def test_every_sensor_in_range_with_serial_and_battery(rig: Rig) -> None:
    other = await rig.add(serial="SP-0002", name="other")
    other.battery_percent = None
    found = await look(rig.radio, LISTEN * rig.timing.scan_s, quick=False)
    assert {(sighting.name, said.serial, said.battery_percent) for sighting, said in found} == {
        ("spinae", "SP-0001", 87),
        ("other", "SP-0002", None),
    }
    lines = table(found, {"SP-0002"}).splitlines()
    assert lines[0].split() == ["SENSOR", "SERIAL", "BATTERY", "SIGNAL", "ADDRESS"]
    assert any("SP-0001" in line and "87%" in line for line in lines)
    assert any("SP-0002" in line and "unknown" in line and line.endswith("worn before") for line in lines)
    assert {each["serial"] for each in json.loads(as_json(found))["sensors"]} == {"SP-0001", "SP-0002"}


async def test_quick_connects_to_nobody(rig: Rig) -> None:
    connections: list[object] = []
    rig.sensor.device.on("connection", connections.append)
    ((sighting, said),) = await look(rig.radio, LISTEN * rig.timing.scan_s, quick=True)
    assert (sighting.name, said, connections) == ("spinae", Introduction(), [])


async def test_one_that_leaves_before_it_answers_is_listed_all_the_same(rig: Rig) -> None:
    (sighting,) = await scan(rig.radio, duration_s=LISTEN * rig.timing.scan_s)
    rig.air.walk_away()
    said = await introduce(sighting, rig.radio, replace(rig.timing, connect_s=rig.timing.connect_s / 5))
    assert said.serial is None
    assert said.problem


async def test_bluetooth_off_is_said(rig: Rig) -> None:
    await rig.host.power(False)
    with pytest.raises(SourceError, match="Bluetooth is switched off"):
        await scan(rig.radio, duration_s=LISTEN * rig.timing.scan_s)


async def test_of_two_of_one_name_without_a_serial_the_one_that_was_worn_is_taken(bare_rig: Rig) -> None:
    """And nobody is guessed at, when that is not there."""
    addresses = [(await bare_rig.add(serial="")).device.random_address.to_string(False) for _ in range(3)]
    for worn in addresses:
        reader = bare_rig.reader(KnownSensor("", NAME, worn))
        async with bare_rig.reading(reader) as heard:
            await bare_rig.until(lambda heard=heard: len(heard.frames) > 1)
            assert reader.sensor.address == worn
    reader = bare_rig.reader(KnownSensor("", NAME, "C4:00:00:00:00:01"))
    async with bare_rig.reading(reader) as heard:
        await bare_rig.until(lambda: "sensors have this name" in (reader.status.problem or ""))
        assert heard.items == []
