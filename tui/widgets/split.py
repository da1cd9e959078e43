"""How the time so far divides into upright, slouched and unknown."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.snapshot import Snapshot
from tui import presenter
from tui.presenter import Part


class SplitBar(Widget):
    """A bar and its legend; each part has a glyph of its own."""

    parts: reactive[tuple[Part, ...]] = reactive(())

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        parts = presenter.split(s)
        # Repaint for what a reader can tell apart: whole seconds.
        if [(p.name, int(p.seconds)) for p in parts] != [(p.name, int(p.seconds)) for p in self.parts]:
            self.parts = parts

    def render(self) -> Content:
        width = self.content_size.width
        widths = presenter.split_widths(self.parts, width)
        bar = Content.assemble(*((p.glyph * n, f"${p.role} 75%") for p, n in zip(self.parts, widths, strict=True)))
        legend = self._legend(shares=True)
        if legend.cell_length > width:
            legend = self._legend(shares=False)
        return Content("\n").join([legend, bar])

    def _legend(self, *, shares: bool) -> Content:
        pieces: list[tuple[str, str]] = [("so far" if shares else "", "$quiet")]
        for p in self.parts:
            pieces += [
                ("   " if shares or len(pieces) > 1 else "", ""),
                (f"{p.glyph} ", f"${p.role}"),
                (f"{p.name} ", "$quiet"),
                (presenter.clock(p.seconds), "bold"),
                (f" {p.share:.0%}" if shares else "", "$quiet"),
            ]
        return Content.assemble(*pieces)
