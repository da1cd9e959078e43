"""A day of wearing over a link that breaks every few minutes: reader's order → driver → pipeline → report."""

from __future__ import annotations

import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from firmware_protocol import tables, wire
from firmware_protocol.packets import Start, Status
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.links.ble.order import FrameOrder
from sensorcore.links.ble.plausible import Header
from sensorcore.links.ble.radio import Timing
from sensorcore.model import Notification
from sensorcore.pipeline.analysis import analyze
from sensorcore.ports import StreamItem
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.link import notifications
from sensorcore.simulator.scenario import load

HOURS = 8
SAMPLES_A_FRAME = 8
FRAMES_A_SECOND = 6.5
RING_FRAMES = 1040
"""160 s: what 100 kB hold at 52 Hz."""
BETWEEN_DROPOUTS_S, LONGEST_DROPOUT_S = 240, 300
CATCHES_UP = 4
"""Frames a link carries for each that is taken."""


class Ring:
    """What the sensor holds, and what it sends next (SPEC.md)."""

    def __init__(self) -> None:
        self.held: deque[tuple[int, int, Notification]] = deque(maxlen=RING_FRAMES)
        self._cursor = 0

    def obey(self, start: Start) -> Status:
        """Go on from there, or from the oldest."""
        (session, oldest, _), newest = self.held[0], self.held[-1][1]
        live = start.sequence == tables.LIVE_ONLY
        is_there = live or start.sequence >= oldest
        self._cursor = newest if live else max(start.sequence, oldest)
        answer = tables.DONE if is_there else tables.OVERWRITTEN
        return Status((1, 0, 0), session, oldest, newest, 0, 0, None, None, None, None, 3, 1, tables.START, answer)

    def next_frame(self) -> tuple[int, int, Notification] | None:
        at = self._cursor - self.held[0][1]
        if at >= len(self.held):
            return None
        self._cursor += 1
        return self.held[at]


class Day:
    """A day as it comes out of the reader's order; a FileSource. `kept`: the sequences that the sensor sent or still held when the
    link was back, and nothing else."""

    warnings: Sequence[str] = ()
    duration_hint_s = HOURS * 3600.0

    def __init__(self, seed: int) -> None:
        self._simulation = Simulation(replace(load("workday"), faults=()), seed, duration_s=HOURS * 3600.0)
        self.info = self._simulation.info
        self._chance = random.Random(seed)
        self.order = FrameOrder(Timing().hold_s)
        self.kept: list[int] = []
        self.delivered: list[int] = []
        self.dropouts = 0

    def items(self) -> Iterator[StreamItem]:
        driver = SpinaeSensor(self.info.device)
        state = driver.initial()
        for released in self._released():
            self.delivered += [wire.unpack_data(each.payload)[4] for each in released]
            state, decoded = driver.decode(state, released)
            yield decoded.block

    def _released(self) -> Iterator[list[Notification]]:
        ring, order, now_s, away = Ring(), self.order, 0.0, 0
        for _, arrived in notifications(self._simulation):
            released: list[Notification] = []
            for notification in arrived:
                _, _, _, session, sequence, _ = wire.unpack_data(notification.payload)
                ring.held.append((session, sequence, notification))
                now_s += 1 / FRAMES_A_SECOND
                if not self.kept:
                    released += order.heard(ring.obey(order.start()), now_s)
                if not away and self._chance.random() < 1 / (BETWEEN_DROPOUTS_S * FRAMES_A_SECOND):
                    away = self._chance.randint(5, round(LONGEST_DROPOUT_S * FRAMES_A_SECOND))
                    self.dropouts += 1
                    order.link_lost()
                if away:
                    away -= 1
                    if away:
                        continue
                    released += order.heard(ring.obey(order.start()), now_s)
                for _ in range(CATCHES_UP):
                    if (frame := ring.next_frame()) is not None:
                        self.kept.append(frame[1])
                        released += order.take(frame[2], Header.of(frame[2].payload), now_s)
                released += order.elapse(now_s)
            yield released


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1])
def test_a_day_with_a_dropout_every_few_minutes_is_whole_but_for_what_the_sensor_had_to_forget(seed: int) -> None:
    day = Day(seed)
    report = analyze(day, Settings())
    assert day.dropouts > 40
    assert day.delivered == day.kept
    lost = day.delivered[-1] - day.delivered[0] + 1 - len(day.delivered)
    assert day.order.counts.lost == lost > 0
    wear = report.to_json()
    parts = [wear["posture"][f"{name}_s"] for name in ("upright", "slouched", "unknown")]
    assert wear["samples"] == SAMPLES_A_FRAME * len(day.delivered)
    assert round(sum(parts) * 10) == round(wear["wear_s"] * 10)
    assert wear["wear_s"] == pytest.approx(HOURS * 3600.0, abs=LONGEST_DROPOUT_S)
    missing_s = sum(gap["end_s"] - gap["start_s"] for gap in wear["gaps"])
    assert missing_s == pytest.approx(SAMPLES_A_FRAME * lost / day.info.device.sample_rate_hz, rel=0.02)
