"""Micro-breaks while sitting or standing. At most so many an hour, none in quiet hours, while snoozed, on the move, or right after
an alert. Skipped ones are not rescheduled."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sensorcore.errors import BadSetting
from sensorcore.events import Activation, ContextName

WORDS: Final[dict[Activation, str]] = {
    "posture_check": "How do you sit? Let the crown of your head rise.",
    "pelvic_tilt": "Tilt your pelvis back and forth for twenty seconds.",
    "stand_up": "Stand up for a moment.",
}
SAT_LONG_S: Final = 30 * 60.0
"""Standing up is proposed after so long sitting. Short breaks every 20 minutes helped in a trial (Dunstan et al., Diabetes Care
35:976, 2012); half an hour is judgement."""
AFTER_ALERT_S: Final = 300.0
LONGEST_S: Final = 60.0
"""Longer between two looks: nobody knows what was done in it, and it does not count as time worn."""
HOUR_S: Final = 3600.0


@dataclass(frozen=True, slots=True)
class Params:
    """`every_s` of sitting or standing; at most `per_hour` in any hour. Raises BadSetting."""

    every_s: float = 2400.0
    per_hour: int = 2

    def __post_init__(self) -> None:
        if not (60.0 <= self.every_s <= 6 * HOUR_S and 0 <= self.per_hour <= 20):
            raise BadSetting("micro-activations cannot come so", hint="Every 1 to 360 minutes, at most 0 to 20 an hour.")


@dataclass(frozen=True, slots=True)
class WearerNow:
    """A moment: the context, whether breaks are suppressed (`hushed`: quiet hours, snoozed, an exercise open), and
    how long ago the last alert was (None: none)."""

    context: ContextName
    hushed: bool = False
    since_alert_s: float | None = None


@dataclass(frozen=True, slots=True)
class ActivationState:
    """`posed_s` sitting or standing since the last one, `sat_s` since the wearer last stood up; `asked_s`: those of the last
    hour."""

    now_s: float | None = None
    posed_s: float = 0.0
    sat_s: float = 0.0
    asked_s: tuple[float, ...] = ()
    count: int = 0


def step(params: Params, state: ActivationState, now_s: float, doing: WearerNow) -> tuple[ActivationState, Activation | None]:
    """Advance to `now_s` (stream time), before which the wearer was `doing` that."""
    passed_s = now_s - state.now_s if state.now_s is not None else 0.0
    passed_s = passed_s if 0.0 <= passed_s <= LONGEST_S else 0.0
    posed = doing.context in ("sitting", "standing")
    sat_s = state.sat_s + passed_s if doing.context == "sitting" else state.sat_s if doing.context in ("moving", "unknown") else 0.0
    asked_s = tuple(each for each in state.asked_s if now_s - each < HOUR_S)
    state = ActivationState(now_s, state.posed_s + passed_s * posed, sat_s, asked_s, state.count)
    if state.posed_s < params.every_s:
        return state, None
    soon = doing.since_alert_s is not None and doing.since_alert_s < AFTER_ALERT_S
    if not posed or soon or (not doing.hushed and len(asked_s) >= params.per_hour):
        return state, None  # as soon as it may
    state = replace(state, posed_s=0.0)
    if doing.hushed:
        return state, None
    chosen: Activation = "stand_up" if sat_s >= SAT_LONG_S else ("posture_check", "pelvic_tilt")[state.count % 2]
    return replace(state, asked_s=(*asked_s, now_s), count=state.count + (chosen != "stand_up")), chosen
