"""The replay screen, driven by keys and mouse and looked at as text."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from sensorcore.events import AlertRaised, ContextChanged, Event, SensorSlipped
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.app.test_dashboard import Held, text
from tui.screens.replay import NEAR_S, ReplayScreen
from tui.text import event_text
from tui.widgets.event_list import EventList
from tui.widgets.time_chart import BAND


@asynccontextmanager
async def replaying(size: tuple[int, int] = (80, 24), theme: str = "spinae-dark") -> AsyncIterator[tuple[Held, Pilot[None]]]:
    player = Player(stream(), Settings())
    while player.compute():
        pass
    player.paused = True
    app = Held(player, title="workday", theme=theme, first="replay")
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        app.frame()
        await pilot.pause()
        yield app, pilot


async def after(pilot: Pilot[None], app: Held, *keys: str) -> str:
    await pilot.press(*keys)
    app.frame()
    await pilot.pause()
    return text(app)


async def test_says_why_it_alerted_and_a_tick_before_why_not() -> None:
    async with replaying() as (app, pilot):
        screen = await after(pilot, app, "n")
        assert "why did it alert?" in screen
        joined = " ".join(screen.split())
        assert "beyond the limit of 15°, for 15 s, and nothing keeps it silent: alert, level 1 of 3." in joined
        assert "▸ 09:00:5" in screen
        screen = await after(pilot, app, "comma")
        assert "why no alert?" in screen
        assert "An alert comes after 15 s: in 1 s." in " ".join(screen.split())
        assert app.player.paused
        screen = await after(pilot, app, "full_stop", "full_stop")
        assert "You were told 0 s ago" in " ".join(screen.split())


async def test_shows_the_whole_recording_with_a_shape_for_each_posture() -> None:
    async with replaying((160, 50)) as (app, pilot):
        screen = await after(pilot, app)
        for part in ("this moment", "the whole recording", "what happened", "▲ slouched", "15°", "09:0"):
            assert part in screen
        band = next(line for line in reversed(screen.splitlines()) if line.count("━") > 20)
        assert "▲▲" in band
        assert len({glyph for glyph, _ in BAND.values()}) == len(BAND)
        alerts = [event for event in app.player.events() if isinstance(event, AlertRaised)]
        assert sum(line.count("▲") for line in screen.splitlines()) >= len(alerts)


async def test_keys_and_mouse_go_to_moments_and_events() -> None:
    async with replaying() as (app, pilot):
        app.player.seek(60.0)
        app.frame()
        for key, step in (("N", 1), ("P", -1)):
            before_s = app.player.cursor_s
            await after(pilot, app, key)
            assert (app.player.cursor_s - before_s) * step > 0
        await pilot.click("#whole", offset=(40, 2))
        assert 120.0 < app.frame().t_s < 180.0
        await pilot.click("#near", offset=(70, 2))
        assert app.player.cursor_s > 145.0
        app.frame()
        await pilot.pause()
        events = app.screen.query_one(EventList)
        first = events.shown[0][0].t_s
        await pilot.click(EventList, offset=(5, 0))
        assert app.frame().t_s == pytest.approx(max(first, 0.0), abs=0.11)
        events.on_mouse_scroll_down()
        await pilot.pause()
        assert app.frame().t_s > first


@pytest.mark.slow
async def test_zoom_and_every_size_and_theme() -> None:
    async with replaying() as (app, pilot):
        screen = app.screen
        assert isinstance(screen, ReplayScreen)
        app.player.seek(75.0)
        await after(pilot, app, "v")
        assert screen._near_s == NEAR_S[1]
        app.theme = "ansi-dark"
        for width, height in [(160, 50), (80, 15), (30, 8), (1, 1), (80, 24)]:
            await pilot.resize_terminal(width, height)
            app.frame()
            await pilot.pause()
            shown = text(app)
            assert len(shown.splitlines()) == height
            if width >= 30:
                assert "▲ SLOUCHED" in shown
                assert "limit" in shown


def test_events_have_words_also_those_that_nobody_wrote_words_for() -> None:
    slip = event_text.line(SensorSlipped(5.0, 3.0, 12.0))
    assert (slip.symbol, slip.text) == ("!", "the sensor slipped by 12°")

    class HatWorn(Event):
        pass

    assert event_text.line(HatWorn(1.0)).text == "hat worn"
    assert not event_text.lines([ContextChanged(1.0, "sitting", 0.5)])
