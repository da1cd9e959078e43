"""Settings: what is set, and what each setting means."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from sensorcore.snapshot import Snapshot
from tui.screens.view import View


class SettingsScreen(View):
    """Every setting with its value."""

    NAME = "settings"

    def body(self) -> ComposeResult:
        rows = [f"{key:28} {value!s:>8}  {about['help']}" for key, value, about in self.feed.settings.items()]
        with VerticalScroll():
            yield Static("\n".join(rows), markup=False)

    def show_snapshot(self, s: Snapshot) -> None:
        """Nothing here changes with time."""
