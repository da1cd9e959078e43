"""Bars and columns of text cells."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from textual.content import Content

from sensorcore.text.escape import one_line

EIGHTHS: Final = " ▁▂▃▄▅▆▇█"


def heading(title: str, width: int) -> Content:
    """A block's title with a line to the right edge."""
    title = one_line(title)
    return Content.assemble((title, "$quiet"), (" " + "─" * max(0, width - len(title) - 1), "$line"))


def bar(parts: Sequence[tuple[float, str, str]], whole: float, room: int) -> list[tuple[str, str]]:
    """(value, glyph, style) of each part as `room` cells in all, empty beyond the parts; a part that exists gets a cell while there
    is room."""
    cells, left, reached = list[tuple[str, str]](), room, 0.0
    for value, glyph, style in parts:
        reached += value
        wanted = round(room * reached / whole) - (room - left)
        n = min(left, max(wanted, 1 if value > 0 else 0))
        left -= n
        cells += [(glyph * n, style)] if n else []
    return [*cells, (" " * left, "")]


def columns(shares: Sequence[float | None], height: int, style: str, *, wide: int = 1) -> list[Content]:
    """Shares (0 to 1) as upright bars of `height` rows and `wide` cells each, with a cell between; None, where nothing is known,
    as a dot at the foot."""
    rows = []
    gap = " " if wide > 1 else ""
    for row in range(height - 1, -1, -1):
        cells = []
        for share in shares:
            if share is None:
                cells.append((("·" if row == 0 else " ").ljust(wide) + gap, "$quiet"))
                continue
            eighths = min(8, max(0, round(share * height * 8) - 8 * row))
            cells.append((EIGHTHS[eighths if row or eighths else 1] * wide + gap, style))
        rows.append(Content.assemble(*cells))
    return rows
