"""Chart of a stretch of time: the angle in braille, the activity below it, alerts and marks above, and a cursor. Point at it, or
drag, to go there. Drawn through the Line API, and only the rows that changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.message import Message
from textual.strip import Strip

from sensorcore.view.overview import DOINGS, Doing, Overview
from tui.drawing import braille
from tui.text.event_text import Line
from tui.text.looks import Role
from tui.widgets.drawn import Drawn
from tui.widgets.jump import Jump

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
_KINDS: Final = ("label", "limit", "cursor", "good", "drifting", "slouched", "moving", "lying", "absent")
"""Styles of cells: component classes without `chart--`."""
_LABEL, _LIMIT, _CURSOR, _GOOD, _DRIFTING = range(5)
_HERE: Final = 32
"""Added to the kind of a cell under the cursor."""
_BAND_CODES: Final = np.array([ord(BAND[doing][0]) for doing in DOINGS])
_BAND_KINDS: Final = np.array([_KINDS.index(BAND[doing][1]) for doing in DOINGS], dtype=np.int8)
_BLANK: Final = ord(braille.BLANK)


@dataclass(frozen=True, slots=True)
class _Row:
    """Code points and kinds of its cells (n,), and the label before them."""

    label: str
    codes: NDArray[np.int64]
    kinds: NDArray[np.int8]

    @classmethod
    def empty(cls, cells: int) -> _Row:
        return cls("", np.full(cells, ord(" ")), np.full(cells, _LABEL, dtype=np.int8))

    def put(self, place: int, glyph: str, kind: int) -> None:
        """Outside there is no place."""
        if 0 <= place < len(self.codes):
            self.codes[place], self.kinds[place] = ord(glyph), kind

    def point(self, place: int, *, top: bool) -> None:
        """The cursor is here: a line of its own where nothing is drawn."""
        if self.codes[place] in (ord(" "), _BLANK) or self.kinds[place] == _LIMIT:
            self.put(place, "▼" if top else "│", _CURSOR)
        else:
            self.kinds[place] += _HERE


@dataclass(frozen=True, slots=True)
class ChartSpan:
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

    class Refitted(Message):
        """Another number of columns fits: the stretch must be counted afresh."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._shown: ChartSpan | None = None
        self._kept: dict[int, tuple[object, Strip]] = {}
        self._dressed: dict[int, Style] = {}

    @property
    def cells(self) -> int:
        """Columns of time that fit."""
        return _cells(self.size.width)

    def show(self, stretch: ChartSpan) -> None:
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
        share = (event.x - (self.size.width - cells) + 0.5) / cells
        self.post_message(Jump(shown.begin_s + min(max(share, 0.0), 1.0) * (shown.end_s - shown.begin_s)))

    def _draw(self, width: int, height: int) -> list[Strip]:
        shown, cells = self._shown, _cells(width)
        if shown is None or cells < 2 or len(shown.seen.doing) != cells:
            return [Strip.blank(width, self.visual_style.rich_style) for _ in range(height)]
        span_s = shown.end_s - shown.begin_s
        cursor = int((shown.cursor_s - shown.begin_s) / span_s * cells)
        cursor = min(cursor, cells - 1) if shown.cursor_s <= shown.end_s and cursor >= 0 else -1
        rows = [_Row("", _BAND_CODES[shown.seen.doing], _BAND_KINDS[shown.seen.doing])]
        if height >= 2:
            rows.insert(0, _marks(shown, cells))
        if height >= 4:
            rows[1:1] = _curve(shown, height - 3)
        if cursor >= 0:
            for number, row in enumerate(rows):
                row.point(cursor, top=number == 0)
        if height >= 3:
            rows.append(_axis(shown, cells))
        if self._drawn_for != (width, height):
            self._kept, self._dressed = {}, {}
        limit, gutter = f"{shown.threshold_deg:.0f}°", width - cells
        return [self._strip(number, row, limit, gutter) for number, row in enumerate(rows[:height])]

    def _strip(self, number: int, row: _Row, limit: str, gutter: int) -> Strip:
        """Of one row: the same as before where nothing has changed."""
        key = (row.label, limit, row.codes.tobytes(), row.kinds.tobytes())
        if number not in self._kept or self._kept[number][0] != key:
            label = row.label.rjust(gutter - 1) + " " if gutter else ""
            text = braille.text(row.codes)
            segments = [Segment(label, self._styled(_LIMIT if row.label == limit else _LABEL))]
            segments += [Segment(text[a:b], self._styled(int(row.kinds[a]))) for a, b in braille.runs(row.kinds)]
            self._kept[number] = key, Strip(segments, len(label) + len(text))
        return self._kept[number][1]

    def _styled(self, kind: int) -> Style:
        if kind not in self._dressed:
            style = self.visual_style.rich_style + self._style(f"chart--{_KINDS[kind % _HERE]}")
            self._dressed[kind] = style + Style(reverse=True) if kind >= _HERE else style
        return self._dressed[kind]


def _cells(width: int) -> int:
    return max(0, width - (GUTTER_CELLS if width >= _GUTTER_FROM_CELLS else 0))


def _curve(shown: ChartSpan, rows: int) -> list[_Row]:
    seen, limit_deg, cells = shown.seen, shown.threshold_deg, len(shown.seen.doing)
    highest = float(np.nanmax(seen.high_deg)) if not np.isnan(seen.high_deg).all() else 0.0
    needed = max(highest, 1.5 * limit_deg)
    top = next((t for t in (2 * limit_deg, *_TOPS_DEG) if t >= needed), 180.0)
    dots = braille.codes(braille.curve(seen.low_deg, seen.high_deg, top=top, rows=rows))
    limit = braille.codes(braille.level(limit_deg, top=top, rows=rows, n_columns=2 * cells, every=4, length=2))
    limit_row = rows - 1 - round(limit_deg * (4 * rows - 1) / top) // 4
    # The curve wears the colour of what was done; within a good column, the part above the release that of drifting.
    roles = _BAND_KINDS[seen.doing]
    row_tops_deg = (rows - np.arange(rows))[:, None] * top / rows
    drifts = (roles == _GOOD) & (np.minimum(np.fmax(seen.high_deg[::2], seen.high_deg[1::2]), row_tops_deg) > shown.release_deg)
    drawn, below = dots != _BLANK, limit != _BLANK
    codes = np.where(drawn, dots, np.where(below, limit, ord(" ")))
    kinds = np.where(drawn, np.where(drifts, _DRIFTING, roles), np.where(below, _LIMIT, _LABEL)).astype(np.int8)
    labels = {0: f"{top:.0f}°", rows - 1: "0°", limit_row: f"{limit_deg:.0f}°"}
    return [_Row(labels.get(y, ""), codes[y], kinds[y]) for y in range(rows)]


def _marks(shown: ChartSpan, cells: int) -> _Row:
    row = _Row.empty(cells)
    for mark in shown.marks:
        row.put(int((mark.t_s - shown.begin_s) / (shown.end_s - shown.begin_s) * cells), mark.symbol, _KINDS.index(mark.role))
    return row


def _axis(shown: ChartSpan, cells: int) -> _Row:
    row = _Row.empty(cells)
    free = 0
    for t_s, text in shown.labels:
        place = int((t_s - shown.begin_s) / (shown.end_s - shown.begin_s) * cells)
        start = min(place, cells - len(text))
        if start < free or place < 0 or place > cells:
            continue
        for at, glyph in enumerate(text, start=start):
            row.put(at, glyph, _LABEL)
        free = start + len(text) + 2
    return row
