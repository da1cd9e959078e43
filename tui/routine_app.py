"""`spinae routine` on the screen: a timer lets the routine advance and shows it."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from textual import events
from textual.app import App
from textual.binding import Keymap
from textual.driver import Driver
from textual.filter import LineFilter

from sensorcore.routine.guide import Asked
from sensorcore.routine.running import Running
from sensorcore.session.live import Live
from sensorcore.text.escape import one_line
from tui.drawing import themes
from tui.screens.routine import RoutineScreen
from tui.terminal import escape
from tui.terminal.safe_lines import SAFE_LINES
from tui.text.routine_text import waiting_note
from tui.widgets.routine_panel import SMALL_BELOW

_log = logging.getLogger(__name__)


class RoutineApp(App[None]):
    """One run. `live`: the sensor, which is worn between start and end (None: the timer only). `sensor` names it. The application
    ends itself `END_S` after the routine is over."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    END_S = 5.0
    FRAMES_HZ = 15.0

    def __init__(
        self,
        running: Running,
        live: Live | None,
        *,
        sensor: str,
        theme: str = "",
        own_keys: Keymap | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__()
        self.running = running
        self.fault: Exception | None = None
        self._live = live
        self._sensor = one_line(sensor)
        self._theme_wanted = theme
        self._own_keys: Keymap = own_keys or {}
        self._clock = clock
        self.routine = RoutineScreen(self._sensor)
        self._over_s: float | None = None

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    def get_driver_class(self) -> type[Driver]:
        return escape.driver(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), SAFE_LINES]

    def on_load(self) -> None:
        self.set_keymap(self._own_keys)

    def on_mount(self) -> None:
        for theme in themes.ALL:
            self.register_theme(theme)
        self.theme = self._theme_wanted or themes.chosen("auto", os.environ, self.console.color_system)
        self.push_screen(self.routine)
        if self._live is not None:
            self.call_after_refresh(self._live.start)
        self.set_interval(1 / self.FRAMES_HZ, self.draw)
        self.call_after_refresh(self.draw)

    def on_unmount(self) -> None:
        self.running.close()
        if self._live is not None:
            self._live.stop()

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.routine.set_class(width < SMALL_BELOW[0] or height < SMALL_BELOW[1], "-small")

    def draw(self, asked: Asked | None = None) -> None:
        """One frame."""
        if not self.routine.is_mounted:
            return
        now_s = self._clock()
        shown = self.running.advance(now_s, asked)
        if not self.running.begun:
            shown = replace(shown, note=waiting_note(self.running))
        if shown.ring:
            self.bell()
        self.routine.show(shown)
        if shown.phase != "over":
            self._over_s = None
        elif self._over_s is None:
            self._over_s = now_s
        elif now_s - self._over_s >= self.END_S:
            self.exit()

    def action_ask(self, asked: Asked) -> None:
        self.draw(asked)

    def action_theme(self) -> None:
        """The next theme."""
        names = [theme.name for theme in themes.ALL]
        self.theme = names[(names.index(self.theme) + 1) % len(names)] if self.theme in names else names[0]

    def _handle_exception(self, error: Exception) -> None:
        """Leave the screen in order and say one sentence, as the dashboard does."""
        if self.fault is None:
            self.fault = error
            _log.error("the routine failed", exc_info=error)
        if self.is_headless:
            super()._handle_exception(error)  # so that tests see it
        else:
            self._return_code = 1
            self._close_messages_no_wait()
