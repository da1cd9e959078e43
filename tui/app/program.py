"""Base of all programs on the screen: themes, keys, the terminal's input and output, and the end by a fault."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from textual.binding import Keymap
from textual.driver import Driver
from textual.filter import LineFilter
from textual.screen import Screen

from sensorcore.errors import SpinaeError
from tui.drawing import themes
from tui.keys import key_map
from tui.places.folders import settings_path
from tui.places.log_file import logging_to_file
from tui.terminal import escape
from tui.terminal.safe_lines import SAFE_LINES
from tui.terminal.textual_private import FaultApp

_log = logging.getLogger(__name__)


class Program(FaultApp):
    """App of one screen, `only`; the dashboard has more. `theme`: its name, else `theme_setting` decides; `own_keys`: the
    wearer's."""

    CSS_PATH = Path(__file__).with_name("app.tcss")
    ENABLE_COMMAND_PALETTE = False
    CALLED = "routine"
    """Name in messages about a fault."""

    def __init__(self, only: Screen[Any] | None = None, *, theme: str = "", own_keys: Keymap | None = None) -> None:
        super().__init__()
        self.own_keys: Keymap = own_keys or {}
        self._only = only
        self._theme_wanted = theme

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return dict(themes.DEFAULTS)

    def get_driver_class(self) -> type[Driver]:
        return escape.driver(super().get_driver_class())

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), SAFE_LINES]

    def on_load(self) -> None:
        self.set_keymap(self.own_keys)

    def on_mount(self) -> None:
        for theme in themes.ALL:
            self.register_theme(theme)
        self.use_theme(self._theme_wanted)
        if self._only is not None:
            self.push_screen(self._only)

    @property
    def theme_setting(self) -> str:
        """Theme as the settings name it."""
        return "auto"

    def use_theme(self, wanted: str = "") -> None:
        """Apply a theme by its name; without one, by `theme_setting`."""
        self.theme = wanted or themes.chosen(self.theme_setting, os.environ, self.console.color_system)

    def on_fault(self, error: Exception) -> None:
        _log.error("the %s failed", self.CALLED, exc_info=error)

    def action_theme(self) -> None:
        """The next theme."""
        names = [theme.name for theme in themes.ALL]
        here = names.index(self.theme) if self.theme in names else -1
        self.theme = names[(here + 1) % len(names)]


def keys_of_wearer() -> Keymap:
    """The wearer's own keys. Raises BadSetting, StorageError."""
    return key_map.load(settings_path().with_name(key_map.FILE))


def run(program: Program) -> Path | None:
    """Run until the wearer quits; returns the log file. Raises SpinaeError when the program itself failed; the terminal is
    restored by then."""
    with logging_to_file() as log:
        program.run()
    fault = program.fault
    if fault is not None:
        raise SpinaeError(
            f"the {program.CALLED} stopped by a fault of its own ({type(fault).__name__}: {fault})",
            hint=f"Please report it, with {log}." if log else "Please report it.",
        )
    return log
