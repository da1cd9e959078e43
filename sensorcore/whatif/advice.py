"""Which setting of a sweep to recommend for a wanted number of alerts a day, and whether the data are enough for that."""

from __future__ import annotations

import math
from typing import Final

from sensorcore.whatif.tune import Setting, Sweep

DAY_H: Final = 8.0
"""A day of wear: a working day."""
ALERTS_PER_DAY: Final = 8.0
"""One an hour: alert fatigue is the first and fifth complaint of wearers, and a reminder that never comes reminds of nothing."""
NEAR_SHARE, NEAR_ALERTS = 0.2, 1.0
"""Within a fifth of what is wanted, or one alert a day, settings count as equally near: a wearer's days differ by more."""
RULE_OF_THREE: Final = 3.0
"""Where none of something was seen in a time in which three were to be expected, its rate is smaller (95 %; Hanley and
Lippman-Hand 1983): in less time, a setting that says nothing looks like one that says as much as is wanted."""
SHORTEST_S: Final = 3600.0
"""An hour has its own task and posture; less is one moment of a day."""
_Z: Final = 1.96
"""Of a normal distribution, for 95 %."""


def per_day(sweep: Sweep, setting: Setting) -> float:
    """Alerts in a day of `DAY_H` hours."""
    return sweep.per_hour(setting) * DAY_H


def is_near(sweep: Sweep, setting: Setting, wanted_per_day: float) -> bool:
    """Whether the setting gives what is wanted, within what the data can show."""
    return abs(per_day(sweep, setting) - wanted_per_day) <= max(NEAR_ALERTS, NEAR_SHARE * wanted_per_day)


def needed_s(wanted_per_day: float) -> float:
    """Seconds of data from which on a setting can be recommended for so many alerts a day."""
    return max(SHORTEST_S, RULE_OF_THREE / max(wanted_per_day, NEAR_ALERTS) * DAY_H * 3600.0)


def is_enough(sweep: Sweep, wanted_per_day: float) -> bool:
    """Are the data enough to recommend a setting?"""
    return sweep.data_s >= needed_s(wanted_per_day)


def recommend(sweep: Sweep, wanted_per_day: float, now: Setting) -> Setting | None:
    """The setting that comes near `wanted_per_day`; None when the data are too few to say, or alerts are wanted and no setting
    tried gives any. The setting `now` unless the data speak against it or alerts were marked wrong. Of several that come near, that
    with the fewest mistakes (wrong alerts kept and right ones lost); then the nearest; then the least change from `now`. Who does
    not ask for fewer alerts loses none that was right. When none comes near, the nearest by ratio: 40 alerts are nearer to 8 than
    none are."""
    if not is_enough(sweep, wanted_per_day):
        return None
    speaking = [setting for setting, outcome in sweep.outcomes.items() if outcome.alerts or not wanted_per_day]
    if not sweep.wrong and now in speaking and _may_be(sweep, now, wanted_per_day):
        return now
    kept = speaking
    if per_day(sweep, now) <= wanted_per_day:
        kept = [each for each in speaking if sweep.outcomes[each].right_lost <= sweep.outcomes[now].right_lost]

    def off(setting: Setting) -> float:
        return round(abs(math.log((per_day(sweep, setting) + 0.5) / (wanted_per_day + 0.5))), 6)

    def mistakes(setting: Setting) -> int:
        outcome = sweep.outcomes[setting]
        return outcome.wrong_kept + outcome.right_lost

    def change(setting: Setting) -> float:
        return sum(abs(math.log(new / old)) for new, old in zip(setting, now, strict=True))

    near = [setting for setting in kept if is_near(sweep, setting, wanted_per_day)]
    if near:
        return min(near, key=lambda setting: (mistakes(setting), off(setting), change(setting)))
    return min(kept, key=lambda setting: (off(setting), mistakes(setting), change(setting)), default=None)


def _may_be(sweep: Sweep, setting: Setting, wanted_per_day: float) -> bool:
    """Whether the alerts counted may come of the rate wanted: within the 95 % interval of a Poisson count (Byar's approximation,
    Breslow and Day 1987)."""
    count, expected = sweep.outcomes[setting].alerts, wanted_per_day * sweep.data_s / 3600.0 / DAY_H
    low = count * (1 - 1 / (9 * count) - _Z / (3 * math.sqrt(count))) ** 3 if count else 0.0
    more = count + 1
    high = more * (1 - 1 / (9 * more) + _Z / (3 * math.sqrt(more))) ** 3
    return low <= expected <= high
