"""A block's title: quiet, with a line to the right edge."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class Heading(Widget):
    """One row."""

    DEFAULT_CSS = "Heading { height: 1; }"

    def __init__(self, title: str, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._title = title

    def rename(self, title: str) -> None:
        """Another title from now on."""
        if title != self._title:
            self._title = title
            self.refresh()

    def render(self) -> Content:
        rest = max(0, self.content_size.width - len(self._title) - 1)
        return Content.assemble((self._title, "$quiet"), (" " + "─" * rest, "$line"))
