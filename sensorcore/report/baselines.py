"""Comparison of baseline tests: does the newest differ from the earlier ones by more than these vary? Measures only, no causes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, stdev
from typing import Final

from sensorcore.history.values import Baseline

EARLIER_NEEDED: Final = 3
"""With fewer earlier tests their variation is unknown."""
CONFIDENCE: Final = 0.95
COMPARED: Final = 12
"""The newest of the earlier tests: older ones were another sensor, mount or season."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One measure of a test with its unit and digits; the sensor's own error is within `floor`."""

    name: str
    attribute: str
    unit: str
    digits: int
    floor: float


MEASURES: Final = (
    Measure("tilt range", "tilt_range_deg", "°", 1, 0.5),
    Measure("smoothness", "smoothness", "", 2, 0.05),
    Measure("wobble", "wobble_deg", "°", 2, 0.05),
    Measure("symmetry", "symmetry", "", 2, 0.02),
    Measure("breath", "breath_per_min", "/min", 1, 0.5),
)


@dataclass(frozen=True, slots=True)
class Compared:
    """`value` of the newest test; `usual`: mean of the `earlier` ones; `within`: half the 95 % prediction interval of another
    such test (Student's t; None while too few)."""

    measure: Measure
    value: float
    earlier: int
    usual: float | None = None
    within: float | None = None

    @property
    def differs(self) -> bool:
        return self.usual is not None and self.within is not None and abs(self.value - self.usual) > self.within


def compare(tests: Sequence[Baseline]) -> list[Compared]:
    """The newest of `tests` (oldest first) against those before it, for each measure that it has."""
    found = []
    for measure in MEASURES if tests else ():
        value = getattr(tests[-1], measure.attribute)
        earlier = [v for test in tests[:-1][-COMPARED:] if (v := getattr(test, measure.attribute)) is not None]
        if value is None:
            continue
        if len(earlier) < EARLIER_NEEDED:
            found.append(Compared(measure, value, len(earlier), fmean(earlier) if earlier else None))
        else:
            found.append(Compared(measure, value, len(earlier), fmean(earlier), _within(earlier, measure.floor)))
    return found


def _within(earlier: Sequence[float], floor: float) -> float:
    from scipy.stats import t  # noqa: PLC0415 - slow to import, and only who has tests needs it

    n = len(earlier)
    spread = max(stdev(earlier), floor)
    return float(t.ppf((1 + CONFIDENCE) / 2, n - 1)) * spread * math.sqrt(1 + 1 / n)


def number(measure: Measure, value: float) -> str:
    """`5.6°`, `13.0/min`."""
    return f"{value:.{measure.digits}f}{measure.unit}"


def in_words(found: Compared) -> str:
    """One line: `tilt range 5.6°: within what your tests vary by (5.1° ± 1.2°)`."""
    value = f"{found.measure.name} {number(found.measure, found.value)}"
    if found.usual is None:
        return value
    usual = number(found.measure, found.usual)
    if found.within is None:
        return f"{value}: before {usual}, too few tests to compare ({found.earlier} of {EARLIER_NEEDED})"
    span = f"{usual} ± {number(found.measure, found.within)}"
    if found.differs:
        return f"{value}: {'more' if found.value > found.usual else 'less'} than your tests vary by ({span})"
    return f"{value}: within what your tests vary by ({span})"
