"""Standard streams whose encoding lacks some of our signs (cp437, cp1252, cp932, ASCII, …), set up here for every command."""

from __future__ import annotations

import codecs
import io
import sys
from typing import Final, TextIO

ERRORS: Final = "spinae.ascii"
"""The error handler's name, for `codecs`."""
_PLAIN: Final = {
    "°": " deg", "…": "...", "·": "-", "–": "-", "—": "-", "−": "-", "×": "x", "±": "+/-", "²": "^2", "½": "1/2", "µ": "u",
    "≥": ">=", "≤": "<=", "≈": "~", "≠": "!=", "∞": "inf", "√": "sqrt", "→": "->", "←": "<-", "↑": "^", "↓": "v", "»": ">>",
    "●": "*", "○": "o", "◦": "o", "•": "*", "◆": "*", "◇": "o", "■": "#", "◐": "o", "⊗": "x", "✓": "+", "✎": "#", "▲": "^",
    "△": "^", "▼": "v", "▽": "v", "▸": ">", "▶": ">", "◂": "<", "▬": "=", "‖": "||", "░": ".", "▒": ":", "▓": "=",
    "⏎": "Enter", "⇧": "Shift+", "⌫": "Backspace", "↻": "@", "↯": "!", "⌂": "^",
}  # fmt: skip
_BLANK_BRAILLE: Final = "\u2800"


def set_up() -> None:
    """Let no command fail over a sign: signs that an output lacks are written in ASCII, and undecodable input becomes a mark."""
    for stream in (sys.stdout, sys.stderr):
        forgiving(stream)
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")


def forgiving(stream: TextIO | None) -> None:
    """Let this text stream write what its encoding lacks in ASCII, instead of failing."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors=ERRORS)


def plain(sign: str) -> str:
    """ASCII for one character: like in shape or meaning, a letter without its accent, else a question mark."""
    if sign in _PLAIN:
        return _PLAIN[sign]
    if "\u2500" <= sign <= "\u257f":  # lines and corners of boxes
        return "|" if sign in "│┃║╎┆┊" else "-" if sign in "─━═╌┄┈╴╶╸╺" else "+"
    if "\u2580" <= sign <= "\u259f":  # blocks and their parts
        return "#"
    if _BLANK_BRAILLE <= sign <= "\u28ff":  # drawings in dots
        return " " if sign == _BLANK_BRAILLE else "."
    import unicodedata  # noqa: PLC0415 - only where something is lacking

    return unicodedata.normalize("NFKD", sign).encode("ascii", "ignore").decode() or "?"


def _in_ascii(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(plain, error.object[error.start : error.end])), error.end


codecs.register_error(ERRORS, _in_ascii)
