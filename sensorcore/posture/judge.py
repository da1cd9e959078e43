"""Ticks → posture, context and alerts: scoring, then detector and policy."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, replace

from sensorcore.events import (
    Event,
    SlouchEnded,
    Why,
)
from sensorcore.model import Vector3
from sensorcore.motion.ticks import Ticks
from sensorcore.posture import policy, slouch, speaking
from sensorcore.posture.scored import ScoredTicks
from sensorcore.posture.scoring import JudgeState, score
from sensorcore.posture.speaking import PolicyChange
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS, PostureTrack, joined


@dataclass(frozen=True, slots=True)
class DecisionInputs:
    """Inputs of the decisions on some ticks, which `sensorcore.posture.explain` runs again: settings, clock, the state before
    them, the scored ticks; `policy_changes`: on the way."""

    settings: Settings
    clock: policy.LocalClock
    before: JudgeState
    scored_ticks: tuple[ScoredTicks, ...]
    policy_changes: tuple[PolicyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """Decisions on some ticks. `policy_changes`: on the way."""

    track: PostureTrack
    events: tuple[Event, ...]
    policy_changes: tuple[PolicyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """Consecutive ticks or samples with one reference: how many, and what it was (None: nothing known yet)."""

    count: int
    upright: Vector3 | None
    forward: Vector3 | None


def step(
    settings: Settings, clock: policy.LocalClock, state: JudgeState, ticks: Ticks
) -> tuple[JudgeState, PostureTrack, list[Event], DecisionInputs]:
    """Judge the ticks that were completed."""
    state, inputs = gather(settings, clock, state, ticks)
    state, decided = decide_all(inputs, state)
    return state, decided.track, list(decided.events), replace(inputs, policy_changes=decided.policy_changes)


def gather(settings: Settings, clock: policy.LocalClock, state: JudgeState, ticks: Ticks) -> tuple[JudgeState, DecisionInputs]:
    """Score the ticks without a decision."""
    after, parts = score(settings, state, ticks)
    return after, DecisionInputs(settings, clock, state, tuple(parts))


def decide_all(inputs: DecisionInputs, state: JudgeState) -> tuple[JudgeState, Decided]:
    """Decide on all scored ticks."""
    found: list[Decided] = []
    for seen in inputs.scored_ticks:
        state, decided = decide(inputs.settings, inputs.clock, state, seen)
        found.append(decided)
    events = tuple(event for each in found for event in each.events)
    return state, Decided(
        joined([each.track for each in found]), events, tuple(asked for each in found for asked in each.policy_changes)
    )


def runs_of(parts: Iterable[ScoredTicks]) -> list[ReferenceRun]:
    """The references of the ticks, as runs."""
    runs: list[ReferenceRun] = []
    for seen in parts:
        known = seen.calibration
        uprights, forward = (known.upright, known.forward) if known else ({}, None)
        runs += [ReferenceRun(len(list(same)), uprights.get(name), forward) for name, same in itertools.groupby(seen.uprights)]
    return runs


def decide(settings: Settings, clock: policy.LocalClock, state: JudgeState, seen: ScoredTicks) -> tuple[JudgeState, Decided]:
    """Detector and policy: what the settings decide about the ticks."""
    calibration, chosen, curved, codes = seen.calibration, seen.lean, seen.curvature_deg, seen.codes
    has_forward = calibration is not None and calibration.forward is not None
    detector, found, turns = speaking.detect(settings.posture, state.slouch, seen.to_score(), has_forward=has_forward)
    track = PostureTrack(seen.index, chosen.flexion_deg, chosen.lateral_deg, seen.uncertainty_deg, codes, found.postures)
    if curved is not None:
        track = replace(track, curvature_deg=curved)

    def why(i: int, dwell_s: float) -> Why:
        direction, angle_deg, limit_deg = slouch.named(settings.posture, chosen, curved, i, has_forward)
        return Why(
            CONTEXTS[codes[i]],
            direction,
            round(angle_deg, 1),
            limit_deg,
            round(dwell_s, 1),
            seen.uprights[i],
            calibration is None or calibration.is_assumed(seen.uprights[i]),
            round(state.feedback, 2) if settings.habit.fading == "on" else 1.0,
        )

    asked, spoken, changes = speaking.speak(settings.alerts, clock, state.policy, found, why)
    events = sorted([*seen.changes, *turns, *spoken], key=_when)
    return replace(state, slouch=detector, policy=asked), Decided(track, (*seen.before, *events, *seen.after), tuple(changes))


def _when(event: Event) -> tuple[float, bool]:
    """The order of events. A slouch that time without judgement ended is dated at the end of the tick before, whose own events
    (an alert, perhaps) came first."""
    return event.t_s, isinstance(event, SlouchEnded) and event.because != "upright"
