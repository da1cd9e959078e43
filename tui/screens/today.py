"""Today screen: for the half second that a wearer looks."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical

from sensorcore.view.snapshot import Snapshot
from tui.keys import actions
from tui.screens.view import View
from tui.text import alert_text, looks
from tui.widgets.alerts import AlertList
from tui.widgets.figure import FigurePanel
from tui.widgets.heading import Heading
from tui.widgets.now import NowPanel
from tui.widgets.ring import DayRing
from tui.widgets.split import SplitLegend
from tui.widgets.status import StatusLine
from tui.widgets.timeline import Timeline
from tui.widgets.trace import TracePanel


class TodayScreen(View):
    """The number, the word, the trace, the day so far, the alerts with their reasons."""

    NAME = "today"
    TRACE: ClassVar[type[TracePanel]] = TracePanel
    """Widget of the last minute; a benchmark puts others in its place."""
    _role: str = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        *actions.WEARER,
        *actions.quiet(actions.TRANSPORT, but=("pause",)),
        *actions.LISTS,
    ]

    def body(self) -> ComposeResult:
        with Horizontal(id="hero"):
            with Horizontal(id="card"):
                yield FigurePanel(id="figure")
                yield NowPanel(id="now")
            with Vertical(id="trace-box"):
                yield Heading("last minute")
                yield self.TRACE(id="trace")
        with Horizontal(id="lower"):
            with Vertical(id="split-box"):
                yield Heading("today", id="split-heading")
                with Horizontal(id="split"):
                    yield DayRing(id="ring")
                    yield SplitLegend(id="legend")
            with Vertical(id="alerts-box"):
                yield Heading("alerts and notes", id="alerts-heading")
                yield AlertList(id="alerts")
        yield StatusLine(id="status")
        yield Timeline(id="timeline")

    def show_snapshot(self, s: Snapshot) -> None:
        self.query_one(NowPanel).show(s)
        role = looks.look(s).role
        if role != self._role:  # for all that stands on the card
            self.query_one("#card").update_classes({f"-{self._role}": False, f"-{role}": True})
            self._role = role
        self.query_one(FigurePanel).show(s)
        self.query_one("#trace", self.TRACE).show(s)
        self.query_one(DayRing).show(s)
        self.query_one(SplitLegend).show(s)
        self.query_one(AlertList).show(s)
        self.query_one("#alerts-heading", Heading).rename(alert_text.alerts_text(s))
        self.query_one("#split-heading", Heading).rename("this recording" if s.today is None and s.link is None else "today")
        self.query_one(StatusLine).show(s, self.dashboard.practised)
        timeline = self.query_one(Timeline)
        timeline.set_class(s.link is not None, "-away")  # who wears a sensor has no recording to move in yet
        timeline.show(s)

    def action_scroll_alerts(self, step: int) -> None:
        alerts = self.query_one(AlertList)
        (alerts.scroll_page_down if step > 0 else alerts.scroll_page_up)(animate=False)
