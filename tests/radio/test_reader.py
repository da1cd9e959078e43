"""The reader on a radio, through what happens to a link in a day of wearing. One body for every radio."""

from __future__ import annotations

import asyncio
import contextlib
import gc
from itertools import pairwise
from pathlib import Path

import pytest
from bleak import BleakClient

from firmware_protocol.packets import Buzz, Mode, SetTime, Start
from sensorcore.events import LinkBack, LinkLost
from sensorcore.links import reconnecting
from sensorcore.links.ble.connection import Connection
from sensorcore.links.ble.reader import SensorReader
from sensorcore.links.known import KnownSensor, KnownSensors
from tests.radio.rig import ANY, Rig

pytestmark = pytest.mark.slow  # a radio in its own time

ENOUGH = 20
"""Frames: some seconds of life."""


async def test_streams_what_the_sensor_takes_and_says_how_the_link_is(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        status = reader.status
    heard.assert_whole()
    assert status.state == "streaming"
    assert (status.serial, status.battery_percent, status.lost, status.backfilled, status.duplicates) == ("SP-0001", 87, 0, 0, 0)
    assert status.frames_per_s > 0
    assert status.rssi_dbm is not None
    assert [type(command) for command in rig.sensor.received] == [SetTime, Start]


async def test_walking_away_for_30_s_and_coming_back_leaves_no_gap_and_nothing_twice(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        rig.air.walk_away()
        taken = rig.sensor.samples_taken
        await rig.until(lambda: reader.status.state == "searching")
        await rig.until(lambda: rig.sensor.samples_taken > taken + 104 * 30)
        rig.air.come_back()
        seen = rig.sensor.samples_taken
        await rig.until(lambda: bool(heard.samples) and heard.samples[-1] > seen + 200)
        status = reader.status
    heard.assert_whole()
    lost, back = heard.events
    assert isinstance(lost, LinkLost)
    assert isinstance(back, LinkBack)
    assert lost.because == "the connection broke"
    assert back.away_s > 0.1
    assert status.backfilled >= 104 * 30 // 16 - 2
    assert (status.lost, status.reconnects, status.problem) == (0, 1, None)


async def test_a_stall_shorter_than_the_supervision_timeout_only_delays(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        rig.air.walk_away()
        await asyncio.sleep(0.15)
        rig.air.come_back()
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 200)
        status = reader.status
    heard.assert_whole()
    assert heard.events == []
    assert (status.lost, status.reconnects) == (0, 0)


async def test_a_full_queue_on_the_sensor_delays_until_there_is_room(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        rig.sensor.has_room = False
        await asyncio.sleep(1.6 * rig.timing.stall_s)  # longer than the reader waits before it looks after the sensor
        rig.sensor.has_room = True
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 200)
    heard.assert_whole()
    assert reader.status.reconnects == 0


async def test_what_the_sensor_no_longer_holds_becomes_an_explicit_gap(rig: Rig) -> None:
    sensor = await rig.add(serial="SP-0002", name="spinae-2", ring_frames=20)
    reader = rig.reader(KnownSensor("", "spinae-2", ""))
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        rig.air.walk_away()
        taken = sensor.samples_taken
        await rig.until(lambda: sensor.samples_taken > taken + 16 * 60)
        rig.air.come_back()
        await rig.until(lambda: reader.status.lost > 0)
        seen = sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 200)
        status = reader.status
    jumps = [(a, b) for a, b in pairwise(heard.samples) if b != a + 1]
    assert len(jumps) == 1
    assert (jumps[0][1] - jumps[0][0] - 1) / 16 == status.lost
    assert status.lost >= 30
    assert status.backfilled >= 10


async def test_a_reboot_in_mid_stream_goes_on_in_the_new_session(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        before = rig.sensor.session
        rig.sensor.reboot(rig.air)
        await rig.until(lambda: sum(frame.session != before for frame in heard.frames) >= ENOUGH)
    sessions = [frame.session for frame in heard.frames]
    assert sessions == sorted(sessions, key=lambda session: session != before)  # never back to the old one
    after = [frame.sequence for frame in heard.frames if frame.session != before]
    assert after == list(range(len(after)))  # from the boot on, although nobody was connected yet


async def test_a_new_rate_is_a_new_session_on_the_same_connection(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        assert reader.send(Mode(2, 1))
        await rig.until(lambda: sum(frame.rate == 2 for frame in heard.frames) >= ENOUGH)
        assert reader.status.reconnects == 0
    after = [frame.sequence for frame in heard.frames if frame.rate == 2]
    assert after == list(range(len(after)))


async def test_a_slow_consumer_loses_nothing(rig: Rig) -> None:
    """The queue overflows; what was dropped is fetched again and put in its place."""
    reader = rig.reader(queue_frames=8)
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        heard.is_open.clear()
        await rig.until(lambda: reader.status.dropped >= 5)
        heard.is_open.set()
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 200)
        status = reader.status
    heard.assert_whole()
    assert status.backfilled >= 5
    assert (status.lost, status.reconnects) == (0, 0)


async def test_what_waits_when_reading_ends_is_not_lost(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
        heard.is_open.clear()
        before = len(heard.frames)  # one more may be on its way through the door
        seen = reader.status.frames
        await rig.until(lambda: reader.status.frames >= seen + 5)
    heard.items += reader.drain()
    assert len(heard.frames) >= before + 5
    heard.assert_whole()
    assert reader.drain() == []


async def test_a_frame_that_never_comes_is_waited_for_only_so_long(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        broken = rig.sensor._sequence
        notify = rig.sensor._notify

        async def notify_but_one(characteristic: object, value: bytes) -> bool:
            if characteristic is rig.sensor._data and int.from_bytes(value[8:12], "little") == broken:
                value = value[:-1] + bytes([value[-1] ^ 1])
            return await notify(characteristic, value)  # type: ignore[arg-type]

        monkeypatch.setattr(rig.sensor, "_notify", notify_but_one)
        await rig.until(lambda: reader.status.lost == 1)
        seen = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] > seen + 200)
        status = reader.status
    numbers = [frame.sequence for frame in heard.frames]
    assert numbers == [number for number in range(numbers[0], numbers[-1] + 1) if number != broken]
    assert status.damaged >= 2  # it was asked for again
    assert status.reconnects == 0


async def test_a_sensor_that_pauses_is_not_taken_for_a_lost_one(rig: Rig) -> None:
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= ENOUGH)
        rig.sensor.is_sampling = False
        await rig.until(lambda: reader.status.state == "paused")
        rig.sensor.is_sampling = True
        count = len(heard.frames)
        await rig.until(lambda: len(heard.frames) > count + 5)
        assert (reader.status.state, reader.status.reconnects) == ("streaming", 0)
    heard.assert_whole()


async def test_commands_reach_the_sensor_while_there_is_a_link_and_are_refused_without(rig: Rig) -> None:
    reader = rig.reader()
    buzz = Buzz(60, ((20, 10), (20, 0)))
    assert not reader.send(buzz)
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
        assert reader.send(buzz)
        await rig.until(lambda: buzz in rig.sensor.received)


async def test_a_sensor_is_known_by_its_serial_not_by_its_name_or_address(rig: Rig) -> None:
    """Two sensors have the same name, and ours has a new address."""
    ours = await rig.add(serial="SP-0007")
    reader = rig.reader(KnownSensor("SP-0007", ANY.name, "C4:00:00:00:00:00"))
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 5)
        assert {frame.session for frame in heard.frames} == {ours.session}
        assert reader.sensor == KnownSensor("SP-0007", ANY.name, ours.address)


async def test_of_two_of_one_name_without_serial_numbers_the_one_worn_before_is_taken(rig: Rig) -> None:
    """Today and, being remembered, tomorrow; without that nobody is guessed."""
    first = await rig.add(serial="", name="twin")
    second = await rig.add(serial="", name="twin")
    for worn in (first, second, first):
        remembered: list[KnownSensor] = []
        reader = rig.reader(KnownSensor("", "twin", worn.address), remember=remembered.append)
        async with rig.reading(reader) as heard:
            await rig.until(lambda heard=heard: len(heard.frames) >= 2)  # type: ignore[misc]
            rig.air.cut()
            await rig.until(lambda reader=reader: reader.status.reconnects == 1)  # type: ignore[misc]
        assert {frame.session for frame in heard.frames} == {worn.session}
    unknown = rig.reader(KnownSensor("", "twin", "twin"))
    async with rig.reading(unknown) as heard:
        await rig.until(lambda: "2 sensors have this name" in (unknown.status.problem or ""))
        assert f"--sensor {first.address} or --sensor {second.address}" in (unknown.status.problem or "")
        assert heard.items == []


async def test_one_without_a_serial_number_is_remembered_by_its_address(rig: Rig, tmp_path: Path) -> None:
    sensor = await rig.add(serial="", name="single")
    known = KnownSensors(tmp_path)
    async with rig.reading(rig.reader(KnownSensor("", "single", "single"), remember=known.remember)) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
    assert known.load() == (KnownSensor("", "single", sensor.address),)


async def test_an_unreadable_battery_is_unknown(rig: Rig) -> None:
    rig.sensor.battery_percent = None
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
        assert reader.status.battery_percent is None


async def test_pairs_when_the_sensor_wants_it_and_again_when_the_bond_is_lost(rig: Rig) -> None:
    """With our own agent, where somebody must answer for this machine."""
    sensor = await rig.add(serial="SP-0003", name="private", secure=True)
    private = KnownSensor("", "private", "")
    async with rig.reading(rig.reader(private)) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
    async with rig.reading(rig.reader(private)) as heard:  # the bond is still there
        await rig.until(lambda: len(heard.frames) >= 2)
    assert sensor.device.keystore is not None
    assert len(await sensor.device.keystore.get_all()) == 1
    await sensor.device.keystore.delete_all()
    reader = rig.reader(private)
    async with rig.reading(reader) as heard:
        advice = "`spinae wear --pair`" if rig.tells_lost_bond else ""
        await rig.until(lambda: reader.status.problem is not None and advice in reader.status.problem)
        assert heard.items == []
    async with rig.reading(rig.reader(private, pair_again=True)) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)


async def test_bluetooth_off_is_said_and_survived(rig: Rig) -> None:
    await rig.host.power(False)
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: "Bluetooth is switched off" in (reader.status.problem or ""))
        await rig.host.power(True)
        await rig.until(lambda: len(heard.frames) >= 2)
        assert reader.status.problem is None


async def test_out_of_range_is_said(rig: Rig) -> None:
    rig.air.walk_away()
    reader = rig.reader()
    async with rig.reading(reader):
        await rig.until(lambda: "not to be heard" in (reader.status.problem or ""))


@pytest.mark.parametrize("reconnects", [10, pytest.param(100, marks=pytest.mark.radio)])
async def test_reconnecting_leaves_nothing_behind(rig: Rig, reconnects: int) -> None:
    """No task, no file descriptor, no D-Bus connection, no growing memory, and the stream stays whole."""
    rig.sensor.speed = rig.speed / 4  # so that what was missed is soon made up for
    reader = rig.reader()

    async def again(times: int) -> None:
        for _ in range(times):
            count = reader.status.reconnects
            rig.air.cut()
            await rig.until(lambda count=count: reader.status.reconnects > count)
            frames = reader.status.frames
            await rig.until(lambda frames=frames: reader.status.frames > frames)

    async with rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
        await again(3)
        before, connections = held(), await rig.host.connections()
        await again(reconnects)
        after = held()
        assert await rig.host.connections() == connections
    heard.assert_whole()
    assert after[0] <= before[0] + 2  # tasks come and go
    assert after[1] == before[1]
    assert after[2] <= before[2] + 1
    assert after[3] - before[3] < 20 * reconnects + 200  # the frames and commands that the test itself collects


def held() -> tuple[int, int, int, int]:
    """Tasks, open file descriptors, clients, objects of ours and of bleak's (what others make now and then is not our leak)."""
    gc.collect()
    objects = gc.get_objects()
    clients = sum(isinstance(each, BleakClient) for each in objects)
    ours = sum(str(getattr(type(each), "__module__", "")).startswith(("sensorcore", "bleak")) for each in objects)
    descriptors = len(list(Path("/proc/self/fd").iterdir())) if Path("/proc/self/fd").exists() else 0
    return len(asyncio.all_tasks()), descriptors, clients, ours


async def test_closing_ends_everything(rig: Rig) -> None:
    async with rig.reading(rig.reader()) as heard:  # bleak starts what it keeps for the whole process
        await rig.until(lambda: len(heard.frames) >= 2)
    await asyncio.sleep(0.2)
    tasks = asyncio.all_tasks()
    async with rig.reading(rig.reader()) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
    await rig.until(lambda: asyncio.all_tasks() <= tasks | rig.sensor._tasks)


@pytest.mark.radio
async def test_a_minute_at_104_hz_is_whole(rig: Rig) -> None:
    rig.sensor.speed = 1.0
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: bool(heard.samples) and heard.samples[-1] - heard.samples[0] >= 104 * 60, 70.0)
        status = reader.status
    heard.assert_whole()
    assert (status.lost, status.backfilled, status.duplicates, status.reconnects) == (0, 0, 0, 0)


class _Swallowing(SensorReader):
    """Its stack takes the first cancellation for something else, as `asyncio.wait_for` may before Python 3.12."""

    async def _tend(self, link: Connection) -> None:
        with contextlib.suppress(asyncio.CancelledError):
            await super()._tend(link)
        await super()._tend(link)


async def test_a_stack_that_swallows_a_cancellation_can_be_left(rig: Rig) -> None:
    reader = _Swallowing(ANY, radio=rig.radio, timing=rig.timing)
    async with asyncio.timeout(15.0 * rig.slack), rig.reading(reader) as heard:
        await rig.until(lambda: len(heard.frames) >= 2)
        rig.air.cut()
        await rig.until(lambda: reader.status.reconnects >= 1, 10.0)


class _SwallowingEarly(SensorReader):
    """The same while it is set up."""

    ready = False

    async def _set_up(self, link: Connection) -> None:
        await super()._set_up(link)
        self.ready = True
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.Event().wait()


async def test_a_stack_that_swallows_a_cancellation_during_the_set_up_can_be_left_at_once(
    rig: Rig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconnecting, "CANCEL_AGAIN_S", 3600.0)
    reader = _SwallowingEarly(ANY, radio=rig.radio, timing=rig.timing)
    async with asyncio.timeout(15.0 * rig.slack), rig.reading(reader):
        await rig.until(lambda: reader.ready)
