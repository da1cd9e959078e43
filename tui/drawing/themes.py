"""Colours: for dark and for light terminals, and with high contrast. Each posture role has a hue of its own, to stay apart for the
common colour-vision deficiencies (teal, amber, vermilion, blue, violet) and never the only carrier of meaning."""

from __future__ import annotations

from collections.abc import Mapping
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
_CONTRAST: Final = {
    "good": "#00ff9c",
    "drifting": "#ffd400",
    "slouched": "#ff7a66",
    "moving": "#7cc7ff",
    "lying": "#d9b3ff",
    "absent": "#ffffff",
    "quiet": "#e0e0e0",
    "line": "#9a9a9a",
    "footer-background": "#000000",
    "footer-key-foreground": "#ffffff",
    "footer-description-foreground": "#e0e0e0",
}
HIGH_CONTRAST: Final = Theme(
    name="spinae-high-contrast",
    primary="#00ff9c",
    secondary="#7cc7ff",
    warning="#ffd400",
    error="#ff7a66",
    success="#00ff9c",
    accent="#7cc7ff",
    foreground="#ffffff",
    background="#000000",
    surface="#000000",
    panel="#1c1c1c",
    dark=True,
    variables=_CONTRAST,
)
ALL: Final = (DARK, LIGHT, HIGH_CONTRAST)
"""In the order that the theme key goes through them."""


def chosen(wanted: str, environment: Mapping[str, str], colours: str | None) -> str:
    """The theme for `display.theme`. "auto": high contrast where the terminal has 16 colours (fine shades would all become
    one), light where it says that its background is (`COLORFGBG`), else dark. `colours` is rich's name of the colour system."""
    if wanted != "auto":
        return f"spinae-{wanted}"
    if colours in ("standard", "windows"):
        return HIGH_CONTRAST.name
    background = environment.get("COLORFGBG", "").rpartition(";")[2]
    return LIGHT.name if background in ("7", "15") else DARK.name


DEFAULTS: Final = _DARK
"""Defaults for themes of others."""
