"""Operating system commands (OSC) of a terminal: notifications, its title. Pure: strings out. A terminal ignores those it does
not know; one that cannot (`dumb`, the Linux console) gets none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from sensorcore.text.escape import one_line

_MUTE: Final = ("dumb", "unknown", "linux", "")
SAVE_TITLE: Final = "\x1b[22;2t"
RESTORE_TITLE: Final = "\x1b[23;2t"
"""xterm's stack of titles."""


def speaks(environment: Mapping[str, str]) -> bool:
    """Whether the terminal takes OSC at all."""
    return environment.get("TERM", "") not in _MUTE


def notification(environment: Mapping[str, str], title: str, body: str) -> str:
    """A desktop notification by the terminal: OSC 777 where VTE, foot or rxvt listen, else OSC 9 (iTerm2, kitty, WezTerm, Ghostty,
    Windows Terminal). Through tmux it is wrapped, which needs `set -g allow-passthrough on`; without it tmux drops it."""
    if not speaks(environment):
        return ""
    title, body = plain(title), plain(body)
    terminal = environment.get("TERM", "")
    if "VTE_VERSION" in environment or terminal.startswith(("foot", "rxvt")):
        sequence = f"\x1b]777;notify;{title.replace(';', ',')};{body.replace(';', ',')}\x07"
    else:
        sequence = f"\x1b]9;{title}: {body}\x07"
    if "TMUX" in environment:
        return "\x1bPtmux;" + sequence.replace("\x1b", "\x1b\x1b") + "\x1b\\"
    return sequence


def window_title(environment: Mapping[str, str], text: str) -> str:
    """OSC 2."""
    return f"\x1b]2;{plain(text)}\x07" if speaks(environment) else ""


def plain(text: str) -> str:
    """Within a sequence, where even a newline would end it: a sensor's name must not steer the terminal."""
    return "".join(c for c in one_line(text) if c.isprintable())
