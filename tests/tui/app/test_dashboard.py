"""The dashboard, driven by keys and looked at as text."""

import os
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from sensorcore.errors import BadInput, SpinaeError
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from sensorcore.view.snapshot import Snapshot
from tests.streams import Stream, stream, workday
from tests.tui.moments import ALERT, moment
from tests.tui.text.test_presenter import STATES
from tui.app.dashboard import Dashboard
from tui.app.show import run_replay, summary
from tui.screens.help import HelpScreen
from tui.text import looks
from tui.widgets.alerts import AlertList
from tui.widgets.now import NowPanel
from tui.widgets.split import SplitLegend
from tui.widgets.timeline import Timeline


class Held(Dashboard):
    """A dashboard whose frames come when a test asks, by a clock of its own: real time decides nothing."""

    def draw(self) -> None:
        pass

    def frame(self, dt_s: float = 0.0) -> Snapshot:
        self.player.advance(dt_s)
        s = self.player.snapshot()
        self.show_snapshot(s)
        return s


@asynccontextmanager
async def dashboard(
    size: tuple[int, int] = (80, 24), source: Stream | None = None, theme: str = "spinae-dark"
) -> AsyncIterator[tuple[Held, Pilot[None]]]:
    player = Player(source or stream(), Settings())
    while player.compute():
        pass
    app = Held(player, title="workday", theme=theme)
    async with app.run_test(size=size, notifications=True) as pilot:
        app.frame()
        await pilot.pause()
        yield app, pilot


def text(app: Dashboard) -> str:
    """The screen as rows of characters."""
    width = app.size.width
    strips = app.screen._compositor.render_strips()
    return "\n".join(strip.crop(0, width).text for strip in strips)


async def shown(pilot: Pilot[None], app: Held, s: Snapshot) -> str:
    app.show_snapshot(s)
    await pilot.pause()
    return text(app)


async def test_everything_important_is_visible_at_80x24() -> None:
    async with dashboard() as (app, pilot):
        app.player.seek(75.0)
        s = app.frame()
        screen = await shown(pilot, app, s)
        for part in ("▲ SLOUCHED", "forward", "sitting · for", "last minute", "15°", "upright", "slouched", "unknown"):
            assert part in screen
        assert "leaned forward" in screen
        assert "limit 15° from sitting upright" in screen
        assert "nudge in" in screen
        assert "1:15" in screen
        for key in ("s Snooze", "x Wrong", "c Pain", "z Zero", "t Sit/stand", "space Pause", "? Help", "q Quit"):
            assert key in screen
        assert len(screen.splitlines()) == 24


async def test_every_state_is_a_word_a_symbol_and_a_colour_on_the_screen() -> None:
    async with dashboard() as (app, pilot):
        for changes, word, role in STATES:
            s = moment(**changes)
            app.screen._taken = None
            screen = await shown(pilot, app, s)
            assert f"{looks.look(s).symbol} {word.upper()}" in screen
            roles = {name for name in app.query_one(NowPanel).classes if name.startswith("-")}
            assert roles == {f"-{role}"}


@pytest.mark.slow
@pytest.mark.parametrize("theme", ["ansi-dark", "nord"])
async def test_any_size_and_theme_keeps_the_number_and_the_word(theme: str) -> None:
    async with dashboard((160, 50), theme=theme) as (app, pilot):
        app.player.seek(75.0)
        app.frame()
        sizes = [(160, 50), (80, 24), (60, 16), (59, 24), (80, 15), (30, 8), (20, 3), (12, 1), (1, 1), (5, 2), (80, 24)]
        for width, height in sizes:
            await pilot.resize_terminal(width, height)
            screen = await shown(pilot, app, app.frame(0.1))
            assert len(screen.splitlines()) == height
            if width >= 12 and height < 8:
                assert re.search(r"2\d° ▲ SLOU", screen)
            elif width >= 30:
                assert "▲ SLOUCHED" in screen
                assert "▟████▙" in screen  # the digits stay big
            assert ("now" in screen and "alerts and notes" in screen) == (width >= 60 and height >= 16)


@pytest.mark.slow
async def test_alerts_use_the_width_there_is_also_while_nothing_moves() -> None:
    async with dashboard((160, 40)) as (app, pilot):
        app.player.paused = True
        app.player.seek(75.0)
        one_line = "(limit 15°), measured from your sitting upright"
        assert one_line in await shown(pilot, app, app.frame())
        await pilot.resize_terminal(80, 24)
        await pilot.pause()
        assert one_line not in text(app)
        assert "limit 15° from sitting upright" in text(app)


@pytest.mark.slow
async def test_space_pauses_and_at_the_end_starts_again() -> None:
    async with dashboard() as (app, pilot):
        await pilot.press("space")
        assert app.player.paused
        assert app.frame(5.0).t_s == 0.0
        await pilot.press("space", "end")
        assert app.frame().progress.finished
        assert "■ end" in await shown(pilot, app, app.frame())
        await pilot.press("space")
        assert app.frame().t_s == 0.0
        assert not app.player.paused


async def test_keys_seek() -> None:
    async with dashboard() as (app, pilot):
        steps = [
            ("right", 10.0), ("shift+right", 70.0), ("left", 60.0), ("shift+left", 0.0), ("left", 0.0), ("]", 60.0),
            ("[", 0.0), ("home", 0.0),
        ]  # fmt: skip
        for key, t_s in steps:
            await pilot.press(key)
            assert app.frame().t_s == pytest.approx(t_s)
        await pilot.press("n")
        assert app.frame().alerts_total == 1
        await pilot.press("n")
        assert app.frame().alerts_total == 2
        await pilot.press("p")
        assert app.frame().alerts_total == 1


@pytest.mark.slow
async def test_keys_change_speed_within_bounds() -> None:
    async with dashboard() as (app, pilot):
        for keys, speed in (("up", 2.0), ("plus", 4.0), ("minus", 2.0), ("down", 1.0), ("equals_sign", 2.0)):
            await pilot.press(keys)
            assert app.player.speed == speed
        app.player.speed = 50.0
        await pilot.press("up", "up")
        assert app.player.speed == 100.0
        assert "▶ 100×" in await shown(pilot, app, app.frame(0.1))
        app.player.speed = 0.5
        await pilot.press("down", "down")
        assert app.player.speed == 0.25


async def test_time_passes_by_real_seconds_times_speed() -> None:
    async with dashboard() as (app, _pilot):
        app.player.speed = 4.0
        assert app.frame(2.5).t_s == pytest.approx(10.0)


@pytest.mark.slow
async def test_alerts_and_good_again_appear_as_they_happen_but_not_when_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard() as (app, pilot):
        bells: list[int] = []
        monkeypatch.setattr(app, "bell", lambda: bells.append(1))
        app.player.seek(120.0)
        app.frame()
        assert not app._notifications
        app.player.seek(50.0)
        app.frame()
        for _ in range(50):
            app.frame(1.0)
        await pilot.pause()
        told = [(n.title, n.message) for n in app._notifications]
        assert [title for title, _ in told] == ["▲ Time to sit up", "● Good again"]
        assert "leaned forward" in told[0][1]
        assert len(bells) == 1
        app.clear_notifications()
        app.player.seek(50.0)
        app.frame()
        app.player.speed = 25.0  # alerts come as fast as toasts can pile up: the lists tell them
        for _ in range(50):
            app.frame(1 / 25)
        assert not app._notifications
        assert len(bells) == 1


async def test_a_broken_recording_is_a_sentence_on_a_living_screen() -> None:
    fault = BadInput("time runs backwards", where="day.csv, line 7", hint="Sort it by time.")
    async with dashboard(source=stream(fault=fault, fault_at_s=60.0)) as (app, pilot):
        screen = await shown(pilot, app, app.frame())
        assert "day.csv, line 7: time runs backwards. Sort it by time." in screen
        await pilot.press("right")
        assert app.frame().t_s == pytest.approx(10.0)


async def test_an_empty_recording_is_a_sentence_too() -> None:
    async with dashboard((40, 10), source=Stream(workday()[0], [])) as (app, pilot):
        assert "holds no samples" in await shown(pilot, app, app.frame())


@pytest.mark.slow
async def test_help_names_keys_and_states_and_closes() -> None:
    async with dashboard() as (app, pilot):
        await pilot.press("question_mark")
        assert isinstance(app.screen, HelpScreen)
        await pilot.pause()
        screen = text(app)
        for part in ("space", "home", "100 ×", "● Good", "▲ Slouched", "× No signal"):
            assert part in screen
        app.frame(0.5)  # the dashboard lives on underneath
        await pilot.press("escape")
        assert not isinstance(app.screen, HelpScreen)
        assert "? Help" in text(app)


@pytest.mark.slow
async def test_help_fits_a_pane() -> None:
    async with dashboard((30, 8)) as (app, pilot):
        await pilot.press("question_mark")
        await pilot.pause()
        assert "snooze alerts" in text(app)
        await pilot.press("q")
        assert "GOOD" in text(app) or "STARTING" in text(app) or "UNKNOWN" in text(app)


async def test_toasts_never_cover_a_pane_but_the_bell_rings(monkeypatch: pytest.MonkeyPatch) -> None:
    async with dashboard((30, 8)) as (app, pilot):
        bells: list[int] = []
        monkeypatch.setattr(app, "bell", lambda: bells.append(1))
        app.player.seek(50.0)
        app.frame()
        for _ in range(20):
            app.frame(1.0)
        await pilot.pause()
        assert bells == [1]
        assert "▲ SLOUCHED" in text(app)
        assert "Time to sit up" not in text(app)


async def test_keys_and_tabs_lead_from_screen_to_screen() -> None:
    async with dashboard((120, 30)) as (app, pilot):
        for key, screen in (("2", "replay"), ("3", "calibrate"), ("4", "settings"), ("6", "exercises"), ("1", "today")):
            await pilot.press(key)
            await pilot.pause()
            assert app.current_mode == screen
            app.frame()
        await pilot.press("question_mark", "2")
        assert isinstance(app.screen, HelpScreen)  # a modal screen keeps the keys
        await pilot.press("escape")
        await pilot.click("Tab:last-of-type")
        await pilot.pause()
        assert app.current_mode == "routine"


async def test_theme_key_and_quit() -> None:
    async with dashboard() as (app, pilot):
        for name in ("spinae-light", "spinae-high-contrast", "spinae-dark"):
            await pilot.press("d")
            assert app.theme == name
        await pilot.press("q")
    assert app.return_code == 0


async def test_pointing_at_the_timeline_jumps() -> None:
    async with dashboard() as (app, pilot):
        await pilot.click(Timeline, offset=(40, 0))
        assert 120.0 < app.frame().t_s < 180.0


async def test_alerts_scroll_when_there_are_many() -> None:
    async with dashboard() as (app, pilot):
        await shown(pilot, app, moment(alerts=(ALERT,) * 20, alerts_total=20))
        await pilot.press("pagedown")
        await pilot.pause()
        assert app.query_one(AlertList).scroll_offset.y > 0


async def test_the_ring_legend_and_trace_draw_what_the_snapshot_says() -> None:
    async with dashboard() as (app, pilot):
        screen = await shown(pilot, app, moment())
        assert app.query_one(SplitLegend).parts[1].seconds == 15.0
        for row in ("█ upright  0:40", "▓ slouched 0:15", "░ unknown  0:05"):
            assert row in screen
        assert "73%" in screen  # of the time that was judged
        curve = [line for line in screen.splitlines() if "⠒" in line or "⠤" in line or "⣀" in line or "⠶" in line or "⠛" in line]
        assert curve


async def test_the_player_runs_by_itself_in_the_real_dashboard() -> None:
    app = Dashboard(Player(stream(), Settings()), title="workday")
    app.player.speed = 100.0
    async with app.run_test(size=(80, 24)) as pilot:
        for _ in range(100):
            await pilot.pause(0.02)
            if app.player.cursor_s > 20.0:
                break
        assert app.player.cursor_s > 20.0
    assert app.player._thread is not None
    assert not app.player._thread.is_alive()


def test_without_a_terminal_it_says_what_to_do() -> None:
    with pytest.raises(SpinaeError, match="--headless"):
        run_replay(stream(), Settings(), title="x")


def test_a_fault_of_the_dashboard_is_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def run(app: Dashboard) -> None:
        app.fault = ValueError("boom")

    monkeypatch.setattr(Dashboard, "run", run)
    monkeypatch.setattr("tui.terminal.tty.has_terminal", lambda: True)
    with pytest.raises(SpinaeError, match="ValueError: boom"):
        run_replay(stream(), Settings(), title="x")
    assert capsys.readouterr() == ("", "")


def test_the_summary_is_one_line() -> None:
    line = summary(moment(alerts_total=1))
    assert line == "1:00 watched: upright 0:40, slouched 0:15, unknown 0:05; 1 alert."


def test_the_dashboard_loads_nothing_heavy() -> None:
    heavy = "{'scipy', 'pyarrow', 'bleak', 'edfio', 'pandas'}"
    code = f"import sys, tui.app.show, tui.screens.today; print(*sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout.strip() == ""


@pytest.mark.parametrize(
    "size",
    [
        (30, 8),
        (62, 18),
        pytest.param((45, 10), marks=pytest.mark.slow),
        pytest.param((59, 24), marks=pytest.mark.slow),
        pytest.param((100, 15), marks=pytest.mark.slow),
    ],
)
async def test_in_a_small_pane_nothing_runs_over_the_edge(size: tuple[int, int]) -> None:
    async with dashboard(size) as (app, pilot):
        screen = await shown(pilot, app, moment(posture="slouched", inclination_deg=22.0, state_s=23.0))
        panel = app.screen.query_one(NowPanel)
        assert app.screen.region.contains_region(panel.region)
        assert "23 s" in screen
        assert "SLOUCHED" in screen


@pytest.mark.parametrize("size", [(80, 24), (30, 8)])
async def test_an_open_exercise_and_its_count_stand_in_the_card(size: tuple[int, int]) -> None:
    async with dashboard(size) as (app, pilot):
        screen = await shown(pilot, app, moment(posture="unknown", exercises=(("pelvic_tilt", 4),)))
        assert "↻ EXERCISE" in screen
        assert "pelvic tilt 4" in screen
