"""A phone that pushes over real HTTP, by a client of its own: what is taken, what is refused, and what a broken network does."""

from __future__ import annotations

import asyncio
import contextlib
import io
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, cast

import aiohttp
import numpy as np
import pytest

from sensorcore.devices.phone import Phone
from sensorcore.events import LinkBack, LinkLost
from sensorcore.links.known import KnownSensor
from sensorcore.links.phone.door import GUESSES_AT_ONCE, MOST_BODY_BYTES, MOST_GUESSERS, Door
from sensorcore.links.phone.pairing import PhonePairings, lan_address
from sensorcore.links.phone.receiver import Patience, PhoneReader
from sensorcore.model import STANDARD_GRAVITY_MPS2, Notification, SampleBlock
from tests.sensorcore.links.phone.apps import AGENTS, Floats, SensorLogger, body
from tests.sensorcore.links.phone.test_sensorlogger import smooth

HOST = "127.0.0.1"
QUICK = Patience(stall_s=0.5, body_s=0.3, tick_s=0.02, hold_s=0.3, backoff_s=0.02, backoff_max_s=0.1)
PATIENT = Patience(tick_s=0.02, hold_s=2.0)
WITHIN_S = 30.0


async def until(is_so: Callable[[], object]) -> None:
    async with asyncio.timeout(WITHIN_S):
        while not is_so():
            await asyncio.sleep(0.01)


class Worn:
    """A reader at work and what came of it; `post` is the phone's side."""

    def __init__(self, reader: PhoneReader, http: aiohttp.ClientSession) -> None:
        self.reader = reader
        self.items: list[Any] = []
        self._http = http

    async def post(self, data: Any, *, to: str = "", agent: str = "okhttp/4.12.0", **more: Any) -> tuple[int, str]:
        url = f"{self.reader.url.rsplit('/', 1)[0]}/{to}" if to else self.reader.url
        async with self._http.post(url, data=data, headers={"User-Agent": agent}, **more) as answer:
            return answer.status, await answer.text()

    async def get(self, path: str) -> tuple[int, str]:
        async with self._http.get(f"{self.reader.url.rsplit('/', 1)[0]}/{path}") as answer:
            return answer.status, await answer.text()

    def block(self) -> SampleBlock:
        notes = [each for each in self.items if isinstance(each, Notification)]
        driver = Phone(Phone.profile_seen(notes[:20]))
        return driver.decode(driver.initial(), notes)[1].block


@contextlib.asynccontextmanager
async def worn(folder: Path, patience: Patience = PATIENT, **more: Any) -> AsyncIterator[Worn]:
    reader = PhoneReader(PhonePairings(folder), HOST, 0, patience=patience, **more)
    async with aiohttp.ClientSession() as http:
        made = Worn(reader, http)

        async def collect() -> None:
            async with contextlib.aclosing(reader.arrivals()) as arrivals:
                async for item in arrivals:
                    made.items.append(item)

        task = asyncio.create_task(collect())
        try:
            await until(lambda: ":0/" not in reader.url)
            yield made
        finally:
            task.cancel()
            await asyncio.wait({task})


def truth(app: SensorLogger, n: int = 600) -> tuple[list[dict[str, Any]], tuple[Floats, Floats, Floats]]:
    moved = smooth(n, 100.0)
    return [message for _, message in app.bodies(*moved)], moved


@pytest.mark.parametrize("platform", AGENTS)
async def test_what_is_pushed_comes_out_as_samples(tmp_path: Path, platform: str) -> None:
    app = SensorLogger(platform, sends="split")
    messages, (acc_g, _, _) = truth(app)
    async with worn(tmp_path) as phone:
        assert "does not send yet" in (phone.reader.status.problem or "")
        assert phone.reader.url in (phone.reader.status.problem or "")
        for message in messages:
            assert await phone.post(body(message), agent=AGENTS[platform]) == (200, "taken\n")
        await until(lambda: len(phone.items) == len(messages))
        status = phone.reader.status
        block = phone.block()
    assert (status.state, status.serial, status.frames, status.problem) == ("streaming", app.device, len(messages), None)
    assert status.every_s > 0.0
    assert block.gyr_radps is not None
    np.testing.assert_allclose(block.acc_mps2, acc_g[1 : 1 + len(block)] * STANDARD_GRAVITY_MPS2, atol=1e-4)


async def test_disorder_and_repeats_are_mended_and_losses_are_gaps(tmp_path: Path) -> None:
    messages, _ = truth(SensorLogger())
    order = [1, 0, 2, 3, 3, 5, 4, 7, 8, 6, 10, 11, 2]  # 9 is lost
    async with worn(tmp_path) as phone:
        for number in order:
            assert (await phone.post(body(messages[number])))[0] == 200
        await until(lambda: len(phone.items) == 11)
        block, status = phone.block(), phone.reader.status
    assert (status.lost, status.duplicates) == (1, 2)
    assert block.after_gap.sum() == 1
    (gap,) = np.flatnonzero(block.after_gap)
    assert 0.49 < block.t_s[gap] - block.t_s[gap - 1] < 0.53


async def test_a_second_phone_and_a_wrong_code_are_refused(tmp_path: Path) -> None:
    mine, other = SensorLogger(), SensorLogger(device="another")
    async with worn(tmp_path) as phone:
        assert (await phone.post(body(truth(mine)[0][0])))[0] == 200
        status, said = await phone.post(body(truth(other)[0][0]))
        assert (status, "Another phone" in said) == (403, True)
        status, said = await phone.post(body(truth(mine)[0][1]), to="abcdefghjk")
        assert (status, "not the pairing code" in said) == (403, True)
        assert (await phone.get("abcdefghjk"))[0] == 403
        assert (await phone.get(""))[0] == 404
        assert (await phone.get("a/b"))[0] == 404
        status, said = await phone.get(phone.reader.url.rsplit("/", 1)[1])
        assert (status, "Push URL" in said) == (200, True)
        assert phone.reader.status.frames == 1


async def test_the_phone_is_remembered_until_the_wearer_pairs_again(tmp_path: Path) -> None:
    known: list[KnownSensor] = []
    mine, other = SensorLogger(), SensorLogger(device="another")
    async with worn(tmp_path, remember=known.append) as phone:
        code = phone.reader.url[-10:]
        await phone.post(body(truth(mine)[0][0]))
        await until(lambda: known)
    assert known == [KnownSensor(mine.device, "phone", "", "phone")]
    async with worn(tmp_path) as phone:
        assert phone.reader.url[-10:] == code
        assert (await phone.post(body(truth(other)[0][0])))[0] == 403
    async with worn(tmp_path, pair_again=True) as phone:
        assert (await phone.post(body(truth(mine)[0][0]), to=code))[0] == 403
        assert (await phone.post(body(truth(other)[0][0])))[0] == 200
    assert (tmp_path / "phone.json").stat().st_mode & 0o077 == 0


async def test_guessing_is_slow_and_the_phone_goes_on(tmp_path: Path) -> None:
    async with worn(tmp_path) as phone:
        answers = [(await phone.post(b"x", to=f"guess{number}"))[0] for number in range(GUESSES_AT_ONCE + 5)]
        assert answers[:GUESSES_AT_ONCE] == [403] * GUESSES_AT_ONCE
        assert 429 in answers[GUESSES_AT_ONCE:]


async def test_bodies_are_bounded_and_what_the_app_would_not_send_is_said(tmp_path: Path) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(2 * MOST_BODY_BYTES // 65536):
            yield b" " * 65536

    linear = truth(SensorLogger(sends="linear"))[0][0]
    async with worn(tmp_path) as phone:
        assert (await phone.post(io.BytesIO(b" " * (MOST_BODY_BYTES + 1))))[0] == 413
        with contextlib.suppress(aiohttp.ClientError):  # it may close the door while we still send
            assert (await phone.post(endless()))[0] == 413
        status, said = await phone.post(b"hello")
        assert (status, "no JSON" in said) == (400, True)
        status, said = await phone.post(json.dumps({"payload": 3}))
        assert (status, "payload" in said) == (400, True)
        status, said = await phone.post(body(linear))
        assert (status, "switch on Gravity" in said) == (422, True)
        assert "switch on Gravity" in (phone.reader.status.problem or "")
        async with aiohttp.ClientSession() as http, http.put(phone.reader.url, data=b"x") as answer:
            assert answer.status == 405
        assert phone.items == []
        assert phone.reader.status.state == "searching"


async def test_more_than_a_phone_sends_is_refused(tmp_path: Path) -> None:
    messages, _ = truth(SensorLogger())
    async with worn(tmp_path) as phone:
        answers = await asyncio.gather(*(phone.post(body(messages[0])) for _ in range(100)), return_exceptions=True)
        # on a busy machine some of a hundred connections have to make room before they could say anything
        answered = [each for each in answers if not isinstance(each, aiohttp.ServerDisconnectedError | ConnectionResetError)]
        assert {status for status, _ in cast(list[tuple[int, str]], answered)} == {200, 429}
        assert phone.reader.status.frames < 100


async def test_a_body_that_does_not_end_is_not_waited_for(tmp_path: Path) -> None:
    async def slow() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.sleep(WITHIN_S)

    async with worn(tmp_path, QUICK) as phone:
        assert (await phone.post(slow()))[0] == 408


async def test_a_phone_that_falls_silent_is_said_and_comes_back(tmp_path: Path) -> None:
    messages, _ = truth(SensorLogger())
    async with worn(tmp_path, QUICK) as phone:
        await phone.post(body(messages[0]))
        await until(lambda: "sends nothing any more" in (phone.reader.status.problem or ""))
        await phone.post(body(messages[1]))
        await until(lambda: len(phone.items) >= 4)
        kinds = [type(item) for item in phone.items[:4]]
    assert kinds == [Notification, LinkLost, LinkBack, Notification]


async def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    async with worn(tmp_path) as phone:
        port = int(phone.reader.url.split(":")[2].split("/")[0])
        second = PhoneReader(PhonePairings(tmp_path), HOST, port, patience=QUICK)
        task = asyncio.create_task(anext(second.arrivals()))
        await until(lambda: "cannot listen" in (second.status.problem or ""))
        assert f"phone:{HOST}:{port + 1}" in (second.status.problem or "")
        task.cancel()
        await asyncio.wait({task})


def test_guessers_are_not_counted_without_end() -> None:
    door = Door("code", "")
    for number in range(3 * MOST_GUESSERS):
        assert door.refuses("wrong", str(number), 1.0) is not None
    assert len(door._guesses) <= MOST_GUESSERS


def test_it_listens_where_the_network_is_not_everywhere() -> None:
    assert lan_address() not in ("0.0.0.0", "127.0.0.1", "")
