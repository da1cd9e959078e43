"""Trace of the last minute: the angle in braille, coloured by zone, with the limit drawn in. Drawn through the Line API: a frame
costs a fraction of what general plot widgets take (docs/performance.md)."""

from __future__ import annotations

from typing import ClassVar, Final

import numpy as np
from numpy.typing import NDArray
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from sensorcore.model import FloatArray
from sensorcore.track.posture_track import TICK_HZ
from sensorcore.view.snapshot import TRACE_S, Snapshot
from tui.drawing import braille
from tui.text import sensor_text
from tui.widgets.drawn import Drawn

_TOPS_DEG: Final = (30.0, 45.0, 60.0, 90.0, 120.0, 180.0)
_LABEL_CELLS: Final = 5
_BLANK: Final = ord(braille.BLANK)
_CURVE, _LIMIT, _RELEASE, _ZONE = range(4)


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
        self._newest = 0
        self._threshold_deg = 15.0
        self._release_deg = 10.0
        self._until = "now"
        self._frame: tuple[float | str, ...] = ()
        self._rows: dict[int, tuple[bytes, Strip]] = {}
        """Each row's cells and its strip, as long as the frame around them is the same."""

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        same = np.array_equal(self._angles, s.trace.inclination_deg, equal_nan=True)
        until = sensor_text.trace_until(s)
        if same and (self._threshold_deg, self._release_deg, self._until) == (s.threshold_deg, s.release_deg, until):
            return
        self._until = until
        self._angles = s.trace.inclination_deg
        self._newest = int(s.t_s * TICK_HZ + 1e-6) - 1
        self._threshold_deg, self._release_deg = s.threshold_deg, s.release_deg
        self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        rows, cells = height - 1, width - _LABEL_CELLS
        if rows < 2 or cells < 10:
            return [Strip.blank(width, self.visual_style.rich_style) for _ in range(height)]
        top = self._top_deg()
        low, high = braille.columns(self._angles, 2 * cells, newest=self._newest)
        half_dot = 0.5 * top / (4 * rows)
        curve = braille.codes(braille.curve(low - half_dot, high + half_dot, top=top, rows=rows))
        limit = braille.codes(braille.level(self._threshold_deg, top=top, rows=rows, n_columns=2 * cells, every=4, length=2))
        release = braille.codes(braille.level(self._release_deg, top=top, rows=rows, n_columns=2 * cells, every=8, length=1))
        # The curve wins over the limit, the limit over the release line.
        under, on_limit, on_curve = release != _BLANK, limit != _BLANK, curve != _BLANK
        codes = np.where(on_curve, curve, np.where(on_limit, limit, np.where(under, release, ord(" "))))
        kinds = np.where(on_curve, _CURVE, np.where(on_limit, _LIMIT, np.where(under, _RELEASE, _ZONE))).astype(np.int8)
        labels = self._labels(top, rows)
        frame = (width, height, top, self._threshold_deg, self._release_deg, self._until)
        if frame != self._frame or self._drawn_for is None:
            self._frame, self._rows = frame, {}
        strips = []
        for row in range(rows):
            drawn = codes[row].tobytes() + kinds[row].tobytes()
            if self._rows.get(row, (b"", None))[0] != drawn:  # most rows stay as they are
                self._rows[row] = drawn, self._row(codes[row], kinds[row], row, rows, top, labels.get(row, ("", "label")))
            strips.append(self._rows[row][1])
        if rows not in self._rows:
            self._rows[rows] = b"", self._time_axis(width, cells, self._style("trace--label"))
        return [*strips, self._rows[rows][1]]

    def _row(
        self, codes: NDArray[np.int64], kinds: NDArray[np.int8], row: int, rows: int, top: float, label: tuple[str, str]
    ) -> Strip:
        above = (rows - row - 1) * top / rows >= self._threshold_deg
        back = Style(bgcolor=(self._style("trace--zone") if above else self.visual_style.rich_style).bgcolor)
        names = {_CURVE: self._zone((rows - row - 0.5) * top / rows), _LIMIT: "limit", _RELEASE: "release", _ZONE: "zone"}
        text, kind = label
        line = braille.text(codes)
        segments = [Segment(text.rjust(_LABEL_CELLS - 1) + " ", self._style(f"trace--{kind}"))]
        for start, end in braille.runs(kinds):
            segments.append(Segment(line[start:end], self._style(f"trace--{names[int(kinds[start])]}") + back))
        return Strip(segments, len(line) + _LABEL_CELLS)

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
        left, middle, right = f"−{TRACE_S:.0f} s", f"−{TRACE_S / 2:.0f} s", self._until
        line = list(" " * cells)
        line[: len(left)] = left
        start = cells // 2 - len(middle) // 2
        line[start : start + len(middle)] = middle
        line[cells - len(right) :] = right
        return Strip([Segment(" " * _LABEL_CELLS + "".join(line), style)], width)
