"""What a wearer says at the screen, and what the screen tells them beside the picture."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest
from textual.color import Color
from textual.pilot import Pilot

from sensorcore.events import AlertWithheld, Marked, SensorSlipped
from sensorcore.link import LinkState, LinkStatus
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator.live import SimulatedSensor
from tests.tui.app.test_dashboard import Held, dashboard, shown, text
from tests.tui.moments import RAISED, WHY, moment
from tests.tui.text.test_presenter import STATES
from tui.drawing import themes
from tui.keys import actions, key_map
from tui.text import looks

LINK = LinkStatus(sensor="SP-0001", state=LinkState.STREAMING, battery_percent=82, rssi_dbm=-61)


class Heard(Held):
    """A dashboard on a sensor that is worn, as far as the keys can tell: what they say is kept."""

    def __init__(self, live: Live, **options: Any) -> None:
        super().__init__(live, title="sensor", theme="spinae-dark", **options)
        self.heard: list[tuple[str, str]] = []
        self.sent: list[str] = []

        def say(kind: str, value: str = "") -> bool:
            self.heard.append((kind, value))
            return True

        live.say = say  # type: ignore[method-assign,assignment]
        live.start = live.stop = lambda: None  # type: ignore[method-assign]

    def write_to_terminal(self, sequence: str) -> None:
        self.sent.append(sequence)


@asynccontextmanager
async def worn(size: tuple[int, int] = (80, 24), **options: Any) -> AsyncIterator[tuple[Heard, Pilot[None]]]:
    sensor = SimulatedSensor("workday-short")
    app = Heard(Live(WearSession(sensor, Settings(), sensor.info)), **options)
    async with app.run_test(size=size, notifications=True) as pilot:
        app.show_snapshot(moment(link=LINK))
        await pilot.pause()
        yield app, pilot


async def test_one_key_each_says_snooze_wake_wrong_zero_and_the_other_state() -> None:
    async with worn() as (app, pilot):
        await pilot.press("s", "x", "z", "t")
        app.player.present = lambda: moment(link=LINK, snoozed_until_s=900.0, context="standing")  # type: ignore[method-assign]
        await pilot.press("s", "t")
        assert app.heard == [
            ("snooze", ""), ("mark", "wrong"), ("zero", ""), ("state", "standing"), ("resume", ""), ("state", "sitting"),
        ]  # fmt: skip
        # and its battery, a slip and the breath stand on the screen
        assert "sensor ● live · battery 82% · -61 dBm" in text(app)
        slipped = SensorSlipped(50.0, 40.0, 12.0)
        screen = await shown(pilot, app, moment(t_s=61.0, link=LINK, slipped=slipped, breath_per_min=14.0))
        assert "The sensor moved by 12°: sit upright, then press z." in screen
        assert "breath 14 a minute" in screen
        lost = replace(LINK, state=LinkState.SEARCHING)
        screen = await shown(pilot, app, moment(t_s=62.0, link=lost, has_signal=False, posture="unknown"))
        assert "× NO SIGNAL" in screen
        assert "× searching" in screen


@pytest.mark.slow
async def test_pain_is_a_number_and_words_typed_or_pointed_at() -> None:
    async with worn() as (app, pilot):
        await pilot.press("c", *"4 stiff", "enter")
        await pilot.press("c", *"11", "enter")
        assert "Begin with a number from 0" in text(app)
        await pilot.press("escape", "c")
        await pilot.click("#level-7")
        await pilot.press("c", "enter")
        await pilot.pause()
        assert app.heard == [("pain", "4 stiff"), ("pain", "7")]
        assert not app.screen.is_modal


async def test_in_a_recording_the_same_keys_say_why_nothing_happens() -> None:
    async with dashboard() as (app, pilot):
        await pilot.press("s", "x", "z", "t")
        assert len(app._notifications) == 4
        assert all("This is a recording" in n.message for n in app._notifications)


async def test_own_keys_replace_the_usual_ones_and_stand_at_the_foot() -> None:
    async with worn(own_keys={"snooze": "f2"}) as (app, pilot):
        await pilot.press("s")
        assert app.heard == []
        await pilot.press("f2")
        assert app.heard == [("snooze", "")]
        await pilot.pause()
        assert "f2 Snooze" in text(app)


async def test_notes_and_silence_stand_in_the_list_and_only_the_wearers_own_pop_up() -> None:
    async with worn((120, 40)) as (app, pilot):
        notices = (Marked(60.0, "wrong"), AlertWithheld(59.0, "snoozed", WHY))
        screen = await shown(pilot, app, moment(t_s=61.0, link=LINK, notices=notices, news=notices[:1], news_total=1))
        assert "you said: that was wrong" in screen
        assert "kept silent (snoozed): leaned forward 22°" in screen
        assert [n.message for n in app._notifications] == ["you said: that was wrong"]


async def test_an_alert_reaches_the_terminal_as_notification_and_title(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("TMUX", raising=False)
    monkeypatch.delenv("VTE_VERSION", raising=False)
    async with worn((30, 8)) as (app, _pilot):
        app.show_snapshot(moment(t_s=61.0, link=LINK, posture="slouched", inclination_deg=22.0, news=(RAISED,), news_total=1))
        assert "\x1b]9;Time to sit up: leaned forward 22° for 15 s (limit 15°)\x07" in app.sent
        assert app.sent[-1] == "\x1b]2;▲ Slouched 22° · spinae\x07"
        app.sent.clear()
        quiet = replace(app.player.settings.display, notify="off", title="off")
        app.player.settings = replace(app.player.settings, display=quiet)
        app.show_snapshot(moment(t_s=62.0, link=LINK, news=(RAISED, RAISED), news_total=2))
        assert app.sent == []


@pytest.mark.slow
async def test_the_palette_offers_every_action_of_the_screen() -> None:
    async with worn() as (app, pilot):
        titles = {command.title for command in app.get_system_commands(app.screen)}
        here = {binding.id for binding in (*actions.EVERYWHERE, *actions.WEARER, *actions.TRANSPORT, *actions.LISTS)}
        assert len(titles) == len(here) + len(themes.ALL)
        assert len(here) < len(key_map.actions())
        await pilot.press("ctrl+p", *"alert was wrong")
        await pilot.pause(0.5)
        await pilot.press("enter")
        await pilot.pause(0.2)
        assert app.heard == [("mark", "wrong")]


@pytest.mark.slow
async def test_without_colour_every_state_is_told_by_word_and_symbol(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with dashboard() as (app, pilot):
        assert app.no_color
        for changes, word, _ in STATES:
            app.screen._taken = None
            screen = await shown(pilot, app, moment(**changes))
            assert f"{looks.look(moment(**changes)).symbol} {word.upper()}" in screen
        grey = app._filters[-1]
        shades = [
            segment.style.color.triplet
            for strip in app.screen._compositor.render_strips()
            for segment in strip.apply_filter(grey, Color(0, 0, 0))
            if segment.style and segment.style.color and segment.style.color.triplet
        ]
        assert shades
        assert all(len(set(shade)) == 1 for shade in shades)
