"""Compositor that paints only what changed.

For a change anywhere, Textual asks every widget that touches the smallest rectangle around all changes for all of its lines: on
the dashboard fifteen widgets a frame, most of them containers that lie behind others. Here a widget is asked only if one of the
changed regions shows it, and only for those rows. The terminal gets the same, which the test beside it holds."""

from __future__ import annotations

from collections.abc import Collection

from textual.geometry import Region
from textual.widget import Widget

from tui.terminal.textual_private import ChopsUpdate, Compositor, dirty_regions

Visible = dict[Widget, tuple[Region, Region]]


class PartialCompositor(Compositor):
    """Compositor of a screen (`textual_private.use_compositor`)."""

    _wanted: frozenset[Region] = frozenset()

    def render_partial_update(self) -> ChopsUpdate | None:
        _ = self.cuts  # where lines are cut is a matter of all widgets, so it is settled before
        self._wanted = dirty_regions(self)
        try:
            return super().render_partial_update()
        finally:
            self._wanted = frozenset()

    @property
    def visible_widgets(self) -> Visible:
        found = super().visible_widgets
        return needed(found, self._wanted) if self._wanted else found


def needed(visible: Visible, wanted: Collection[Region]) -> Visible:
    """Of the `visible` widgets, front to back, those that show something of the `wanted` regions; their clips cut to the rows asked
    for. A region that one widget covers wholly shows nothing of the widgets behind it."""
    left, found = list(wanted), Visible()
    for widget, (region, clip) in visible.items():
        seen = region.intersection(clip)
        asked = [each for each in left if each.overlaps(seen)]
        if asked:
            top, bottom = min(each.y for each in asked), max(each.bottom for each in asked)
            found[widget] = region, clip.intersection(Region(clip.x, top, clip.width, bottom - top))
            left = [each for each in left if not seen.contains_region(each)]
            if not left:
                break
    return found
