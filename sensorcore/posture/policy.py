"""The alert policy: when to alert about a slouch, and why an alert is withheld.

Rules, in the order they are asked: the slouch has lasted `delay_s`; nothing was walked, bent or lain in the last `mute_after_s`;
no snooze; not in quiet hours; `cooldown_s` since the last alert; budget of alerts per hour. A slouch that goes on is repeated one
level up after `escalate_after_s`. Good again after an alert is said once.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final, Literal

from sensorcore.commands import Action, Resume, Snooze
from sensorcore.events import AlertRaised, AlertWithheld, Corrected, Event, Snoozed, SnoozeEnded, Why
from sensorcore.settings import AlertSettings, parse_quiet_hours

HOUR_S: Final = 3600.0
DAY_S: Final = 86400.0
_ROUNDING_S: Final = 1e-6
"""Ticks end at tenths of a second, which binary numbers only come near to."""
TURN_SLACK_S: Final = 2 * _ROUNDING_S
"""The policy may be asked a tick too early or too often, never too late."""
Because = Literal["cool-down", "budget", "snoozed", "quiet hours"]
Waiting = Literal["delay", "moved", "told", "highest level"]
"""What an alert about a slouch waits for: its delay, the mute after movement, the time until it is repeated; or nothing more."""


@dataclass(frozen=True, slots=True)
class PolicyState:
    """`alerts_s`: when alerts spoke in the last hour; `slouch_s`, `level`, `told`: the slouch under way, the level it has reached
    and which silences were already explained; `awaiting_s`: the alert that 'good again' would answer."""

    alerts_s: tuple[float, ...] = ()
    slouch_s: float | None = None
    level: int = 0
    told: tuple[str, ...] = ()
    awaiting_s: float | None = None
    moved_s: float = float("-inf")
    snoozed_until_s: float | None = None


@dataclass(frozen=True, slots=True)
class LocalClock:
    """The wearer's wall clock: seconds since local midnight at stream time 0; None when it is not known."""

    midnight_s: float | None

    @classmethod
    def of(cls, start_unix_ns: int | None, utc_offset_s: int) -> LocalClock:
        return cls(None if start_unix_ns is None else (start_unix_ns / 1e9 + utc_offset_s) % DAY_S)


def command(settings: AlertSettings, state: PolicyState, action: Action, t_s: float) -> tuple[PolicyState, list[Event]]:
    """Obey a snooze or its end at stream time `t_s`."""
    match action:
        case Snooze(for_s):
            until_s = t_s + (settings.snooze_min * 60 if for_s is None else for_s)
            return replace(state, snoozed_until_s=until_s), [Snoozed(t_s, until_s)]
        case Resume() if state.snoozed_until_s is not None:
            return replace(state, snoozed_until_s=None), [SnoozeEnded(t_s)]
        case _:
            return state, []


def wake(state: PolicyState, t_s: float) -> tuple[PolicyState, list[Event]]:
    """End a snooze whose time is over."""
    if state.snoozed_until_s is None or t_s < state.snoozed_until_s:
        return state, []
    return replace(state, snoozed_until_s=None), [SnoozeEnded(state.snoozed_until_s)]


def upright(settings: AlertSettings, state: PolicyState, since_s: float, t_s: float) -> tuple[PolicyState, list[Event]]:
    """The wearer has been upright since `since_s`."""
    if state.slouch_s is not None:
        state = about(state, None)
    if state.awaiting_s is None or t_s - since_s < good_again_s(settings):
        return state, []
    return replace(state, awaiting_s=None), [Corrected(t_s, t_s - state.awaiting_s)]


def about(state: PolicyState, slouch_s: float | None) -> PolicyState:
    """The state for another slouch, or none."""
    return replace(state, slouch_s=slouch_s, level=0, told=())


def good_again_s(settings: AlertSettings) -> float:
    """How long upright answers an alert."""
    return settings.good_again_s - _ROUNDING_S


def unscored(state: PolicyState, t_s: float, moved: bool) -> PolicyState:
    """Posture is not judged now; `moved`: because of walking, bending or lying."""
    if moved:
        return replace(about(state, None), moved_s=t_s)
    return state if state.slouch_s is None else about(state, None)


def is_due(settings: AlertSettings, state: PolicyState, since_s: float, t_s: float) -> bool:
    """Whether an alert about a slouch since `since_s` is due now, apart from reasons for silence."""
    return t_s >= due(settings, state, since_s)[0] - _ROUNDING_S


def due(settings: AlertSettings, state: PolicyState, since_s: float) -> tuple[float, Waiting]:
    """When an alert about a slouch since `since_s` is due, apart from reasons for silence (inf: not again), and what decides it."""
    due_s = since_s + settings.delay_s
    muted_until_s = state.moved_s + settings.mute_after_s
    waits: Waiting = "delay" if due_s >= muted_until_s else "moved"
    due_s = max(due_s, muted_until_s)
    if state.slouch_s == since_s and state.level:
        if state.level >= settings.max_level:
            return math.inf, "highest level"
        if (repeat_s := state.alerts_s[-1] + settings.escalate_after_s) > due_s:
            return repeat_s, "told"
    return due_s, waits


def next_turn(settings: AlertSettings, clock: LocalClock, state: PolicyState, since_s: float, t_s: float) -> float | None:
    """The first moment after `t_s` at which the answer about a slouch since `since_s` may be another than at `t_s`, the state being
    as it is; None: it stays as it is."""
    turns = [due(settings, state, since_s)[0], *(at_s + HOUR_S for at_s in state.alerts_s)]
    turns += [] if state.snoozed_until_s is None else [state.snoozed_until_s]
    turns += [state.alerts_s[-1] + settings.cooldown_s] if state.alerts_s else []
    span = parse_quiet_hours(settings.quiet_hours)
    if span is not None and clock.midnight_s is not None:
        turns += [t_s + (edge_s - clock.midnight_s - t_s) % DAY_S for edge_s in span]
    after = [turn_s - TURN_SLACK_S for turn_s in turns if t_s - TURN_SLACK_S < turn_s < math.inf]
    return min(after, default=None)


def slouched(
    settings: AlertSettings, clock: LocalClock, state: PolicyState, since_s: float, t_s: float, why: Why
) -> tuple[PolicyState, list[Event]]:
    """The wearer has been slouched since `since_s` and an alert is due; `why` describes it now."""
    if state.slouch_s != since_s:
        state = about(state, since_s)
    because = silence(settings, clock, state, t_s)
    if because is None:
        level = state.level + 1
        state = replace(state, alerts_s=(*last_hour(state, t_s), t_s), level=level, told=(), awaiting_s=t_s)
        return state, [AlertRaised(t_s, "slouch", level, why)]
    if because in state.told:
        return state, []
    return replace(state, told=(*state.told, because)), [AlertWithheld(t_s, because, why)]


def silence(settings: AlertSettings, clock: LocalClock, state: PolicyState, t_s: float) -> Because | None:
    """Why an alert that is due at `t_s` is kept back; None when it is not."""
    if state.snoozed_until_s is not None:
        return "snoozed"
    if is_quiet(settings, clock, t_s):
        return "quiet hours"
    recent_s = last_hour(state, t_s)
    if recent_s and t_s < recent_s[-1] + settings.cooldown_s - _ROUNDING_S:
        return "cool-down"
    return "budget" if len(recent_s) >= settings.per_hour else None


def last_hour(state: PolicyState, t_s: float) -> tuple[float, ...]:
    """When alerts spoke in the hour before `t_s`."""
    return tuple(at for at in state.alerts_s if at > t_s - HOUR_S + _ROUNDING_S)


def is_quiet(settings: AlertSettings, clock: LocalClock, t_s: float) -> bool:
    """Whether stream time `t_s` is in the wearer's quiet hours; not without a wall clock."""
    span = parse_quiet_hours(settings.quiet_hours)
    return span is not None and is_within(span, clock, t_s) is True


def is_within(span: tuple[float, float], clock: LocalClock, t_s: float) -> bool | None:
    """Whether stream time `t_s` is in that span of local time (seconds after midnight); None without a wall clock."""
    if clock.midnight_s is None:
        return None
    start, end = span
    now = (clock.midnight_s + t_s) % DAY_S
    return start <= now < end if start <= end else now >= start or now < end
