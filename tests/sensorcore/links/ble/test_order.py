"""Frames in order, whatever a link does to them: against a sensor and a link made of lists."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.packets import Start, Status
from sensorcore.links.ble.order import ASK_AGAIN_S, FrameOrder
from sensorcore.links.ble.plausible import Header
from sensorcore.model import Notification

SESSION = 7
HOLD_S = 8.0


FRAME_US = 16e6 / 104


def frame(number: int, session: int = SESSION) -> Notification:
    return Notification(number, session.to_bytes(4, "little"))


def header(number: int, session: int = SESSION) -> Header:
    return Header(session, number & wire.U32, round(number * FRAME_US) & wire.U32, FRAME_US)


def feed(order: FrameOrder, number: int, session: int = SESSION, *, now_s: float) -> list[Notification]:
    return order.take(frame(number, session), header(number, session), now_s)


def begun(at: int, **options: int) -> FrameOrder:
    """After the set-up and the first frames, of which `at` is the newest."""
    order = FrameOrder(HOLD_S, **options)
    assert order.heard(status(at - 1, at - 2), 0.0) == []
    assert feed(order, at - 1, now_s=0.0) == []
    assert feed(order, at, now_s=0.0) == [frame(at - 1), frame(at)]
    return order


def number(released: Notification) -> tuple[int, int]:
    return int.from_bytes(released.payload, "little"), released.arrival_unix_ns


def status(oldest: int, newest: int, *, session: int = SESSION, answer: int = tables.DONE) -> Status:
    u32, now_us = wire.U32, round(newest * FRAME_US)
    return Status(
        (1, 0, 0), session, oldest & u32, newest & u32, 0, now_us & u32, None, None, None, None, 3, 1, tables.START, answer
    )  # fmt: skip


class Sensor:
    """Sends on from a cursor; a ring of `size` frames; the link drops or doubles what it likes."""

    def __init__(self, first: int, size: int) -> None:
        self.newest, self.size, self.cursor = first - 1, size, first
        self.oldest = first

    def take_sample(self) -> None:
        self.newest += 1
        self.oldest = max(self.oldest, self.newest - self.size + 1)

    def send(self) -> int | None:
        self.cursor = max(self.cursor, self.oldest)
        if self.cursor > self.newest:
            return None
        self.cursor += 1
        return self.cursor - 1

    def obey(self, start: Start) -> Status:
        wanted = self.oldest + ((start.sequence - self.oldest) & wire.U32)
        held = wanted <= self.newest + 1
        self.cursor = wanted if held else self.oldest
        return status(self.oldest, self.newest, answer=tables.DONE if held else tables.OVERWRITTEN)


@example(seed=8, first=5, ring=45, drop=0.5, twice=0.0)  # a status just after frames that came two seconds late
@given(
    seed=st.integers(0, 2**32),
    first=st.sampled_from([0, 5, 2**32 - 30, 2**33 - 3]),
    ring=st.integers(1, 60),
    drop=st.floats(0, 0.6),
    twice=st.floats(0, 0.3),
)
def test_released_in_order_once_and_every_frame_is_delivered_or_counted_lost(
    seed: int, first: int, ring: int, drop: float, twice: float
) -> None:
    chance = random.Random(seed)
    sensor, order, released, now_s = Sensor(first, ring), FrameOrder(HOLD_S), [], 0.0
    order.heard(status(first, first - 1), now_s)
    for tick in range(400):
        now_s += 0.15
        sensor.take_sample()
        for _ in range(3):
            at = sensor.send()
            # the first two and the last frames come through, so that what is missing lies between
            if at is None or (1 < tick < 300 and chance.random() < drop):
                continue
            for _ in range(1 + (chance.random() < twice)):
                released += feed(order, at, now_s=now_s)
        released += order.elapse(now_s)
        if (start := order.ask(now_s)) is not None:
            released += order.heard(sensor.obey(start), now_s)
    numbers = [number(each)[1] for each in released]
    assert all(a < b for a, b in pairwise(numbers))
    assert numbers[0] == first
    assert order.counts.delivered == len(numbers)
    assert order.counts.lost == numbers[-1] + 1 - first - len(numbers)
    assert numbers[-1] == sensor.newest  # nothing is kept back for long


@pytest.mark.parametrize("late_s", [3.0, 30.0, 300.0])
def test_a_status_after_frames_from_the_memory_of_the_sensor_is_believed(late_s: float) -> None:
    """It has taken frames while the link was gone, and sends the old ones first."""
    order, taken = begun(10), 10 + round(late_s * 1e6 / FRAME_US)
    feed(order, 11, now_s=late_s)
    assert order.heard(status(11, taken), late_s) == []
    assert order.counts.unbelieved == 0


def test_with_room_enough_on_the_sensor_nothing_is_lost() -> None:
    chance = random.Random(1)
    sensor, order, released, now_s = Sensor(0, 1000), FrameOrder(HOLD_S), [], 0.0
    order.heard(status(0, -1), now_s)
    for tick in range(1000):
        now_s += 0.15
        sensor.take_sample()
        for _ in range(4):
            at = sensor.send()
            if at is not None and (tick == 0 or chance.random() > 0.05):
                released += feed(order, at, now_s=now_s)
        if (start := order.ask(now_s)) is not None:
            released += order.heard(sensor.obey(start), now_s)
    assert order.counts.lost == 0
    assert order.counts.backfilled > 0
    assert [number(each)[1] for each in released] == list(range(len(released)))


@pytest.mark.slow
def test_eight_hours_with_a_dropout_every_few_minutes() -> None:
    """Every frame that the sensor still held when the link came back is there, in order; the others are counted."""
    chance = random.Random(3)
    sensor, order, released, lost, now_s = Sensor(0, 1040), FrameOrder(HOLD_S), [], 0, 0.0  # a ring of 160 s
    released += order.heard(sensor.obey(order.start()), now_s)
    out_of_range = 0
    for _ in range(round(8 * 3600 * 6.5)):
        now_s += 1 / 6.5
        sensor.take_sample()
        if not out_of_range and chance.random() < 1 / (240 * 6.5):
            out_of_range = chance.randint(5, 300 * 6)
            order.link_lost()
        if out_of_range:
            out_of_range -= 1
            if out_of_range:
                continue
            lost += max(0, sensor.oldest - order.start().sequence)
            released += order.heard(sensor.obey(order.start()), now_s)
        for _ in range(4):  # catches up at four times life
            if (at := sensor.send()) is not None:
                released += feed(order, at, now_s=now_s)
        released += order.elapse(now_s)
    numbers = [each.arrival_unix_ns for each in released]
    assert all(a < b for a, b in pairwise(numbers))
    assert order.counts.lost == lost > 0
    assert len(numbers) + lost == numbers[-1] + 1


def test_a_frame_that_never_comes_is_waited_for_only_so_long() -> None:
    order = begun(0)
    assert feed(order, 2, now_s=1.0) == []  # it leaps, so the next one must follow it
    assert feed(order, 3, now_s=1.0) == []
    assert order.elapse(1.0 + HOLD_S - 0.01) == []
    assert order.elapse(1.0 + HOLD_S) == [frame(2), frame(3)]
    assert order.counts.lost == 1
    assert feed(order, 1, now_s=10.0) == []  # too late
    assert order.counts.duplicates == 1


def test_at_the_end_nothing_waits_any_longer() -> None:
    order = begun(0)
    for at in (2, 3, 5, 6):
        feed(order, at, now_s=1.0)
    assert order.drain() == [frame(2), frame(3), frame(5), frame(6)]
    assert order.drain() == []
    assert order.counts.lost == 2


def test_waiting_does_not_count_while_there_is_no_link() -> None:
    order = begun(0)
    feed(order, 2, now_s=1.0)
    feed(order, 3, now_s=1.0)
    order.link_lost()
    assert order.elapse(100.0) == []
    assert order.start() == Start(SESSION, 1)
    assert feed(order, 1, now_s=101.0) == [frame(1), frame(2), frame(3)]


def test_no_more_than_so_many_frames_wait() -> None:
    order = begun(0, hold_frames=3)
    for at in (2, 3, 4):
        assert feed(order, at, now_s=0.0) == []
    assert feed(order, 6, now_s=0.0) == []
    assert feed(order, 7, now_s=0.0) == [frame(2), frame(3), frame(4)]
    assert order.start() == Start(SESSION, 5)


def test_asks_once_and_again_only_after_a_while() -> None:
    order = begun(0)
    assert order.ask(0.0) is None
    feed(order, 3, now_s=0.0)
    feed(order, 4, now_s=0.0)
    assert order.ask(0.0) == Start(SESSION, 1)
    assert order.ask(ASK_AGAIN_S - 0.1) is None
    assert order.ask(ASK_AGAIN_S) == Start(SESSION, 1)


def test_overwritten_is_given_up_at_once_and_what_is_held_is_not() -> None:
    order = begun(0)
    feed(order, 5, now_s=0.0)
    feed(order, 6, now_s=0.0)
    assert order.heard(status(3, 6, answer=tables.OVERWRITTEN), 0.0) == []
    assert feed(order, 3, now_s=0.0) == [frame(3)]
    assert feed(order, 4, now_s=0.0) == [frame(4), frame(5), frame(6)]
    assert order.counts.lost == 2


def test_a_new_session_ends_the_old_one_for_good_and_is_wanted_from_its_start() -> None:
    """No status spoke of it: three of its frames do."""
    order = begun(100)
    feed(order, 102, now_s=0.0)
    feed(order, 103, now_s=0.0)
    assert feed(order, 1, 8, now_s=0.0) == []
    assert feed(order, 2, 8, now_s=0.0) == []
    assert feed(order, 3, 8, now_s=0.0) == [frame(102), frame(103)]
    assert order.ask(0.0) == Start(8, 0)
    assert feed(order, 0, 8, now_s=0.0) == [frame(0, 8), frame(1, 8), frame(2, 8), frame(3, 8)]
    assert feed(order, 104, now_s=0.0) == []
    assert order.counts.lost == 1


def test_a_new_session_that_was_partly_overwritten_begins_with_what_is_held() -> None:
    order = begun(0)
    assert order.heard(status(40, 60, session=8, answer=tables.OVERWRITTEN), 9.0) == []
    assert feed(order, 40, 8, now_s=9.0) == []
    assert feed(order, 41, 8, now_s=9.0) == [frame(40, 8), frame(41, 8)]
    assert (order.counts.lost, order.counts.backfilled) == (40, 2)


def test_a_frame_that_the_sensor_had_named_as_its_newest_is_backfilled() -> None:
    """All that it said it had already is late, to the last one; what comes after is not."""
    order = begun(10)
    before = order.counts.backfilled
    order.heard(status(0, 15), 0.1)
    for late in range(11, 17):
        feed(order, late, now_s=0.2)
    assert order.counts.backfilled - before == 5
