"""List of the events before and after a moment. Point at one to go there; the wheel goes to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.message import Message
from textual.strip import Strip

from tui.text.event_text import Line
from tui.widgets.drawn import Drawn, TextLine
from tui.widgets.jump import Jump


class EventList(Drawn):
    """As many events as fit, the last one before the cursor in the middle, with a pointer."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "event--good", "event--drifting", "event--slouched", "event--moving", "event--lying", "event--absent",
        "event--here", "event--quiet",
    }  # fmt: skip

    class Turn(Message):
        """The wearer turned the wheel: to the next (1) or previous (-1) event."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self.shown: tuple[tuple[Line, str], ...] = ()
        self.here = -1
        self._begin = 0

    def show(self, lines: list[Line], cursor_s: float, clock: Callable[[float], str]) -> None:
        """`clock` says when a stream time was."""
        here = bisect_right(lines, cursor_s + 0.05, key=lambda line: line.t_s) - 1
        begin, end = self._window(here, len(lines))
        before = self.shown, self.here, self._begin
        self.shown = tuple((line, clock(line.t_s)) for line in lines[begin:end])
        self.here, self._begin = here, begin
        if before != (self.shown, here, begin):
            self.draw_changes()

    def _window(self, here: int, n: int) -> tuple[int, int]:
        rows = max(1, self.size.height)
        begin = max(0, min(here - (rows - 1) // 2, n - rows))
        return begin, min(n, begin + rows)

    def _draw(self, width: int, height: int) -> list[Strip]:
        rows: list[TextLine] = []
        for place, (line, clock) in enumerate(self.shown, start=self._begin):
            pointer = "▸ " if place == self.here else "  "
            text = (line.text, "" if place <= self.here else "event--quiet")
            rows.append(((pointer, "event--here"), (f"{clock} ", "event--quiet"), (f"{line.symbol} ", f"event--{line.role}"), text))
        if not rows:
            rows = [(("nothing has happened yet", "event--quiet"),)]
        rows += [()] * (height - len(rows))
        return [self._text(row, width) for row in rows[:height]]

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self.shown):
            self.post_message(Jump(self.shown[offset.y][0].t_s))

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Turn(1))

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Turn(-1))
