"""Packets with a right CRC and wrong content in a true stream: order, reader's rules and driver together, by a clock of their
own."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firmware_protocol import tables, wire
from firmware_protocol.packets import SampleFrame, Start, Status
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.links.ble.order import FrameOrder
from sensorcore.links.ble.plausible import Header
from sensorcore.links.ble.radio import Timing
from sensorcore.links.ble.silence import FRUITLESS_STARTS
from sensorcore.model import Notification

TIMING: Final = Timing()
FRAME_S: Final = 16 / 104
FRAME_US: Final = FRAME_S * 1e6
TRUE_AFTER_S: Final = 20.0
"""N: two stalls and what a frame waits for an older one."""
EPOCH_NS: Final = 1_790_000_000 * 10**9


@dataclass
class Sensor:
    """By SPEC.md, with a ring of `held` frames. Its clock and its sequence begin with 0 at each boot, as does, now and then, its
    random session id."""

    session: int = 7
    held: int = 1000
    taken: int = 0
    booted_s: float = 0.0
    cursor: int | None = None

    @property
    def oldest(self) -> int:
        return max(0, self.taken - self.held)

    def frame(self, number: int) -> SampleFrame:
        mark = np.array([[number // 30000, number % 30000, 1000, 0, 0, 0]] * 16, dtype="<i2")
        return SampleFrame(self.session, number & wire.U32, round((number + 1) * FRAME_US) & wire.U32, 1, 3, mark.tobytes())

    def status(self, now_s: float, answer: int = tables.DONE) -> Status:
        now_us = round((now_s - self.booted_s) * 1e6) & wire.U32
        newest = (self.taken - 1) & wire.U32
        return Status((1, 0, 0), self.session, self.oldest, newest, 0, now_us, None, None, 80, True, 3, 1, tables.START, answer)

    def obey(self, start: Start, now_s: float) -> Status:
        live = start.sequence == tables.LIVE_ONLY
        there = live or (start.session == self.session and self.oldest <= start.sequence <= self.taken)
        self.cursor = self.taken if live else start.sequence if there else self.oldest
        return self.status(now_s, tables.DONE if there else tables.OVERWRITTEN)

    def send(self) -> SampleFrame | None:
        if self.cursor is None or self.cursor >= self.taken:
            return None
        self.cursor = max(self.cursor, self.oldest) + 1
        return self.frame(self.cursor - 1)


@dataclass
class Host:
    """What the reader does, as pure steps: `sensorcore.links.ble.reader`."""

    sensor: Sensor
    order: FrameOrder = field(default_factory=lambda: FrameOrder(TIMING.hold_s))
    released: list[Notification] = field(default_factory=list)
    now_s: float = 0.0
    alive_at_s: float = 0.0
    starts: int = 0

    def notification(self, payload: bytes) -> Notification:
        return Notification(EPOCH_NS + round(self.now_s * 1e9), payload)

    def connect(self) -> None:
        self.order.link_lost()
        self.hear(self.sensor.status(self.now_s))
        self.start()
        self.starts, self.alive_at_s = 0, self.now_s

    def start(self) -> None:
        self.hear(self.sensor.obey(self.order.start(), self.now_s))

    def hear(self, status: Status) -> None:
        arrived, unbelieved = self.notification(status.to_bytes()), self.order.counts.unbelieved
        self.released += self.order.heard(status, self.now_s, arrived)
        if self.order.counts.unbelieved == unbelieved and not self.order.restarts:
            self.released.append(arrived)

    def take(self, frame: SampleFrame) -> None:
        payload, accepted = frame.to_bytes(), self.order.counts.accepted
        self.released += self.order.take(self.notification(payload), Header.of(payload), self.now_s)
        if self.order.counts.accepted > accepted:
            self.starts, self.alive_at_s = 0, self.now_s

    def tend(self) -> None:
        self.released += self.order.elapse(self.now_s)
        if self.order.ask(self.now_s) is not None:
            self.start()
        if self.now_s - self.alive_at_s <= TIMING.stall_s:
            return
        status = self.sensor.status(self.now_s)
        self.hear(status)
        if self.starts == FRUITLESS_STARTS:
            self.connect()
            return
        self.starts += 1
        if self.starts == FRUITLESS_STARTS:
            self.order.restart(status, self.now_s, self.notification(status.to_bytes()))
        self.start()
        self.alive_at_s = self.now_s

    def live(self, frames: int) -> None:
        """So many frames' time, in which up to three are sent for each that is taken."""
        for _ in range(frames):
            self.now_s += FRAME_S
            self.sensor.taken += 1
            for _ in range(3):
                if (frame := self.sensor.send()) is not None:
                    self.take(frame)
            self.tend()

    def numbers(self) -> list[int]:
        """Of the frames that came out, by what is in them."""
        frames = [SampleFrame.from_bytes(each.payload) for each in self.released if each.payload[0] == wire.DATA_TAG]
        return [row[0] * 30000 + row[1] for row in (frame.counts()[0] for frame in frames)]


LIES: Final = {
    "ahead": lambda f, c: replace(f, sequence=(f.sequence + c.randint(2, 1 << 31)) & wire.U32),
    "a little ahead": lambda f, c: replace(f, sequence=f.sequence + c.randint(1, 20)),
    "ahead, and its clock": lambda f, c: _moved(f, c.randint(1, 10_000)),
    "another session": lambda f, c: replace(f, session=c.getrandbits(32)),
    "always the same other session": lambda f, _: replace(f, session=8),
    "a new session from 0": lambda f, c: replace(f, session=c.getrandbits(32), sequence=0, device_time_us=int(FRAME_US)),
    "another time": lambda f, c: replace(f, device_time_us=c.getrandbits(32)),
    "old": lambda f, c: replace(f, sequence=max(0, f.sequence - c.randint(1, 500))),
    "another rate": lambda f, _: replace(f, rate=4),
}
STATUS_LIES: Final = {
    "oldest in the future": lambda s, c: replace(s, oldest=(s.newest + c.randint(2, 10_000)) & wire.U32, answer=tables.OVERWRITTEN),
    "both in the future": lambda s, c: replace(
        s, oldest=(far := s.newest + c.randint(50, 1 << 30)) & wire.U32, newest=(far + 5) & wire.U32, answer=tables.OVERWRITTEN
    ),
    "another session": lambda s, c: replace(s, session=c.getrandbits(32), answer=tables.OVERWRITTEN),
    "newest behind": lambda s, c: replace(s, oldest=0, newest=c.randint(0, max(1, s.newest // 2))),
    "its clock ran back": lambda s, c: replace(s, device_time_us=c.randint(0, max(1, s.device_time_us // 2))),
    "booted": lambda s, _: replace(s, oldest=0, newest=3, device_time_us=500_000),
}


def _moved(frame: SampleFrame, by: int) -> SampleFrame:
    device_us = round(frame.device_time_us + by * FRAME_US) & wire.U32
    return replace(frame, sequence=(frame.sequence + by) & wire.U32, device_time_us=device_us)


def lie(host: Host, name: str, chance: random.Random) -> None:
    if name in LIES:
        host.take(LIES[name](host.sensor.frame(host.sensor.taken), chance))
    else:
        host.hear(STATUS_LIES[name](host.sensor.status(host.now_s), chance))


def assert_true(host: Host) -> None:
    """In order, none twice, no other than the sensor's, and each hole counted."""
    numbers = host.numbers()
    assert numbers == sorted(set(numbers))
    assert host.order.counts.lost == numbers[-1] + 1 - numbers[0] - len(numbers)


def decoded_gaps(host: Host) -> list[float]:
    driver = SpinaeSensor()
    block = driver.decode(driver.initial(), host.released)[1].block
    gaps = np.flatnonzero(block.after_gap)
    return [float(block.t_s[at] - block.t_s[at - 1]) for at in gaps]


@pytest.mark.parametrize("name", [*LIES, *STATUS_LIES])
@pytest.mark.parametrize("after", [0, 1, 40, 400])
def test_one_lie_costs_nothing(name: str, after: int) -> None:
    """The sensor still holds everything, so what was passed over is fetched."""
    host = Host(Sensor())
    host.sensor.taken = 30
    host.connect()
    host.live(after)
    lie(host, name, random.Random(after))
    host.live(round(TRUE_AFTER_S / FRAME_S))
    numbers = host.numbers()
    assert numbers[0] in (30, 31)  # the stream begins with two in a row
    assert numbers == list(range(numbers[0], host.sensor.taken))
    assert decoded_gaps(host) == []


@given(
    seed=st.integers(0, 2**32),
    names=st.lists(st.sampled_from([*LIES, *STATUS_LIES]), min_size=1, max_size=60),
    held=st.integers(3, 1000),
)
def test_among_lies_nothing_is_invented_each_hole_is_counted_and_what_is_true_comes_within_n_seconds(
    seed: int, names: list[str], held: int
) -> None:
    chance = random.Random(seed)
    host = Host(Sensor(held=held))
    host.sensor.taken = chance.choice([0, 5000])
    host.connect()
    for name in names:
        host.live(chance.choice([0, 1, 5, 30]))
        lie(host, name, chance)
    true_from = host.sensor.taken + round(TRUE_AFTER_S / FRAME_S)
    host.live(round(TRUE_AFTER_S / FRAME_S) + 100)
    numbers = host.numbers()
    assert [number for number in numbers if number >= true_from] == list(range(true_from, host.sensor.taken))
    assert_true(host)


@pytest.mark.parametrize("worn_s", [10.0, 60.0])
@pytest.mark.parametrize("away_s", [0.5, 5.0, 30.0, 90.0])
def test_a_reboot_under_the_same_session_id_loses_only_the_boot_and_says_so(worn_s: float, away_s: float) -> None:
    """Whatever is longer, the run before or the one after until the link is back."""
    host = Host(Sensor())
    host.connect()
    host.live(round(worn_s / FRAME_S))
    before = host.sensor.taken
    host.sensor = Sensor(booted_s=host.now_s)
    for _ in range(round(away_s / FRAME_S)):
        host.now_s += FRAME_S
        host.sensor.taken += 1
    host.connect()
    host.live(600)
    assert host.numbers() == [*range(before), *range(host.sensor.taken)]
    (gap_s,) = decoded_gaps(host)
    assert 0.0 < gap_s <= away_s + 3.0
