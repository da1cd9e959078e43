"""State of micro-breaks after a restart, from the events of the recording before it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from sensorcore.habit import activation
from sensorcore.habit.activation import HOUR_S, LONGEST_S, ActivationState, Params, WearerNow
from sensorcore.model import RestartState

_HEEDED = ("ContextChanged", "ActivationAsked", "ActivationWithheld")
_NEVER = Params(6 * HOUR_S, 0)


def restart_state(before: RestartState, events: Iterable[Mapping[str, Any]], end_s: float, ago_s: float) -> RestartState:
    """What a stream that begins `ago_s` after the end (`end_s`, stream time) of another one goes on from: that one's `events` in
    order, as JSON has them, and what it went on from itself. The time between counts as unknown. Pace and rules are those of
    `activation.step`, which goes through the contexts once more."""
    state = ActivationState(None, before.posed_s, before.sat_s, before.told_s, before.count)
    doing, at_s = WearerNow("unknown"), 0.0
    for event in events:
        if event["event"] not in _HEEDED:
            continue
        t_s = float(event["t_s"])
        state, at_s = _spent(state, doing, at_s, t_s), t_s
        if event["event"] == "ContextChanged":
            doing = WearerNow(event["state"])
        elif event["event"] == "ActivationWithheld":
            state = replace(state, posed_s=0.0)
        else:
            count = state.count + (event["activation"] != "stand_up")
            state = replace(state, posed_s=0.0, asked_s=(*state.asked_s, t_s), count=count)
    state = _spent(state, doing, at_s, end_s)
    begin_s = end_s + ago_s
    asked_s = tuple(t_s - begin_s for t_s in state.asked_s if begin_s - t_s < HOUR_S)
    return RestartState(before.feedback, asked_s, state.posed_s, state.sat_s, state.count)


def _spent(state: ActivationState, doing: WearerNow, since_s: float, until_s: float) -> ActivationState:
    """In one context, in looks that are not too long to count."""
    looks = max(1, int((until_s - since_s) // LONGEST_S) + 1)
    for look in range(looks + 1):
        state, _ = activation.step(_NEVER, state, since_s + (until_s - since_s) * look / looks, doing)
    return replace(state, asked_s=state.asked_s)
