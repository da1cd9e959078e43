"""The routine on the screen, by its text."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from textual.pilot import Pilot

from sensorcore.exercise.catalogue import catalogue
from sensorcore.routine.programme import named
from sensorcore.routine.running import Running
from tests.tui.feeds import Acted
from tui.app.program import Program
from tui.drawing.exercise_figure import STEPS, drawn
from tui.screens.routine import RoutineScreen
from tui.widgets.routine_panel import RoutinePanel


class Held(Program):
    """A routine whose time passes when a test says so."""

    def __init__(self, feed: Acted | None, name: str) -> None:
        self.now_s = 0.0
        self.running = Running(named(name), feed)
        self.routine = RoutineScreen(self.running, None, sensor="test", clock=lambda: self.now_s)
        super().__init__(self.routine, theme="spinae-dark")
        self.bells = 0

    def bell(self) -> None:
        self.bells += 1

    def text(self) -> str:
        strips = self.screen._compositor.render_strips()
        return "\n".join(strip.text for strip in strips)


@asynccontextmanager
async def routine(
    name: str, feed: Acted | None = None, size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Held, Pilot[None]]]:
    app = Held(feed, name)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.1)
        yield app, pilot


async def on(app: Held, pilot: Pilot[None], seconds: float) -> str:
    for _ in range(round(seconds * 2)):
        app.now_s += 0.5
        app.routine.advance()
    await pilot.pause()
    return app.text()


async def test_by_the_timer_with_keys() -> None:
    async with routine("desk_break") as (app, pilot):
        shown = await on(app, pilot, 1.0)
        for part in (
            "Desk break  1 of 4",
            "Sit to stand",
            "First: Sit, both feet on the floor",
            "Timer only: no sensor counts",
            "then Trunk",
        ):
            assert part in shown
        shown = await on(app, pilot, 20.0)
        assert "Sit down slowly." in shown or "Feet under the knees." in shown or "stand up" in shown
        await pilot.press("space")
        await on(app, pilot, 0.0)
        tallies = app.running.state.tallies
        assert "Paused" in await on(app, pilot, 60.0)
        assert app.running.state.tallies == tallies
        await pilot.press("space", "n")
        assert "Trunk rotation" in await on(app, pilot, 1.0)
        await pilot.press("p")
        assert "Sit to stand" in await on(app, pilot, 1.0)
        assert app.bells >= 2
        for _ in range(4):
            await pilot.press("n")
        assert "That was it" in await on(app, pilot, 1.0)
        await on(app, pilot, 10.0)
        assert app.is_running is False or app._exit


@pytest.mark.parametrize("size", [(30, 8), (80, 24), (120, 40)])
async def test_every_size_shows_what_the_count_and_the_cue(size: tuple[int, int]) -> None:
    feed = Acted(flexion_deg=-90.0)
    async with routine("full_reset", feed, size) as (app, pilot):
        feed.has_signal = True
        await on(app, pilot, 8.0)
        shown = await on(app, pilot, 1.0)
        assert "Pelvic tilt" in shown
        assert "Flatten the" in shown or "Let it come" in shown
        assert ("0/7" in shown) if size[0] < 60 else ("repetitions" in shown)
        assert any("\u2801" <= c <= "\u28ff" for c in shown)  # the figure
        assert "━" in shown or "─" in shown
        if size[0] > 60:
            assert "Pause" in shown


async def test_with_a_sensor_it_waits_opens_counts_and_closes() -> None:
    feed = Acted(flexion_deg=-90.0)
    async with routine("full_reset", feed) as (app, pilot):
        assert "Looking for the sensor" in await on(app, pilot, 30.0)
        feed.problem = "Bluetooth is off."
        assert "Bluetooth is off. n begins" in " ".join((await on(app, pilot, 1.0)).split())
        feed.problem = None
        assert app.running.state.active_s == 0.0
        feed.has_signal = True
        await on(app, pilot, 6.0)
        assert feed.said == [("exercise", "pelvic_tilt")]
        feed.count("pelvic_tilt")
        await on(app, pilot, 0.5)
        feed.count("pelvic_tilt")
        await on(app, pilot, 0.5)
        assert app.running.state.tallies[0].count == 2
        assert "It waits for you" in await on(app, pilot, 30.0)
        feed.has_signal = False
        assert "No data from the sensor" in await on(app, pilot, 1.0)
        await pilot.press("q")
        await pilot.pause()
    assert feed.said == [("exercise", "pelvic_tilt"), ("exercise", "")]


async def test_a_frame_while_the_application_closes_draws_nothing_and_fails_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The widgets go one by one, the innermost first: the frame comes just then."""
    frames: list[str] = []

    def on_unmount(panel: RoutinePanel) -> None:
        app.now_s += 0.5
        app.routine.advance()
        frames.append(str(len(panel.children)))

    monkeypatch.setattr(RoutinePanel, "on_unmount", on_unmount, raising=False)
    async with routine("desk_break") as (app, pilot):
        await on(app, pilot, 1.0)
    assert frames == ["0"]


async def test_who_does_not_want_to_wait_for_the_sensor_goes_by_the_timer() -> None:
    feed = Acted()
    async with routine("breathe", feed) as (app, pilot):
        await pilot.press("n")
        assert "Timer only" in await on(app, pilot, 1.0)
        assert "Breathe in" in await on(app, pilot, 5.0)
        assert not app.running.with_sensor


def test_every_exercise_moves_and_every_size_can_be_drawn() -> None:
    for exercise in catalogue().values():
        for pose in exercise.start:
            first, last = (drawn(40, 14, pose, exercise.name, step) for step in (0, STEPS))
            assert first.body.any()
            assert (first.body != last.body).sum() > 10, (exercise.name, pose)
    left, right = (drawn(40, 14, "standing", "side_bend", STEPS, to_left).body for to_left in (True, False))
    assert (left == right[:, ::-1]).mean() > 0.98
    for cells, rows in ((1, 1), (11, 6), (120, 40)):
        assert drawn(cells, rows, "supine", "bridge", 5).body.shape == (4 * rows, 2 * cells)
