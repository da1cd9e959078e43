"""Escaping of untrusted text (names from the air, file names, notes, metadata): characters that control a terminal, change the
direction of writing or are invisible become visible escapes."""

from __future__ import annotations

import re
from typing import Final

_HARMFUL: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f"  # control characters: C0 but for tab and newline, DEL, C1
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f"  # cannot be seen (Unicode's Default_Ignorable_Code_Point)
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"  # nor can these; marks and overrides of direction
    "\ud800-\udfff"  # lone surrogates: bytes of a file name that are no UTF-8, and what cannot be encoded at all
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a"
    "\U000e0000-\U000e00ff\U000e01f0-\U000e0fff]"  # between them: variants of Chinese characters, which names are written with
)
_LINES: Final = re.compile("[\t\n]")


def visible(text: str) -> str:
    """`text` with every harmful character written as an escape (`\\x1b`, `\\u202e`); newlines and tabs stay."""
    return _HARMFUL.sub(_escape, text)


def one_line(text: str) -> str:
    """As `visible`, with newlines and tabs written as escapes too: for a field of a line that other fields share."""
    return _LINES.sub(_escape, visible(text))


def without_harmful(text: str) -> str:
    """`text` without harmful characters, for text whose width is fixed already."""
    return _HARMFUL.sub("", text)


def _escape(found: re.Match[str]) -> str:
    char = found.group()
    if char in "\t\n":
        return {"\t": "\\t", "\n": "\\n"}[char]
    code = ord(char)
    if 0xDC80 <= code <= 0xDCFF:  # how Python holds a byte that is no UTF-8
        return f"\\x{code - 0xDC00:02x}"
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"
