"""A view of the daemon's day: it knows the past from the present, and says within three seconds that nothing comes and why."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from pathlib import Path

import pytest

from sensorcore.daemon import messages
from sensorcore.daemon.hub import BEAT_EVERY_S, Hub
from sensorcore.daemon.remote import RemoteSession, ask
from sensorcore.daemon.server import Server
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import SourceError
from sensorcore.events import AlertRaised, Marked
from sensorcore.link import LinkState, LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.session.live import UNHEARD_AFTER_S, Live
from sensorcore.settings import Settings
from sensorcore.track.track_log import empty_track
from sensorcore.view.presence import ENDED, Feed
from tests.sensorcore.daemon.test_supervisor import kept, socket, until  # noqa: F401 - socket is a fixture
from tests.sensorcore.view.test_snapshot import track
from tests.tui.moments import RAISED
from tui.app.dashboard import FRAMES_HZ


@contextmanager
def looked_at(path: Path) -> Iterator[Live]:
    """As a dashboard does: the daemon's day in a thread of its own."""
    live = Live(RemoteSession(path, StreamInfo(profile_of()), Settings()))
    live.start()
    try:
        yield live
    finally:
        stopping = threading.Thread(target=live.stop)
        stopping.start()
        stopping.join()


@asynccontextmanager
async def served(hub: Hub, path: Path) -> AsyncIterator[asyncio.Task[None]]:
    """A daemon that does as the test wants: `hub` at the real socket. Cancelling the task that is given cuts all off, as a kill
    does."""
    server = Server(hub, say=lambda _: True, use=lambda _: None, status=dict, stop=lambda: None)
    listening = asyncio.Event()

    async def serve() -> None:
        async with server.listening(path):
            listening.set()
            while True:
                hub.beat()
                await asyncio.sleep(0.1)

    serving = asyncio.create_task(serve())
    await listening.wait()
    try:
        yield serving
    finally:
        serving.cancel()
        with suppress(asyncio.CancelledError):
            await serving


def ticks() -> PipelineOutput:
    return PipelineOutput(track(list(range(10))), ())


def feed(live: Live) -> Feed:
    return live.snapshot().progress.feed


def test_silence_of_the_daemon_is_told_within_three_seconds_and_not_for_one_late_word() -> None:
    assert 3.0 * BEAT_EVERY_S < UNHEARD_AFTER_S < 3.0 - 1.0 / FRAMES_HZ


async def test_the_end_of_the_day_is_told_and_nothing_stays_green(socket: Path) -> None:  # noqa: F811
    async with kept(socket, speed=20.0) as supervisor:
        with looked_at(socket) as live:
            await until(lambda: live.snapshot().has_signal and live.snapshot().t_s > 5.0)
            supervisor.stop()
            await until(lambda: feed(live) == "ended")
            ended = live.snapshot()
            assert (ended.has_signal, ended.posture, ended.inclination_deg, ended.next_alert) == (False, "unknown", None, None)
            assert ended.progress.problem == ENDED
            assert live.failed is None
            assert supervisor.status()["has_signal"] is False
            await asyncio.sleep(0.1)
            assert live.snapshot().t_s == ended.t_s, "the time after the day is none of the day's"
            assert not live.say("snooze")
            live.skip(-2.0)
            assert live.snapshot().has_signal, "what was can be looked at"
            assert feed(live) == "ended"


async def test_a_view_that_reads_late_still_learns_that_the_day_ended(socket: Path) -> None:  # noqa: F811
    async with kept(socket) as supervisor:
        reader, writer = await asyncio.open_unix_connection(socket, limit=messages.LONGEST_MESSAGE)
        writer.write(messages.request("view"))
        await until(lambda: supervisor.hub.views == 1 and supervisor.hub.results is not None and len(supervisor.hub.results) > 300)
    said = (await reader.read()).splitlines()
    writer.close()
    assert messages.parsed(said[-1])["kind"] == "end"


async def test_a_sensor_that_falls_silent_is_not_live_whatever_its_link_says(socket: Path) -> None:  # noqa: F811
    hub, status = Hub(Settings()), LinkStatus(sensor="SP-1", state=LinkState.STREAMING)
    async with served(hub, socket):
        hub.begin(StreamInfo(profile_of()))
        hub.update(status, None)
        with looked_at(socket) as live:
            hub.take((), ticks())
            await until(lambda: live.snapshot().has_signal)
            await until(lambda: feed(live) == "silent")
            assert live.snapshot().link == status
            assert not live.snapshot().has_signal
        with looked_at(socket) as late:  # who comes later sees no green either, not for a moment
            while not late.is_present:
                assert not late.snapshot().has_signal
                await asyncio.sleep(0.005)
            assert not late.snapshot().has_signal
            await until(lambda: feed(late) == "silent")
            assert late.snapshot().state_s >= 1.0


async def test_a_daemon_that_hangs_is_told_and_forgiven(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    hub = Hub(Settings())
    beats = hub.beat
    async with served(hub, socket):
        hub.begin(StreamInfo(profile_of()))
        with looked_at(socket) as live:
            hub.take((), ticks())
            await until(lambda: live.snapshot().has_signal)
            monkeypatch.setattr(hub, "beat", lambda: None)
            await until(lambda: feed(live) == "unheard")
            s = live.snapshot()
            assert not s.has_signal
            assert "No data from the background process for" in (s.progress.problem or "")
            assert not live.say("snooze"), "nobody hears it"
            monkeypatch.setattr(hub, "beat", beats)
            await until(lambda: feed(live) == "silent")


@pytest.mark.slow
async def test_a_killed_daemon_is_told(socket: Path) -> None:  # noqa: F811
    hub = Hub(Settings())
    async with AsyncExitStack() as stack:
        serving = await stack.enter_async_context(served(hub, socket))
        hub.begin(StreamInfo(profile_of()))
        live = stack.enter_context(looked_at(socket))
        await until(lambda: live.is_present)
        hub.take((), ticks())
        await until(lambda: live.snapshot().has_signal)
        serving.cancel()
        await until(lambda: feed(live) == "unheard")
        assert "has gone" in (live.snapshot().progress.problem or "")
    with pytest.raises(SourceError, match="no daemon answers"):
        await ask(socket, "status")


async def test_only_what_happens_from_now_on_is_news(socket: Path) -> None:  # noqa: F811
    async with kept(socket, speed=100.0) as supervisor:
        await until(lambda: alerts(supervisor.hub) > 0)
        supervisor._worn.source._speed = 1.0  # type: ignore[union-attr, attr-defined] # the day goes on, but does not end meanwhile
        since_s = supervisor.hub.present_s
        with looked_at(socket) as live:
            await until(lambda: live.snapshot().alerts_total > 0)
            assert not any(event.t_s < since_s - 1.0 for event in live.snapshot().news)
            live.seek(0.0)  # also for who looks back meanwhile
            await until(lambda: live.say("mark", "tea"))
            await until(lambda: any(isinstance(event, Marked) for event in live.snapshot().news))
            assert not any(event.t_s < since_s - 1.0 for event in live.snapshot().news)


async def test_what_the_radio_missed_and_fetched_later_is_no_news(socket: Path) -> None:  # noqa: F811
    hub = Hub(Settings())
    async with served(hub, socket):
        hub.begin(StreamInfo(profile_of()))
        with looked_at(socket) as live:
            await until(lambda: live.is_present)
            hub.update(LinkStatus(), None, lag_s=600.0)
            hub.take((), PipelineOutput(empty_track(), (RAISED,)))
            hub.update(LinkStatus(), None, lag_s=0.1)
            hub.take((), PipelineOutput(empty_track(), (RAISED,)))
            await until(lambda: len(live.events()) == 2)
            assert live.snapshot().news_total == 1


def alerts(hub: Hub) -> int:
    return 0 if hub.results is None else sum(isinstance(event, AlertRaised) for event in hub.results.events())


async def test_the_status_of_a_silent_sensor_is_not_its_last_posture(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    now_s = 100.0
    monkeypatch.setattr("sensorcore.view.presence.steady_s", lambda: now_s)
    hub = Hub(Settings())
    supervisor = Supervisor(lambda: pytest.fail("nothing is worn"), hub, socket)
    hub.begin(StreamInfo(profile_of()))
    hub.take((), ticks())
    assert supervisor.status()["posture"] == "upright"
    now_s += 3.0
    status = supervisor.status()
    assert (status["has_signal"], status["posture"], status["inclination_deg"]) == (False, "unknown", None)
    hub.end(None)
    assert supervisor.status()["sensor"]["problem"] == ENDED
