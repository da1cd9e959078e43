"""Feedback that fades week by week while posture holds, and comes back when it does not.

Constant outside feedback hinders learning: what is learned with less and less feedback is retained better (Winstein & Schmidt,
J Exp Psychol Learn Mem Cogn 16:677, 1990). The steps and limits here are judgement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sensorcore.settings import Settings

FADES_BY: Final = 0.75
LEAST: Final = 0.25
"""Some feedback stays."""
HELD_WITHIN, LOST_BEYOND = 0.05, 0.10
"""Of the share of time upright, against the best week so far: held within the one, lost beyond the other."""
ENOUGH_SHARE: Final = 0.6
"""Least share of judged time upright for feedback to fade."""
ENOUGH_S: Final = 10 * 3600.0
"""Least judged time of a week that counts."""


@dataclass(frozen=True, slots=True)
class Week:
    """Seconds that were judged."""

    upright_s: float
    slouched_s: float

    @property
    def judged_s(self) -> float:
        return self.upright_s + self.slouched_s


def feedback_share(weeks: Sequence[Week]) -> float:
    """How much feedback to give after these weeks (oldest first): from 1, all, down to `LEAST`."""
    now, best = 1.0, 0.0
    for week in weeks:
        if week.judged_s < ENOUGH_S:
            continue
        share = week.upright_s / week.judged_s
        if share < best - LOST_BEYOND:
            now, best = min(1.0, now / FADES_BY**2), share  # what is held from here on counts
        elif best and share >= max(best - HELD_WITHIN, ENOUGH_SHARE):
            now = max(LEAST, now * FADES_BY)
        best = max(best, share)
    return now


def faded_settings(settings: Settings, given: float) -> Settings:
    """The settings that hold at that level: nudges come as much later and as much more seldom; a threshold never changes."""
    if settings.habit.fading == "off" or given >= 1.0:
        return settings
    alerts = settings.alerts
    faded = replace(alerts, delay_s=alerts.delay_s / given, per_hour=budget(alerts.per_hour, given))
    return replace(settings, alerts=faded)


def budget(per_hour: int, given: float) -> int:
    """Alerts an hour at that level: at least one, where any are wanted."""
    return max(1, round(per_hour * given)) if per_hour else 0
