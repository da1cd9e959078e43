"""The whole chain: chip registers → firmware under MicroPython → Bluetooth → bleak → our reader, and a buzz all the way back."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from firmware_protocol.packets import Buzz, Mode
from sensorcore.events import LinkBack, LinkLost
from sensorcore.links.ble.reader import SensorReader
from sensorcore.links.known import KnownSensor
from tests.radio.micropython.host import FirmwareSensor
from tests.radio.micropython.process import MICROPYTHON, NO_MICROPYTHON, Bench, numbers, write_counting
from tests.radio.rig import SUPERVISION_S, Heard, Rig, fresh_address

pytestmark = [pytest.mark.slow, pytest.mark.skipif(MICROPYTHON is None, reason=NO_MICROPYTHON)]

SERIAL = "a0b1c2d3e47f"
NAME = "spinae7f"
MOTOR_PIN, BUTTON_PIN = 10, 9
TOP_SPEED = 8.0
"""What MicroPython on this machine keeps up with."""
AWAY_S = 12.0


@pytest.fixture(scope="session")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_counting(tmp_path_factory.mktemp("counted") / "motion.i32")


@dataclass
class Chain:
    """A radio with the firmware for a sensor."""

    rig: Rig
    board: FirmwareSensor

    @property
    def speed(self) -> float:
        return self.board.bench.speed

    def reader(self) -> SensorReader:
        return self.rig.reader(KnownSensor("", NAME, ""))

    async def press(self, pressed_s: float = 0.8) -> None:
        """The button, for so long of the board's time."""
        self.board.set(**{f"pin{BUTTON_PIN}": 0})
        await asyncio.sleep(pressed_s / self.speed)
        self.board.set(**{f"pin{BUTTON_PIN}": 1})
        await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def chain_of(rig: Rig, folder: Path, samples: Path) -> AsyncIterator[Chain]:
    rig.timing = replace(rig.timing, stall_s=max(1.5, rig.timing.stall_s))
    rig.slack = max(3.0, rig.slack)
    bench = Bench(folder, samples=samples, virtual=False, speed=min(TOP_SPEED, rig.speed))
    board = FirmwareSensor(rig.air, bench, fresh_address())
    await board.start()
    try:
        yield Chain(rig, board)
    finally:
        await board.stop()


@pytest.fixture
async def chain(bare_rig: Rig, tmp_path: Path, counted: Path) -> AsyncIterator[Chain]:
    async with chain_of(bare_rig, tmp_path, counted) as made:
        yield made


def assert_whole(heard: Heard) -> None:
    got = numbers(heard.frames)
    assert got == list(range(got[0], got[-1] + 1))


async def test_from_the_chip_to_the_reader_and_a_buzz_back(chain: Chain) -> None:
    """Pairs, streams, goes out of range for AWAY_S of the sensor's time, comes back whole; buzzes."""
    await chain.press()
    reader = chain.reader()
    async with chain.rig.reading(reader) as heard:
        await chain.rig.until(lambda: len(heard.frames) >= 20)
        assert (reader.status.serial, reader.status.battery_percent) == (SERIAL, 62)
        chain.rig.air.walk_away()
        await chain.rig.until(lambda: reader.status.state == "searching")
        await asyncio.sleep(AWAY_S / chain.speed - SUPERVISION_S)
        chain.rig.air.come_back()
        begin = len(heard.frames)
        await chain.rig.until(lambda: len(heard.frames) > begin + AWAY_S * 6.5 + 20, 10.0)
        assert_whole(heard)
        status = reader.status
        before = len(chain.board.duties(MOTOR_PIN))
        assert reader.send(Buzz(70, ((15, 10), (15, 0))))
        await chain.rig.until(lambda: chain.board.duties(MOTOR_PIN)[before:].count(70) == 2)
        await chain.rig.until(lambda: chain.board.duties(MOTOR_PIN)[-1] == 0)
    assert [type(event) for event in heard.events] == [LinkLost, LinkBack]
    assert (status.lost, status.reconnects, status.duplicates, status.damaged) == (0, 1, 0, 0)
    assert status.backfilled > AWAY_S * 6.5 - 10


async def test_a_reboot_keeps_the_bond_and_the_mode(chain: Chain) -> None:
    await chain.press()
    reader = chain.reader()
    async with chain.rig.reading(reader) as heard:
        await chain.rig.until(lambda: len(heard.frames) >= 5)
        assert reader.send(Mode(4, 11))
        await chain.rig.until(lambda: heard.frames[-1].rate == 4)
        await asyncio.sleep(0.3)  # the keys are saved once a second of the board's
        session = heard.frames[-1].session
        await chain.board.reboot()
        await chain.rig.until(lambda: heard.frames[-1].session != session)
        await chain.rig.until(lambda: len(heard.frames) > 60)
    after = [frame for frame in heard.frames if frame.session == heard.frames[-1].session]
    assert {frame.rate for frame in after} == {4}
    assert [frame.sequence for frame in after] == list(range(len(after)))
    assert reader.status.lost == 0


async def test_without_the_button_nobody_pairs_and_with_it_all_is_well(chain: Chain) -> None:
    """The refused attempt leaves no half a bond on this machine."""
    reader = chain.reader()
    async with chain.rig.reading(reader) as heard:
        await chain.rig.until(lambda: reader.status.problem is not None)
        await asyncio.sleep(1.0)
        assert not heard.frames
        await chain.press()
        await chain.rig.until(lambda: len(heard.frames) >= 5, 10.0)


@pytest.mark.radio
async def test_a_full_queue_on_the_board_delays_and_loses_nothing(chain: Chain) -> None:
    await chain.press()
    reader = chain.reader()
    async with chain.rig.reading(reader) as heard:
        await chain.rig.until(lambda: len(heard.frames) >= 5)
        for _ in range(3):
            chain.board.set(queue_full=True)
            await asyncio.sleep(0.3)
            chain.board.set(queue_full=False)
            begin = len(heard.frames)
            await chain.rig.until(lambda begin=begin: len(heard.frames) > begin + 25)
    assert_whole(heard)
    assert reader.status.lost == 0
