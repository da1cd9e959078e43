"""Colours: one set for dark and one for light terminals. Each posture role has a hue of its own, chosen to stay apart for the
common colour-vision deficiencies (teal, amber, vermilion, blue, violet) and never the only carrier of meaning."""

from __future__ import annotations

from typing import Final

from textual.theme import Theme

_DARK: Final = {
    "good": "#4ec9a5",
    "drifting": "#e8b45a",
    "slouched": "#ff6f5e",
    "moving": "#6cb0f5",
    "lying": "#b49af0",
    "absent": "#8b949e",
    "quiet": "#7d8794",
    "line": "#2b323b",
    "footer-background": "#12161b",
    "footer-key-foreground": "#c3cbd5",
    "footer-description-foreground": "#7d8794",
}
_LIGHT: Final = {
    "good": "#00795c",
    "drifting": "#8f5c00",
    "slouched": "#c02b1d",
    "moving": "#1a62ad",
    "lying": "#6b4bb8",
    "absent": "#5d6670",
    "quiet": "#68717c",
    "line": "#dcd8cf",
    "footer-background": "#f7f5f0",
    "footer-key-foreground": "#38404a",
    "footer-description-foreground": "#68717c",
}

DARK: Final = Theme(
    name="spinae-dark",
    primary="#4ec9a5",
    secondary="#6cb0f5",
    warning="#e8b45a",
    error="#ff6f5e",
    success="#4ec9a5",
    accent="#6cb0f5",
    foreground="#d7dde5",
    background="#12161b",
    surface="#191e25",
    panel="#222932",
    dark=True,
    variables=_DARK,
)
LIGHT: Final = Theme(
    name="spinae-light",
    primary="#00795c",
    secondary="#1a62ad",
    warning="#8f5c00",
    error="#c02b1d",
    success="#00795c",
    accent="#1a62ad",
    foreground="#262d35",
    background="#f7f5f0",
    surface="#efece5",
    panel="#e5e1d8",
    dark=False,
    variables=_LIGHT,
)
DEFAULTS: Final = _DARK
"""Used where a theme of someone else's does not say."""
