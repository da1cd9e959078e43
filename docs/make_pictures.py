"""Pictures of the dashboard for README and docs: `python docs/make_pictures.py` writes docs/pictures/*.svg from the bundled
recording, and from a made-up history; with names (`week progress`), only those. The same recording and moment give the same
picture."""

from __future__ import annotations

import asyncio
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

import made_up_history
from textual.widgets import Static

from sensorcore.recording.reader import open_recording
from sensorcore.report import gather
from sensorcore.report.span import Span, one_day
from sensorcore.routine.guide import GuideState, SensorInput, Tally
from sensorcore.routine.programme import programmes
from sensorcore.routine.running import Running
from sensorcore.routine.shown import show
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from tui.app.dashboard import Dashboard
from tui.app.program import Program
from tui.places.folders import history_path
from tui.screens import past
from tui.screens.routine import RoutineScreen
from tui.widgets.routine_panel import RoutinePanel

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "recordings" / "workday-short.mcap"
PICTURES = ROOT / "docs" / "pictures"
FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"

SLOUCHED_S, GOOD_S = 514.0, 285.0
"""A slouch that creeps over the limit, with two alerts behind it; and well again after the second."""
ROUNDED_S = 345.0
"""Two sensors: the back has been round for a while."""
NOW: Final[Span] = one_day("2026-11-26")
SIZES: Final = {"": (80, 24), "-large": (160, 50)}
SCREENS: Final[dict[str, tuple[float, tuple[str, ...]]]] = {
    "dashboard": (SLOUCHED_S, ()),
    "dashboard-good": (GOOD_S, ()),
    "replay": (SLOUCHED_S, ("2",)),
    "calibrate": (GOOD_S, ("3",)),
    "settings": (GOOD_S, ("4",)),
    "help": (GOOD_S, ("question_mark",)),
    "pain": (GOOD_S, ("c",)),
    "week": (GOOD_S, ("5", "left")),
    "exercises": (GOOD_S, ("6", "down")),
    "progress": (GOOD_S, ("7",)),
    "routines": (GOOD_S, ("8",)),
}
"""Every screen: the moment shown, and the keys that lead to it."""


async def shoot(moment_s: float, size: tuple[int, int], theme: str, *, keys: tuple[str, ...] = (), of: Path = RECORDING) -> str:
    """One screen as SVG."""
    player = Player(open_recording(of), Settings())
    player.seek(moment_s)
    while player.compute():
        pass
    app = Dashboard(player, title=of.stem, theme=theme)
    player.paused = True
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(1.5)
        for _ in range(100):  # what is counted in a thread
            waits = app.screen.query("#preview, #past-lines").results(Static)
            if not any("counting" in str(each.content) or "reading" in str(each.content) for each in waits):
                break
            await pilot.pause(0.1)
        await pilot.pause(1.0)
        return portable(app.export_screenshot(title="spinae"))


async def shoot_routine(size: tuple[int, int], theme: str, *, at: int, phase_s: float) -> str:
    """The routine in the middle of step `at`, as SVG."""
    programme = programmes()["full_reset"]
    tallies = tuple(Tally(step.repetitions or 1, gone_s=step.hold_s) for step in programme.steps[:at])
    now = (Tally(3, 1, 2), *(Tally() for _ in programme.steps[at + 1 :]))
    state = GuideState((*tallies, *now), at, "doing", 0.0, phase_s, idle_s=1.0, side="right")
    RoutineScreen.advance = lambda *_: None  # type: ignore[method-assign]  # the moment stands still
    screen = RoutineScreen(Running(programme, None), None, sensor="sensor SP-0001")
    app = Program(screen, theme=theme)
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        screen.query_one(RoutinePanel).show(show(programme, state, SensorInput(sensor=True, signal=True)))
        await pilot.pause(0.3)
        return portable(app.export_screenshot(title="spinae"))


def portable(svg: str) -> str:
    """The picture without fonts fetched from elsewhere, and without the number that is different in every run."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", svg)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def _wanted(name: str) -> bool:
    return not sys.argv[1:] or name in sys.argv[1:]


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as home:  # nobody's own settings, keys or recordings
        os.environ.update(HOME=home, XDG_CONFIG_HOME=home, XDG_DATA_HOME=home, XDG_STATE_HOME=home)
        made_up_history.fill(history_path(), NOW.first_day)
        for module in (past, gather):
            vars(module)["today"] = lambda: NOW
        for screen, (moment_s, keys) in SCREENS.items():
            for suffix, size in SIZES.items():
                _write(f"{screen}{suffix}", moment_s, size, keys, ("dark", "light"))
        for name, size in (("routine", (80, 24)), ("routine-large", (160, 50)), ("routine-pane", (30, 8))):
            for look in ("dark", "light") if _wanted("routine") else ():
                path = PICTURES / f"{name}-{look}.svg"
                path.write_text(asyncio.run(shoot_routine(size, f"spinae-{look}", at=2, phase_s=5.2)), encoding="utf-8")
                print(path.relative_to(ROOT))
        _write("week-pane", GOOD_S, (30, 8), ("5", "left"), ("dark", "light"))
        _write("dashboard-pane", SLOUCHED_S, (30, 8), (), ("dark", "light"))
        _write("dashboard", SLOUCHED_S, (80, 24), (), ("high-contrast",))
        two = Path(home) / "two.mcap"
        command = [
            "simulate",
            "workday",
            "--minutes",
            "7",
            "--placement",
            "upper_back",
            "--placement",
            "lower_back",
            "-o",
            str(two),
        ]
        subprocess.run([sys.executable, "-m", "tui.cli", *command], check=True, stdout=subprocess.DEVNULL)
        _write("dashboard-two", ROUNDED_S, (80, 24), (), ("dark", "light"), of=two)


def _write(
    name: str, moment_s: float, size: tuple[int, int], keys: tuple[str, ...], looks: tuple[str, ...], *, of: Path = RECORDING
) -> None:
    for look in looks if _wanted(name.removesuffix("-large").removesuffix("-pane")) else ():
        path = PICTURES / f"{name}-{look}.svg"
        path.write_text(asyncio.run(shoot(moment_s, size, f"spinae-{look}", keys=keys, of=of)), encoding="utf-8")
        print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
