"""Calibrate: whose upright posture is measured against."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Static

from sensorcore.snapshot import Snapshot
from tui.screens.view import View
from tui.widgets.now import NowPanel


class CalibrateScreen(View):
    """The upright in force."""

    NAME = "calibrate"

    def body(self) -> ComposeResult:
        yield NowPanel(id="now")
        yield Static("", id="calibration", markup=False)

    def show_snapshot(self, s: Snapshot) -> None:
        self.query_one(NowPanel).show(s)
        kind = "none known yet" if s.baseline is None else f"{s.baseline.state}, {'assumed' if s.baseline.assumed else 'yours'}"
        self.query_one("#calibration", Static).update(f"upright: {kind}")
