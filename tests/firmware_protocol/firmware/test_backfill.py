"""Nothing that the ring holds is ever lost: cut links, full queues, small MTUs; and what is gone is said to be gone."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from firmware_protocol import tables, wire
from firmware_protocol.packets import SampleFrame, Start, Stop
from tests.firmware_protocol.firmware.sensor import Sensor
from tests.radio.micropython.process import Bench

MakeBench = Callable[..., Bench]
FRAME_BYTES = 212


def sequences(frames: list[SampleFrame]) -> list[int]:
    return [frame.sequence for frame in frames]


def small_ring(bench: Bench, frames: int) -> Bench:
    (bench.flash / "settings.json").write_text(json.dumps({"ring_bytes": frames * FRAME_BYTES}))
    return bench


def test_a_link_cut_for_thirty_seconds_leaves_no_gap_and_no_duplicate(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.start_live()
        sensor.run_ms(5_000)
        sensor.disconnect()
        sensor.run_ms(30_000)
        last = sensor.frames[-1]
        sensor.connect()
        sensor.write(Start(last.session, last.sequence + 1))
        assert sensor.status.answer == tables.DONE
        sensor.run_ms(20_000)
    got = sequences(sensor.frames)
    assert got == list(range(got[0], got[-1] + 1))
    assert sensor.status.drops == 0
    assert got[-1] == sensor.status.newest or sensor.now_us / 1e6 - sensor.frames[-1].device_time_us / 1e6 < 0.3


def test_what_is_asked_for_twice_is_the_same_to_the_byte(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.start_live()
        sensor.run_ms(4_000)
        first = sensor.frames
        sensor.write(Start(first[0].session, first[0].sequence))
        sensor.run_ms(3_000)
    again = sensor.frames[len(first) :]
    at = sequences(again).index(first[0].sequence)
    assert again[at : at + len(first)] == first


def test_too_late_is_answered_and_the_oldest_is_sent(bench: MakeBench) -> None:
    with Sensor(small_ring(bench(), 40)) as sensor:
        sensor.start_live()
        sensor.run_ms(2_000)
        sensor.disconnect()
        sensor.run_ms(20_000)
        last = sensor.frames[-1]
        held = len(sensor.frames)
        sensor.connect()
        sensor.write(Start(last.session, last.sequence + 1), ms=60)
        status = sensor.status
        sensor.run_ms(10_000)
        sensor.write(Stop())
    assert (status.answered, status.answer, status.held) == (tables.START, tables.OVERWRITTEN, 40)
    got = sequences(sensor.frames[held:])
    assert last.sequence + 1 < status.oldest <= got[0] <= status.oldest + 1  # the ring is full: it may lose one more at once
    assert got == list(range(got[0], got[-1] + 1))
    assert status.drops == status.oldest - (last.sequence + 1)
    assert sensor.status.drops == got[0] - (last.sequence + 1)


@pytest.mark.parametrize("session_offset", [0, 1])
def test_another_session_or_the_future_is_overwritten_too(bench: MakeBench, session_offset: int) -> None:
    with Sensor(bench()) as sensor:
        sensor.run_ms(3_000)
        sensor.start_live()
        status = sensor.status
        ahead = 5 if session_offset == 0 else 0
        sensor.write(Start((status.session + session_offset) & wire.U32, status.newest + 1 + ahead))
        assert sensor.status.answer == tables.OVERWRITTEN
        sensor.run_ms(3_000)
    assert sequences(sensor.frames)[-1] > 20
    assert 0 in sequences(sensor.frames)


def test_the_frame_to_come_can_be_asked_for(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.connect()
        sensor.write(b"?")
        status = sensor.status
        sensor.write(Start(status.session, status.newest + 1))
        assert sensor.status.answer == tables.DONE
        sensor.run_ms(1_000)
    assert sequences(sensor.frames)[0] == status.newest + 1


def test_a_full_queue_loses_nothing(bench: MakeBench) -> None:
    with Sensor(bench()) as sensor:
        sensor.start_live()
        for _ in range(10):
            sensor.run_ms(700)
            sensor.set(queue_full=True)
            sensor.run_ms(900)
            sensor.set(queue_full=False)
        sensor.run_ms(8_000)
    got = sequences(sensor.frames)
    assert len(got) > 140
    assert got == list(range(got[0], got[-1] + 1))
    assert sensor.status.drops == 0


def test_a_queue_full_for_longer_than_the_ring_holds_is_counted(bench: MakeBench) -> None:
    with Sensor(small_ring(bench(), 40)) as sensor:
        sensor.start_live()
        sensor.run_ms(2_000)
        sensor.set(queue_full=True)
        sensor.run_ms(20_000)
        sensor.set(queue_full=False)
        sensor.run_ms(10_000)
        sensor.write(Stop())
    got = sequences(sensor.frames)
    missing = got[-1] + 1 - got[0] - len(got)
    assert missing > 50
    assert sensor.status.drops == missing
    assert got == sorted(set(got))


def test_nothing_is_sent_before_start_nor_after_stop_nor_cut_short(bench: MakeBench) -> None:
    """`gatts_notify` cuts what does not fit the MTU: a central that never asks for more gets no data."""
    with Sensor(bench()) as sensor:
        sensor.connect(mtu=23)
        sensor.run_ms(2_000)
        assert not sensor.frames
        sensor.write(Start())
        sensor.run_ms(2_000)
        assert not sensor.all("notify")
        sensor.event(21, 1, 247)
        sensor.run_ms(3_000)
        got = sequences(sensor.frames)
        assert got == list(range(got[0], got[-1] + 1))
        assert len(got) > 25
        sensor.write(Stop())
        stopped = len(sensor.frames)
        sensor.run_ms(2_000)
        assert len(sensor.frames) == stopped
        sensor.write(Start(sensor.frames[-1].session, sensor.frames[-1].sequence + 1))
        sensor.run_ms(3_000)
    got = sequences(sensor.frames)
    assert got == list(range(got[0], got[-1] + 1))


def test_a_link_that_goes_and_comes_is_one_link(bench: MakeBench) -> None:
    """A new connection may be reported before the end of the old one; and reconnecting does not wear the sensor out."""
    with Sensor(bench()) as sensor:
        for number in range(2, 60):
            sensor.connect(link=number)
            sensor.disconnect(link=number - 1)
            sensor.run_ms(60)
        sensor.event(3, 59, sensor.handles[tables.CONTROL_UUID.replace("-", "")], value=Start().to_bytes().hex())
        sensor.run_ms(2_000)
        assert len(sensor.frames) > 10
        assert {message["connection"] for message in sensor.notified(tables.DATA_UUID)} == {59}
        adverts = len(sensor.all("advertise"))
        sensor.disconnect(link=59)
        sensor.run_ms(100)
        assert len(sensor.all("advertise")) == adverts + 1
