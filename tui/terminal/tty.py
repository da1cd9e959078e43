"""Kind of terminal that the program runs in."""

from __future__ import annotations

import os
import sys
from typing import Final

from sensorcore.errors import SpinaeError

WEB_DRIVER: Final = "TEXTUAL_DRIVER"


def has_terminal() -> bool:
    """Is there a terminal of any kind?"""
    if WEB_DRIVER in os.environ:  # a browser is the terminal
        return True
    return sys.stdin is not None and sys.stdin.isatty() and sys.stdout.isatty()


def can_show() -> bool:
    """Is there a terminal with a screen?"""
    return has_terminal() and os.environ.get("TERM") != "dumb"


def check_terminal(hint: str = "Run it in one, or use --headless to print events as JSON lines.") -> None:
    """Raises SpinaeError when there is no terminal to show a dashboard in."""
    if not has_terminal():
        raise SpinaeError("the dashboard needs a terminal", hint=hint)
