"""Digits five or ten rows tall, legible from across the room. Each glyph is six cells wide, the degree sign three, the
colon two."""

from __future__ import annotations

from typing import Final

ROWS: Final = 5

_GLYPHS: Final[dict[str, tuple[str, str, str, str, str]]] = {
    "0": ("▟████▙", "██  ██", "██  ██", "██  ██", "▜████▛"),
    "1": ("  ▟██ ", "   ██ ", "   ██ ", "   ██ ", "   ██ "),
    "2": ("▟████▙", "    ██", "▟████▛", "██    ", "██████"),
    "3": ("▟████▙", "    ██", "  ███▌", "    ██", "▜████▛"),
    "4": ("██  ██", "██  ██", "▜█████", "    ██", "    ██"),
    "5": ("██████", "██    ", "▜████▙", "    ██", "▜████▛"),
    "6": ("▟████▙", "██    ", "█████▙", "██  ██", "▜████▛"),
    "7": ("██████", "    ██", "   ▟█▛", "  ▟█▛ ", "  ██  "),
    "8": ("▟████▙", "██  ██", "▐████▌", "██  ██", "▜████▛"),
    "9": ("▟████▙", "██  ██", "▜█████", "    ██", "▜████▛"),
    "°": ("▟▀▙", "▜▄▛", "   ", "   ", "   "),
    "/": ("    ▟▛", "   ▟▛ ", "  ▟▛  ", " ▟▛   ", "▟▛    "),
    ":": ("  ", "██", "  ", "██", "  "),
    "✓": ("     ▟", "    ▟█", "▙  ▟█▛", "██▟█▛ ", "▜██▛  "),
    "–": ("      ", "      ", " ████ ", "      ", "      "),
}


_DOUBLED: Final[dict[str, tuple[str, str]]] = {
    " ": ("  ", "  "),
    "█": ("██", "██"),
    "▀": ("██", "  "),
    "▄": ("  ", "██"),
    "▌": ("█ ", "█ "),
    "▐": (" █", " █"),
    "▟": ("▟█", "██"),
    "▙": ("█▙", "██"),
    "▛": ("██", "█▛"),
    "▜": ("██", "▜█"),
}


def big(text: str, *, double: bool = False) -> tuple[str, ...]:
    """The five (ten when `double`) rows of `text` (digits, `°`, `–`, `/`, `:`, `✓`), all of the same width."""
    rows = [" ".join(_GLYPHS[c][row] for c in text) for row in range(ROWS)]
    if not double:
        return tuple(rows)
    return tuple("".join(_DOUBLED[c][half] for c in row) for row in rows for half in (0, 1))
