"""Reads keys with `tui.terminal.escape`. Not where Windows gives keys as events."""

from __future__ import annotations

from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver

from tui.terminal.escape import EscapeParser


class EscapeDriver(LinuxDriver):
    """Textual's own, but for the parser."""

    def run_input_thread(self) -> None:
        before = vars(linux_driver)["XTermParser"]
        vars(linux_driver)["XTermParser"] = EscapeParser
        try:
            super().run_input_thread()
        finally:
            vars(linux_driver)["XTermParser"] = before
