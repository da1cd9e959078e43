"""Third-party sensors through bleak: set-up, stream, battery, break, stop sequence, and what each vendor's device does wrong."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensorcore.devices import third_party_driver
from sensorcore.devices.block_builder import DeviceDriver
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.events import LinkBack, LinkLost
from sensorcore.links.ble.family_reader import FamilyReader
from sensorcore.links.known import KnownSensor
from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceReport, Notification, SampleBlock, StreamInfo
from sensorcore.recording.reader import open_recording
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from tests.arrivals import arriving
from tests.radio.rig import Rig, bumble_rig, fresh_address
from tests.radio.third_party import Habits, ThirdPartySensor
from tui.cli.scan import as_json, look, table

pytestmark = pytest.mark.slow  # a radio in its own time

NAMES = {
    "witmotion": "WT901BLE67",
    "polar-h10": "Polar H10 A1B2C3D4",
    "polar-verity-sense": "Polar Sense 0A1B2C3D",
    "movesense": "Movesense 234030000123",
    "thingy52": "Thingy",
    "uart-text": "Puck.js",
}
QUICK = ("movesense", "thingy52")
"""One that is set up by requests, one by characteristics; the others in the slow lane."""
BATTERY = {"witmotion": 40, "movesense": 55}
"""Told in the stream; the others by the Battery service."""
JOINED_MIDWAY = {"uart-text": 2, "movesense": 2}
"""A line or frame that was under way when a connection began is refused: one a connection."""
STALL_S = 2.0
EMULATED_S = 90.0
"""So long an emulated machine may take to find, set up and read a sensor; one in process is done within twenty seconds."""


@dataclass
class Desk:
    """A radio with third-party sensors in range."""

    rig: Rig
    motion_s: float = 20.0
    sensors: list[ThirdPartySensor] = field(default_factory=list)

    async def add(self, family: str, kind: str = "", **habits: Any) -> ThirdPartySensor:
        sensor = ThirdPartySensor(self.rig.air, kind or family, NAMES[family], fresh_address(), Habits(**habits), self.motion_s)
        await sensor.start()
        self.sensors.append(sensor)
        return sensor

    def reader(self, sensor: ThirdPartySensor) -> FamilyReader:
        known = KnownSensor("", sensor.name, "", sensor.family)
        timing = replace(self.rig.timing, stall_s=STALL_S * self.rig.slack)
        return FamilyReader(known, _driver(sensor), radio=self.rig.radio, timing=timing)


@pytest.fixture
async def desk() -> AsyncIterator[Desk]:
    """Bumble in process."""
    async with bumble_rig() as rig, contextlib.AsyncExitStack() as stack:
        yield _desk(Desk(rig), stack)


@pytest.fixture
async def any_desk(bare_rig: Rig) -> AsyncIterator[Desk]:
    """The same, and on each BlueZ in its box."""
    async with contextlib.AsyncExitStack() as stack:
        yield _desk(Desk(bare_rig, 20.0 if bare_rig.slack == 1.0 else EMULATED_S), stack)


def _desk(desk: Desk, stack: contextlib.AsyncExitStack) -> Desk:
    async def clear() -> None:
        for sensor in desk.sensors:
            await sensor.stop()

    stack.push_async_callback(clear)
    return desk


def _driver(sensor: ThirdPartySensor) -> type[DeviceDriver]:
    found = third_party_driver(sensor.family)
    assert found is not None
    return found


_NOTHING = SampleBlock.checked(np.empty(0), np.empty((0, 3)), None)


def samples(sensor: ThirdPartySensor, items: list[Any]) -> tuple[SampleBlock, list[DeviceReport]]:
    notes = [each for each in items if isinstance(each, Notification)]
    profile = _driver(sensor).profile_seen(notes)
    if profile is None:
        return _NOTHING, []
    driver = _driver(sensor)(profile)
    _, decoded = driver.decode(driver.initial(), notes)
    return SampleBlock.joined([decoded.block]), [report for _, report in decoded.reports]


def where_from(sensor: ThirdPartySensor, block: SampleBlock) -> list[int]:
    """Which of the sensor's samples these are; by angular rate too, where there is one: of thousands two may be alike in one."""
    truth, rows = sensor.acc_g * STANDARD_GRAVITY_MPS2, block.acc_mps2
    if block.gyr_radps is not None:
        truth, rows = np.hstack([truth, np.deg2rad(sensor.gyr_dps)]), np.hstack([rows, block.gyr_radps])
    return [int(np.abs(truth - row).sum(axis=1).argmin()) for row in rows]


@pytest.mark.parametrize("family", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in NAMES])
async def test_is_set_up_streams_breaks_comes_back_and_is_stopped(any_desk: Desk, family: str) -> None:
    desk, is_emulated = any_desk, any_desk.rig.slack > 1.0
    sensor = await desk.add(family, whole_lines=is_emulated and family == "uart-text")  # it carries 150 packets a second
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 50)
        await desk.rig.until(lambda: reader.status.battery_percent == BATTERY.get(family, 64))
        desk.rig.air.walk_away()
        await desk.rig.until(lambda: not reader.status.is_connected)
        desk.rig.air.come_back()
        before = len(samples(sensor, items)[0])
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > before + 50)
        await desk.rig.until(lambda: any(isinstance(each, LinkBack) for each in items))
        assert reader.status.reconnects == 1
        assert reader.status.damaged <= JOINED_MIDWAY.get(family, 0)
    assert sensor.running == set()
    assert [type(each) for each in items if isinstance(each, LinkLost | LinkBack)] == [LinkLost, LinkBack]
    block, _ = samples(sensor, items)
    indices = where_from(sensor, block)
    assert all(b > a for a, b in itertools.pairwise(indices))  # nothing twice, nothing invented
    assert block.after_gap.sum() <= 2
    np.testing.assert_allclose(block.acc_mps2, sensor.acc_g[indices] * STANDARD_GRAVITY_MPS2, atol=0.006)
    if block.gyr_radps is not None:
        np.testing.assert_allclose(np.rad2deg(block.gyr_radps), sensor.gyr_dps[indices], atol=0.07)


async def test_witmotion_is_unlocked_before_its_rate_is_set_and_swapped_characteristics_do_not_matter(desk: Desk) -> None:
    sensor = await desk.add("witmotion", swapped=True)
    async with arriving(desk.reader(sensor)) as items:
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 10 and len(sensor.received) > 1)
    written = [value for _, value in sensor.received]
    assert written[:2] == [b"\xff\xaa\x69\x88\xb5", b"\xff\xaa\x03\x08\x00"]


async def test_the_look_alike_is_refused_with_a_sentence(desk: Desk) -> None:
    sensor = await desk.add("witmotion", acc_times=0.02)
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: "vibration" in (reader.status.problem or ""))
        assert not len(samples(sensor, items)[0])


async def test_a_strap_left_running_by_another_program_is_stopped_and_started(desk: Desk) -> None:
    sensor = await desk.add("polar-h10", already=True)
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 10)
        await desk.rig.until(lambda: reader.status.worn is True)
        assert [report.worn for report in samples(sensor, items)[1]] == [True]
    commands = [value[:2] for _, value in sensor.received]
    assert commands == [b"\x01\x02", b"\x02\x02", b"\x03\x02", b"\x02\x02", b"\x03\x02"]


@pytest.mark.parametrize(("family", "status", "words"), [("polar-h10", 13, "it is charging"), ("movesense", 404, "status 404")])
async def test_a_refusal_is_said_in_the_vendors_terms_and_leaves_nothing_running(
    desk: Desk, family: str, status: int, words: str
) -> None:
    sensor = await desk.add(family, refuse=status)
    reader = desk.reader(sensor)
    async with arriving(reader):
        await desk.rig.until(lambda: words in (reader.status.problem or ""))
    assert sensor.running == set()


async def test_one_that_falls_silent_is_connected_anew(desk: Desk) -> None:
    sensor = await desk.add("thingy52", silent=True)
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: "sends nothing" in (reader.status.problem or ""))
        sensor.habits.silent = False
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 10)


async def test_when_angular_rate_never_comes_acceleration_goes_on_alone_and_that_is_said(desk: Desk) -> None:
    sensor = await desk.add("polar-verity-sense", without_rate=True)
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: "acceleration alone" in (reader.status.problem or ""))
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 150)
        assert reader.status.is_connected
        assert reader.status.reconnects == 0
    assert samples(sensor, items)[0].gyr_radps is None


async def test_an_unreadable_battery_is_unknown(desk: Desk) -> None:
    sensor = await desk.add("thingy52", battery_percent=None)
    reader = desk.reader(sensor)
    async with arriving(reader) as items:
        await desk.rig.until(lambda: len(samples(sensor, items)[0]) > 10)
        assert reader.status.battery_percent is None


async def test_a_scan_names_each_and_says_what_it_can_do(desk: Desk) -> None:
    for family in NAMES:
        await desk.add(family)
    await desk.rig.add(serial="SP-0001", name="spinae")
    found = await look(desk.rig.radio, 0.5, quick=True)
    lines = table(found, set())
    for family, name in NAMES.items():
        driver = third_party_driver(family)
        assert driver is not None
        (line,) = [each for each in lines.splitlines() if each.startswith(name)]
        assert driver.family.title in line
        assert driver.family.gives in line
    told = {each["name"]: each["family"] for each in json.loads(as_json(found))["sensors"]}
    assert told == {**{name: family for family, name in NAMES.items()}, "spinae": "spinae-sensor"}


class InThisLoop(Live):
    """Worn in the test's own event loop, where the software radio is."""

    def start(self) -> None:
        self.task = asyncio.get_running_loop().create_task(self.run())

    def stop(self) -> None:
        self.task.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("family", NAMES)
async def test_is_worn_and_the_recording_replays(desk: Desk, family: str, tmp_path: Path) -> None:
    sensor = await desk.add(family)
    wear = WearSession(desk.reader(sensor), Settings(), StreamInfo(profile_of(), name=sensor.name), tmp_path / "day.mcap")
    live = InThisLoop(wear)
    live.start()
    await desk.rig.until(lambda: live.snapshot().t_s > 1.5)
    assert live.snapshot().has_signal
    assert abs(wear.clock.lag_s) < 1.5  # a strap's frame takes most of a second
    live.stop()
    await asyncio.wait({live.task})
    recording = open_recording(tmp_path / "day.mcap")
    assert recording.sealed
    assert recording.driver_name == family
    blocks = [each for each in recording.items() if isinstance(each, SampleBlock) and len(each)]
    replayed = SampleBlock.joined(blocks)
    assert (replayed.gyr_radps is None) == (family == "polar-h10")
    truth = sensor.acc_g[where_from(sensor, replayed)] * STANDARD_GRAVITY_MPS2
    np.testing.assert_allclose(replayed.acc_mps2, truth, atol=0.006)
