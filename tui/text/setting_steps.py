"""Display and steps of settings: pure functions on a value and its specification."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

from sensorcore.settings import Settings
from sensorcore.text.secrets import masked

RUNGS: Final = 4
STEPS_A_RUNG: Final = 3
"""How many other values on each side are compared, and how many steps lie between them."""
_UNITS: Final = {"_deg": "°", "_s": " s", "_min": " min", "_hour": " an hour"}


def title(key: str) -> str:
    """`threshold` of `posture.threshold_deg`: the unit stands with the value."""
    name = key.partition(".")[2]
    unit = next((end for end in ("_deg", "_s", "_min") if name.endswith(end)), "")
    return name.removesuffix(unit).replace("_", " ")


SECRET: Final = frozenset(key for key, _, about in Settings().items() if about.get("secret"))


def shown(key: str, value: Any) -> str:
    """`15°`, `60 s`, `0.7`; a dash for empty text."""
    if isinstance(value, str):
        return (masked(value) if key in SECRET else value) or "–"
    return f"{value:g}{next((unit for end, unit in _UNITS.items() if key.endswith(end)), '')}"


def allowed(about: Mapping[str, Any], key: str) -> str:
    """`3° to 60°`; nothing for text."""
    return f"{shown(key, about['low'])} to {shown(key, about['high'])}" if "low" in about else ""


def stepped(value: float, about: Mapping[str, Any], direction: int) -> float:
    """The next round figure up (1) or down (-1), within the range; whole numbers stay whole."""
    low, high = about["low"], about["high"]
    least = 1.0 if isinstance(value, int) else 10.0 ** math.floor(math.log10(high / 100))
    step = max(least, _step(value if direction > 0 else value * (1 - 1e-9)))
    whole = value / step
    moved = (math.floor(whole + 1e-6) + 1 if direction > 0 else math.ceil(whole - 1e-6) - 1) * step
    return type(value)(min(max(round(moved, 9), low), high))


def ladder(settings: Settings, key: str) -> list[float]:
    """The value of `key` and some round figures on either side, in order; empty for text and for none."""
    for known, value, about in settings.items():
        if known == key and not isinstance(value, str):
            less, more = value, value
            found = {value}
            for _ in range(RUNGS):
                for _ in range(STEPS_A_RUNG):
                    less, more = stepped(less, about, -1), stepped(more, about, 1)
                found |= {less, more}
            return sorted(found)
    return []


def _step(value: float) -> float:
    """1 from 10 to 30, 5 to 100, 10 to 300; 0.1 from 1 to 3, 0.5 to 10; …"""
    if value <= 0:
        return 0.0
    size = 10.0 ** math.floor(math.log10(value))
    return size / 2 if value >= 3 * size else size / 10
