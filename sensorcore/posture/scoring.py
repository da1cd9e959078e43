"""Ticks → context and lean: the stages that no threshold or delay changes, in order, each in its own file."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from sensorcore.events import (
    BaselineSet,
    ContextChanged,
    Event,
    ForwardFound,
    LyingSide,
)
from sensorcore.model import BoolArray, Calibration, DeviceReport, StreamInfo, Vector3, vector3
from sensorcore.motion import activity, height_change, vehicle, wear
from sensorcore.motion.arrays import steps
from sensorcore.motion.body import Lean, lean, picked
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import unit
from sensorcore.posture import context, lyingside, policy, reference, sitstand, slip, slouch
from sensorcore.posture.moving import LYING
from sensorcore.posture.scored import NOT_WORN, ScoredTicks
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS

_RECENT_TICKS = TICK_HZ


@dataclass(frozen=True, slots=True)
class JudgeState:
    """The states of the stages; `recent_up` is the last second while the tilt is sure, for a re-zero;
    `exercising`: an exercise is open, and no posture is judged; `feedback`: the share of nudges given, for alerts to say."""

    reference: reference.ReferenceState
    activity: activity.ActivityState
    rise: height_change.RiseState = field(default_factory=height_change.RiseState)
    context: context.ContextState = field(default_factory=context.ContextState)
    side: lyingside.SideState = field(default_factory=lyingside.SideState)
    slouch: slouch.SlouchState = field(default_factory=slouch.SlouchState)
    policy: policy.PolicyState = field(default_factory=policy.PolicyState)
    announced: bool = False
    recent_up: tuple[Vector3, ...] = ()
    now_s: float = 0.0
    wear: wear.WearState = field(default_factory=wear.initial)
    exercising: bool = False
    slip: slip.SlipState = field(default_factory=slip.SlipState)
    ride: vehicle.RideState = field(default_factory=vehicle.initial)
    feedback: float = 1.0


def initial(info: StreamInfo) -> JudgeState:
    """Before the first tick. The calibration comes with the stream, if there is one."""
    belief = sitstand.initial(info.calibration.upright if info.calibration else ())
    known = reference.initial(info.calibration, info.nominal_up)
    return JudgeState(known, activity.initial(), context=context.ContextState(belief=belief), feedback=info.carried.feedback)


def score(settings: Settings, state: JudgeState, ticks: Ticks) -> tuple[JudgeState, list[ScoredTicks]]:
    """The part of `step` that no threshold or delay changes: wear, reference, context and lean, in a part for each calibration that
    held and each stretch that was worn or not. The states of detector and policy stay as they are."""
    moves, activity_now = activity.step(state.activity, ticks)
    rising, movements = height_change.step(state.rise, ticks.vertical_sum / ticks.samples, activity_now.at_rest, ticks.after_gap)
    was_off = state.wear.not_worn
    on_road, riding = vehicle.step(state.ride, ticks.index, activity_now.shake_mps2, activity_now.rocks)
    wearing, wear_now, wear_events = wear.step(wear.WearParams(settings.wear.off_after_s), state.wear, ticks)
    changing = was_off or wear_now.not_worn.any()
    borders = (
        [*np.flatnonzero(steps(wear_now.not_worn.astype(np.int8), was_off)).tolist(), len(ticks)] if changing else [len(ticks)]
    )
    state = replace(state, activity=moves, rise=rising, wear=wearing, ride=on_road)
    parts: list[ScoredTicks] = []
    begin = 0
    while begin < len(ticks):
        limit = next(border for border in borders if border > begin)
        off = bool(wear_now.not_worn[begin])
        known = state.reference.calibration
        before = [] if state.announced else announced(None, known, 0.0)
        if off or begin in borders:  # what was assumed of the wearer is not true of a sensor that was put on again
            state = replace(state, reference=reference.forget_assumed(state.reference), context=context.put_on(state.context))
        if not off and begin in borders:
            put_on_s = float(ticks.index[begin]) / TICK_HZ
            state = replace(state, slip=slip.put_on(state.slip, put_on_s, bool(_confirmed(state.reference.calibration))))
        found, used = (state.reference, limit - begin) if off else reference.step(state.reference, ticks[begin:limit])
        part = slice(begin, begin + used)
        ended = {i - begin: movement for i, movement in movements.items() if begin <= i < begin + used}
        worn = wear_now[part]
        state, seen, doing = _score_part(settings, state, ticks[part], activity_now[part], ended, worn, riding[part])
        if len(seen.index) < used:
            used = len(seen.index)
            found = state.reference if off else reference.step(state.reference, ticks[begin : begin + used])[0]
        found = found if off else _answered(known, found, state, doing)
        changes = _with_wear(seen, was_off, [event for event in wear_events if event.t_s in seen.end_s])
        parts.append(replace(seen, before=before, changes=changes, after=announced(known, found.calibration, state.now_s)))
        if found is not state.reference or not state.announced:
            state = replace(state, reference=found, announced=True)
        begin, was_off = begin + used, off
    return state, parts


def scoring_settings(settings: Settings) -> object:
    """The settings that `score`, and the tilt before it, depend on: scored ticks are the same while this is equal."""
    return settings.motion, settings.wear, settings.alerts.while_riding


def _with_wear(seen: ScoredTicks, was_off: bool, wear_events: list[Event]) -> list[Event]:
    """The events of a part that was worn all the time, or not at all."""
    off = bool(len(seen.codes)) and seen.codes[0] == NOT_WORN
    changes: list[Event] = [] if off else list(seen.changes)
    first_s = float(seen.end_s[0])
    if off != was_off and not any(change.t_s == first_s for change in changes):
        changes.insert(0, ContextChanged(first_s, CONTEXTS[seen.codes[0]], 0.9 if off else 0.5))
    return [*wear_events, *changes]


def report(state: JudgeState, device: DeviceReport) -> JudgeState:
    """Add a report of the device, used from the next second on."""
    return replace(state, wear=wear.report(state.wear, device))


def announced(before: Calibration | None, after: Calibration | None, t_s: float) -> list[Event]:
    events: list[Event] = []
    if after is None or after is before:
        return events
    old = {} if before is None else before.upright
    events += [BaselineSet(t_s, name, after.is_assumed(name), up) for name, up in after.upright.items() if old.get(name) != up]
    if after.forward is not None and after.quality_deg is not None and (before is None or before.forward is None):
        events.append(ForwardFound(t_s, after.forward, after.quality_deg))
    return events


def _answered(
    before: Calibration | None, known: reference.ReferenceState, state: JudgeState, doing: context.Contexts
) -> reference.ReferenceState:
    """The uprights, updated by what the wearer did."""
    calibration, belief = known.calibration, state.context.belief
    name = belief.state
    if calibration is not None and (before is None or not before.upright) and belief.confidence > sitstand.SURELY:
        calibration = reference.assumed_in(calibration, name)
    if calibration is not None and doing.changed:
        calibration = reference.changed(calibration, name)
    if calibration is not None and doing.wanting and state.recent_up:
        calibration = reference.rested(calibration, name, unit(np.mean(state.recent_up, axis=0)))
    return known if calibration is known.calibration else replace(known, calibration=calibration)


def _score_part(
    settings: Settings,
    state: JudgeState,
    ticks: Ticks,
    moving: activity.Activity,
    movements: dict[int, height_change.Movement],
    worn: wear.WearDetected,
    riding: BoolArray,
) -> tuple[JudgeState, ScoredTicks, context.Contexts]:
    """As many of the ticks as `context.step` takes."""
    calibration = state.reference.calibration
    if calibration and calibration.upright:
        leans = {name: lean(ticks.up, up, calibration.forward) for name, up in calibration.upright.items()}
    else:
        nothing = np.full(len(ticks), np.nan)
        leans = {state.context.belief.state: Lean(nothing, nothing, nothing)}
    end_s = (ticks.index + 1) / TICK_HZ
    angles = {name: each.inclination_deg for name, each in leans.items()}
    usual = calibration.usual if calibration else {}
    hanging = angles | {name: lean(ticks.up, usual[name], None).inclination_deg for name in angles if name in usual}
    contexts, doing = context.step(state.context, angles, moving, movements, ticks.uncertainty_deg, end_s, hanging)
    taken = slice(len(doing.codes))
    ticks, end_s = ticks[taken], end_s[taken]
    chosen = picked({name: each[taken] for name, each in leans.items()}, doing.uprights)
    recent = state.recent_up
    for up, unsure in zip(ticks.up[-_RECENT_TICKS:], ticks.uncertainty_deg[-_RECENT_TICKS:].tolist(), strict=True):
        recent = () if worn.not_worn[-1] or unsure > context.UNSURE_DEG else (*recent[1 - _RECENT_TICKS :], vector3(up))
    side, sides = state.side, dict[int, LyingSide]()
    if calibration is not None and calibration.forward is not None:
        side, sides = lyingside.step(side, doing.codes == LYING, chosen)
    changes = lyingside.with_sides(doing.changes, end_s, sides)
    codes = np.where(worn.not_worn[taken], np.int8(NOT_WORN), doing.codes)
    slipping, slipped, news = slip.step(
        settings.wear.slip_deg, state.slip, ticks.index, ticks.up, codes, moving.tilt_dps[taken], _confirmed(calibration)
    )
    state = replace(state, context=contexts, side=side, slip=slipping, recent_up=recent, now_s=float(end_s[-1]))
    doubted, events = worn.doubted[taken] | slipped, sorted([*changes, *news], key=lambda event: event.t_s)
    per_tick = (ticks.index, end_s, ticks.uncertainty_deg, chosen, codes, doing.uprights, doing.measured, doubted, riding[taken])
    judges_rides = settings.alerts.while_riding == "on"
    return state, ScoredTicks(*per_tick, calibration, [], events, [], state.exercising, judges_rides=judges_rides), doing


def _confirmed(calibration: Calibration | None) -> dict[str, Vector3]:
    """The uprights that the wearer has shown."""
    known = calibration.upright if calibration else {}
    return {name: up for name, up in known.items() if calibration and not calibration.is_assumed(name)}
