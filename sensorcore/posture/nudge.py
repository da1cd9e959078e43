"""When the next alert would come: the policy's own rules, asked about the future instead of now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from sensorcore.motion.body import inclination_deg
from sensorcore.posture import policy
from sensorcore.posture.context import BEND_DEG
from sensorcore.posture.policy import LocalClock, PolicyState
from sensorcore.posture.track import CONTEXTS, TICK_HZ, PostureTrack
from sensorcore.settings import AlertSettings

_STILL_MOVING: Final = (CONTEXTS.index("walking"), CONTEXTS.index("lying"))
_MOVING: Final = CONTEXTS.index("moving")

Reason: TypeAlias = Literal["slouching", "moved", "cool-down", "budget", "snoozed", "quiet hours", "said enough"]


@dataclass(frozen=True, slots=True)
class Nudge:
    """`in_s`: seconds until the alert if the slouch goes on (None: none will come while things stay as they are); `because`: what
    it waits for, or why it will not come."""

    in_s: float | None
    because: Reason


def next_nudge(
    settings: AlertSettings, clock: LocalClock, state: PolicyState, since_s: float | None, t_s: float, moved_s: float
) -> Nudge | None:
    """Asked at stream time `t_s`; `since_s` is when the slouch began that goes on, `moved_s` when the wearer last walked, bent or
    lay. None when there is no slouch to speak about and nothing keeps the policy silent. `state` needs only the alerts of the last
    hour, the level of this slouch and the snooze."""
    if state.snoozed_until_s is not None and t_s < state.snoozed_until_s:
        return Nudge(None, "snoozed")
    if policy.is_quiet(settings, clock, t_s):
        return Nudge(None, "quiet hours")
    recent_s = [at for at in state.alerts_s if at > t_s - policy.HOUR_S]
    spent_until_s = recent_s[-settings.per_hour] + policy.HOUR_S if 0 < settings.per_hour <= len(recent_s) else t_s
    if settings.per_hour == 0:
        return Nudge(None, "budget")
    if since_s is None:
        return Nudge(spent_until_s - t_s, "budget") if spent_until_s > t_s else None
    due_s, waiting = policy.due(settings, replace(state, slouch_s=since_s, moved_s=moved_s), since_s)
    if waiting == "highest level":
        return Nudge(None, "said enough")
    waits: list[tuple[float, Reason]] = [(due_s, "moved" if waiting == "moved" else "slouching"), (spent_until_s, "budget")]
    if recent_s:
        waits.append((recent_s[-1] + settings.cooldown_s, "cool-down"))
    due_s, because = max(waits, key=lambda wait: wait[0])
    return Nudge(max(0.0, due_s - t_s), because)


def last_moved_s(track: PostureTrack, within_s: float) -> float:
    """When the wearer last walked, bent or lay, looking back `within_s` seconds; −∞ when not."""
    recent = slice(max(0, len(track) - round(within_s * TICK_HZ)), None)
    context = track.context[recent]
    moved = np.isin(context, _STILL_MOVING)
    moving = context == _MOVING
    if moving.any():
        moved |= moving & (inclination_deg(track.flexion_deg[recent], track.lateral_deg[recent]) > BEND_DEG)
    return float(track.index[recent][moved][-1] + 1) / TICK_HZ if moved.any() else float("-inf")
