"""phyphox, asked over real HTTP: a server of its own speaks what the app's documents say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import numpy as np
import pytest

from sensorcore.devices.phone import Phone
from sensorcore.errors import BadInput, SourceError
from sensorcore.events import LinkBack, LinkLost
from sensorcore.link import LinkState
from sensorcore.links.phone import phyphox
from sensorcore.links.phone.poller import Pace, PhyphoxReader
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from tests.arrivals import arriving
from tests.sensorcore.links.phone.apps import EPOCH_NS, Phyphox
from tests.sensorcore.links.phone.test_receiver import until
from tests.sensorcore.links.phone.test_sensorlogger import smooth

QUICK = Pace(every_s=0.01, answer_s=5.0, stall_s=0.6, clock_s=0.05, backoff_s=0.02, backoff_max_s=0.1)
SET_UP_QUESTIONS = 10
"""More than a set-up asks: what comes after is asked while it is worn."""
TRUTH = smooth(3600, 100.0)


def app(**more: Any) -> Phyphox:
    return Phyphox(*TRUTH, **more)


@contextlib.asynccontextmanager
async def worn(phone: Phyphox, pace: Pace = QUICK) -> AsyncIterator[tuple[PhyphoxReader, list[Any]]]:
    with phone.serving() as port:
        reader = PhyphoxReader("127.0.0.1", port, pace=pace)
        async with arriving(reader) as items:
            yield reader, items


async def measure(phone: Phyphox, reader: PhyphoxReader, begin_s: float, end_s: float, step_s: float = 0.4) -> None:
    """Time passes on the phone, in steps that are each asked for."""
    begun = phone.asked + SET_UP_QUESTIONS
    await until(lambda: reader.status.state is not LinkState.SEARCHING and phone.measuring and phone.asked > begun)
    for until_s in np.arange(begin_s + step_s, end_s + step_s / 2, step_s):
        phone.measure(float(until_s))
        asked = phone.asked
        await until(lambda asked=asked: phone.asked > asked + 1)


def block(items: list[Any]) -> SampleBlock:
    notes = [each for each in items if isinstance(each, Notification)]
    driver = Phone(Phone.profile_seen(notes[:20]))
    return driver.decode(driver.initial(), notes)[1].block


@pytest.mark.parametrize("platform", ["android", pytest.param("ios", marks=pytest.mark.slow)])
@pytest.mark.parametrize("begins", ["running", "stopped", "an old version"])
async def test_what_it_measures_comes_out_as_samples(platform: str, begins: str) -> None:
    """The same sign on both systems; times within the digits sent."""
    is_old = begins == "an old version"
    phone = app(platform=platform, digits=8 if platform == "android" else 17, has_time=not is_old, has_config=not is_old)
    if begins == "running":
        phone.control("start")
    phone.measure(3.0)
    async with worn(phone) as (reader, items):
        await measure(phone, reader, 3.0, 9.0)
        await until(lambda: items and block(items).t_s[-1] > 5.8)
        status, found = reader.status, block(items)
    assert (status.problem, status.reconnects) == (None, 0)
    assert found.gyr_radps is not None
    assert not found.after_gap.any()
    first = int(np.abs(TRUTH[0] * STANDARD_GRAVITY_MPS2 - found.acc_mps2[0]).sum(axis=1).argmin())
    assert first == pytest.approx(300, abs=1)
    expected = slice(first, first + len(found))
    np.testing.assert_allclose(found.acc_mps2, TRUTH[0][expected] * STANDARD_GRAVITY_MPS2, atol=1e-4)
    np.testing.assert_allclose(np.rad2deg(found.gyr_radps), TRUTH[1][expected], atol=1e-3)
    np.testing.assert_allclose(found.t_s, TRUTH[2][expected] - TRUTH[2][first], atol=2e-3)
    assert phone.commands == (["start"] if begins == "running" else ["start", "stop"])  # what we start we stop


@pytest.mark.slow
async def test_a_pause_is_a_gap_and_a_cleared_or_reopened_experiment_goes_on() -> None:
    phone = app()
    async with worn(phone) as (reader, items):
        await measure(phone, reader, 0.0, 6.0)
        phone.control("stop")
        await until(lambda: reader.status.state == "paused")
        phone.measure(9.0)
        phone.control("start")
        await measure(phone, reader, 9.0, 13.0)
        phone.control("clear")
        phone.measure(15.0)
        phone.control("start")
        await measure(phone, reader, 15.0, 18.0)
        await until(lambda: block(items).t_s[-1] > 17.0)
        phone.open_anew()
        phone.measure(20.0)
        phone.control("start")
        await measure(phone, reader, 20.0, 24.0)
        await until(lambda: block(items).t_s[-1] > 23.0)
        found = block(items)
    gaps = np.flatnonzero(found.after_gap)
    longer = [float(found.t_s[gap] - found.t_s[gap - 1]) for gap in gaps]
    assert longer == pytest.approx([3.0, 2.0, 2.0], abs=0.5)
    assert (np.diff(found.t_s) > 0).all()


async def test_what_a_broken_network_held_up_comes_later() -> None:
    phone = app()
    async with worn(phone) as (reader, items):
        await measure(phone, reader, 0.0, 4.0)
        phone.answers = (503, b"")
        await until(lambda: "answered 503" in (reader.status.problem or ""))
        phone.measure(30.0)
        phone.answers = None
        await until(lambda: reader.status.reconnects == 1)
        await measure(phone, reader, 30.0, 32.0)
        await until(lambda: block(items).t_s[-1] > 31.5)
        found = block(items)
    assert not found.after_gap.any()
    events = [type(item) for item in items if not isinstance(item, Notification)]
    assert events == [LinkLost, LinkBack]


@pytest.mark.slow
async def test_what_is_too_far_behind_is_a_gap() -> None:
    phone = app()
    async with worn(phone, Pace(every_s=0.01, behind_s=5.0, backoff_s=0.02, backoff_max_s=0.1)) as (reader, items):
        await measure(phone, reader, 0.0, 4.0)
        phone.answers = (503, b"")
        await until(lambda: not reader.status.is_connected)
        phone.measure(30.0)
        phone.answers = None
        await until(lambda: reader.status.state is LinkState.CONNECTING)
        await measure(phone, reader, 30.0, 33.0)
        await until(lambda: reader.status.reconnects == 1)
        await until(lambda: block(items).t_s[-1] > 32.0)
        found = block(items)
    assert found.after_gap.sum() == 1


async def test_an_experiment_that_measures_nothing_new_is_said() -> None:
    phone = app()
    async with worn(phone) as (reader, _):
        await until(lambda: phone.measuring)
        phone.measure(2.0)
        await until(lambda: "nothing new" in (reader.status.problem or ""))


@pytest.mark.parametrize(
    ("sensors", "words"), [(("linear_acceleration",), "without gravity"), (("gyroscope",), "has no acceleration")]
)
async def test_an_experiment_without_gravity_is_refused(sensors: tuple[str, ...], words: str) -> None:
    async with worn(app(sensors=sensors)) as (reader, items):
        await until(lambda: words in (reader.status.problem or ""))
        assert "Acceleration with g" in (reader.status.problem or "")
        assert items == []


@pytest.mark.parametrize("answer", [(200, b"hello"), (200, b"[]"), (200, b"[" * 9000), (302, b""), (500, b"x"), (200, b'{"a":1}')])
async def test_what_is_no_phyphox_is_said(answer: tuple[int, bytes]) -> None:
    async with worn(app(answers=answer)) as (reader, items):
        await until(lambda: reader.status.problem)
        assert "phyphox" in (reader.status.problem or "")
        assert items == []


async def test_a_phone_that_is_not_there_is_said() -> None:
    reader = PhyphoxReader("127.0.0.1", 9, pace=QUICK)
    task = asyncio.create_task(anext(reader.arrivals()))
    await until(lambda: "does not answer" in (reader.status.problem or ""))
    assert "Allow remote access" in (reader.status.problem or "")
    task.cancel()
    await asyncio.wait({task})


def test_times_of_an_experiment_stand_still_while_it_is_paused() -> None:
    started = phyphox.starts(
        [
            {"event": "START", "experimentTime": 0, "systemTime": 1.79e9},
            {"event": "PAUSE", "experimentTime": 10.5, "systemTime": 1790000010.5},
            {"event": "START", "experimentTime": 10.5, "systemTime": 1790000100.0},
            {"event": "START"},
            "nonsense",
        ]
    )
    found = phyphox.unix_ns(np.array([0.25, 10.4, 10.5, 11.0]), started)
    assert [int(each) - EPOCH_NS for each in found] == [250_000_000, 10_400_000_000, 100_000_000_000, 100_500_000_000]


@pytest.mark.parametrize("config", [None, [], {"inputs": []}, {"inputs": ["x"]}, {"inputs": [{"source": "light"}]}])
def test_a_config_without_sensors_is_refused(config: Any) -> None:
    with pytest.raises(SourceError, match="no acceleration"):
        phyphox.buffers(config)


@pytest.mark.parametrize("told", [None, {}, {"status": 1, "buffer": 2}, {"status": {"measuring": True}, "buffer": {}}])
def test_an_answer_that_makes_no_sense_is_refused(told: Any) -> None:
    with pytest.raises(BadInput):
        phyphox.answer(told, phyphox.USUAL)
