"""Screen of `spinae routine`: one run, from start to end."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.events import Resize
from textual.screen import Screen
from textual.widgets import Footer

from sensorcore.routine.guide import Asked
from sensorcore.routine.running import Running
from sensorcore.session.live import Live
from sensorcore.text.escape import one_line
from tui.keys import actions
from tui.text.routine_text import RoutineMoments
from tui.widgets.redraw import is_whole
from tui.widgets.routine_panel import SMALL_BELOW, RoutinePanel

FRAMES_HZ: Final = 15.0
END_S: Final = 5.0
"""Time that the last moment stays after the end."""


class RoutineScreen(Screen[None]):
    """Shows `running` and ends the application with it. `live`: the sensor, which is worn between start and end (None: the timer
    only); `sensor` names what counts."""

    CSS_PATH = "routine.tcss"
    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [*actions.ROUTINE]

    def __init__(self, running: Running, live: Live | None, *, sensor: str, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._moments = RoutineMoments(running, clock)
        self._live = live
        self._sensor = one_line(sensor)

    def compose(self) -> ComposeResult:
        yield RoutinePanel()
        yield Footer(show_command_palette=False, compact=True)

    def on_mount(self) -> None:
        self.query_one(RoutinePanel).name_sensor(self._sensor)
        if self._live is not None:
            self.call_after_refresh(self._live.start)
        self.set_interval(1 / FRAMES_HZ, self.advance)
        self.call_after_refresh(self.advance)

    def on_unmount(self) -> None:
        self._moments.running.close()
        if self._live is not None:
            self._live.stop()

    def on_resize(self, event: Resize) -> None:
        width, height = event.size
        self.set_class(width < SMALL_BELOW[0] or height < SMALL_BELOW[1], "-small")

    def advance(self, asked: Asked | None = None) -> None:
        """Draw a frame."""
        if not self.is_mounted:
            return
        shown = self._moments.advance(asked)
        if shown.ring:
            self.app.bell()
        if is_whole(self):
            self.query_one(RoutinePanel).show(shown)
        if self._moments.is_over(END_S):
            self.app.exit()

    def action_ask(self, asked: Asked) -> None:
        self.advance(asked)
