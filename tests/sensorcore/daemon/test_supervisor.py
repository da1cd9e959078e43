"""A day kept by the daemon: every view sees all of it, and none can disturb it."""

from __future__ import annotations

import asyncio
import os
import stat
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import cast

import pytest

from sensorcore.commands import Command
from sensorcore.daemon import hub as hubs
from sensorcore.daemon import messages
from sensorcore.daemon.address import is_listening, socket_path
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.remote import RemoteSession, ask
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import SourceError, StorageError
from sensorcore.events import AlertRaised, Event, ExerciseOpened, Marked, SetEnded
from sensorcore.link import LinkStatus
from sensorcore.model import Notification, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording.reader import open_recording
from sensorcore.session.engine import Arrival
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator.live import SimulatedSensor
from sensorcore.track.track_log import empty_track
from sensorcore.view.results import Results

SPEED = 200.0
PATIENCE_S = 20.0


@pytest.fixture
def socket() -> Iterator[Path]:
    """In a folder with a short name, as sockets need."""
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        Path(folder).chmod(0o700)
        yield Path(folder) / "s"


@pytest.fixture
def leftover(socket: Path) -> Path:
    socket.touch()
    return socket


class Seen:
    """What a view was told."""

    def __init__(self) -> None:
        self.begun = 0
        self.results = Results(StreamInfo(profile_of()), explain_s=0.0)

    def begin(self, info: StreamInfo) -> None:
        self.begun += 1
        self.results = Results(info, explain_s=0.0)

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        self.results.add(output)

    def events(self) -> tuple[Event, ...]:
        return self.results.events()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


@asynccontextmanager
async def kept(socket: Path, *, record_to: Path | None = None, speed: float = SPEED) -> AsyncIterator[Supervisor]:
    def wear() -> WearSession:
        sensor = SimulatedSensor("workday-short", speed=speed)
        return WearSession(sensor, Settings(), sensor.info, record_to)

    supervisor = Supervisor(wear, Hub(Settings()), socket)
    running = asyncio.create_task(supervisor.run())
    try:
        await until(lambda: is_listening(socket))
        yield supervisor
    finally:
        supervisor.stop()
        await asyncio.wait_for(running, PATIENCE_S)


@asynccontextmanager
async def attached(socket: Path) -> AsyncIterator[tuple[Seen, RemoteSession]]:
    wear, seen = RemoteSession(socket, StreamInfo(profile_of()), Settings()), Seen()
    running = asyncio.create_task(wear.run(seen))
    try:
        yield seen, wear
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def test_views_see_the_whole_day_whenever_they_come(socket: Path, tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    async with kept(socket, record_to=path, speed=60.0) as supervisor, attached(socket) as (early, _):
        await until(lambda: any(isinstance(event, AlertRaised) for event in early.events()))
        async with attached(socket) as (late, _):
            await until(lambda: late.results.end_s > early.results.end_s - 5.0 > 60.0)
            both = min(early.results.end_s, late.results.end_s)
            ticks = [seen.results.until(both)[0].flexion_deg.tobytes() for seen in (early, late)]
            assert ticks[0] == ticks[1]
            assert [event for event in late.events() if event.t_s < both - 5] == [
                event for event in early.events() if event.t_s < both - 5
            ]
            assert supervisor.hub.views == 2
    assert not is_listening(socket)
    assert open_recording(path).sealed


async def test_the_wearers_word_reaches_the_recording_and_every_view(socket: Path, tmp_path: Path) -> None:
    async with kept(socket, record_to=tmp_path / "day.mcap"), attached(socket) as (one, wear), attached(socket) as (other, _):
        await until(lambda: len(one.results) > 0 and len(other.results) > 0)
        assert wear.say(Command(0.0, "mark", "tea"))
        await until(lambda: any(isinstance(event, Marked) and event.text == "tea" for event in other.events()))
    assert "tea" in [event.get("text") for event in open_recording(tmp_path / "day.mcap").events()]


async def test_alerts_reach_the_channels_but_old_ones_do_not() -> None:
    class Heard:
        def __init__(self) -> None:
            self.events: list[Event] = []

        def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
            self.events += output.events

    heard = Heard()
    hub = Hub(Settings(), [heard])
    hub.begin(StreamInfo(profile_of()))
    hub.take((), PipelineOutput(empty_track(), (Marked(1.0, "now"),)))
    hub.update(LinkStatus(), None, lag_s=60.0)
    hub.take((), PipelineOutput(empty_track(), (Marked(2.0, "a minute ago"),)))
    hub.update(LinkStatus(), None, lag_s=0.1)
    hub.take((), PipelineOutput(empty_track(), (Marked(70.0, "now again"),)))
    assert [event.t_s for event in heard.events] == [1.0, 70.0]


async def test_an_exercise_is_closed_when_the_view_that_opened_it_dies(socket: Path) -> None:
    async with kept(socket, speed=20.0), attached(socket) as (other, _):
        async with attached(socket) as (seen, wear):
            await until(lambda: len(seen.results) > 0)
            assert wear.say(Command(0.0, "exercise", "pelvic_tilt"))
            await until(lambda: any(isinstance(event, ExerciseOpened) for event in other.events()))
        await until(lambda: any(isinstance(event, SetEnded) and event.closed for event in other.events()))


async def test_a_view_asks_why_and_hears_the_sensor_itself(socket: Path) -> None:
    async with kept(socket) as supervisor, attached(socket) as (seen, wear):
        heard: list[Notification] = []
        seen.take = lambda arrived, output: heard.extend(arrived) or seen.results.add(output)  # type: ignore[method-assign, func-returns-value, arg-type]
        await until(lambda: any(isinstance(event, AlertRaised) for event in seen.events()))
        at_s = next(event.t_s for event in seen.events() if isinstance(event, AlertRaised))
        await until(lambda: (found := wear.explain(at_s)) is not None and found.verdict == "alerted")
        assert not heard
        wear.hear(on=True)
        await until(lambda: len(heard) > 10)
        wear.hear(on=False)
        await until(lambda: not supervisor.hub._raw_views)


async def test_a_view_that_hangs_is_let_go_and_the_day_goes_on(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hubs, "BEHIND", 20)
    async with kept(socket) as supervisor:
        _, hanging = await asyncio.open_unix_connection(socket, limit=1)  # reads nothing
        hanging.transport.pause_reading()  # type: ignore[attr-defined]
        hanging.write(messages.request("view"))
        await until(lambda: supervisor.hub.views == 1)
        async with attached(socket) as (seen, _):
            await until(lambda: supervisor.hub.views == 1 and len(seen.results) > 0)
            here_s = seen.results.end_s
            await until(lambda: seen.results.end_s > here_s + 10.0)
        hanging.transport.abort()


@pytest.mark.parametrize("text", [b"\n", b"GET / HTTP/1.1\r\n\r\n", b"x" * 100_000, b'{"want": "stop"}\n'])
async def test_nonsense_is_answered_and_changes_nothing(socket: Path, text: bytes) -> None:
    async with kept(socket) as supervisor:
        reader, writer = await asyncio.open_unix_connection(socket)
        writer.write(text)
        with suppress(ConnectionError):
            assert b"view" not in await asyncio.wait_for(reader.read(), PATIENCE_S)
        writer.transport.abort()
        assert (await ask(socket, "status"))["schema"] == "spinae.status/1"
        assert supervisor.hub.views == 0


async def test_a_failed_day_is_begun_again_and_told(socket: Path, tmp_path: Path) -> None:
    tries = 0

    def wear() -> WearSession:
        nonlocal tries
        tries += 1
        sensor = SimulatedSensor("workday-short", speed=SPEED)
        return WearSession(sensor, Settings(), sensor.info, Path("/dev/null/absent.mcap") if tries == 1 else None)

    supervisor = Supervisor(wear, Hub(Settings()), socket, again_after_s=0.5)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: is_listening(socket))
    async with attached(socket) as (seen, remote):
        await until(lambda: remote.source.status.problem is not None)
        await until(lambda: len(seen.results) > 10 and remote.source.status.problem is None)
    supervisor.stop()
    await running
    assert tries == 2


async def test_only_one_day_at_a_time_and_a_killed_ones_socket_is_no_hindrance(leftover: Path) -> None:
    socket = leftover
    async with kept(socket):
        with pytest.raises(SourceError, match="already"):
            async with asyncio.timeout(PATIENCE_S):
                await Supervisor(lambda: pytest.fail("no second day"), Hub(Settings()), socket).run()
        assert is_listening(socket)


async def test_nobody_else_gets_in(socket: Path) -> None:
    async with kept(socket):
        assert _mode(socket) == 0o600
        if os.getuid() == 0:
            assert await asyncio.to_thread(_as_nobody, socket) == "refused"
    socket.parent.chmod(0o755)
    with pytest.raises(StorageError, match="others can reach"):
        await Supervisor(lambda: pytest.fail("not here"), Hub(Settings()), socket).run()


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _as_nobody(socket: Path) -> str:
    """Another local user, to whom even the folder and the socket were opened by mistake, asks for the day."""
    program = (
        "import os, socket, sys\n"
        "s = socket.socket(socket.AF_UNIX)\n"
        "os.chmod(sys.argv[1], 0o777); os.chmod(os.path.dirname(sys.argv[1]), 0o755)\n"
        "os.setuid(65534)\n"
        "s.connect(sys.argv[1])\n"
        f"s.sendall({messages.request('status')!r})\n"
        "s.settimeout(10)\n"
        "try: print('refused' if s.recv(1000) == b'' else 'served')\n"
        "except OSError: print('refused')\n"
    )
    import subprocess  # noqa: PLC0415
    import sys  # noqa: PLC0415

    ran = subprocess.run([sys.executable, "-c", program, str(socket)], capture_output=True, text=True, timeout=30, check=True)
    return ran.stdout.strip()


def test_the_address_is_short_and_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert socket_path(tmp_path) == Path("/run/user/1000/spinae/daemon.sock")
    monkeypatch.delenv("XDG_RUNTIME_DIR")
    assert socket_path(Path("/home/me/.local/share/spinae")) == Path("/home/me/.local/share/spinae/run/daemon.sock")
    with pytest.raises(StorageError, match="XDG_RUNTIME_DIR"):
        socket_path(Path("/" + "long" * 40))


async def test_a_stop_during_which_something_fails_is_a_stop(socket: Path) -> None:
    """Another attempt would begin otherwise, and nobody would be left to stop it."""

    class FailsAtTheEnd:
        source = SimulatedSensor("workday-short")

        async def run(self, hub: Hub) -> None:
            supervisor.again_after_s = 3600.0
            worn.set()
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                raise StorageError("the disk is full") from None

    worn = asyncio.Event()
    supervisor = Supervisor(lambda: cast(WearSession, FailsAtTheEnd()), Hub(Settings()), socket)
    running = asyncio.create_task(supervisor.run())
    await worn.wait()
    supervisor.stop()
    done, _ = await asyncio.wait({running}, timeout=5.0)
    running.cancel()
    assert done
