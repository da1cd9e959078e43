"""Escape followed by another key. Terminals send the same bytes as for that key held with Alt, and only the pause between them
differs. On a busy machine, or over a slow line, both arrive together; Textual then reads Alt and a key that nothing is bound to,
and both would be lost. No key of ours is held with Alt, so here these are two keys."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.keys import KEY_NAME_REPLACEMENTS

from tui.keys import key_map
from tui.terminal.textual_private import XTermParser, can_replace_parser, end_wait, input_parser

if TYPE_CHECKING:
    from textual.driver import Driver
    from textual.message import Message

ESCAPE: Final = "\x1b"
_BEGINS_MORE: Final = "[OP]_^X"
"""What terminals themselves send after an escape."""
_OF_TEXT: Final = "bf"
"""With Alt, a word back or on in a field of text."""


def characters(bindings: Iterable[Binding]) -> frozenset[str]:
    """Characters that are keys by themselves."""
    keys = {key.strip() for binding in bindings for key in binding.key.split(",")}
    typed = (chr(code) for code in range(ord(" "), 0x7F))
    return frozenset(char for char in typed if char not in _BEGINS_MORE + _OF_TEXT and (char in keys or _key_name(char) in keys))


def _key_name(char: str) -> str:
    """Textual's name of the key of a character that is no letter or digit."""
    name = unicodedata.name(char).lower().replace("-", "_").replace(" ", "_")
    return KEY_NAME_REPLACEMENTS.get(name, name)


class EscapeParser(XTermParser):
    """Parser that gives an escape before one of our keys as a key of its own."""

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
        end_wait(self)
        return super().tick()


def driver(chosen: type[Driver]) -> type[Driver]:
    """The driver that Textual has `chosen`, reading keys with `EscapeParser` where that is possible."""
    if not can_replace_parser(chosen):
        return chosen

    class EscapeDriver(chosen):  # type: ignore[misc, valid-type]
        def run_input_thread(self) -> None:
            with input_parser(EscapeParser):
                super().run_input_thread()

    return EscapeDriver
