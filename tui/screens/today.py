"""Today: the half second that a wearer looks."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical

from sensorcore.snapshot import Snapshot
from tui import keys
from tui.screens.view import View
from tui.widgets.alerts import AlertList
from tui.widgets.heading import Heading
from tui.widgets.now import NowPanel
from tui.widgets.split import SplitBar
from tui.widgets.timeline import Timeline
from tui.widgets.trace import TracePanel


class TodayScreen(View):
    """The number, the word, the trace, the day so far, the alerts with their reasons."""

    NAME = "today"
    BINDINGS: ClassVar[list[BindingType]] = [
        *keys.TRANSPORT,
        Binding("pageup", "scroll_alerts(-1)", "Alerts up", show=False, id="alerts_up"),
        Binding("pagedown", "scroll_alerts(1)", "Alerts down", show=False, id="alerts_down"),
    ]

    def body(self) -> ComposeResult:
        with Horizontal(id="hero"):
            yield NowPanel(id="now")
            with Vertical(id="trace-box"):
                yield Heading("last minute")
                yield TracePanel(id="trace")
        yield SplitBar(id="split")
        with Vertical(id="alerts-box"):
            yield Heading("alerts")
            yield AlertList(id="alerts")
        yield Timeline(id="timeline")

    def show_snapshot(self, s: Snapshot) -> None:
        self.query_one(NowPanel).show(s)
        self.query_one(TracePanel).show(s)
        self.query_one(SplitBar).show(s)
        self.query_one(AlertList).show(s)
        self.query_one(Timeline).show(s)

    def action_scroll_alerts(self, step: int) -> None:
        alerts = self.query_one(AlertList)
        (alerts.scroll_page_down if step > 0 else alerts.scroll_page_up)(animate=False)

    def on_timeline_jump(self, message: Timeline.Jump) -> None:
        self.feed.seek(message.t_s)
