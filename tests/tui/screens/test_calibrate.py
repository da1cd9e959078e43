"""The calibrate screen, with the simulated wearer who does what is asked."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from sensorcore.commands import Calibrate, Command
from sensorcore.recording.reader import open_recording
from sensorcore.session.live import Live
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator import live as simulated
from sensorcore.simulator.live import SimulatedSensor
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.app.test_dashboard import Held, text
from tui.screens.calibrate import CalibrateScreen


async def comes(pilot: Pilot[None], app: Held, condition: Callable[[], bool]) -> str:
    for _ in range(1000):
        if condition():
            await pilot.pause()
            return " ".join(text(app).split())
        await pilot.pause(0.02)
    raise AssertionError(text(app))


@pytest.mark.slow
async def test_worn_now_it_holds_at_once_and_a_replay_obeys_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    sensor = SimulatedSensor("workday-short", speed=40.0)
    live = Live(WearSession(sensor, Settings(), sensor.info, tmp_path / "day.mcap"))
    app = Held(live, title="sim", first="calibrate")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, CalibrateScreen)
        assert screen.state != "ready"  # whoever opens it first wants it: it begins by itself
        shown = await comes(pilot, app, lambda: screen.state == "done")
        said = str(screen.query_one("#hint", Static).content)
        assert said.startswith("Good: forward is known within ")
        assert said.endswith("It holds for now: nothing is kept of a sensor without a serial number.")
        assert shown.count("✓") == 3
        assert app.calibration is not None
        await pilot.press("q")
    obeyed = [item for item in open_recording(tmp_path / "day.mcap").items() if isinstance(item, Command)]
    assert [command.action.calibration for command in obeyed if isinstance(command.action, Calibrate)] == [app.calibration]


async def test_a_recording_lets_one_practise_and_stop() -> None:
    app = Held(Player(stream(duration_s=20.0), Settings()), title="workday", first="calibrate")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, CalibrateScreen)
        assert "No sensor is worn now" in " ".join(text(app).split())
        await pilot.press("enter")
        await comes(pilot, app, lambda: screen._progress.elapsed_s > 0)
        await pilot.press("escape")
        assert screen.state == "ready"
        await pilot.press("escape")
        assert not isinstance(app.screen, CalibrateScreen)


@pytest.mark.slow
async def test_in_a_pane_by_mouse(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Held(Player(stream(duration_s=20.0), Settings()), title="workday", first="calibrate")
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        screen = app.screen
        assert isinstance(screen, CalibrateScreen)
        monkeypatch.setattr(simulated, "SimulatedSensor", partial(SimulatedSensor, speed=40.0))
        await pilot.resize_terminal(30, 8)
        await pilot.click("#start")
        shown = await comes(pilot, app, lambda: screen.state == "done")
        assert "✓ 3" in shown
