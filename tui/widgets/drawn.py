"""A widget that draws its own lines of cells, when something changed and not for every frame."""

from __future__ import annotations

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Drawn(Widget):
    """Draws with `_draw`: the lines are kept until the size, a style or what is shown changes. It may have padding, but no border."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._padded: list[tuple[Strip, Strip]] = []
        self._drawn_for: Size | None = None
        self._styles: dict[str, Style] = {}

    def _draw(self, width: int, height: int) -> list[Strip]:
        """One strip a row, each as wide as the widget. A row that has not changed costs least when it is the same strip."""
        raise NotImplementedError

    def draw_anew(self) -> None:
        """Everything changed."""
        self._drawn_for = None
        self.refresh()

    def draw_changes(self) -> None:
        """Only rows that changed are sent to the terminal: most of a panel is empty most of the time."""
        if self._drawn_for != self.size:
            self.refresh()
            return
        before, self._lines = self._lines, self._draw(*self.size)
        pairs = enumerate(zip(before, self._lines, strict=True))
        changed = [Region(0, y, self.size.width, 1) for y, (old, new) in pairs if old is not new and old != new]
        if changed:
            self.refresh(*changed)

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = {}
        self._drawn_for = None

    def _style(self, name: str) -> Style:
        """Looked up once: it costs more than the drawing."""
        if name not in self._styles:
            self._styles[name] = self.get_component_rich_style(name)
        return self._styles[name]

    def render_line(self, y: int) -> Strip:
        self._bring_up_to_date()
        return self._lines[y]

    def render_lines(self, crop: Region) -> list[Strip]:
        """As `Widget` would make them, without looking for what is not there: borders, tints, links."""
        self._bring_up_to_date()
        background, filters = self.background_colors[1], self.get_line_filters()
        strips = []
        for _, strip in self._padded[crop.y : crop.bottom]:
            for each in filters:
                strip = strip.apply_filter(each, background)
            strips.append(strip if crop.width == strip.cell_length else strip.crop(crop.x, crop.right))
        return strips

    def _bring_up_to_date(self) -> None:
        padding, anew = self.styles.padding, self._drawn_for != self.size
        if anew:
            self._lines, self._drawn_for = self._draw(*self.size), self.size
        if anew or not self._padded:
            blank = Strip.blank(self.size.width + padding.width, self.visual_style.rich_style)
            self._padded = [(blank, blank)] * (len(self._lines) + padding.height)
        for y, line in enumerate(self._lines, start=padding.top):
            if self._padded[y][0] is not line:
                self._padded[y] = line, self._beside(line, padding.left, padding.right)

    def _beside(self, line: Strip, left: int, right: int) -> Strip:
        if not left and not right:
            return line
        ground = self.visual_style.rich_style
        return Strip([Segment(" " * left, ground), *line, Segment(" " * right, ground)], line.cell_length + left + right)
