"""Timeline of a replay: elapsed, a line with the alerts on it, total. Click to jump."""

from __future__ import annotations

from textual import events
from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.view.snapshot import Snapshot
from tui.text import times
from tui.widgets.jump import Jump


class Timeline(Widget):
    """One row. `shown`: cursor, duration (None while unknown), times of the alerts."""

    shown: reactive[tuple[float, float | None, tuple[float, ...]]] = reactive((0.0, None, ()))

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        # Whole seconds: a finer cursor would only repaint the same line.
        self.shown = (float(int(s.t_s)), s.progress.duration_s, tuple(a.raised.t_s for a in s.alerts))

    def render(self) -> Content:
        t_s, duration_s, alerts_s = self.shown
        left, right = self._ends()
        cells = self._cells()
        if duration_s is None or duration_s <= 0 or cells < 4:
            return Content.styled(left, "$quiet")
        done = min(cells - 1, int(t_s / duration_s * cells))
        marks = {min(cells - 1, int(a / duration_s * cells)) for a in alerts_s}
        line = [
            ("◆", "bold $foreground")
            if i == done
            else ("▲", "$slouched")
            if i in marks
            else ("━", "$quiet")
            if i < done
            else ("─", "$line")
            for i in range(cells)
        ]
        return Content.assemble((left, "$foreground"), " ", *line, " ", (right, "$quiet"))

    def on_click(self, event: events.Click) -> None:
        _, duration_s, _ = self.shown
        offset = event.get_content_offset(self)
        if offset is None or duration_s is None:
            return
        share = (offset.x - len(self._ends()[0]) - 1) / max(1, self._cells())
        self.post_message(Jump(min(max(share, 0.0), 1.0) * duration_s))

    def _ends(self) -> tuple[str, str]:
        t_s, duration_s, _ = self.shown
        right = "" if duration_s is None else times.clock(duration_s)
        return times.clock(t_s).rjust(len(right)), right

    def _cells(self) -> int:
        left, right = self._ends()
        return self.content_size.width - len(left) - len(right) - 2
