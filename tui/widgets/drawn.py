"""Base widget that draws its own lines of cells, only when something changed."""

from __future__ import annotations

from typing import Final, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

TextLine: TypeAlias = tuple[tuple[str, str], ...]
"""Texts, each with the component class of its style, or none for the widget's own."""
_KEPT: Final = 300


class Drawn(Widget):
    """Draws with `_draw`: the lines are kept until the size, a style or what is shown changes. Padding yes, borders no."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._padded: list[tuple[Strip, Strip]] = []
        self._drawn_for: Size | None = None
        self._styles: dict[str, Style] = {}
        self._texts: dict[tuple[TextLine, int], Strip] = {}

    def _draw(self, width: int, height: int) -> list[Strip]:
        """One strip a row, each as wide as the widget. A row that has not changed costs least when it is the same strip."""
        raise NotImplementedError

    def redraw_all(self) -> None:
        """Everything changed."""
        self._drawn_for = None
        self.refresh()

    def draw_changes(self) -> None:
        """Only rows that changed are sent to the terminal: most of a panel is empty most of the time."""
        size = self.size  # looking it up costs more than a row
        if self._drawn_for != size:
            self.refresh()
            return
        before, self._lines = self._lines, self._draw(*size)
        pairs = enumerate(zip(before, self._lines, strict=True))
        changed = [Region(0, y, size.width, 1) for y, (old, new) in pairs if old is not new and old != new]
        if changed:
            self.refresh(*changed)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles, self._texts = {}, {}
        self._drawn_for = None

    def _style(self, name: str) -> Style:
        """Looked up once: it costs more than the drawing."""
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(name)
        return self._styles[name]

    def _text(self, line: TextLine, width: int) -> Strip:
        """A line of text, cut at the edge. Most lines are as they were a moment ago, so they are kept."""
        strip = self._texts.get((line, width))
        if strip is None:
            base = self.visual_style.rich_style
            strip = Strip([Segment(text, base + self._style(name) if name else base) for text, name in line if text])
            if strip.cell_length > width:
                strip = Strip([*strip.crop(0, width - 1), Segment("…", base)], width)
            if len(self._texts) >= _KEPT:
                self._texts.clear()
            strip = self._texts[line, width] = strip.adjust_cell_length(width, base)
        return strip

    def render_line(self, y: int) -> Strip:
        self._bring_up_to_date()
        return self._lines[y]

    def render_lines(self, crop: Region) -> list[Strip]:
        """As `Widget` would make them, without looking for what is not there: borders, tints, links."""
        self._bring_up_to_date()
        background = self.visual_style.background or self.background_colors[1]
        filters = self.get_line_filters()
        strips = [strip for _, strip in self._padded[crop.y : crop.bottom]]
        for each in filters:
            strips = [strip.apply_filter(each, background) for strip in strips]
        return [strip if crop.width == strip.cell_length else strip.crop(crop.x, crop.right) for strip in strips]

    def _bring_up_to_date(self) -> None:
        padding, size = self.styles.padding, self.size
        resized = self._drawn_for != size
        if resized:
            self._lines, self._drawn_for = self._draw(*size), size
        if resized or not self._padded:
            blank = Strip.blank(size.width + padding.width, self.visual_style.rich_style)
            self._padded = [(blank, blank)] * (len(self._lines) + padding.height)
        for y, line in enumerate(self._lines, start=padding.top):
            if self._padded[y][0] is not line:
                self._padded[y] = line, self._beside(line, padding.left, padding.right)

    def _beside(self, line: Strip, left: int, right: int) -> Strip:
        if not left and not right:
            return line
        ground = self.visual_style.rich_style
        return Strip([Segment(" " * left, ground), *line, Segment(" " * right, ground)], line.cell_length + left + right)
