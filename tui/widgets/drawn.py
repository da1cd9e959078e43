"""A widget that draws its own lines of cells, when something changed and not for every frame."""

from __future__ import annotations

from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget


class Drawn(Widget):
    """Draws with `_draw`: the lines are kept until the size, a style or what is shown changes."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=classes)
        self._lines: list[Strip] = []
        self._drawn_for: Size | None = None
        self._styles: dict[str, Style] = {}

    def _draw(self, width: int, height: int) -> list[Strip]:
        """One strip a row."""
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
        changed = [Region(0, y, self.size.width, 1) for y, (old, new) in pairs if old != new]
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
        if self._drawn_for != self.size:
            self._lines, self._drawn_for = self._draw(*self.size), self.size
        return self._lines[y]
