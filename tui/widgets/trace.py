"""The last half minute: the angle in braille, coloured by zone, with the limit drawn in. Drawn through the Line API: a frame
costs a fraction of what general plot widgets take (docs/performance.md)."""

from __future__ import annotations

from itertools import groupby
from typing import ClassVar, Final

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sensorcore.model import FloatArray
from sensorcore.snapshot import TRACE_S, Snapshot
from tui import braille
from tui.widgets.drawn import Drawn

_TOPS_DEG: Final = (30.0, 45.0, 60.0, 90.0, 120.0, 180.0)
_LABEL_CELLS: Final = 5


class TracePanel(Drawn):
    """Angle from upright against time. Above the limit the curve wears the colour of slouching."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "trace--good",
        "trace--drifting",
        "trace--slouched",
        "trace--limit",
        "trace--release",
        "trace--label",
        "trace--zone",
    }

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._angles: FloatArray = np.full(1, np.nan)
        self._threshold_deg = 15.0
        self._release_deg = 10.0

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        same = np.array_equal(self._angles, s.trace.inclination_deg, equal_nan=True)
        if same and (self._threshold_deg, self._release_deg) == (s.threshold_deg, s.release_deg):
            return
        self._angles = s.trace.inclination_deg
        self._threshold_deg, self._release_deg = s.threshold_deg, s.release_deg
        self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        base = self.visual_style.rich_style
        style = {name.removeprefix("trace--"): self._style(name) for name in self.COMPONENT_CLASSES}
        rows, cells = height - 1, width - _LABEL_CELLS
        if rows < 2 or cells < 10:
            return [Strip.blank(width, base) for _ in range(height)]
        top = self._top_deg()
        low, high = braille.columns(self._angles, 2 * cells)
        curve = braille.codes(braille.curve(low - 0.5 * top / (4 * rows), high + 0.5 * top / (4 * rows), top=top, rows=rows))
        limit = braille.codes(braille.level(self._threshold_deg, top=top, rows=rows, n_columns=2 * cells, every=4, length=2))
        release = braille.codes(braille.level(self._release_deg, top=top, rows=rows, n_columns=2 * cells, every=8, length=1))
        labels = self._labels(top, rows)
        strips = []
        for row in range(rows):
            zone = self._zone((rows - row - 0.5) * top / rows)
            under = style["zone"] if (rows - row - 1) * top / rows >= self._threshold_deg else base
            text, kind = labels.get(row, ("", "label"))
            segments = [Segment(text.rjust(_LABEL_CELLS - 1) + " ", style[kind])]
            segments += _row(curve[row], limit[row], release[row], style, zone, under)
            strips.append(Strip(segments, width))
        strips.append(self._time_axis(width, cells, style["label"]))
        return strips

    def _top_deg(self) -> float:
        """Round figures, so that the scale rests until the curve really leaves it."""
        highest = float(np.nanmax(self._angles)) if not np.isnan(self._angles).all() else 0.0
        needed = max(highest, 2 * self._threshold_deg)
        return next((t for t in (2 * self._threshold_deg, *_TOPS_DEG) if t >= needed), 180.0)

    def _zone(self, angle_deg: float) -> str:
        if angle_deg > self._threshold_deg:
            return "slouched"
        return "drifting" if angle_deg > self._release_deg else "good"

    def _labels(self, top: float, rows: int) -> dict[int, tuple[str, str]]:
        def row_of(angle_deg: float) -> int:
            dot = round(angle_deg * (4 * rows - 1) / top)
            return rows - 1 - dot // 4

        labels = {row_of(0): ("0°", "label"), row_of(top): (f"{top:.0f}°", "label")}
        labels[row_of(self._threshold_deg)] = (f"{self._threshold_deg:.0f}°", "limit")
        return labels

    def _time_axis(self, width: int, cells: int, style: Style) -> Strip:
        left, middle, right = f"−{TRACE_S:.0f} s", f"−{TRACE_S / 2:.0f} s", "now"
        line = list(" " * cells)
        line[: len(left)] = left
        start = cells // 2 - len(middle) // 2
        line[start : start + len(middle)] = middle
        line[cells - len(right) :] = right
        return Strip([Segment(" " * _LABEL_CELLS + "".join(line), style)], width)


def _row(
    curve: np.ndarray, limit: np.ndarray, release: np.ndarray, style: dict[str, Style], zone: str, under: Style
) -> list[Segment]:
    """Segments of one row: the curve wins over the limit, the limit over the release line."""
    cells = []
    for c, m, r in zip(curve.tolist(), limit.tolist(), release.tolist(), strict=True):
        if c != 0x2800:
            cells.append((zone, chr(c)))
        elif m != 0x2800:
            cells.append(("limit", chr(m)))
        elif r != 0x2800:
            cells.append(("release", chr(r)))
        else:
            cells.append(("zone", " "))
    back = Style(bgcolor=under.bgcolor)
    return [Segment("".join(c for _, c in run), style[kind] + back) for kind, run in groupby(cells, key=lambda cell: cell[0])]
