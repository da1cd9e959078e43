"""A stretch of time: the angle in braille, what the wearer did below it, alerts and marks above, and a cursor. Point at it, or
drag, to go there. Drawn through the Line API, and only the rows that changed."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import ClassVar, Final, TypeAlias

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from sensorcore.overview import DOINGS, Doing, Overview
from tui import braille
from tui.happened import Line
from tui.presenter import Role
from tui.widgets.drawn import Drawn

BAND: Final[dict[Doing, tuple[str, Role]]] = {
    "no data": (" ", "absent"),
    "unknown": ("░", "absent"),
    "upright": ("━", "good"),
    "slouched": ("▲", "slouched"),
    "walking": ("»", "moving"),
    "moving": ("≈", "moving"),
    "lying": ("▬", "lying"),
    "not_worn": ("○", "absent"),
}
"""Glyph and colour role of what the wearer does: each has a shape of its own."""
_TOPS_DEG: Final = (30.0, 45.0, 60.0, 90.0, 120.0, 180.0)
GUTTER_CELLS: Final = 5
_GUTTER_FROM_CELLS: Final = 50
_HERE: Final = " here"
"""Added to the style of a cell under the cursor."""
_Row: TypeAlias = list[tuple[str, str]]
"""Glyphs, each with its style (a component class without `chart--`)."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a chart shows: `seen` in as many columns as `TimeChart.cells`; `marks`; `labels` (stream time, text) under it."""

    begin_s: float
    end_s: float
    cursor_s: float
    seen: Overview
    marks: tuple[Line, ...]
    labels: tuple[tuple[float, str], ...]
    threshold_deg: float
    release_deg: float


class TimeChart(Drawn):
    """From top to bottom: marks, the curve (with four rows or more), what the wearer did, the time."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "chart--good", "chart--drifting", "chart--slouched", "chart--moving", "chart--lying", "chart--absent", "chart--limit",
        "chart--label", "chart--cursor",
    }  # fmt: skip

    class Jump(Message):
        """The wearer pointed at a moment."""

        def __init__(self, t_s: float) -> None:
            self.t_s = t_s
            super().__init__()

    class Refitted(Message):
        """Another number of columns fits: what is shown must be counted again."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: Stretch | None = None

    @property
    def cells(self) -> int:
        """Columns of time that fit."""
        return max(0, self.size.width - self._gutter)

    @property
    def _gutter(self) -> int:
        return GUTTER_CELLS if self.size.width >= _GUTTER_FROM_CELLS else 0

    def show(self, stretch: Stretch) -> None:
        """Draw this from now on."""
        self._shown = stretch
        self.draw_changes()

    def on_resize(self) -> None:
        self.post_message(self.Refitted())

    def on_mouse_down(self, event: events.MouseDown) -> None:
        self.capture_mouse()
        self._point(event)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        if event.button:
            self._point(event)

    def on_mouse_up(self) -> None:
        self.release_mouse()

    def _point(self, event: events.MouseEvent) -> None:
        shown, cells = self._shown, self.cells
        if shown is None or cells < 1:
            return
        share = (event.x - self._gutter + 0.5) / cells
        self.post_message(self.Jump(shown.begin_s + min(max(share, 0.0), 1.0) * (shown.end_s - shown.begin_s)))

    def _draw(self, width: int, height: int) -> list[Strip]:
        base = self.visual_style.rich_style
        shown, cells = self._shown, self.cells
        if shown is None or cells < 2 or len(shown.seen.doing) != cells:
            return [Strip.blank(width, base) for _ in range(height)]
        if not self._styles:  # looked up once: it costs more than the drawing
            self._styles = {name.removeprefix("chart--"): self.get_component_rich_style(name) for name in self.COMPONENT_CLASSES}
        style = self._styles
        span_s = shown.end_s - shown.begin_s
        cursor = int((shown.cursor_s - shown.begin_s) / span_s * cells)
        cursor = min(cursor, cells - 1) if shown.cursor_s <= shown.end_s and cursor >= 0 else -1
        rows: list[tuple[str, _Row]] = [("", [BAND[DOINGS[code]] for code in shown.seen.doing])]
        if height >= 2:
            rows.insert(0, ("", _marks(shown, cells)))
        if height >= 4:
            rows[1:1] = _curve(shown, height - 3)
        if cursor >= 0:
            for number, (_, row) in enumerate(rows):
                row[cursor] = _under_cursor(row[cursor], top=number == 0)
        if height >= 3:
            rows.append(("", _axis(shown, cells)))
        strips = []
        for label, row in rows[:height]:
            text = label.rjust(self._gutter - 1) + " " if self._gutter else ""
            segments = [Segment(text, style["limit" if label and label == f"{shown.threshold_deg:.0f}°" else "label"])]
            for kind, run in groupby(row, key=lambda cell: cell[1]):
                here = Style(reverse=True) if kind.endswith(_HERE) else Style()
                segments.append(Segment("".join(glyph for glyph, _ in run), base + style[kind.removesuffix(_HERE)] + here))
            strips.append(Strip(segments, width))
        return strips


def _curve(shown: Stretch, rows: int) -> list[tuple[str, _Row]]:
    seen, limit_deg, cells = shown.seen, shown.threshold_deg, len(shown.seen.doing)
    highest = float(np.nanmax(seen.high_deg)) if not np.isnan(seen.high_deg).all() else 0.0
    needed = max(highest, 1.5 * limit_deg)
    top = next((t for t in (2 * limit_deg, *_TOPS_DEG) if t >= needed), 180.0)
    dots = braille.codes(braille.curve(seen.low_deg, seen.high_deg, top=top, rows=rows))
    limit = braille.codes(braille.level(limit_deg, top=top, rows=rows, n_columns=2 * cells, every=4, length=2))
    limit_row = rows - 1 - round(limit_deg * (4 * rows - 1) / top) // 4
    roles = [BAND[DOINGS[code]][1] for code in seen.doing]
    highs = np.fmax(seen.high_deg[::2], seen.high_deg[1::2]).tolist()
    found = []
    for y in range(rows):
        row_top_deg = (rows - y) * top / rows
        line: _Row = []
        for dot, level, role, high in zip(dots[y].tolist(), limit[y].tolist(), roles, highs, strict=True):
            if dot != 0x2800:
                drifting = role == "good" and min(high, row_top_deg) > shown.release_deg
                line.append((chr(dot), "drifting" if drifting else role))
            else:
                line.append((chr(level), "limit") if level != 0x2800 else (" ", "label"))
        label = f"{limit_deg:.0f}°" if y == limit_row else f"{top:.0f}°" if y == 0 else "0°" if y == rows - 1 else ""
        found.append((label, line))
    return found


def _under_cursor(cell: tuple[str, str], *, top: bool) -> tuple[str, str]:
    glyph, kind = cell
    if glyph in (" ", braille.BLANK):
        return ("▼" if top else "│", "cursor")
    return glyph, kind + _HERE


def _marks(shown: Stretch, cells: int) -> _Row:
    line: _Row = [(" ", "label")] * cells
    for mark in shown.marks:
        place = int((mark.t_s - shown.begin_s) / (shown.end_s - shown.begin_s) * cells)
        if 0 <= place < cells:
            line[place] = (mark.symbol, mark.role)
    return line


def _axis(shown: Stretch, cells: int) -> _Row:
    line: _Row = [(" ", "label")] * cells
    free = 0
    for t_s, text in shown.labels:
        place = int((t_s - shown.begin_s) / (shown.end_s - shown.begin_s) * cells)
        start = min(place, cells - len(text))
        if start < free or place < 0 or place > cells:
            continue
        line[start : start + len(text)] = [(glyph, "label") for glyph in text]
        free = start + len(text) + 2
    return line
