"""Week, Exercises, Progress and Routine in the dashboard, by their text, on a history made here."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.pilot import Pilot

from sensorcore.history.store import History
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone, Session
from sensorcore.link import LinkState, LinkStatus
from sensorcore.report import gather
from sensorcore.report.span import Span, one_day
from sensorcore.settings import Settings
from sensorcore.track.minutes import Minute
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.app.test_dashboard import Held, text
from tests.tui.feeds import Acted
from tests.tui.moments import moment
from tests.tui.test_wearer_keys import worn
from tui.places import routine_history
from tui.places.folders import history_path
from tui.screens import past
from tui.screens.routines import RoutinesScreen

NOW: Span = one_day("2026-11-26")
TODAY = NOW.first_day
HINT = "hasty: take 1 s or more each way"


@pytest.fixture(autouse=True)
def thursday(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    for module in (past, gather, routine_history):
        monkeypatch.setattr(module, "today", lambda: NOW)
    return iter([None])


def fill(*days: int) -> None:
    """Four hours of each day before today (0), three of them judged upright, half an hour unknown; a set, a note, a test."""
    with History(history_path()) as history:
        for back in days:
            start_s = (TODAY - back) * 86400 + 9 * 3600
            hour = 36_000
            counts = Minute(start_s // 60, 3 * hour, hour // 2, hour // 2, 0, 4 * hour, alerts=3)
            one = RepSet(start_s + 60.0, start_s + 90.0, "pelvic_tilt", "", 6, 0.0, 10.0 + back, 0.75, 4.0, HINT)
            note = Note(start_s + 5 * 3600.0, 0, 4, "stiff after lunch")
            micro_breaks = [MicroBreak(start_s + 90.0, "stand_up"), MicroBreak(start_s + 120.0, "stand_up", 1)]
            history.replace(Session(f"d{back}", start_s * 10**9, 0, "SP-1", True), [counts], [one], [note], micro_breaks)
            history.routine(RoutineDone(start_s + 50.0, 0, "desk_break", 180.0, 1.0))
            history.baseline(Baseline(start_s + 10.0, 0, "SP-1", 4, 10.0, 0.4, -2.5, 0.2, 0.9, 13.0))


@asynccontextmanager
async def at(key: str, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Held, Pilot[None]]]:
    app = Held(Player(stream(duration_s=2.0), Settings()), title="workday")
    async with app.run_test(size=size) as pilot:
        await pilot.press(key)
        yield app, pilot


async def shows(app: Held, pilot: Pilot[None], *parts: str) -> str:
    """Wait until all of these stand on the screen, wherever lines end: what is read in a thread comes when it comes."""
    for _ in range(400):
        await pilot.pause(0.02)
        shown = text(app)
        words = " ".join(shown.split())
        if all(part in words for part in parts):
            return shown
    raise AssertionError(f"{[part for part in parts if part not in words]} not in\n{shown}")


async def test_an_empty_history_is_a_sentence_with_the_next_step() -> None:
    async with at("5") as (app, pilot):
        await shows(app, pilot, "Nothing was recorded in this week. Wear the sensor")
        await pilot.press("6")
        await shows(app, pilot, "No sets yet:", "Press 8 for a routine")
        await pilot.press("7")
        await shows(app, pilot, "No days yet. Wear the sensor", "Press b for the one-minute baseline test")


async def test_the_week_day_by_day_and_the_weeks_before() -> None:
    fill(0, 1, 2, 9)
    async with at("5") as (app, pilot):
        shown = await shows(
            app,
            pilot,
            "this week · 23 Nov to 29 Nov 2026",
            "stiff after lunch",
            "neither good nor bad. 9 alerts. Practised on 3 days",
        )
        thursday = next(line for line in shown.splitlines() if "Thu 26" in line)
        assert "86 %" in thursday  # of the judged time
        assert "█" in thursday
        assert "▓" in thursday
        assert "░" in thursday
        assert thursday.split()[-5:] == ["4:00", "3", "3", "min", "4"]
        assert "Mon 23" in shown
        assert "no data" in shown
        assert "3 small things asked, 3 seen done" in shown
        assert "Now 3 days in a row" in shown
        assert "Practised on 3 days" in shown
        assert "5 Week" in shown
        await pilot.press("left")
        await shows(app, pilot, "week 47 of 2026 · 16 Nov to 22 Nov 2026", "Tue 17")
        await pilot.press("left")
        await shows(app, pilot, "week 46 of 2026", "Nothing was recorded in this week")
        await pilot.press("home", "right")
        await shows(app, pilot, "this week")


@pytest.mark.slow
async def test_exercises_have_last_best_trend_and_what_to_mind() -> None:
    fill(*range(8))
    async with at("6") as (app, pilot):
        shown = await shows(app, pilot, "▸ Pelvic tilt", f"To mind: {HINT}", "last sets")
        row = next(line for line in shown.splitlines() if "▸ Pelvic tilt" in line)
        assert row.split()[3:] == ["today", "6", "×", "10.0°", "4.0", "s", "75", "%", "6", "×", "48"]
        assert "Range: -7.0 degrees a week (95 % interval -7.0 to -7.0)" in shown
        assert "furthest 17.0°" in shown


@pytest.mark.slow
async def test_progress_says_how_sure_it_is_and_never_why() -> None:
    fill(0, 1, 2, 20)
    async with at("7") as (app, pilot):
        shown = await shows(app, pilot, "upright share by week · 12 weeks", "baseline tests")
        assert "Upright: too few days to speak of a trend (7 are needed)." in shown
        assert "a dot: too little data" in shown
        assert "tilt range 10.0°: within what your tests vary by (10.0° ± " in shown
        assert "All nudges are given" in shown
        await pilot.press("v")
        await shows(app, pilot, "upright share by week · a year")
        await pilot.press("pagedown")
        await shows(app, pilot, "A trend says what changed and how sure that is, not why.")


@pytest.mark.slow
@pytest.mark.parametrize("size", [(30, 8), (60, 16), (160, 50)])
async def test_every_size_shows_the_days_the_exercises_and_the_weeks(size: tuple[int, int]) -> None:
    fill(*range(8))
    async with at("5", size) as (app, pilot):
        await shows(app, pilot, "this week", "Mon 23", "86 %")
        await pilot.press("6")
        await shows(app, pilot, "Pelvic tilt", "6 ×")
        await pilot.press("7")
        await shows(app, pilot, "upright share by week", "100 %")
        await pilot.press("8")
        await shows(app, pilot, "Desk break", "Full reset")


async def test_a_routine_runs_in_the_dashboard_on_the_sensor_that_is_worn_and_is_kept() -> None:
    feed = Acted(flexion_deg=0.0)
    async with worn() as (app, pilot):
        await pilot.press("8")
        await shows(app, pilot, "▸ Desk break", "The sensor that you wear counts")
        live = app.player
        live.snapshot = lambda: moment(has_signal=feed.has_signal, flexion_deg=0.0, lateral_deg=0.0, link=LinkStatus("SP-0001"))  # type: ignore[method-assign]
        live.events = feed.events  # type: ignore[method-assign]
        screen = app.screen
        assert isinstance(screen, RoutinesScreen)
        screen.clock = lambda: now_s  # type: ignore[method-assign]
        now_s = 0.0
        await pilot.press("enter")
        await shows(app, pilot, "Desk break 1 of 4", "Looking for the sensor", "SP-0001")
        feed.has_signal = True
        for _ in range(16):
            now_s += 0.5
            screen.advance()
        await shows(app, pilot, "Feet under the knees", "Sit to stand")
        feed.count("sit_to_stand")
        screen.advance()
        assert ("exercise", "sit_to_stand") in app.heard  # type: ignore[attr-defined]
        await pilot.press("space")
        await shows(app, pilot, "Paused")
        await pilot.press("1", "8")
        await shows(app, pilot, "Desk break 1 of 4")
        await pilot.press("escape")
        await shows(app, pilot, "Desk break: 0:0", "sit to stand 1 of 5")
        assert app.heard[-1] == ("exercise", "")  # type: ignore[attr-defined]
    with History(history_path()) as history:
        assert [done.routine for done in history.routines(0, 10**6)] == ["desk_break"]


@pytest.mark.slow
async def test_the_baseline_test_needs_a_sensor_and_says_so() -> None:
    async with at("7") as (app, pilot):
        await shows(app, pilot, "Press b for")
        await pilot.press("b")
        await shows(app, pilot, "The baseline test needs a sensor", "spinae routine baseline")


@pytest.mark.slow
async def test_the_streak_stands_on_the_dashboard() -> None:
    fill(0, 1, 2)
    async with worn() as (app, pilot):
        for _ in range(200):
            await pilot.pause(0.02)
            if app.practised:
                break
        app.screen._taken = None  # type: ignore[attr-defined]
        app.show_snapshot(moment(t_s=61.0, link=LinkStatus("SP-1", LinkState.STREAMING)))
        await pilot.pause()
        assert "practised" in text(app)
