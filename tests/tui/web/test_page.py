"""The page: who may open it, and that it is the live dashboard."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from aiohttp import web

from tests.tui.web.browser import Browser, browser, executable
from tui.web.server import TABS, PageServer

WITHIN_S = 3.0


class Quiet(PageServer):
    """Tabs without a dashboard in them."""

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        async for _ in socket:
            pass
        return socket


@asynccontextmanager
async def visited(host: str = "127.0.0.1") -> AsyncIterator[tuple[PageServer, aiohttp.ClientSession]]:
    """The server, and a visitor with an empty cookie jar that takes the cookies of addresses too."""
    server = Quiet(host, await free_port(), title="test")
    async with server.listening(), aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield server, session


async def free_port() -> int:
    listening = await asyncio.start_server(lambda *_: None, "127.0.0.1", 0)
    port = listening.sockets[0].getsockname()[1]
    listening.close()
    await listening.wait_closed()
    return int(port)


async def status(session: aiohttp.ClientSession, url: str, **options: object) -> int:
    async with session.get(url, allow_redirects=False, **options) as answer:  # type: ignore[arg-type]
        body = await answer.text()
        assert answer.status == 200 or "xterm" not in body
        return answer.status


async def test_who_does_not_know_the_token_gets_nothing() -> None:
    async with visited() as (server, session):
        url = server.public_url
        for path in ("/", "/ws", "/static/js/textual.js", "/download/x", "/?token=wrong", "/?token="):
            assert await status(session, url + path) == 403
        for value in ("wrong", "ü", "\udcff", server.address.partition("token=")[2]):
            assert await status(session, url, headers={"Cookie": f"{server.cookie}={value}"}) == 403
        assert await status(session, server.address.replace("127.0.0.1", "localhost")) == 403
        assert await status(session, server.address, headers={"Host": "evil.example:80"}) == 403
        assert await status(session, server.address) == 302
        assert await status(session, url + "/") == 200
        assert await status(session, url + "/ws", headers={"Origin": "http://evil.example"}) == 403
        async with session.get(url + "/") as page:
            assert "default-src 'self'" in page.headers["Content-Security-Policy"]
            assert set(re.findall(r"\\w+://[^/\"]+", await page.text())) <= {url, url.replace("http", "ws")}


async def test_the_cookie_is_of_this_port_and_not_the_token() -> None:
    async with visited() as (server, session):
        assert await status(session, server.address) == 302
        (cookie,) = session.cookie_jar
        assert str(server.port) in cookie.key
        assert cookie.value not in server.address


async def test_everywhere_is_an_address_that_can_be_opened() -> None:
    async with visited("0.0.0.0") as (server, session):
        assert "0.0.0.0" not in server.address
        assert await status(session, server.address) == 302
        assert await status(session, server.public_url + "/") == 200
        assert await status(session, server.address, headers={"Host": f"evil.example:{server.port}"}) == 403


async def test_the_page_opens_beside_hundreds_of_idle_strangers() -> None:
    async with visited() as (server, session):
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(300)]
        assert await status(session, server.address) == 302
        assert await status(session, server.public_url + "/") == 200
        assert server._guarded is not None
        assert server._guarded.held < 100
        for _, writer in idle:
            writer.transport.abort()


async def test_only_so_many_tabs() -> None:
    async with visited() as (server, session):
        assert await status(session, server.address) == 302
        sockets = [await session.ws_connect(server.public_url + "/ws", origin=server.public_url) for _ in range(TABS)]
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await session.ws_connect(server.public_url + "/ws", origin=server.public_url)
        await asyncio.gather(*(socket.close() for socket in sockets))


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """An environment of its own, with a short path for the socket."""
    place = str(tmp_path_factory.mktemp("home"))
    with tempfile.TemporaryDirectory(prefix="sp") as runtime:
        names = ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME")
        yield {**os.environ, **dict.fromkeys(names, place), "XDG_RUNTIME_DIR": runtime}


SPINAE = [sys.executable, "-m", "tui.cli"]


@asynccontextmanager
async def opened(home: dict[str, str], tmp_path: Path) -> AsyncIterator[tuple[Browser, subprocess.Popen[str], str]]:
    """A browser, `spinae serve` on a simulated sensor, and the address that it names."""
    command = [*SPINAE, "serve", "--port", str(await free_port()), "--sensor", "sim:workday-short"]
    serving = subprocess.Popen(command, stdout=subprocess.PIPE, env=home, text=True)
    try:
        assert serving.stdout is not None
        address = (await asyncio.to_thread(serving.stdout.readline)).removeprefix("Open ").strip()
        async with browser(tmp_path) as chromium:
            yield chromium, serving, address
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.communicate(timeout=20)
        subprocess.run([*SPINAE, "daemon", "stop"], env=home, check=False, capture_output=True)


@pytest.mark.slow
@pytest.mark.skipif(executable() is None, reason="needs Chromium (Debian package chromium)")
async def test_two_tabs_in_a_real_browser_show_one_day(home: dict[str, str], tmp_path: Path) -> None:
    async with opened(home, tmp_path) as (chromium, _, address):
        assert parse_qs(urlsplit(address).query)["token"]
        one = await chromium.tab()
        await one.open(address)
        await one.until_text("sim:workday-short")
        await one.until_text("°")
        assert await one.evaluate("document.body.classList.contains('-first-byte')")
        first = await one.picture()
        two = await chromium.tab()
        await two.open(address)
        await two.until_text("sim:workday-short")
        seen = len(two.texts)
        await asyncio.sleep(3.0)
        assert len(two.texts) > seen, "the page stands still"
        last = await one.picture()
        assert last != first
        (tmp_path / "page.png").write_bytes(last)
        status = subprocess.run([*SPINAE, "status", "--json"], env=home, capture_output=True, text=True, check=True)
        assert json.loads(status.stdout)["has_signal"]
        recordings = list(Path(home["XDG_DATA_HOME"]).glob("spinae/recordings/*.mcap"))
        assert len(recordings) == 1, "two tabs share one engine"
        stranger = await chromium.tab()
        await stranger.open(f"http://localhost:{urlsplit(address).port}/?token=wrong")
        await asyncio.sleep(1.0)
        assert "spinae serve" in await stranger.evaluate("document.body.innerText")
        asked = {urlsplit(each).netloc for tab in (one, two) for each in tab.requests if each.startswith(("http", "ws"))}
        assert asked == {urlsplit(address).netloc}, "the page reaches nobody else"


@pytest.mark.slow
@pytest.mark.skipif(executable() is None, reason="needs Chromium (Debian package chromium)")
async def test_an_open_page_tells_that_the_day_ended_and_that_it_is_old(home: dict[str, str], tmp_path: Path) -> None:
    async with opened(home, tmp_path) as (chromium, serving, address):
        page = await chromium.tab()
        await page.open(address)
        await page.until_text("● live")
        await page.until_text("upright")
        seen = len(page.texts)
        stopped = await asyncio.to_thread(subprocess.run, [*SPINAE, "daemon", "stop"], env=home, check=True)
        assert stopped.returncode == 0
        await page.until_text("ENDED", after=seen, within_s=WITHIN_S)
        await page.until_text("The day has ended.", after=seen, within_s=WITHIN_S)
        await asyncio.sleep(WITHIN_S)
        assert not await page.evaluate("document.body.classList.contains('-stale')"), "nothing changes, but it is shown what is"
        ended = next(at for at, each in enumerate(page.texts) if at >= seen and "ENDED" in each)
        assert not any("● live" in each for each in page.texts[ended + 1 :])
        (tmp_path / "ended.png").write_bytes(await page.picture())
        tab = [each for each in descendants(serving.pid) if b"wear" in Path(f"/proc/{each}/cmdline").read_bytes()]
        assert tab
        send(signal.SIGSTOP, tab)  # the dashboard hangs, as on a machine that sleeps
        try:
            give_up_s = time.monotonic() + WITHIN_S + 1.0
            while not await page.evaluate("document.body.classList.contains('-stale')"):
                assert time.monotonic() < give_up_s, "the page does not say that it is old"
                await asyncio.sleep(0.1)
            assert "No data from the dashboard for" in await page.evaluate("document.body.innerText")
            (tmp_path / "stale.png").write_bytes(await page.picture())
        finally:
            send(signal.SIGCONT, tab)
        give_up_s = time.monotonic() + 20.0
        while await page.evaluate("document.body.classList.contains('-stale')"):
            assert time.monotonic() < give_up_s, "it is not forgiven"
            await asyncio.sleep(0.1)


def descendants(pid: int) -> list[int]:
    """The processes that it started, and those that they started (Linux)."""
    found = [int(each) for each in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*found, *(each for child in found for each in descendants(child))]


def send(number: signal.Signals, pids: list[int]) -> None:
    for pid in pids:
        os.kill(pid, number)
