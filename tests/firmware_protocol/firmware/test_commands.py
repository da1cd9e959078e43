"""Each command does what SPEC.md says, and nothing that is written does any harm."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import pairwise

import pytest

from firmware_protocol import tables, wire
from firmware_protocol.packets import Buzz, Identify, Mode, SetTime, Start
from tests.firmware_protocol.firmware.sensor import MOTOR_PIN, Sensor
from tests.radio.micropython.process import Bench

MakeBench = Callable[..., Bench]
ALERT = "2a06"


def motor(sensor: Sensor, since_us: int) -> list[tuple[int, int]]:
    """(ms since then, duty in percent) of each change."""
    changes = [message for message in sensor.all("pwm") if message["pin"] == MOTOR_PIN and message["t"] > since_us]
    return [((message["t"] - since_us) // 1000, round(message["duty"] / 655.35)) for message in changes]


def on_and_off(changes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """(duty, ms) of each part, from the first on to the last off."""
    merged: list[tuple[int, int]] = []
    for at, duty in changes:
        if not merged or merged[-1][1] != duty:
            merged.append((at, duty))
    begin = next(i for i, (_, duty) in enumerate(merged) if duty)
    merged = merged[begin:]
    return [(duty, later - at) for (at, duty), (later, _) in pairwise(merged)]


def test_mode_begins_a_new_session_unless_nothing_changes(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.start_live()
        before = sensor.status
        sensor.run_ms(1_000)
        sensor.write(Mode(before.rate, before.scale))
        assert sensor.status.session == before.session
        sensor.write(Mode(2, 12), ms=300)
        after = sensor.status
        assert (after.answered, after.answer, after.rate, after.scale) == (tables.MODE, tables.DONE, 2, 12)
        assert after.session != before.session
        sensor.run_ms(2_000)
    new = [frame for frame in sensor.frames if frame.session == after.session]
    assert [frame.sequence for frame in new] == list(range(len(new)))
    assert {(frame.rate, frame.scale, frame.count) for frame in new} == {(2, 12, 8)}
    assert sensor.frames[-len(new) :] == new


@pytest.mark.parametrize(("imu", "scale"), [("lsm6ds", 1), ("lsm6ds", 21), ("mpu6050", 11), ("mpu6050", 24)])
def test_a_mode_that_the_chip_cannot_do_is_refused(bench: MakeBench, imu: str, scale: int) -> None:
    with Sensor(bench(imu=imu)) as sensor:
        sensor.start_live()
        before = sensor.status
        sensor.write(Mode(2, scale))
    assert (sensor.status.answered, sensor.status.answer) == (tables.MODE, tables.UNSUPPORTED)
    assert (sensor.status.session, sensor.status.rate, sensor.status.scale) == (before.session, before.rate, before.scale)


def test_buzz_plays_the_pattern_once(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.connect()
        begin_us = sensor.now_us
        sensor.write(Buzz(70, ((15, 20), (30, 5), (0, 0), (10, 0))), ms=5_000)
    assert on_and_off(motor(sensor, begin_us)) == [(70, 150), (0, 200), (70, 300), (0, 50), (70, 100)]
    assert motor(sensor, begin_us)[-1][1] == 0
    assert motor(sensor, begin_us)[0][0] <= 60


def test_a_new_pattern_takes_the_place_of_the_old(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.connect()
        begin_us = sensor.now_us
        sensor.write(Buzz(100, ((255, 0),) * 8), ms=1_000)
        sensor.write(Buzz(40, ((50, 0),)), ms=3_000)
    parts = on_and_off(motor(sensor, begin_us))
    assert parts[0][0] == 100
    assert parts[-1] == (40, 500)
    assert sum(ms for duty, ms in parts if duty == 100) <= 1_100
    assert motor(sensor, begin_us)[-1][1] == 0


@pytest.mark.parametrize(
    ("level", "duties"), [(b"\x01", {60}), (b"\x02", {100}), (b"\x03", set()), (b"", set()), (b"\x01\x01", set())]
)
def test_immediate_alert_buzzes(bench: MakeBench, level: bytes, duties: set[int]) -> None:
    with Sensor(bench()) as sensor:
        sensor.connect()
        begin_us = sensor.now_us
        sensor.write_to(ALERT, level)
        sensor.run_ms(2_000)
    assert {duty for _, duty in motor(sensor, begin_us)} - {0} == duties


def test_alert_level_zero_stops_it(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.connect()
        begin_us = sensor.now_us
        sensor.write(Buzz(100, ((255, 0),)), ms=500)
        sensor.write_to(ALERT, b"\x00")
        sensor.run_ms(100)
    assert motor(sensor, begin_us)[-1][1] == 0
    assert motor(sensor, begin_us)[-1][0] < 600


def test_identify_lights_and_buzzes(bench: MakeBench) -> None:
    board = bench()
    (board.flash / "settings.json").write_text('{"led": 21}')
    with Sensor(board) as sensor:
        sensor.connect()
        begin_us = sensor.now_us
        sensor.write(Identify(), ms=2_000)
    light = [message["level"] for message in sensor.all("pin") if message["pin"] == 21 and message["t"] > begin_us]
    assert light.count(0) == 3  # the LED lights at level 0
    assert light[-1] == 1
    assert {duty for _, duty in motor(sensor, begin_us)} == {0, 80}


def test_time_is_kept(bench: MakeBench) -> None:
    now_ms = 1_800_000_000_123
    with Sensor(bench()) as sensor:
        sensor.connect()
        sensor.write(b"?")
        assert sensor.status.unix_ms is None
        told_us = sensor.now_us
        sensor.write(SetTime(now_ms))
        sensor.run_ms(61_000)
    assert sensor.status.unix_ms is not None
    elapsed_ms = (sensor.status.device_time_us - told_us) / 1000
    assert sensor.status.unix_ms == pytest.approx(now_ms + elapsed_ms, abs=60)
    assert elapsed_ms > 50_000


def test_malformed_writes_are_answered_and_never_crash(bench: MakeBench) -> None:
    """Random bytes, valid packets with a bit flipped or cut short, senseless arguments under a sound checksum."""
    rng = random.Random(4)
    sound = [command.to_bytes() for command in (Start(1, 2), Mode(3, 11), Buzz(9, ((1, 2), (3, 4))), SetTime(5), Identify())]
    bad = [rng.randbytes(rng.randrange(0, 80)) for _ in range(60)]
    for packet in sound * 12:
        flipped = bytearray(packet)
        flipped[rng.randrange(len(packet))] ^= 1 << rng.randrange(8)
        bad += [bytes(flipped), packet[: rng.randrange(len(packet))]]
    bad += [wire.seal(bytes((0xC1, command)) + rng.randbytes(rng.randrange(9, 20))) for command in (1, 2, 4, 6, 0, 7, 255)]
    bad += [wire.seal(bytes((0xC1, tables.MODE, 9, 9))), wire.seal(bytes((0xC1, tables.BUZZ, 0, 1, 1)))]
    with Sensor(bench(samples=None)) as sensor:
        sensor.connect()
        for packet in bad:
            sensor.write(packet, ms=110)
            assert sensor.status.answer == tables.MALFORMED, packet.hex()
        assert sensor.status.answered == tables.BUZZ
        assert len(sensor.notified(tables.STATUS_UUID)) >= len(bad)
        sensor.write(Start())
        assert sensor.status.answer == tables.DONE
        sensor.run_ms(1_000)
    assert len(sensor.frames) > 4
    assert all(duty == 0 for _, duty in motor(sensor, 0))


def test_more_writes_than_it_can_take_do_no_harm(bench: MakeBench) -> None:
    with Sensor(bench(samples=None)) as sensor:
        sensor.connect()
        for _ in range(100):
            sensor.write_to(tables.CONTROL_UUID, Start().to_bytes())
        sensor.run_ms(1_000)
    assert len(sensor.frames) > 4
