"""No screen says what is no longer, or not yet, true: of a day that ended, of silence, of the past; on any screen and by lines."""

from __future__ import annotations

import io
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from sensorcore.daemon.remote import RemoteSession
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.link import LinkState, LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.session.live import Live
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from sensorcore.view.presence import ENDED
from sensorcore.view.snapshot import Snapshot, TimeTotals
from tests.sensorcore.daemon.test_ending import alerts
from tests.sensorcore.daemon.test_supervisor import PATIENCE_S, kept, until
from tests.streams import stream
from tests.tui.app.test_dashboard import dashboard, shown, text
from tests.tui.moments import ALERT, moment
from tests.tui.test_wearer_keys import worn
from tui.app.dashboard import Dashboard
from tui.plain import dashboard as plain
from tui.text import looks, presenter, sensor_text
from tui.widgets.ring import DayRing
from tui.widgets.topbar import TopBar

LINK = LinkStatus(sensor="SP-0001", state=LinkState.STREAMING, battery_percent=82, rssi_dbm=-61)
LIVE = {"link": LINK, "breath_per_min": 14.0}
GONE = {"has_signal": False, "posture": "unknown", "inclination_deg": None, "flexion_deg": None, "breath_per_min": None}
ENDED_NOW = moment(link=LINK, **GONE, feed="ended", finished=True, problem=ENDED)
UNHEARD = moment(link=LINK, **GONE, t_s=72.0, feed="unheard", problem="No data from the background process for 12 s. Wait.")
SILENT = moment(link=LINK, **GONE, t_s=72.0, state_s=12.0, feed="silent")
CATCHING_UP = moment(link=LINK, **GONE, catching_up=True)
GREEN = ("● GOOD", "● live", "battery", "breath", "nudge in", "snoozed", "● Good")


def lines(*moments: Snapshot) -> list[str]:
    """What the plain terminal prints."""
    printed: list[str] = []
    view = plain.PlainView(Player(stream(duration_s=1.0), Settings()), printed.append, lambda: None)
    for s in moments:
        view.show(s)
    return printed


@pytest.mark.parametrize(
    "size", [(80, 24), pytest.param((160, 50), marks=pytest.mark.slow), pytest.param((30, 8), marks=pytest.mark.slow)]
)
@pytest.mark.parametrize(
    ("now", "says"),
    [
        (ENDED_NOW, ("■ ENDED", "The day has ended.")),
        (UNHEARD, ("× NO SIGNAL", "No data from the background process for 12 s.")),
        (SILENT, ("× NO SIGNAL", "no data from the sensor")),
        (CATCHING_UP, ("… STARTING",)),
    ],
)
async def test_nothing_stays_green(size: tuple[int, int], now: Snapshot, says: tuple[str, ...]) -> None:
    async with worn(size) as (app, pilot):
        before = await shown(pilot, app, moment(t_s=59.0, **LIVE))
        assert "GOOD" in before
        screen = await shown(pilot, app, now)
        flat = " ".join(screen.split())
        for part in says if size[0] >= 80 else says[:1]:
            assert part in flat
        for part in GREEN:
            assert part not in screen
        if size[0] >= 80:
            assert sensor_text.live_text(now) in screen
        roles = {name for name in app.screen.query_one("#card").classes if name.startswith("-")}
        assert roles == {"-absent"}, "a word and a colour"
        assert app.sent[-1].startswith(f"\x1b]2;{looks.look(now).word}") or not app.sent[-1].startswith("\x1b]2;")


def test_by_lines_too() -> None:
    live = moment(t_s=59.0, **LIVE)
    assert any("■ The day has ended." in line for line in lines(live, ENDED_NOW))
    assert any("■ Ended" in line for line in lines(live, ENDED_NOW))
    later = replace(UNHEARD, progress=replace(UNHEARD.progress, problem="No data from the background process for 13 s. Wait."))
    said = [line for line in lines(live, UNHEARD, later) if "background process for" in line]
    assert len(said) == 1, "the seconds need no line each"
    assert any("× No signal" in line for line in lines(live, SILENT))
    for now in (ENDED_NOW, UNHEARD, SILENT, CATCHING_UP):
        assert not any(part in line for line in lines(now) for part in GREEN)


def test_the_moment_looked_at_is_not_taken_for_now() -> None:
    back = moment(link=LINK, t_s=60.0, duration_s=660.0)
    assert sensor_text.header_text(back).endswith("◀ 10 min ago")
    assert presenter.hint_text(back) == "10 min ago"
    assert presenter.title_text(back) == "10 min ago · spinae"
    held = moment(link=LINK, t_s=60.0, duration_s=65.0, paused=True)
    assert sensor_text.header_text(held).endswith("‖ 5 s ago")
    assert presenter.title_text(moment()) == "replay · spinae", "a hidden pane with a recording says nothing of now"


@pytest.fixture
def socket() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="sp") as folder:
        Path(folder).chmod(0o700)
        yield Path(folder) / "s"


@asynccontextmanager
async def opened(socket: Path) -> AsyncIterator[tuple[Dashboard, Pilot[None]]]:
    """The real dashboard on the daemon's day."""
    app = Dashboard(Live(RemoteSession(socket, StreamInfo(profile_of()), Settings())), title="day", theme="spinae-dark")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        yield app, pilot


async def seen(pilot: Pilot[None], condition: Callable[[str], bool], within_s: float) -> str:
    for _ in range(round(within_s / 0.05)):
        await pilot.pause(0.05)
        if condition(screen := text(pilot.app)):  # type: ignore[arg-type]
            return screen
    raise AssertionError(text(pilot.app))  # type: ignore[arg-type]


async def test_an_open_dashboard_tells_that_the_day_ended(socket: Path) -> None:
    async with kept(socket, speed=20.0) as supervisor, opened(socket) as (_, pilot):
        await seen(pilot, lambda screen: "● live" in screen and "upright" in screen, 20.0)
        supervisor.stop()
        sentence = "The day has ended. `spinae wear` begins the next one."
        said = ("■ ENDED", "■ ended", sentence)
        screen = await seen(pilot, lambda screen: all(part in " ".join(screen.split()) for part in said), PATIENCE_S)
        assert not any(part in screen for part in GREEN)


async def test_opened_on_a_day_with_alerts_it_announces_none_of_them(socket: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bells: list[str] = []
    monkeypatch.setattr(Dashboard, "bell", lambda _: bells.append("bell"))
    monkeypatch.setattr(Dashboard, "write_to_terminal", lambda _, sequence: bells.append(sequence))
    async with kept(socket) as supervisor:
        await until(lambda: alerts(supervisor.hub) > 0)
        supervisor._worn.source._speed = 1.0  # type: ignore[union-attr, attr-defined] # and goes on at life's pace
        async with opened(socket) as (app, pilot):
            await seen(pilot, lambda screen: "leaned" in screen, 20.0)
            await pilot.pause(1.0)
            assert app.player.present().alerts_total >= 1
            assert [n.title for n in app._notifications] == []
            assert "bell" not in bells
            assert not any("Time to sit up" in each for each in bells)
            assert app.player.say("mark", "tea")  # and what happens now is told
            for _ in range(200):
                await pilot.pause(0.05)
                if app._notifications:
                    break
            assert [n.message for n in app._notifications] == ["marked: tea"]


def test_plain_mode_says_how_the_day_ended() -> None:
    class Ended(Live):
        """A day that ends at once."""

    class Gone(RemoteSession):
        async def run(self, viewer: Any) -> None:
            return

    live = Ended(Gone(Path("/nowhere"), StreamInfo(profile_of()), Settings()))
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    plain.run(live, io.StringIO(""), printed)
    printed.seek(0)
    assert f"■ {ENDED}" in printed.read()


@pytest.mark.parametrize(
    "mode",
    ["today", *(pytest.param(mode, marks=pytest.mark.slow) for mode in ("replay", "calibrate", "settings", "week", "routine"))],
)
async def test_what_is_drawn_while_the_application_closes_fails_nothing(mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The widgets go one by one; a frame, and what a worker found, come just then."""
    drawn: list[str] = []

    def on_unmount(bar: TopBar) -> None:
        screen = bar.screen
        app.frame(0.1)
        for name, said in (("paint", ()), ("_describe", ()), ("_counted", ("x",))):
            getattr(screen, name, lambda *_: None)(*said)
        drawn.append(mode)

    monkeypatch.setattr(TopBar, "on_unmount", on_unmount, raising=False)
    async with dashboard((80, 24)) as (app, pilot):
        app.action_show(mode)
        await pilot.pause()
    assert mode in drawn


async def test_what_changes_while_the_moment_stands_still_is_drawn() -> None:
    async with dashboard() as (app, pilot):
        still = moment(paused=True)
        assert "none so far" in await shown(pilot, app, still)
        assert "leaned forward" in await shown(pilot, app, replace(still, alerts=(ALERT,), alerts_total=1))
        zone = replace(still, alerts=(ALERT,), alerts_total=1, local_s=still.local_s + 3600.0)  # type: ignore[operator]
        assert "15:02" in await shown(pilot, app, zone)


async def test_the_ring_shows_the_last_moment_of_a_day() -> None:
    async with worn() as (app, pilot):
        await shown(pilot, app, moment(link=LINK, totals=TimeTotals(40.0, 20.0, 0.0, 0.0)))
        await shown(pilot, app, replace(ENDED_NOW, t_s=61.0, totals=TimeTotals(10.0, 50.0, 1.0, 0.0)))
        assert app.screen.query_one(DayRing)._shares[:2] == (0.16, 0.82)


def test_a_view_of_a_day_that_is_not_there_fails_with_a_sentence() -> None:
    live = Live(RemoteSession(Path("/nowhere/socket"), StreamInfo(profile_of()), Settings()))
    plain.run(live, io.StringIO(""), io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
    assert "no daemon answers" in (live.failed or "")
