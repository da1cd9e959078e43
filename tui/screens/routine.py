"""`spinae routine`'s screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.screen import Screen
from textual.widgets import Footer

from sensorcore.routine.shown import Shown
from tui.keys import actions
from tui.widgets.redraw import is_whole
from tui.widgets.routine_panel import RoutinePanel


class RoutineScreen(Screen[None]):
    """Shows what it is given; the keys are asked of the application."""

    CSS_PATH = "routine.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*actions.ROUTINE]

    def __init__(self, sensor: str) -> None:
        """`sensor`: what counts, in a word or two."""
        super().__init__()
        self._sensor = sensor

    def compose(self) -> ComposeResult:
        yield RoutinePanel()
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(RoutinePanel).name_sensor(self._sensor)

    def show(self, now: Shown) -> None:
        """The moment `now`."""
        if is_whole(self):
            self.query_one(RoutinePanel).show(now)
