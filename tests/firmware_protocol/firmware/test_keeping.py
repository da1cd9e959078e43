"""What a day of wearing does to a sensor: reboots, hangs, bad contacts, empty cells, strangers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from firmware_protocol import tables
from firmware_protocol.packets import Mode, SampleFrame, Start
from tests.firmware_protocol.firmware.sensor import (
    BATTERY_PIN,
    BUTTON_PIN,
    ENCRYPTION,
    GET_SECRET,
    LINK,
    MOTOR_PIN,
    SET_SECRET,
    Sensor,
)
from tests.radio.micropython.process import Bench, numbers

pytestmark = pytest.mark.slow  # minutes of the firmware in virtual time

MakeBench = Callable[..., Bench]
SERIAL = "a0b1c2d3e47f"
OWN_KEYS, PEER_KEYS, SUBSCRIPTIONS, OWN_IDENTITY = 1, 2, 3, 10


def test_the_mode_survives_a_reboot_and_the_session_does_not(bench: MakeBench) -> None:
    board = bench()
    with Sensor(board) as sensor:
        sensor.connect()
        sensor.write(Mode(2, 13), ms=300)
        before = sensor.status
    with Sensor(board) as sensor:
        sensor.connect()
        sensor.write(b"?")
        after = sensor.status
    assert (after.rate, after.scale) == (before.rate, before.scale) == (2, 13)
    assert after.session != before.session
    assert sorted(path.name for path in board.flash.iterdir()) == ["bonds.json", "settings.json"]


@pytest.mark.parametrize("damage", [b"", b'{"rate": 2', b"[1, 2]", b"\xff\xfe", b'{"rate": 77, "scale": 1}', b'{"rate": "fast"}'])
def test_damaged_settings_do_not_keep_it_from_starting(bench: MakeBench, damage: bytes) -> None:
    board = bench()
    (board.flash / "settings.json").write_bytes(damage)
    (board.flash / "settings.json.new").write_bytes(b"{")  # power was lost in the middle of saving
    (board.flash / "bonds.json").write_bytes(damage)
    with Sensor(board) as sensor:
        sensor.connect()
        sensor.write(b"?")
        assert (sensor.status.rate, sensor.status.scale) == (tables.DEFAULT_RATE, 11)
        sensor.write(Mode(2, 12), ms=300)
    assert json.loads((board.flash / "settings.json").read_text()).items() >= {"rate": 2, "scale": 12}.items()


def test_the_watchdog_starts_with_start_and_is_fed(bench: MakeBench) -> None:
    with Sensor(bench(samples=None)) as sensor:
        sensor.run_ms(30_000)
        assert not sensor.all("watchdog")
        sensor.start_live()
        sensor.run_ms(60_000)
        assert [message["timeout_ms"] for message in sensor.all("watchdog")] == [8000]
        assert sensor.reset is None
        sensor.stall_ms(9_000)
    assert sensor.reset == "watchdog"


def test_an_imu_that_is_gone_for_good_ends_in_a_reset(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.start_live()
        sensor.set(i2c_faults=1_000_000)
        sensor.run_ms(20_000)
    assert sensor.reset == "watchdog"


def assert_unbroken(frames: list[SampleFrame]) -> dict[int, list[SampleFrame]]:
    """Within a session no frame and no sample is missing. Returns the frames by session."""
    by_session: dict[int, list[SampleFrame]] = {}
    for frame in frames:
        by_session.setdefault(frame.session, []).append(frame)
    for own in by_session.values():
        got, sequences = numbers(own), [frame.sequence for frame in own]
        assert got == list(range(got[0], got[0] + len(got)))
        assert sequences == list(range(sequences[0], sequences[0] + len(sequences)))
    return by_session


@pytest.mark.parametrize("imu", ["lsm6ds", "mpu6050"])
@pytest.mark.parametrize(("fault", "times", "sessions"), [("i2c_faults", 1, 1), ("i2c_faults", 4, 1), ("fifo_faults", 1, 7)])
def test_a_bad_contact_for_a_moment_is_got_over(
    bench: MakeBench, counting_file: Path, imu: str, fault: str, times: int, sessions: int
) -> None:
    """Samples are lost only when they were just being read: then a new session begins. A gap is never silent."""
    with Sensor(bench(imu=imu, samples=counting_file)) as sensor:
        sensor.start_live()
        for _ in range(6):
            sensor.run_ms(2_000)
            sensor.set(**{fault: times})
        sensor.run_ms(3_000)
    assert len(assert_unbroken(sensor.frames)) == sessions
    assert len(sensor.frames) > 60
    assert sensor.reset is None


@pytest.mark.parametrize(("imu", "room_ms"), [("lsm6ds", 3_200), ("mpu6050", 800)])
def test_a_fifo_that_ran_over_begins_a_new_session(bench: MakeBench, counting_file: Path, imu: str, room_ms: int) -> None:
    with Sensor(bench(imu=imu, samples=counting_file)) as sensor:
        sensor.start_live()
        sensor.run_ms(2_000)
        sensor.stall_ms(room_ms - 300)
        sensor.run_ms(5_000)
        sessions = {frame.session for frame in sensor.frames}
        assert len(sessions) == 1
        times = np.array([frame.device_time_us for frame in sensor.frames])
        np.testing.assert_allclose(np.diff(times), np.median(np.diff(times)), atol=11_000)
        sensor.stall_ms(room_ms + 500)
        sensor.run_ms(3_000)
    new = [frame for frame in sensor.frames if frame.session not in sessions]
    assert len(assert_unbroken(sensor.frames)) == 2
    assert new[0].sequence == 0
    assert numbers(new)[0] == sensor.all("fifo")[-1]["first"]  # nothing that was left over
    assert sensor.status.session == new[0].session  # told without being asked


def test_without_an_imu_it_says_so_and_starts_again(bench: MakeBench) -> None:
    with Sensor(bench(imu="none")) as sensor:
        sensor.run_ms(5_000)
    assert sensor.reset == "machine.reset"
    assert "no LSM6DS3TR-C or MPU6050 answers on I2C (found: nothing); check the four wires" in sensor.console


@pytest.mark.parametrize(
    ("pin_mv", "percent"), [(1600, 0), (1650, 0), (1875, 32), (1950, 62), (2075, 100), (2200, 100), (900, None), (0, None)]
)
def test_battery(bench: MakeBench, pin_mv: int, percent: int | None) -> None:
    """Through a divider by two; below 2.5 V there is no cell."""
    with Sensor(bench()) as sensor:
        sensor.set(**{f"adc{BATTERY_PIN}": pin_mv * 1000})
        sensor.connect()
        sensor.run_ms(61_000)
        sensor.write(b"?")
    assert sensor.status.battery_percent == percent
    if percent is not None:
        assert sensor.read("2a19") == bytes([percent])
        assert [m for m in sensor.all("write") if m["handle"] == sensor.handles["2a19"]][-1]["update"]


@pytest.mark.parametrize(
    ("imu", "counts", "celsius"), [("lsm6ds", 0, 25.0), ("lsm6ds", 2560, 35.0), ("lsm6ds", -256 * 20, 5.0), ("mpu6050", -521, 35.0)]
)
def test_temperature(bench: MakeBench, imu: str, counts: int, celsius: float) -> None:
    with Sensor(bench(imu=imu)) as sensor:
        sensor.set(**{f"temperature_{imu}": counts})
        sensor.connect()
        sensor.run_ms(1_100)
        sensor.write(b"?")
    assert sensor.status.temperature_c == pytest.approx(celsius, abs=0.02)


def test_it_says_what_it_is(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.run_ms(100)
        texts = [sensor.read(uuid).decode() for uuid in ("2a26", "2a24", "2a25")]
        advert = sensor.all("advertise")[-1]
        sensor.connect()
        sensor.run_ms(200)
    assert texts == ["1.0.0", "ESP32C3 LSM6DS3TR-C", SERIAL]
    data = bytes.fromhex(advert["data"])
    parts = {}
    while data:
        parts[data[1]] = data[2 : data[0] + 1]
        data = data[data[0] + 1 :]
    assert parts[0x07][::-1].hex() == tables.SERVICE_UUID.replace("-", "")
    assert parts[0x09] == b"spinae7f"
    assert len(sensor.all("advertise")) == 1


def test_a_long_name_is_shortened_in_the_advertisement_and_whole_in_the_response(bench: MakeBench) -> None:
    board = bench()
    (board.flash / "settings.json").write_text('{"name": "the sensor of my left shoulder"}')
    with Sensor(board) as sensor:
        sensor.run_ms(100)
        advert = sensor.all("advertise")[-1]
    assert bytes.fromhex(advert["data"]).endswith(b"\x09\x08the sens")
    assert bytes.fromhex(advert["response"])[2:] == b"the sensor of my left shoulder"[:29]


class TestStrangers:
    def test_an_unencrypted_link_gets_nothing_and_is_not_obeyed(self, bench: MakeBench) -> None:
        with Sensor(bench()) as sensor:
            sensor.connect(encrypted=False)
            sensor.write(Start())
            sensor.write_to("2a06", b"\x02")
            sensor.run_ms(2_000)
        assert not sensor.all("notify")
        assert all(message["duty"] == 0 for message in sensor.all("pwm"))
        needs_encryption = {uuid for uuid, flags in sensor.flags.items() if flags & 0x1200}
        assert needs_encryption == {
            uuid.replace("-", "") for uuid in (tables.DATA_UUID, tables.CONTROL_UUID, tables.STATUS_UUID)
        } | {"2a06"}

    def test_on_a_bench_it_can_be_done_without(self, bench: MakeBench) -> None:
        board = bench()
        (board.flash / "settings.json").write_text('{"secure": false}')
        with Sensor(board) as sensor:
            sensor.connect(encrypted=False)
            sensor.write(Start(), ms=2_000)
        assert len(sensor.frames) > 5
        assert not any(flags & 0x1200 for flags in sensor.flags.values())

    def test_pairing_outside_the_window_is_refused(self, bench: MakeBench) -> None:
        board = bench()
        with Sensor(board) as sensor:
            sensor.connect(encrypted=False)
            sensor.event(SET_SECRET, PEER_KEYS, b"stranger".hex(), b"key".hex())
            sensor.event(ENCRYPTION, LINK, 1, 0, 0, 16)  # encrypted, but not bonded
            sensor.write(Start(), ms=1_000)
            assert sensor.all("secret")[-1]["value"] is False
            assert sensor.all("disconnect")
            assert not sensor.all("notify")
            assert bonding(sensor) == [False]
        assert kept(board) == []

    def test_somebody_with_a_friends_address_cannot_remove_the_bond(self, bench: MakeBench) -> None:
        """The stack removes it at once when that address wants to pair again, and goes on until it is told that it is gone."""
        friend = b"friend".hex()
        with Sensor(bench()) as sensor:
            press(sensor, 200)
            sensor.event(SET_SECRET, PEER_KEYS, friend, b"key".hex())
            sensor.run_ms(61_000)
            sensor.connect(encrypted=False)
            for _ in range(2):
                sensor.event(SET_SECRET, PEER_KEYS, friend, None)
            sensor.event(GET_SECRET, PEER_KEYS, 0, friend)
            sensor.event(SET_SECRET, PEER_KEYS, friend, b"forged".hex())
            sensor.event(ENCRYPTION, LINK, 1, 0, 0, 16)
            sensor.run_ms(200)
            sensor.disconnect()
            sensor.run_ms(200)
            sensor.event(GET_SECRET, PEER_KEYS, 0, friend)
            sensor.run_ms(100)
        assert [message["value"] for message in sensor.all("secret")] == [True, True, False, None, False, b"key".hex()]

    def test_the_button_opens_the_window_for_a_minute_and_bonds_survive_a_reboot(self, bench: MakeBench) -> None:
        board = bench()
        with Sensor(board) as sensor:
            press(sensor, 200)
            assert any(message["duty"] for message in sensor.all("pwm"))
            sensor.connect()
            sensor.event(SET_SECRET, PEER_KEYS, b"friend".hex(), b"key 1".hex())
            sensor.event(SET_SECRET, SUBSCRIPTIONS, b"friend".hex(), b"cccd".hex())
            sensor.run_ms(2_000)
            sensor.run_ms(60_000)
            sensor.event(SET_SECRET, PEER_KEYS, b"late".hex(), b"key 2".hex())
            sensor.run_ms(100)
            assert [message["value"] for message in sensor.all("secret")] == [True, True, False]
            assert bonding(sensor) == [False, True, False]
        assert kept(board) == [b"key 1"]
        with Sensor(board) as sensor:
            sensor.event(GET_SECRET, PEER_KEYS, 0, b"friend".hex())
            sensor.event(GET_SECRET, PEER_KEYS, 0, None)
            sensor.event(GET_SECRET, PEER_KEYS, 1, None)
            sensor.event(GET_SECRET, OWN_KEYS, 0, b"friend".hex())
            sensor.run_ms(100)
            answers = [message["value"] for message in sensor.all("secret")]
        assert answers == [b"key 1".hex(), b"key 1".hex(), None, None]

    def test_held_for_ten_seconds_it_forgets_all_bonds(self, bench: MakeBench) -> None:
        board = bench()
        with Sensor(board) as sensor:
            press(sensor, 200)
            sensor.connect()
            sensor.event(SET_SECRET, PEER_KEYS, b"friend".hex(), b"key".hex())
            sensor.run_ms(2_000)
            press(sensor, 9_500)
            assert not sensor.all("disconnect")
            press(sensor, 10_500)
            assert sensor.all("disconnect")
            sensor.event(GET_SECRET, PEER_KEYS, 0, b"friend".hex())
            sensor.event(SET_SECRET, PEER_KEYS, b"friend".hex(), b"key".hex())
            sensor.run_ms(2_000)
            assert [message["value"] for message in sensor.all("secret")] == [True, None, False]
            assert any(message["pin"] == MOTOR_PIN and message["duty"] == 65535 for message in sensor.all("pwm"))
        assert kept(board) == []

    def test_without_a_button_switching_on_opens_the_window(self, bench: MakeBench) -> None:
        board = bench()
        (board.flash / "settings.json").write_text('{"button": null}')
        with Sensor(board) as sensor:
            sensor.event(SET_SECRET, PEER_KEYS, b"friend".hex(), b"key".hex())
            sensor.run_ms(60_000)
            sensor.event(SET_SECRET, PEER_KEYS, b"late".hex(), b"key".hex())
            sensor.run_ms(100)
        assert [message["value"] for message in sensor.all("secret")] == [True, False]


def kept(board: Bench) -> list[bytes]:
    """Keys of peers in the flash; the board's own identity is always there."""
    secrets = json.loads((board.flash / "bonds.json").read_text())["secrets"]
    assert [bytes.fromhex(key) for kind, key, _ in secrets if kind == OWN_IDENTITY] == [b"irk"]
    return [bytes.fromhex(value) for kind, _, value in secrets if kind in (OWN_KEYS, PEER_KEYS)]


def bonding(sensor: Sensor) -> list[bool]:
    """What the sensor told the stack to offer, in turn."""
    return [message["values"]["bond"] for message in sensor.all("config") if "bond" in message["values"]]


def press(sensor: Sensor, ms: int) -> None:
    sensor.set(**{f"pin{BUTTON_PIN}": 0})
    sensor.run_ms(ms)
    sensor.set(**{f"pin{BUTTON_PIN}": 1})
    sensor.run_ms(100)
