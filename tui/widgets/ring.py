"""Ring of today: the share of the time upright, slouched, unknown. Each part has a density of dots of its own, so that the ring
reads without colour too."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar, Final

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sensorcore.model import BoolArray, IntArray
from sensorcore.text.percentages import percentages
from sensorcore.view.snapshot import Snapshot
from tui.drawing import braille
from tui.text import shares
from tui.widgets.drawn import Drawn

_INNER: Final = 0.62
"""Of the outer radius."""
REST_S: Final = 5.0
"""In the first minutes the shares change all the time."""
_PARTS: Final = ("upright", "slouched", "unknown", "not worn")


class DayRing(Drawn):
    """Clockwise from the top."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"ring--upright", "ring--slouched", "ring--unknown", "ring--not-worn", "ring--text"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shares: tuple[float, ...] = (0.0, 0.0, 0.0, 0.0)
        self._drawn_s = float("-inf")
        self._upright = 0

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        parts = shares.split(s)
        found = {part.name: part.share for part in parts}
        judged = {part.name: part.seconds for part in parts}
        rounded = tuple(round(found.get(name, 0.0), 2) for name in _PARTS)
        stands = s.progress.finished or s.progress.paused  # no later moment will draw it
        if rounded != self._shares and (stands or abs(s.t_s - self._drawn_s) >= REST_S):
            self._shares, self._drawn_s = rounded, s.t_s
            self._upright = percentages([judged["upright"], judged["slouched"]])[0]
            self.redraw_all()

    def _draw(self, width: int, height: int) -> list[Strip]:
        base = self.visual_style.rich_style
        styles = [self._style(f"ring--{name.replace(' ', '-')}") for name in _PARTS]
        part, dots = ring(width, height, self._shares)
        codes = braille.codes(dots)
        text = self._middle(width, height)
        strips = []
        for y in range(height):
            cells = [(styles[part[y, x]], chr(codes[y, x])) if codes[y, x] != 0x2800 else (base, " ") for x in range(width)]
            if text and y == height // 2:
                start = (width - len(text)) // 2
                style = self._style("ring--text")
                cells[start : start + len(text)] = [(style, c) for c in text]
            strips.append(Strip([Segment("".join(c for _, c in run), style) for style, run in _runs(cells)], width))
        return strips

    def _middle(self, width: int, height: int) -> str:
        """Share upright of the time that was judged; where the hole is wide enough."""
        judged = self._shares[0] + self._shares[1]
        return f"{self._upright}%" if judged > 0 and min(width, 2 * height) >= 12 else ""


def _runs(cells: list[tuple[Style, str]]) -> groupby[Style, tuple[Style, str]]:
    return groupby(cells, key=lambda cell: cell[0])


def ring(cells: int, rows: int, shares: tuple[float, ...]) -> tuple[IntArray, BoolArray]:
    """Which part each cell (rows, cells) belongs to, and the dots (4 · rows, 2 · cells). The first part is solid, each next one is
    drawn thinner; a part that exists keeps a sliver."""
    y, x = np.mgrid[0 : 4 * rows, 0 : 2 * cells].astype(float)
    dx, dy = x - (2 * cells - 1) / 2, (4 * rows - 1) / 2 - y
    radius = np.hypot(dx, dy)
    outer = min(2 * cells, 4 * rows) / 2
    inside = (radius <= outer) & (radius >= _INNER * outer)
    turn = np.mod(np.arctan2(dx, dy) / (2 * np.pi), 1.0)
    least = [max(share, 0.02) if share > 0 else 0.0 for share in shares]
    whole = sum(least)
    ends = np.cumsum(least) / whole if whole else np.ones(len(shares))
    part = np.minimum(np.searchsorted(ends, turn, side="right"), len(shares) - 1)
    density = [np.ones_like(inside), (x + y) % 2 == 0, (x % 2 == 0) & (y % 2 == 0), (x % 4 == 0) & (y % 4 == 0)]
    dots = inside & np.choose(part, density)
    if not whole:
        dots = inside & density[2]
        part = np.full_like(part, 2)
    middle = part.reshape(rows, 4, cells, 2)[:, 1, :, 0]
    return middle.astype(np.int64), dots
