"""Trend of a daily value with its confidence interval. No causes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

ENOUGH_DAYS: Final = 7
"""With fewer, a slope reflects single days."""
CONFIDENCE: Final = 0.95


@dataclass(frozen=True, slots=True)
class Trend:
    """Change a week: `low` to `high` is the 95 % confidence interval of the median slope between days (Theil-Sen; Sen 1968)."""

    per_week: float
    low: float
    high: float

    @property
    def is_clear(self) -> bool:
        """Whether the interval leaves out "no change"."""
        return self.low > 0 or self.high < 0


def trend(days: Sequence[int], values: Sequence[float]) -> Trend | None:
    """The trend of one value a day; None with fewer than `ENOUGH_DAYS` days."""
    if len(days) < ENOUGH_DAYS:
        return None
    from scipy.stats import theilslopes  # noqa: PLC0415 - slow to import, and only long histories need it

    slope, _, low, high = theilslopes(np.asarray(values), np.asarray(days), alpha=CONFIDENCE)
    return Trend(7 * float(slope), 7 * float(low), 7 * float(high))


def in_words(found: Trend | None, what: str, unit: str) -> str:
    """One sentence."""
    if found is None:
        return f"{what}: too few days to speak of a trend ({ENOUGH_DAYS} are needed)."
    change, low, high = (round(value, 1) + 0.0 for value in (found.per_week, found.low, found.high))  # no minus zero
    span = f"{change:+.1f} {unit} a week (95 % interval {low:+.1f} to {high:+.1f})"
    return f"{what}: {span}" + ("." if found.is_clear else "; no clear change.")
