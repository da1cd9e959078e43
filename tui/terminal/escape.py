"""Escape, and then another key: terminals send the same bytes for that as for the other key held with Alt, and only the pause
between them tells. On a busy machine, or over a slow line, both arrive together; Textual then reads Alt and a key that nothing is
bound to, and both would be lost. No key of ours is held with Alt, so here these are two keys."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from textual._xterm_parser import XTermParser
from textual.binding import Binding
from textual.keys import _character_to_key

from tui.keys import key_map

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message

ESCAPE: Final = "\x1b"
_BEGINS_MORE: Final = "[OP]_^X"
"""What terminals themselves send after an escape."""
_OF_TEXT: Final = "bf"
"""With Alt, a word back or on in a field of text."""


def characters(bindings: Iterable[Binding]) -> frozenset[str]:
    """Those that are keys by themselves."""
    keys = {key.strip() for binding in bindings for key in binding.key.split(",")}
    typed = (chr(code) for code in range(ord(" "), 0x7F))
    return frozenset(
        char for char in typed if char not in _BEGINS_MORE + _OF_TEXT and (char in keys or _character_to_key(char) in keys)
    )


class EscapeParser(XTermParser):
    """Gives an escape before one of our keys as a key of its own."""

    def __init__(self, debug: bool = False) -> None:
        super().__init__(debug)
        self._after_escape = False
        ours = "".join(re.escape(char) for char in sorted(characters(key_map.actions().values())))
        self._apart = re.compile(f"(?<={ESCAPE})(?=[{ours}\r])")
        self._one_of_ours = re.compile(f"[{ours}\r]")

    def feed(self, data: str) -> Iterable[Message]:
        if self._after_escape and self._one_of_ours.match(data):
            yield from self._give_up_waiting()
        if not data:  # that was all
            yield from super().feed(data)
            return
        cuts = [0, *(found.start() for found in self._apart.finditer(data)), len(data)]
        for begin, end in pairwise(cuts):
            yield from super().feed(data[begin:end])
            if end < len(data):
                yield from self._give_up_waiting()
        self._after_escape = data.endswith(ESCAPE)

    def tick(self) -> Iterable[Message]:
        for message in super().tick():
            self._after_escape = False
            yield message

    def _give_up_waiting(self) -> Iterable[Message]:
        if self._timeout_time is not None:
            self._timeout_time = 0.0
        return super().tick()


def driver(chosen: type[Driver]) -> type[Driver]:
    """The one for an app for which Textual has `chosen` one."""
    if sys.platform == "win32" or chosen.__name__ != "LinuxDriver":
        return chosen
    from tui.terminal.escape_driver import EscapeDriver  # noqa: PLC0415 - needs what Windows has not

    return EscapeDriver
