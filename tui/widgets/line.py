"""One row of text in several styles, drawn where it changes often."""

from __future__ import annotations

from textual.strip import Strip

from tui.widgets.drawn import Drawn, TextLine


class LineOfText(Drawn):
    """A subclass names the component classes of its styles."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._line: TextLine = ()

    def show(self, line: TextLine) -> None:
        """Draw this from now on."""
        if line != self._line:
            self._line = line
            self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        return [self._text(self._line if row == 0 else (), width) for row in range(height)]
