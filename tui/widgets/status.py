"""Last line: the sensor and its battery, or a warning about the recording."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.view.snapshot import Snapshot
from tui.text import sensor_text


class StatusLine(Widget):
    """One row; none while there is nothing to say."""

    text: reactive[str] = reactive("")

    def show(self, s: Snapshot, practised: str = "") -> None:
        """Update from the snapshot; `practised`: the streak in a few words."""
        self.text = " · ".join(part for part in (sensor_text.status_text(s), practised) if part)
        self.set_class(not self.text, "-away")

    def render(self) -> Content:
        return Content.styled(self.text, "$drifting" if self.text.startswith("!") else "$quiet")
