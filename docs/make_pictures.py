"""Pictures of the dashboard for README and docs: `python docs/make_pictures.py` writes docs/pictures/*.svg from the bundled
recording. The same recording and moment give the same picture."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

from sensorcore.player import Player
from sensorcore.record.reader import open_recording
from sensorcore.settings import Settings
from tui.app import Dashboard

ROOT = Path(__file__).parent.parent
RECORDING = ROOT / "recordings" / "workday-short.mcap"
PICTURES = ROOT / "docs" / "pictures"
FONTS = "'Fira Code', 'DejaVu Sans Mono', Menlo, Consolas, monospace"

MOMENTS_S = {"slouched": 514.0, "good": 285.0}
"""A slouch that creeps over the limit, with two alerts behind it; and well again after the second."""
SHOTS = [
    ("dashboard", "slouched", (80, 24)),
    ("dashboard-large", "slouched", (120, 40)),
    ("dashboard-good", "good", (80, 24)),
    ("dashboard-pane", "slouched", (30, 8)),
]


async def shoot(moment_s: float, size: tuple[int, int], theme: str, *, keys: tuple[str, ...] = ()) -> str:
    """One screen as SVG."""
    player = Player(open_recording(RECORDING), Settings())
    player.seek(moment_s)
    while player.compute():
        pass
    app = Dashboard(player, title="workday-short", theme=theme)
    player.paused = True
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.2)
        for key in keys:
            await pilot.press(key)
            await pilot.pause(0.2)
        return portable(app.export_screenshot(title="spinae"))


def portable(svg: str) -> str:
    """The picture without fonts fetched from elsewhere, and without the number that is different in every run."""
    svg = re.sub(r"@font-face\s*\{.*?\}", "", svg, flags=re.DOTALL)
    svg = re.sub(r"font-family: Fira Code, monospace", f"font-family: {FONTS}", svg)
    svg = re.sub(r"terminal-\d+", "terminal", svg)
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    jobs = [(name, MOMENTS_S[moment], size, ()) for name, moment, size in SHOTS]
    for name, moment_s, size, keys in [*jobs, ("help", MOMENTS_S["good"], (80, 24), ("question_mark",))]:
        for theme in ("dark", "light"):
            path = PICTURES / f"{name}-{theme}.svg"
            path.write_text(asyncio.run(shoot(moment_s, size, f"spinae-{theme}", keys=keys)), encoding="utf-8")
            print(path.relative_to(ROOT))


if __name__ == "__main__":
    main()
