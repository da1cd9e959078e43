"""Strangers at the phone's port, over real sockets: what they hold, send and never finish costs the phone nothing."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from sensorcore.links.guarded_port import ConnectionLimits, GuardedPort
from tests.sensorcore.links.phone.apps import SensorLogger, body
from tests.sensorcore.links.phone.test_receiver import HOST, Worn, truth, until, worn

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
IDLE = 500


@asynccontextmanager
async def strangers(port: int, number: int, says: bytes = b"") -> AsyncIterator[list[Streams]]:
    opened: list[Streams] = []
    try:
        for _ in range(number):
            with contextlib.suppress(OSError):
                opened.append(await asyncio.open_connection(HOST, port))
                if says:
                    opened[-1][1].write(says)
        yield opened
    finally:
        for _, writer in opened:
            writer.transport.abort()


def port_of(phone: Worn) -> int:
    return int(phone.reader.url.split(":")[2].split("/")[0])


HALF_A_BODY = b"POST /abcdefghjk HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n{"


@pytest.mark.parametrize(
    "says",
    [
        pytest.param(b"", id="idle"),
        pytest.param(HALF_A_BODY, id="half a body, wrong code"),
        pytest.param(b"POST /", id="half a line", marks=pytest.mark.slow),
        pytest.param(b"\x16\x03\x01\x00", id="TLS", marks=pytest.mark.slow),
        pytest.param(b"GET / HTTP/9\r\n\r\n", id="malformed", marks=pytest.mark.slow),
    ],
)
async def test_the_phone_is_heard_within_a_second_beside_hundreds_of_strangers(
    tmp_path: Path, says: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    messages, _ = truth(SensorLogger())
    async with worn(tmp_path) as phone, strangers(port_of(phone), IDLE, says):
        guarded = phone.reader._guarded
        assert guarded is not None
        await asyncio.sleep(0)
        assert guarded.held <= ConnectionLimits().strangers + ConnectionLimits().known
        for number, message in enumerate(messages[:3]):
            before_s = time.monotonic()
            assert await phone.post(body(message)) == (200, "taken\n"), number
            assert time.monotonic() - before_s < 1.0
    assert sum(len(record.getMessage()) for record in caplog.records) < 10_000
    assert len(caplog.records) < 20


async def test_a_connection_that_asks_for_nothing_is_closed_and_one_that_proved_itself_stays() -> None:
    async def answer(request: web.Request) -> web.Response:
        if request.path == "/known":
            port.proven(request)
        return web.Response(text="here")

    app = web.Application()
    app.router.add_get("/{tail:.*}", answer)
    port = GuardedPort(app, ConnectionLimits(strangers=4, known=2, ask_s=0.3))

    async def ask(stream: Streams, path: str) -> bytes:
        stream[1].write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        return await stream[0].readuntil(b"here")

    async with port.listening(HOST, 0) as number:
        known = await asyncio.open_connection(HOST, number)
        await ask(known, "/known")
        async with strangers(number, 1, b"GET /kno") as ((reader, _),):
            async with asyncio.timeout(10.0):
                with contextlib.suppress(ConnectionError):
                    assert await reader.read() == b""
        async with strangers(number, 50):
            await ask(known, "/known")  # who is known is not closed for strangers
            assert port.held <= 6
        known[1].close()


async def test_who_knows_the_code_gets_in_beside_those_who_guess_from_the_same_address(tmp_path: Path) -> None:
    messages, _ = truth(SensorLogger())
    async with worn(tmp_path) as phone:
        answers = [(await phone.post(b"x", to=f"guess{number}"))[0] for number in range(40)]
        assert 429 in answers
        assert (await phone.post(body(messages[0])))[0] == 200


async def test_a_replayed_recording_is_refused_and_the_running_one_goes_on(tmp_path: Path) -> None:
    old, new = truth(SensorLogger(session="old"))[0], truth(SensorLogger(session="new"))[0]
    later_ns = 3_600_000_000_000
    for message in new:
        for reading in message["payload"]:
            reading["time"] += later_ns
    async with worn(tmp_path) as phone:
        for message in (*old[:2], *new[:2]):
            assert (await phone.post(body(message)))[0] == 200
        status, said = await phone.post(body(old[1]))
        assert (status, "earlier recording" in said) == (409, True)
        for message in new[2:6]:
            assert (await phone.post(body(message)))[0] == 200
        await until(lambda: len(phone.items) == 8)


async def test_out_of_descriptors_is_a_pause_not_an_end(monkeypatch: pytest.MonkeyPatch) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(text="here")

    app = web.Application()
    app.router.add_get("/", answer)
    port = GuardedPort(app)
    loop = asyncio.get_running_loop()
    accept: Callable[..., object] = loop.sock_accept
    failed: list[int] = []

    async def failing(listener: object) -> object:
        if len(failed) < 2:
            failed.append(1)
            raise OSError(24, "Too many open files")
        return await accept(listener)  # type: ignore[misc]

    monkeypatch.setattr("sensorcore.links.guarded_port.NO_DESCRIPTOR_S", 0.01)
    monkeypatch.setattr(loop, "sock_accept", failing)
    logging.getLogger("sensorcore.links.guarded_port").setLevel(logging.WARNING)
    async with port.listening(HOST, 0) as number, asyncio.timeout(10.0):
        reader, writer = await asyncio.open_connection(HOST, number)
        writer.write(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
        assert await reader.readuntil(b"here")
        writer.close()
    assert len(failed) == 2
