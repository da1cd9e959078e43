"""Forecast of the next alert: the policy itself, applied to the moments to come."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sensorcore.posture import policy
from sensorcore.posture.policy import LocalClock, PolicyState
from sensorcore.settings import AlertSettings

Reason: TypeAlias = Literal["slouching", "moved", "cool-down", "budget", "snoozed", "quiet hours", "said enough"]


@dataclass(frozen=True, slots=True)
class NextAlert:
    """`in_s`: seconds until the alert if the slouch goes on (None: none comes while things stay as they are); `because`: what it
    waits for, or why it will not come."""

    in_s: float | None
    because: Reason


def next_alert(
    settings: AlertSettings, clock: LocalClock, state: PolicyState, since_s: float | None, t_s: float
) -> NextAlert | None:
    """Forecast at stream time `t_s` from the policy's `state` of then; `since_s`: begin of the slouch under way. None when there
    is no slouch and nothing keeps the policy silent."""
    now = policy.silence(settings, clock, policy.wake(state, t_s)[0], t_s)
    if now == "snoozed" or now == "quiet hours":  # noqa: PLR1714 - so that the type is narrowed
        return NextAlert(None, now)
    if since_s is None:
        return _spent(settings, clock, state, t_s)
    because: Reason = "slouching"
    for at_s in _turns(settings, clock, state, since_s, t_s):
        state, _ = policy.wake(state, at_s)
        if not policy.is_due(settings, state, since_s, at_s):
            waits = policy.due(settings, state, since_s)[1]
            because = "moved" if waits == "moved" else "said enough" if waits == "highest level" else "slouching"
            continue
        silent = policy.silence(settings, clock, state, at_s)
        if silent is None:
            return NextAlert(at_s - t_s, because)
        because = silent
        if silent in ("snoozed", "quiet hours"):
            break
    return NextAlert(None, because)


def _turns(settings: AlertSettings, clock: LocalClock, state: PolicyState, since_s: float, t_s: float) -> Iterator[float]:
    """`t_s`, and the moments of the following day at which the policy may decide differently."""
    at_s: float | None = t_s
    while at_s is not None and at_s <= t_s + policy.DAY_S:
        yield at_s
        turn_s = policy.next_turn(settings, clock, state, since_s, at_s)
        at_s = None if turn_s is None else max(turn_s + policy.TURN_SLACK_S, at_s + policy.TURN_SLACK_S)


def _spent(settings: AlertSettings, clock: LocalClock, state: PolicyState, t_s: float) -> NextAlert | None:
    """Forecast while the hour's alerts are used up; None when they are not."""
    used_up = False
    for at_s in _turns(settings, clock, state, t_s, t_s):
        now = policy.silence(settings, clock, policy.wake(state, at_s)[0], at_s)
        used_up |= now == "budget"
        if now not in ("cool-down", "budget"):
            return NextAlert(at_s - t_s, "budget") if used_up else None
    return NextAlert(None, "budget")
