"""Legend beside the ring: how the time so far divides. Each part has a glyph of its own."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.view.snapshot import Snapshot
from tui.text import shares, times
from tui.text.shares import Part


class SplitLegend(Widget):
    """A row for each part: glyph, name, time, share."""

    parts: reactive[tuple[Part, ...]] = reactive(())

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        parts = shares.split(s)
        # Repaint for what a reader can tell apart: whole seconds.
        if [(p.name, int(p.seconds)) for p in parts] != [(p.name, int(p.seconds)) for p in self.parts]:
            self.parts = parts

    def render(self) -> Content:
        lasted = [times.clock(p.seconds) for p in self.parts]
        wide = max((len(t) for t in lasted), default=0)
        rows = [
            Content.assemble(
                (f"{p.glyph} ", f"${p.role}"),
                (f"{p.name:<9}", "$quiet"),
                (time.rjust(wide), "bold"),
                (f" {p.percent:3}%" if self.content_size.width >= 17 + wide else "", "$quiet"),
            )
            for p, time in zip(self.parts, lasted, strict=True)
        ]
        return Content("\n").join(rows)
