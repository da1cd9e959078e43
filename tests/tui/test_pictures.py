"""What every screen looks like, character by character and style by style, beside what was agreed on in `__snapshots__`. Words and
keys are tested elsewhere; this is for what moves or changes colour unnoticed. `python -m pytest tests/tui/test_pictures.py -m slow
--snapshot-update` agrees to how it looks now."""

from itertools import groupby
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from sensorcore.recording.reader import open_recording
from sensorcore.routine.guide import GuideState, SensorInput, Tally
from sensorcore.routine.programme import programmes
from sensorcore.routine.running import Running
from sensorcore.routine.shown import show
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from tests.project import ROOT
from tests.tui.app.test_dashboard import Held
from tui.app.program import Program
from tui.screens.routine import RoutineScreen
from tui.widgets.routine_panel import RoutinePanel

pytestmark = pytest.mark.slow

RECORDING = ROOT / "recordings" / "workday-short.mcap"
SLOUCHED_S = 514.0
"""In the bundled recording: slouched, with two alerts behind."""
SIZES = [(80, 24), (160, 50)]
KEYS: dict[str, tuple[str, ...]] = {
    "today": (),
    "replay": ("2",),
    "calibrate": ("3",),
    "settings": ("4",),
    "help": ("question_mark",),
}


class _Picture(SingleFileSnapshotExtension):
    _write_mode = WriteMode.TEXT
    file_extension = "txt"


@pytest.fixture
def agreed(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    return snapshot.use_extension(_Picture)


@pytest.fixture(autouse=True)
def nobodys_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("NO_COLOR", raising=False)


def picture(app: App[None]) -> str:
    """The characters of each row; then the styles, as `cells×style`. Rows are numbered, so that a difference says where."""
    strips = [strip.crop(0, app.size.width) for strip in app.screen._compositor.render_strips()]
    rows = [f"{y:2} |{strip.text}|" for y, strip in enumerate(strips)]
    for y, strip in enumerate(strips):
        runs = groupby((segment for segment in strip if segment.cell_length), key=lambda segment: str(segment.style))
        rows.append(f"{y:2} " + ", ".join(f"{sum(each.cell_length for each in run)}×{style}" for style, run in runs))
    return "\n".join(rows) + "\n"


async def dashboard(screen: str, size: tuple[int, int], look: str) -> str:
    player = Player(open_recording(RECORDING), Settings())
    player.seek(SLOUCHED_S)
    while player.compute():
        pass
    player.paused = True
    app = Held(player, title="workday-short", theme=f"spinae-{look}")
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await pilot.press(*KEYS[screen])
        await _counted(pilot)
        for _ in range(3):  # what is laid out, then what is drawn into it
            app.frame()
            await pilot.pause()
        return picture(app)


async def _counted(pilot: Pilot[None]) -> None:
    """Wait for the preview that the settings screen counts in a thread."""
    for _ in range(500):
        await pilot.pause()
        previews = [str(each.content) for each in pilot.app.screen.query("#preview").results(Static)]
        if all(text and "counting" not in text for text in previews):
            return
        await pilot.pause(0.02)
    raise AssertionError("the preview is still counting")


async def routine(size: tuple[int, int], monkeypatch: pytest.MonkeyPatch) -> str:
    """In the middle of the third step, where it stands still."""
    monkeypatch.setattr(RoutineScreen, "advance", lambda _: None)
    programme = programmes()["full_reset"]
    done = tuple(Tally(step.repetitions or 1, gone_s=step.hold_s) for step in programme.steps[:2])
    tallies = (*done, Tally(3, 1, 2), *(Tally() for _ in programme.steps[3:]))
    state = GuideState(tallies, 2, "doing", 0.0, 5.2, idle_s=1.0, side="right")
    screen = RoutineScreen(Running(programme, None), None, sensor="sensor SP-0001")
    app = Program(screen, theme="spinae-dark")
    app.animation_level = "none"
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        for _ in range(3):
            screen.query_one(RoutinePanel).show(show(programme, state, SensorInput(sensor=True, signal=True)))
            await pilot.pause()
        return picture(app)


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
@pytest.mark.parametrize("screen", KEYS)
async def test_screen(screen: str, size: tuple[int, int], agreed: SnapshotAssertion) -> None:
    assert await dashboard(screen, size, "dark") == agreed


@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size[0]}x{size[1]}")
async def test_routine(size: tuple[int, int], agreed: SnapshotAssertion, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await routine(size, monkeypatch) == agreed


@pytest.mark.parametrize("look", ["light", "high-contrast"])
async def test_today_in_other_colours(look: str, agreed: SnapshotAssertion) -> None:
    assert await dashboard("today", (80, 24), look) == agreed


async def test_today_in_a_small_pane(agreed: SnapshotAssertion) -> None:
    assert await dashboard("today", (30, 8), "dark") == agreed
