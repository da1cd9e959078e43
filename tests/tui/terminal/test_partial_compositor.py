"""Painting only what changed shows what painting everything shows."""

from collections.abc import Iterator
from typing import Any

import pytest
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from tests.tui.app.test_dashboard import dashboard
from tests.tui.moments import ALERT, moment
from tui.terminal.partial_compositor import needed
from tui.widgets.drawn import Drawn


def cells(strips: list[Strip]) -> list[list[tuple[object, ...]]]:
    """What is seen of each cell, so that the same picture cut otherwise is the same; of a blank one that is its ground."""
    return [[(char, s.bgcolor, *([] if char == " " else [s.color, s.bold])) for char, s in _styled(strip)] for strip in strips]


def _styled(strip: Strip) -> Iterator[tuple[str, Style]]:
    return ((char, style or Style()) for text, style, _ in strip for char in text)


class Terminal:
    """What a terminal shows that gets only the updates of a screen."""

    def __init__(self, screen: Screen[Any]) -> None:
        self.painted = self.partial = 0
        self._compositor = screen._compositor
        self._whole, self._part = self._compositor.render_full_update, self._compositor.render_partial_update
        self.rows = self.complete()
        self._compositor.render_full_update = self._repaint  # type: ignore[method-assign]
        self._compositor.render_partial_update = self._update  # type: ignore[method-assign]

    def complete(self) -> list[list[tuple[object, ...]]]:
        """What it should show."""
        return cells(self._compositor.render_strips())

    def _repaint(self, simplify: bool = False) -> LayoutUpdate:
        self.rows = self.complete()
        return self._whole(simplify)

    def _update(self) -> ChopsUpdate | None:
        update = self._part()
        for y, x1, x2 in update.spans if update is not None else ():
            self.partial += 1
            for x, strip in update.chops[y].items():
                for at, cell in enumerate(cells([strip])[0] if strip is not None else [], start=x):
                    if x1 <= at < x2:
                        self.rows[y][at] = cell
                        self.painted += 1
        return update


def moments() -> list[dict[str, Any]]:
    return [
        {"t_s": 61.0, "inclination_deg": 8.0, "flexion_deg": 8.0},
        {"t_s": 62.0, "inclination_deg": 14.0, "flexion_deg": 14.0, "state_s": 3.0},
        {"t_s": 63.0, "posture": "slouched", "inclination_deg": 24.0, "flexion_deg": 24.0, "lateral_deg": 9.0, "alerts": (ALERT,)},
        {"t_s": 64.0, "posture": "unknown", "context": "walking", "inclination_deg": 4.0, "flexion_deg": 4.0},
        {"t_s": 65.0, "problem": "The disk is full: free some space."},
        {"t_s": 66.0, "has_signal": False, "inclination_deg": None, "flexion_deg": None, "lateral_deg": None},
    ]


@pytest.mark.parametrize("size", [pytest.param((120, 40), marks=pytest.mark.slow), (30, 8)])
async def test_updates_add_up_to_the_whole_screen(size: tuple[int, int]) -> None:
    async with dashboard(size) as (app, pilot):
        app.animation_level = "none"
        await pilot.pause()
        terminal = Terminal(app.screen)
        for each in moments():
            for angle_deg in (each.get("inclination_deg"), 21.0, 22.0):
                app.show_snapshot(moment(**{**each, "t_s": each["t_s"] + (angle_deg or 0.0) / 100, "inclination_deg": angle_deg}))
                await pilot.pause()
                await pilot.pause()
                assert not app.screen._dirty_widgets
                assert terminal.rows == terminal.complete()
        assert terminal.partial > 10
        assert terminal.painted < 0.5 * size[0] * size[1] * 3 * len(moments())


async def test_drawn_widgets_look_as_textual_itself_would_draw_them() -> None:
    async with dashboard((120, 40)) as (app, pilot):
        for keys in ((), ("2",)):
            await pilot.press(*keys)
            app.frame()
            await pilot.pause()
            drawn = [each for each in app.screen.query(Drawn) if each.size.area]
            assert len(drawn) >= 3
            for each in drawn:
                whole = each.outer_size.region
                for crop in (whole, Region(1, 0, whole.width - 1, whole.height)):
                    assert cells(each.render_lines(crop)) == cells(Widget.render_lines(each, crop))


async def test_only_what_shows_a_change_is_asked() -> None:
    async with dashboard((120, 40)) as (app, _):
        visible = app.screen._compositor.visible_widgets
        trace = app.query_one("#trace")
        region, _ = visible[trace]
        row = Region(region.x, region.y + 2, region.width, 1)
        assert list(needed(visible, [row])) == [trace]
        assert needed(visible, [row])[trace][1].line_span == row.line_span
        beside = Region(region.x - 3, region.y, 6, 1)  # half of it shows what lies behind
        assert len(needed(visible, [beside])) > 1
        assert needed(visible, [app.screen.size.region]).keys() == visible.keys()
