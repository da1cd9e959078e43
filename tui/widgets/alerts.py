"""The latest alerts, each with why."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sensorcore.snapshot import Snapshot
from tui import presenter


class AlertList(VerticalScroll, can_focus=False):
    """Newest first; scrolls when there are more than fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._latest: Snapshot | None = None
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="alert-lines")

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        self._latest = s
        key = (s.alerts, s.snoozed_until_s, self.content_size.width)
        if key == self._shown:
            return
        self._shown = key
        self.query_one(Static).update(_lines(s, self.content_size.width))

    def on_resize(self) -> None:
        if self._latest is not None:
            self.show(self._latest)


def _lines(s: Snapshot, width: int) -> Content:
    snooze = presenter.snooze_text(s)
    lines = [Content.styled(snooze, "$drifting")] if snooze else []
    if not s.alerts:
        lines.append(Content.styled("none so far", "$quiet"))
    for alert in s.alerts:
        at = presenter.moment(s, alert.raised.t_s)
        head = f"{at}  {presenter.alert_head(alert.raised.why)}"
        measure = presenter.alert_measure(alert.raised.why)
        outcome = presenter.alert_outcome(alert)
        first = [("▲ ", "$slouched"), (head, "")]
        rest = ", ".join(part for part in (measure, outcome) if part)
        if 2 + len(head) + 2 + len(rest) <= width:
            lines.append(Content.assemble(*first, (f", {rest}", "$quiet")))
        else:
            lines += [Content.assemble(*first), Content.styled(" " * (4 + len(at)) + rest, "$quiet")]
    return Content("\n").join(lines)
