"""Replay: the whole recording behind a cursor."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from sensorcore.snapshot import Snapshot
from tui import keys
from tui.screens.view import View
from tui.widgets.alerts import AlertList
from tui.widgets.heading import Heading
from tui.widgets.now import NowPanel
from tui.widgets.timeline import Timeline


class ReplayScreen(View):
    """Where the recording stands, and what was said up to there."""

    NAME = "replay"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.TRANSPORT]

    def body(self) -> ComposeResult:
        yield NowPanel(id="now")
        with Vertical(id="alerts-box"):
            yield Heading("alerts")
            yield AlertList(id="alerts")
        yield Timeline(id="timeline")

    def show_snapshot(self, s: Snapshot) -> None:
        self.query_one(NowPanel).show(s)
        self.query_one(AlertList).show(s)
        self.query_one(Timeline).show(s)

    def on_timeline_jump(self, message: Timeline.Jump) -> None:
        self.feed.seek(message.t_s)
