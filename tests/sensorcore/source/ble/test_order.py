"""Frames in order, whatever a link does to them: against a sensor and a link made of lists."""

from __future__ import annotations

import random
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.packets import Start, Status
from sensorcore.model import Notification
from sensorcore.source.ble.order import ASK_AGAIN_S, Order

SESSION = 7
HOLD_S = 8.0


def frame(number: int, session: int = SESSION) -> Notification:
    return Notification(number, session.to_bytes(4, "little"))


def number(released: Notification) -> tuple[int, int]:
    return int.from_bytes(released.payload, "little"), released.arrival_unix_ns


def status(oldest: int, newest: int, *, session: int = SESSION, answer: int = tables.DONE) -> Status:
    u32 = wire.U32
    return Status(
        (1, 0, 0), session, oldest & u32, newest & u32, 0, 0, None, None, None, None, 3, 1, tables.START, answer
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
    sensor, order, released, now_s = Sensor(first, ring), Order(HOLD_S), [], 0.0
    for tick in range(400):
        now_s += 0.15
        sensor.take_sample()
        for _ in range(3):
            at = sensor.send()
            # the first and the last frames come through, so that what is missing lies between
            if at is None or (tick and tick < 300 and chance.random() < drop):
                continue
            for _ in range(1 + (chance.random() < twice)):
                released += order.take(frame(at), SESSION, at & wire.U32, now_s)
        released += order.elapse(now_s)
        if (start := order.ask(now_s)) is not None:
            released += order.heard(sensor.obey(start), now_s)
    numbers = [number(each)[1] for each in released]
    assert all(a < b for a, b in pairwise(numbers))
    assert numbers[0] == first
    assert order.counts.delivered == len(numbers)
    assert order.counts.lost == numbers[-1] + 1 - first - len(numbers)
    assert numbers[-1] == sensor.newest  # nothing is kept back for long


def test_with_room_enough_on_the_sensor_nothing_is_lost() -> None:
    chance = random.Random(1)
    sensor, order, released, now_s = Sensor(0, 1000), Order(HOLD_S), [], 0.0
    for tick in range(1000):
        now_s += 0.15
        sensor.take_sample()
        for _ in range(4):
            at = sensor.send()
            if at is not None and (tick == 0 or chance.random() > 0.05):
                released += order.take(frame(at), SESSION, at, now_s)
        if (start := order.ask(now_s)) is not None:
            released += order.heard(sensor.obey(start), now_s)
    assert order.counts.lost == 0
    assert order.counts.backfilled > 0
    assert [number(each)[1] for each in released] == list(range(len(released)))


def test_eight_hours_with_a_dropout_every_few_minutes() -> None:
    """Every frame that the sensor still held when the link came back is there, in order; the others are counted."""
    chance = random.Random(3)
    sensor, order, released, lost, now_s = Sensor(0, 1040), Order(HOLD_S), [], 0, 0.0  # a ring of 160 s
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
                released += order.take(frame(at), SESSION, at, now_s)
        released += order.elapse(now_s)
    numbers = [each.arrival_unix_ns for each in released]
    assert all(a < b for a, b in pairwise(numbers))
    assert order.counts.lost == lost > 0
    assert len(numbers) + lost == numbers[-1] + 1


def test_a_frame_that_never_comes_is_waited_for_only_so_long() -> None:
    order = Order(HOLD_S)
    assert len(order.take(frame(0), SESSION, 0, 0.0)) == 1
    assert order.take(frame(2), SESSION, 2, 1.0) == []
    assert order.elapse(1.0 + HOLD_S - 0.01) == []
    assert order.elapse(1.0 + HOLD_S) == [frame(2)]
    assert order.counts.lost == 1
    assert order.take(frame(1), SESSION, 1, 10.0) == []  # too late
    assert order.counts.duplicates == 1


def test_at_the_end_nothing_waits_any_longer() -> None:
    order = Order(HOLD_S)
    order.take(frame(0), SESSION, 0, 0.0)
    order.take(frame(2), SESSION, 2, 1.0)
    order.take(frame(4), SESSION, 4, 1.0)
    assert order.rest() == [frame(2), frame(4)]
    assert order.rest() == []
    assert order.counts.lost == 2


def test_waiting_does_not_count_while_there_is_no_link() -> None:
    order = Order(HOLD_S)
    order.take(frame(0), SESSION, 0, 0.0)
    order.take(frame(2), SESSION, 2, 1.0)
    order.link_lost()
    assert order.elapse(100.0) == []
    assert order.start() == Start(SESSION, 1)
    assert order.take(frame(1), SESSION, 1, 101.0) == [frame(1), frame(2)]


def test_no_more_than_so_many_frames_wait() -> None:
    order = Order(HOLD_S, hold_frames=3)
    order.take(frame(0), SESSION, 0, 0.0)
    for at in (2, 3, 4):
        assert order.take(frame(at), SESSION, at, 0.0) == []
    assert order.take(frame(6), SESSION, 6, 0.0) == [frame(2), frame(3), frame(4)]
    assert order.start() == Start(SESSION, 5)


def test_asks_once_and_again_only_after_a_while() -> None:
    order = Order(HOLD_S)
    order.take(frame(0), SESSION, 0, 0.0)
    assert order.ask(0.0) is None
    order.take(frame(3), SESSION, 3, 0.0)
    assert order.ask(0.0) == Start(SESSION, 1)
    assert order.ask(ASK_AGAIN_S - 0.1) is None
    assert order.ask(ASK_AGAIN_S) == Start(SESSION, 1)


def test_overwritten_is_given_up_at_once_and_what_is_held_is_not() -> None:
    order = Order(HOLD_S)
    order.take(frame(0), SESSION, 0, 0.0)
    order.take(frame(5), SESSION, 5, 0.0)
    assert order.heard(status(3, 5, answer=tables.OVERWRITTEN), 0.0) == []
    assert order.take(frame(3), SESSION, 3, 0.0) == [frame(3)]
    assert order.take(frame(4), SESSION, 4, 0.0) == [frame(4), frame(5)]
    assert order.counts.lost == 2


def test_a_new_session_ends_the_old_one_for_good_and_is_wanted_from_its_start() -> None:
    order = Order(HOLD_S)
    order.take(frame(100), SESSION, 100, 0.0)
    order.take(frame(102), SESSION, 102, 0.0)
    assert order.take(frame(1, 8), 8, 1, 0.0) == [frame(102)]
    assert order.ask(0.0) == Start(8, 0)
    assert order.take(frame(0, 8), 8, 0, 0.0) == [frame(0, 8), frame(1, 8)]
    assert order.take(frame(103), SESSION, 103, 0.0) == []
    assert order.counts.lost == 1


def test_a_new_session_that_was_partly_overwritten_begins_with_what_is_held() -> None:
    order = Order(HOLD_S)
    order.take(frame(0), SESSION, 0, 0.0)
    assert order.heard(status(40, 60, session=8, answer=tables.OVERWRITTEN), 0.0) == []
    assert order.take(frame(40, 8), 8, 40, 0.0) == [frame(40, 8)]
    assert (order.counts.lost, order.counts.backfilled) == (40, 1)
