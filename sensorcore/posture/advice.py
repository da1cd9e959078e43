"""Which setting of a sweep to recommend for a wanted number of alerts a day."""

from __future__ import annotations

import math
from typing import Final

from sensorcore.posture.tune import Setting, Sweep

DAY_H: Final = 8.0
"""A day of wear: a working day."""
ALERTS_PER_DAY: Final = 8.0
"""One an hour: alert fatigue is the first and fifth complaint of wearers, and a reminder that never comes reminds of nothing."""
NEAR_SHARE, NEAR_ALERTS = 0.2, 1.0
"""Within a fifth of what is wanted, or one alert a day, settings count as equally near: a wearer's days differ by more."""


def per_day(sweep: Sweep, setting: Setting) -> float:
    """Alerts in a day of `DAY_H` hours."""
    return sweep.per_hour(setting) * DAY_H


def is_near(sweep: Sweep, setting: Setting, wanted_per_day: float) -> bool:
    """Does the setting give what is wanted, as well as can be told?"""
    return abs(per_day(sweep, setting) - wanted_per_day) <= max(NEAR_ALERTS, NEAR_SHARE * wanted_per_day)


def recommend(sweep: Sweep, wanted_per_day: float, now: Setting) -> Setting:
    """The setting that comes near `wanted_per_day`; of several, when alerts were marked wrong, the one with the fewest mistakes
    (wrong alerts kept and right ones lost); then the nearest; then the least change from `now`. When none comes near, the
    nearest, whatever its mistakes."""

    def off(setting: Setting) -> float:
        return round(abs(per_day(sweep, setting) - wanted_per_day), 6)

    def mistakes(setting: Setting) -> int:
        outcome = sweep.outcomes[setting]
        return outcome.wrong_kept + outcome.right_lost if sweep.wrong else 0

    def change(setting: Setting) -> float:
        return sum(abs(math.log(new / old)) for new, old in zip(setting, now, strict=True))

    near = [setting for setting in sweep.outcomes if is_near(sweep, setting, wanted_per_day)]
    if near:
        return min(near, key=lambda setting: (mistakes(setting), off(setting), change(setting)))
    return min(sweep.outcomes, key=lambda setting: (off(setting), mistakes(setting), change(setting)))
