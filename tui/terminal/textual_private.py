"""All private names of Textual in use. Each has a canary in the tests, which fails when an upgrade takes the name away, and a
fallback: Textual's own behaviour, or a feature less."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from textual.app import App
from textual.driver import Driver
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

try:
    from textual._compositor import ChopsUpdate, Compositor
    from textual._xterm_parser import XTermParser

    HAS_PARTS: bool = True
    """Whether compositor and parser of the terminal's input can be replaced."""
except ImportError:  # pragma: no cover - not with the version that the lock names
    ChopsUpdate = Compositor = XTermParser = object  # type: ignore[assignment, misc]
    HAS_PARTS = False

__all__ = ["HAS_PARTS", "ChopsUpdate", "Compositor", "FaultApp", "XTermParser"]

_REMOVAL: Final = ("_pruning", "_closing", "_closed")


def use_compositor(screen: Screen[Any], compositor: Compositor) -> None:
    """Paint `screen`, which is not mounted yet, with `compositor`. Without: Textual's paints."""
    if HAS_PARTS and hasattr(screen, "_compositor"):
        screen._compositor = compositor


def dirty_regions(compositor: Compositor) -> frozenset[Region]:
    """Regions changed since the last frame. Without: none are known, so everything is painted."""
    return frozenset(getattr(compositor, "_dirty_regions", ()))


def end_wait(parser: XTermParser) -> None:
    """End the wait for the rest of an escape sequence. Without: it ends by Textual's own timeout."""
    if getattr(parser, "_timeout_time", None) is not None:
        parser._timeout_time = 0.0


@contextmanager
def input_parser(parser: type[XTermParser]) -> Iterator[None]:
    """Textual's driver for Linux and macOS, started inside, reads with `parser`. Without: it reads with its own."""
    from textual.drivers import linux_driver  # noqa: PLC0415 - needs what Windows has not

    names = vars(linux_driver)
    before = names.get("XTermParser")
    if before is not None:
        names["XTermParser"] = parser
    try:
        yield
    finally:
        if before is not None:
            names["XTermParser"] = before


def can_replace_parser(driver: type[Driver]) -> bool:
    """Whether `input_parser` has an effect on this driver: not where Windows gives keys as events."""
    return HAS_PARTS and sys.platform != "win32" and driver.__name__ == "LinuxDriver"


def is_being_removed(widget: Widget) -> bool:
    """Whether `widget` is being removed, though still attached. Without: only a detached one counts as gone."""
    return any(getattr(widget, name, False) for name in _REMOVAL)


def write_to_terminal(app: App[Any], sequence: str) -> None:
    """Send a sequence that is not text, such as a title. Without: nothing is sent."""
    driver = getattr(app, "_driver", None)
    if driver is not None:
        driver.write(sequence)


class FaultApp(App[None]):
    """App that keeps the exception that ended it in `fault` and leaves the screen in order. Without: Textual prints a traceback."""

    fault: Exception | None = None

    def on_fault(self, error: Exception) -> None:
        """The first exception, before the screen is left."""

    def _handle_exception(self, error: Exception) -> None:
        if self.fault is None:
            self.fault = error
            self.on_fault(error)
        if self.is_headless:
            super()._handle_exception(error)  # so that tests see it
        elif hasattr(self, "_close_messages_no_wait"):
            self._return_code = 1
            self._close_messages_no_wait()  # its own queue, which `exit` would need, may be what failed
        else:
            self.exit(return_code=1)
