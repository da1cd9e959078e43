"""Figure of the wearer, leaning as they lean. Drawn through the Line API, only when a degree or the pose has changed."""

from __future__ import annotations

from typing import ClassVar, Final, TypeAlias

import numpy as np
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sensorcore.view.snapshot import Snapshot
from tui.drawing import braille, figure
from tui.drawing.figure import Figure
from tui.text import looks, presenter
from tui.widgets.drawn import Drawn

_BESIDE_FROM: Final = 1.8
"""From so many cells a row on, the view from behind stands beside the view from the side."""

Key: TypeAlias = tuple[figure.Pose, int, int, int, int, int | None]
"""Pose, flexion, lateral, limit, step, and lean of the lower back (None: not known)."""


class FigurePanel(Drawn):
    """From the side, and where there is room from behind; with little room, whichever shows the greater lean."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"figure--body", "figure--guide"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._key: Key = ("absent", 0, 0, 15, 0, None)

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        _, before_flexion, before_lateral, *_, before_lower = self._key
        flexion = presenter.steady_deg(before_flexion, s.flexion_deg or 0.0)
        lateral = presenter.steady_deg(before_lateral, s.lateral_deg or 0.0)
        pose = looks.pose(s)
        step = int(s.t_s * 2) % 2 if pose == "walking" else 0
        lower = None
        if s.curvature_deg is not None:
            lower = presenter.steady_deg(before_lower or 0, (s.flexion_deg or 0.0) - s.curvature_deg)
        self._turn((pose, flexion, lateral, round(s.threshold_deg), step, lower))

    def lean(self, pose: figure.Pose, flexion_deg: float, limit_deg: float) -> None:
        """A pose of its own, without a snapshot."""
        self._turn((pose, round(flexion_deg), 0, round(limit_deg), 0, None))

    def _turn(self, key: Key) -> None:
        if key != self._key:
            self._key = key
            self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        base = self.visual_style.rich_style
        body, guide = self._style("figure--body"), self._style("figure--guide")
        rows: list[list[Segment]] = [[] for _ in range(height)]
        for each, cells in self._views(width, height):
            for row, segments in zip(rows, _segments(each, body, guide), strict=True):
                row.extend([*segments, Segment(" " * (cells - sum(s.cell_length for s in segments)), base)])
        return [Strip(row).adjust_cell_length(width, base) for row in rows]

    def _views(self, width: int, height: int) -> list[tuple[Figure, int]]:
        pose, flexion, lateral, limit, step, lower = self._key
        if width >= _BESIDE_FROM * height and pose != "lying":
            left = width * 5 // 9
            right = width - left
            return [
                (figure.side(left, height, pose, flexion, limit, step, lower), left),
                (figure.behind(right, height, pose, lateral, limit), right),
            ]
        if abs(lateral) > abs(flexion):
            return [(figure.behind(width, height, pose, lateral, limit), width)]
        return [(figure.side(width, height, pose, flexion, limit, step, lower), width)]


def _segments(drawn: Figure, body: Style, guide: Style) -> list[list[Segment]]:
    """Rows: where body and guide meet in a cell, the body is seen."""
    codes, lines = braille.codes(drawn.body), braille.codes(drawn.guides)
    solid = codes != ord(braille.BLANK)
    rows = []
    for row, is_body in zip(np.where(solid, codes, lines), solid.astype(np.int8), strict=True):
        text = braille.text(row)
        rows.append([Segment(text[start:end], body if is_body[start] else guide) for start, end in braille.runs(is_body)])
    return rows
