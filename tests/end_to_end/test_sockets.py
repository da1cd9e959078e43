"""No socket leaves the machine unless a broker or a webhook is set up, what is written is its owner's alone, and another local
user is refused: shown on the real programs, children of children too, by an audit hook that notes every address."""

from __future__ import annotations

import asyncio
import ipaddress
import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from amqtt.broker import Broker

from tests.end_to_end.programs import SPINAE, Home, until
from tests.end_to_end.scenarios import SOON, written
from tests.sensorcore.notifiers.test_notifiers import free_port
from tests.tui.cli.conftest import RECORDING

SPY = Path(__file__).with_name("spy")
HOOK_HOST, BROKER_HOST = "127.0.0.9", "127.0.0.8"
"""This machine, but no address that anything uses by itself."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the whole of 127.0.0.0/8 is this machine only on Linux"),
]


class Spy:
    """What the programs of a home did with sockets."""

    def __init__(self, home: Home) -> None:
        self._log = home.folder.parent / "sockets.jsonl"
        home.env["PYTHONPATH"] = os.pathsep.join([str(SPY), home.env["PYTHONPATH"]])
        home.env["SOCKET_SPY"] = str(self._log)

    def notes(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self._log.read_text().splitlines()]

    def programs(self) -> set[str]:
        """Commands that were watched."""
        return {note["program"][2] for note in self.notes() if note["program"][:2] == ["-m", "tui.cli"]}

    def beyond(self) -> list[dict[str, Any]]:
        """Addresses that would leave this machine, or listen to others."""
        return [note for note in self.notes() if note["call"] != "begin" and not _is_local(note)]

    def hosts(self) -> set[tuple[str, int]]:
        """What was connected to over IP."""
        found = [note["address"] for note in self.notes() if note["call"] == "connect" and note["family"] != "AF_UNIX"]
        return {(host, port) for host, port, *_ in found}


def _is_local(note: dict[str, Any]) -> bool:
    address = note["address"]
    if note["family"] == "AF_UNIX":
        return True
    host = address[0] if isinstance(address, list) else address
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@pytest.fixture
def spy(home: Home) -> Iterator[Spy]:
    umask = os.umask(0)  # a careless user's: what is written must be private all the same
    yield Spy(home)
    os.umask(umask)


def use_everything(home: Home, folder: Path, *settings: str) -> None:
    """Each program that a wearer uses on a day."""
    shutil.copy(RECORDING, folder / "walk.mcap")
    with home.shown("demo") as demo:
        demo.shows("last minute")
    sets = [part for each in settings for part in ("--set", each)]
    started = home.run("daemon", "start", "--sensor", written(folder, SOON), *sets)
    assert started.returncode == 0, started.stderr
    home.until_worn()
    with home.shown("wear") as wear, home.shown("routine", "desk_break", "--sensor", "none") as routine:
        wear.shows("live")
        routine.shows("timer")
        asyncio.run(page(home))
    streaming = home.start("stream", stdout=subprocess.PIPE)
    assert streaming.stdout is not None
    assert json.loads(streaming.stdout.readline())["schema"]
    streaming.kill()
    assert home.run("config", "check").returncode == 0
    assert home.run("doctor").stdout
    for arguments in (
        ("analyze", folder / "walk.mcap", "--json"),
        ("analyze", folder, "--jobs", "2", "--rows", home.data / "rows.parquet"),
        ("replay", folder / "walk.mcap", "--headless"),
        ("tune", folder / "walk.mcap"),
        ("export", folder / "walk.mcap", "--to", "csv", "-o", home.data / "walk.csv"),
        ("simulate", "workday-short", "-o", home.data / "simulated.mcap"),
        ("report",),
        ("report", "--html", home.data / "report.html"),
        ("daemon", "stop"),
    ):
        ran = home.run(*arguments)
        assert ran.returncode == 0, (arguments, ran.stderr)


async def page(home: Home) -> None:
    """The dashboard in the browser, as far as its first byte: the tab's own process runs by then."""
    port = free_port()
    serving = home.start("serve", "--port", port, stdout=subprocess.PIPE)
    assert serving.stdout is not None
    address = (await asyncio.to_thread(serving.stdout.readline)).removeprefix("Open ").strip()
    origin = f"http://127.0.0.1:{port}"
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        async with session.get(address) as answer:
            assert answer.status == 200
        async with session.ws_connect(f"{origin}/ws?width=80&height=24", origin=origin) as tab:
            async for message in tab:
                if message.type is aiohttp.WSMsgType.BINARY:
                    break
    serving.terminate()
    await asyncio.to_thread(serving.wait, 20)


def test_nothing_leaves_the_machine(home: Home, spy: Spy, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    use_everything(home, tmp_path / "work")
    assert spy.programs() >= {
        "demo", "daemon", "wear", "routine", "serve", "stream", "status", "config", "doctor", "analyze", "replay", "tune", "export",
        "simulate", "report",
    }  # fmt: skip
    assert spy.beyond() == []
    assert spy.hosts() == set()
    assert_private(home)


def assert_private(home: Home) -> None:
    """All that the programs made in the user's folders."""
    found = [path for top in (home.folder, home.runtime) for path in top.rglob("*")]
    assert {".mcap", ".sqlite", ".html", ".csv", ".parquet", ".log"} <= {path.suffix for path in found}
    open_to_others = {str(path): oct(path.stat().st_mode) for path in found if stat.S_IMODE(path.stat().st_mode) & 0o077}
    assert open_to_others == {}


@asynccontextmanager
async def listening() -> AsyncIterator[tuple[str, int, list[Any]]]:
    """A web server that takes posts, and what it got."""
    got: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        got.append(await request.json())
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", take)
    runner = web.AppRunner(app)
    await runner.setup()
    port = free_port()
    await web.TCPSite(runner, HOOK_HOST, port).start()
    try:
        yield HOOK_HOST, port, got
    finally:
        await runner.cleanup()


@pytest.mark.filterwarnings("ignore")  # the broker's, not ours
async def test_a_broker_and_a_webhook_are_all_that_is_spoken_to(home: Home, spy: Spy, tmp_path: Path) -> None:
    port = free_port()
    plugins = {"amqtt.plugins.authentication.AnonymousAuthPlugin": {"allow_anonymous": True}}
    broker = Broker({"listeners": {"default": {"type": "tcp", "bind": f"{BROKER_HOST}:{port}"}}, "plugins": plugins})
    await broker.start()
    async with listening() as (host, hook_port, got):
        settings = (
            f"channels.webhook=http://{host}:{hook_port}/hook", f"channels.mqtt=mqtt://{BROKER_HOST}:{port}",
            "alerts.delay_s=1", "alerts.mute_after_s=0",
        )  # fmt: skip
        sets = [part for each in settings for part in ("--set", each)]
        started = await asyncio.to_thread(home.run, "daemon", "start", "--sensor", written(tmp_path, SOON), *sets)
        assert started.returncode == 0, started.stderr
        async with asyncio.timeout(60):
            while not got:
                await asyncio.sleep(0.1)
        await asyncio.to_thread(home.run, "daemon", "stop")
    await broker.shutdown()
    assert got[0]["event"] == "AlertRaised"
    # before it connects, the MQTT client binds its own end to any free port
    assert [note for note in spy.beyond() if (note["call"], note["address"]) != ("bind", ["", 0])] == []
    assert {(host, hook_port), (BROKER_HOST, port)} <= spy.hosts()
    assert {to for to in spy.hosts() if to[0] != "127.0.0.1"} == {(host, hook_port), (BROKER_HOST, port)}


def test_the_hook_sees_who_would_leave(home: Home, spy: Spy) -> None:
    """A spy that notes nothing would prove nothing."""
    code = "import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.connect(('192.0.2.1', 9)); s.close()"
    nested = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {code!r}])"
    subprocess.run([sys.executable, "-c", nested], env=home.env, check=True, timeout=60)
    assert [note["address"] for note in spy.beyond()] == [["192.0.2.1", 9]]


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed (Debian: apt-get install strace)")
def test_the_kernel_sees_the_same(home: Home, tmp_path: Path) -> None:
    """What a library does in C passes by an audit hook, not by the kernel."""
    log = tmp_path / "calls"
    traced = ["strace", "-f", "-qq", "-e", "trace=connect,bind,sendto,sendmsg", "-o", str(log)]
    probe = subprocess.run([*traced, "true"], capture_output=True, check=False)
    if probe.returncode:
        pytest.skip(f"processes cannot be traced here: {probe.stderr.decode().strip()}")
    command = [*traced, *SPINAE, "daemon", "run", "--sensor", written(tmp_path, SOON)]
    process = subprocess.Popen(command, env=home.env)
    try:
        home.until_worn()
        assert home.run("report").returncode == 0
        assert home.run("daemon", "stop").returncode == 0
        process.wait(60)
    finally:
        process.kill()
        process.wait()
    calls = [line for line in log.read_text().splitlines() if "sa_family=" in line]
    assert any("AF_UNIX" in line for line in calls)
    assert [line for line in calls if "AF_UNIX" not in line and "AF_UNSPEC" not in line] == []


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become another user")
def test_another_local_user_gets_nothing_of_a_running_day(home: Home, tmp_path: Path) -> None:
    assert home.run("daemon", "start", "--sensor", written(tmp_path, SOON)).returncode == 0
    home.until_worn()
    socket = next(home.runtime.rglob("*.sock"))
    program = (
        "import os, socket, sys\n"
        "home, sock, recording = sys.argv[1:]\n"
        "os.chmod(home, 0o755)\n"
        "os.setgid(65534); os.setuid(65534)\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "for what in (lambda: s.connect(sock), lambda: open(recording, 'rb'), lambda: os.listdir(os.path.dirname(recording))):\n"
        "    try: what()\n"
        "    except PermissionError: continue\n"
        "    sys.exit('let in')\n"
    )
    recording = until(lambda: home.recordings[0] if home.recordings else None, "a recording")
    arguments = [sys.executable, "-c", program, str(home.runtime), str(socket), str(recording)]
    ran = subprocess.run(arguments, capture_output=True, text=True, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, "")
