"""The link is cut at any request of a set-up, and at any other moment, on stacks that translate a cancelled request and on those
that let the CancelledError out."""

from __future__ import annotations

import asyncio
import random

import pytest

from sensorcore.links.ble import problems
from sensorcore.links.ble.connection import introduce
from sensorcore.links.ble.scan import scan
from sensorcore.links.ble.sighting import Sighting
from tests.radio.bumble_backend import VirtualAdapter
from tests.radio.rig import Rig

pytestmark = pytest.mark.slow  # a radio in its own time

FEWEST_REQUESTS = 8
"""Of any set-up: serial number, status, battery, two subscriptions, time, start, and at least one to find them."""
STUCK_S = 20.0
SLOWLY = 2.0
"""Times life: what was missed is soon made up for, also on a busy machine."""


@pytest.fixture(params=[pytest.param(False, id="lets-out", marks=pytest.mark.slow), pytest.param(True, id="translates")])
def translates(request: pytest.FixtureRequest, rig: Rig) -> bool:
    """Whether this machine's stack makes an error of a cancelled request; BlueZ is what it is."""
    if isinstance(rig.host, VirtualAdapter):
        rig.host.translates = request.param
    elif request.param:
        pytest.skip("a real stack has one way only")
    return bool(request.param)


async def set_up_requests(rig: Rig) -> list[int]:
    """What one whole set-up asks."""
    rig.air.requests.clear()
    async with rig.reading(rig.reader()) as heard:
        await rig.until(lambda: bool(heard.frames))
        return list(rig.air.requests)


async def cut_at(rig: Rig, places: list[int]) -> int:
    """One reader, cut at each of these requests of a set-up in turn; it streams again after each. Returns how many were made: BlueZ
    asks less of a sensor that it knows."""
    made = 0
    rig.sensor.speed = SLOWLY
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: bool(heard.frames))
        for place in places:
            again = reader.status.reconnects + 1
            rig.air.cut_after = place
            rig.air.cut()
            await rig.until(lambda again=again: reader.status.reconnects >= again, STUCK_S)
            made += rig.air.cut_after is None
            rig.air.cut_after = None
    heard.assert_whole()
    return made


async def test_a_set_up_cut_at_one_request_of_each_kind_is_made_again(rig: Rig, translates: bool) -> None:
    requests = await set_up_requests(rig)
    assert len(requests) >= FEWEST_REQUESTS
    places = sorted({requests.index(opcode) for opcode in requests} | {len(requests) - 1})
    assert await cut_at(rig, places) >= (len(places) if rig.slack == 1.0 else 2)


@pytest.mark.slow
async def test_a_set_up_cut_at_any_request_is_made_again(rig: Rig, translates: bool) -> None:
    requests = await set_up_requests(rig)
    assert await cut_at(rig, list(range(len(requests)))) >= (len(requests) if rig.slack == 1.0 else FEWEST_REQUESTS - 1)


@pytest.mark.slow
@pytest.mark.parametrize("times", [5, pytest.param(100, marks=pytest.mark.radio)])
async def test_walking_away_at_any_moment_ends_in_streaming_again(rig: Rig, times: int) -> None:
    """For shorter and for longer than the supervision time-out, also while it is being set up again."""
    rig.sensor.speed = SLOWLY
    chance = random.Random(times)
    reader = rig.reader()
    async with rig.reading(reader) as heard:
        await rig.until(lambda: bool(heard.frames))
        for _ in range(times):
            await asyncio.sleep(chance.uniform(0.0, 0.3) * rig.slack**0.5)
            rig.air.walk_away()
            await asyncio.sleep(chance.uniform(0.0, 2.0) * rig.air.supervision_s)
            rig.air.come_back()
            if chance.random() < 0.5:
                taken = rig.sensor.samples_taken
                await rig.until(lambda taken=taken: bool(heard.samples) and heard.samples[-1] >= taken, STUCK_S)
        taken = rig.sensor.samples_taken
        await rig.until(lambda: heard.samples[-1] >= taken, STUCK_S)
    heard.assert_whole()


@pytest.mark.parametrize("place", [0, 3, -1])
async def test_asking_a_sensor_who_it_is_survives_a_cut(rig: Rig, translates: bool, place: int) -> None:
    """As scan and doctor do."""
    seen: list[Sighting] = await scan(rig.radio, duration_s=0.3 * rig.slack)
    rig.air.requests.clear()
    said = await introduce(seen[0], rig.radio, rig.timing)
    assert (said.serial, said.battery_percent) == ("SP-0001", 87)
    asked = len(rig.air.requests)
    seen = await scan(rig.radio, duration_s=0.3 * rig.slack)
    rig.air.requests.clear()
    rig.air.cut_after = place % asked
    async with asyncio.timeout(STUCK_S * rig.slack):
        said = await introduce(seen[0], rig.radio, rig.timing)
    if rig.slack == 1.0:  # BlueZ may have asked less this time: it remembers what it found
        assert rig.air.cut_after is None
        assert said.problem == problems.LOST[0]
