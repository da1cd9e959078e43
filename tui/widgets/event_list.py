"""What happened, around a moment: the events before and after it. Point at one to go there; the wheel goes to the next."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from tui.happened import Line


class EventList(Widget):
    """As many events as fit, the last one before the cursor in the middle, with a pointer."""

    shown: reactive[tuple[tuple[Line, str], ...]] = reactive(())
    here: reactive[int] = reactive(-1)

    class Jump(Message):
        """The wearer pointed at an event."""

        def __init__(self, t_s: float) -> None:
            self.t_s = t_s
            super().__init__()

    class Turn(Message):
        """The wearer turned the wheel: to the next (1) or previous (-1) event."""

        def __init__(self, step: int) -> None:
            self.step = step
            super().__init__()

    def show(self, lines: list[Line], cursor_s: float, clock: Callable[[float], str]) -> None:
        """`clock` says when a stream time was."""
        here = bisect_right([line.t_s for line in lines], cursor_s + 0.05) - 1
        self.here = here
        begin, end = self._window(here, len(lines))
        self.shown = tuple((line, clock(line.t_s)) for line in lines[begin:end])
        self._begin = begin

    def _window(self, here: int, n: int) -> tuple[int, int]:
        rows = max(1, self.size.height)
        begin = max(0, min(here - (rows - 1) // 2, n - rows))
        return begin, min(n, begin + rows)

    def render(self) -> Content:
        if not self.shown:
            return Content.styled("nothing has happened yet", "$quiet")
        rows = []
        for place, (line, clock) in enumerate(self.shown, start=self._begin):
            pointer = "▸ " if place == self.here else "  "
            style = "" if place <= self.here else "$quiet"
            symbol = (f"{line.symbol} ", f"${line.role}")
            rows.append(Content.assemble((pointer, "bold"), (f"{clock} ", "$quiet"), symbol, (line.text, style)))
        return Content("\n").join(rows)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is not None and offset.y < len(self.shown):
            self.post_message(self.Jump(self.shown[offset.y][0].t_s))

    def on_mouse_scroll_down(self) -> None:
        self.post_message(self.Turn(1))

    def on_mouse_scroll_up(self) -> None:
        self.post_message(self.Turn(-1))
