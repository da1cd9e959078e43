"""List of the latest alerts, each with its reason, and other notices: withheld alerts, the wearer's own marks and notes."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from sensorcore.view.event_summary import Alert
from sensorcore.view.snapshot import Snapshot
from tui.text import alert_text, times


class AlertList(VerticalScroll, can_focus=False):
    """Newest first; scrolls when there are more than fit."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._latest: Snapshot | None = None
        self._shown: object = None

    def compose(self) -> ComposeResult:
        yield Static(id="alert-lines")

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        self._latest = s
        clock = None if s.local_s is None else round(s.local_s - s.t_s)  # in which times are shown
        key = (s.alerts, s.notices, alert_text.unlisted_text(s), self.content_size.width, clock, s.progress.catching_up)
        if key == self._shown:
            return
        self._shown = key
        self.query_one(Static).update(_lines(s, self.content_size.width))

    def on_resize(self) -> None:
        if self._latest is not None:
            self.show(self._latest)


def _lines(s: Snapshot, width: int) -> Content:
    blocks = [(alert.raised.t_s, _alert(s, alert, width)) for alert in s.alerts]
    for event in s.notices:
        symbol = alert_text.NOTICE_SYMBOLS.get(type(event), "·")
        text = f"{times.moment(s, event.t_s)}  {alert_text.notice_line(event)}"
        blocks.append((event.t_s, [Content.styled(f"{symbol} {text}", "$quiet")]))
    blocks.sort(key=lambda each: -each[0])
    lines = [line for _, block in blocks for line in block]
    rest = "reading the day so far …" if s.is_live and s.progress.catching_up else alert_text.unlisted_text(s)
    return Content("\n").join([*lines, *([Content.styled(rest, "$quiet")] if rest else [])])


def _alert(s: Snapshot, alert: Alert, width: int) -> list[Content]:
    at = times.moment(s, alert.raised.t_s)
    head = f"{at}  {alert_text.alert_head(alert.raised.why)}"
    measure = alert_text.alert_measure(alert.raised.why)
    outcome = alert_text.alert_outcome(alert)
    first = [("▲ ", "$slouched"), (head, "")]
    rest = ", ".join(part for part in (measure, outcome) if part)
    if 2 + len(head) + 2 + len(rest) <= width:
        return [Content.assemble(*first, (f", {rest}", "$quiet"))]
    if 2 + len(head) <= width:
        return [Content.assemble(*first), Content.styled(" " * (4 + len(at)) + rest, "$quiet")]
    short, limit = alert_text.alert_short(alert.raised.why)
    indent = " " * (3 + len(at))
    lines = [Content.assemble(("▲ ", "$slouched"), f"{at} {short}"), Content.styled(f"{indent}{limit}", "$quiet")]
    return [*lines, Content.styled(f"{indent}{outcome}", "$good")] if outcome else lines
