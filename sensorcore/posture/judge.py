"""Ticks → posture, context and alerts: the sequence of the posture stages, each in its own file."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from sensorcore.commands import AddMark, Calibrate, Command, NotePain, SetState, Zero
from sensorcore.events import (
    BaselineSet,
    ContextChanged,
    Event,
    ForwardFound,
    LyingSide,
    Marked,
    PainNoted,
    Refused,
    SlouchEnded,
    StateLearned,
    Why,
)
from sensorcore.model import BoolArray, Calibration, DeviceReport, FloatArray, IntArray, StreamInfo, Vector3, vector3
from sensorcore.motion import activity, height_change, vehicle, wear
from sensorcore.motion.arrays import steps
from sensorcore.motion.body import Lean, lean, picked
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import unit
from sensorcore.posture import context, lyingside, policy, reference, sitstand, slip, slouch, speaking, zero
from sensorcore.posture.context import CONTEXT_CODES
from sensorcore.posture.speaking import PolicyChange, Scored
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS, PostureTrack, joined

_SITTING, _STANDING = CONTEXT_CODES["sitting"], CONTEXT_CODES["standing"]
_WALKING, _LYING = CONTEXT_CODES["walking"], CONTEXT_CODES["lying"]
_MOVING, _NOT_WORN = CONTEXT_CODES["moving"], CONTEXT_CODES["not_worn"]
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


@dataclass(frozen=True, slots=True)
class ScoredTicks:
    """Ticks with context and lean, judged by nobody yet: nothing here depends on a threshold or a delay. `index`, `end_s` (n,);
    `lean` from the upright in force, `uprights` (n) its name, `measured` (n,) whether it is the right one, `codes` (n,) the
    contexts, `doubted` (n,) where the sensor may not be worn, or has slipped, `riding` (n,) in a vehicle, where posture is judged
    only if `judges_rides`. `changes` are events of
    these ticks; `before` and `after`, what became known before and at the end of them. `curvature_deg` (n,) how far the back is
    rounded, NaN while not known; None with one sensor."""

    index: IntArray
    end_s: FloatArray
    uncertainty_deg: FloatArray
    lean: Lean
    codes: NDArray[np.int8]
    uprights: list[str]
    measured: BoolArray
    doubted: BoolArray
    riding: BoolArray
    calibration: Calibration | None
    before: list[Event]
    changes: list[Event]
    after: list[Event]
    exercising: bool = False
    curvature_deg: FloatArray | None = None
    judges_rides: bool = False

    def __getitem__(self, part: slice) -> ScoredTicks:
        """Some of the ticks, without the events around them."""
        lean = self.lean[part]
        per_tick = (
            self.uncertainty_deg[part],
            lean,
            self.codes[part],
            self.uprights[part],
            self.measured[part],
            self.doubted[part],
            self.riding[part],
        )
        curved = None if self.curvature_deg is None else self.curvature_deg[part]
        piece = ScoredTicks(self.index[part], self.end_s[part], *per_tick, self.calibration, [], [], [], self.exercising, curved)
        return replace(piece, judges_rides=True) if self.judges_rides else piece

    @property
    def scored(self) -> BoolArray:
        """Where posture is judged."""
        on_road = self.riding & (not self.judges_rides)
        judged = self.measured & ~self.doubted & ~on_road & (not self.exercising)
        return np.asarray(((self.codes == _SITTING) | (self.codes == _STANDING)) & judged)

    @property
    def moved(self) -> BoolArray:
        """Where the wearer walks, lies, bends, exercises or is away; sitting up quickly is no bend."""
        bent = (self.codes == _MOVING) & (self.lean.inclination_deg > context.BEND_DEG)
        away = (self.codes == _NOT_WORN) | self.exercising
        return np.asarray((self.codes == _WALKING) | (self.codes == _LYING) | away | bent)

    def to_score(self) -> Scored:
        """What detector and policy decide by."""
        return Scored(self.index, self.end_s, self.lean, self.scored, self.moved, self.curvature_deg)


@dataclass(frozen=True, slots=True)
class DecisionInputs:
    """All that decided about some ticks, so that it can be gone through again (`sensorcore.posture.explain`): the state before
    them and what was seen in them; `asked`: how the policy's state changed on the way."""

    settings: Settings
    clock: policy.LocalClock
    before: JudgeState
    scored_ticks: tuple[ScoredTicks, ...]
    policy_changes: tuple[PolicyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Decided:
    """What was decided about some ticks. `asked`: how the policy's state changed on the way."""

    track: PostureTrack
    events: tuple[Event, ...]
    policy_changes: tuple[PolicyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class ReferenceRun:
    """Consecutive ticks judged against the same reference: how many, and what it was (None: nothing known yet)."""

    ticks: int
    upright: Vector3 | None
    forward: Vector3 | None


def initial(info: StreamInfo) -> JudgeState:
    """Before the first tick. The calibration comes with the stream, if there is one."""
    belief = sitstand.initial(info.calibration.upright if info.calibration else ())
    known = reference.initial(info.calibration, info.nominal_up)
    return JudgeState(known, activity.initial(), context=context.ContextState(belief=belief), feedback=info.carried.feedback)


def step(
    settings: Settings, clock: policy.LocalClock, state: JudgeState, ticks: Ticks
) -> tuple[JudgeState, PostureTrack, list[Event], DecisionInputs]:
    """Judge the ticks that were completed."""
    state, inputs = look(settings, clock, state, ticks)
    state, decided = decide_all(inputs, state)
    return state, decided.track, list(decided.events), replace(inputs, policy_changes=decided.policy_changes)


def look(settings: Settings, clock: policy.LocalClock, state: JudgeState, ticks: Ticks) -> tuple[JudgeState, DecisionInputs]:
    """What is seen in the ticks, with nothing decided."""
    after, parts = see(settings, state, ticks)
    return after, DecisionInputs(settings, clock, state, tuple(parts))


def decide_all(inputs: DecisionInputs, state: JudgeState) -> tuple[JudgeState, Decided]:
    """Decide about all that was seen."""
    found: list[Decided] = []
    for seen in inputs.scored_ticks:
        state, decided = decide(inputs.settings, inputs.clock, state, seen)
        found.append(decided)
    events = tuple(event for each in found for event in each.events)
    return state, Decided(
        joined([each.track for each in found]), events, tuple(asked for each in found for asked in each.policy_changes)
    )


def runs_of(parts: Iterable[ScoredTicks]) -> list[ReferenceRun]:
    """What the ticks were measured against."""
    runs: list[ReferenceRun] = []
    for seen in parts:
        known = seen.calibration
        uprights, forward = (known.upright, known.forward) if known else ({}, None)
        runs += [ReferenceRun(len(list(same)), uprights.get(name), forward) for name, same in itertools.groupby(seen.uprights)]
    return runs


def see(settings: Settings, state: JudgeState, ticks: Ticks) -> tuple[JudgeState, list[ScoredTicks]]:
    """The part of `step` that no threshold or delay changes: wear, reference, context and lean, in a part for each calibration that
    held and each stretch that was worn or not. The states of detector and policy stay as they are."""
    moves, activity_now = activity.step(state.activity, ticks)
    rising, movements = height_change.step(state.rise, ticks.vertical_sum / ticks.samples, activity_now.at_rest, ticks.after_gap)
    was_off = state.wear.not_worn
    on_road, riding = vehicle.step(state.ride, ticks.index, activity_now.shake_mps2, activity_now.rocks)
    wearing, wear_now, told = wear.step(wear.WearParams(settings.wear.off_after_s), state.wear, ticks)
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
        before = [] if state.announced else _announce(None, known, 0.0)
        if off or begin in borders:  # what was assumed of the wearer is not true of a sensor that was put on again
            state = replace(state, reference=reference.forget_assumed(state.reference), context=context.put_on(state.context))
        if not off and begin in borders:
            put_on_s = float(ticks.index[begin]) / TICK_HZ
            state = replace(state, slip=slip.put_on(state.slip, put_on_s, bool(_confirmed(state.reference.calibration))))
        found, used = (state.reference, limit - begin) if off else reference.step(state.reference, ticks[begin:limit])
        part = slice(begin, begin + used)
        ended = {i - begin: movement for i, movement in movements.items() if begin <= i < begin + used}
        worn = wear_now[part]
        state, seen, doing = _see(settings, state, ticks[part], activity_now[part], ended, worn, riding[part])
        if len(seen.index) < used:
            used = len(seen.index)
            found = state.reference if off else reference.step(state.reference, ticks[begin : begin + used])[0]
        found = found if off else _answered(known, found, state, doing)
        changes = _with_wear(seen, was_off, [event for event in told if event.t_s in seen.end_s])
        parts.append(replace(seen, before=before, changes=changes, after=_announce(known, found.calibration, state.now_s)))
        if found is not state.reference or not state.announced:
            state = replace(state, reference=found, announced=True)
        begin, was_off = begin + used, off
    return state, parts


def scoring_settings(settings: Settings) -> object:
    """All that `see`, and the tilt before it, heed of the settings: what is seen is the same while this is equal."""
    return settings.motion, settings.wear, settings.alerts.while_riding


def _with_wear(seen: ScoredTicks, was_off: bool, told: list[Event]) -> list[Event]:
    """The events of a part that was worn all the time, or not at all."""
    off = bool(len(seen.codes)) and seen.codes[0] == _NOT_WORN
    changes: list[Event] = [] if off else list(seen.changes)
    first_s = float(seen.end_s[0])
    if off != was_off and not any(change.t_s == first_s for change in changes):
        changes.insert(0, ContextChanged(first_s, CONTEXTS[seen.codes[0]], 0.9 if off else 0.5))
    return [*told, *changes]


def report(state: JudgeState, told: DeviceReport) -> JudgeState:
    """What the device says of itself; heeded from the next second on."""
    return replace(state, wear=wear.report(state.wear, told))


def command(settings: Settings, state: JudgeState, said: Command) -> tuple[JudgeState, list[Event]]:
    """Obey the wearer; takes effect from the next tick."""
    match said.action:
        case AddMark() | NotePain() as note:
            return state, [note_event(note, state.now_s)]
        case SetState(name):
            return _corrected(state, name)
        case Zero():
            return _zeroed(state)
        case Calibrate(calibration):
            return _calibrated(state, calibration)
        case action:
            quieter, spoken = policy.command(settings.alerts, state.policy, action, state.now_s)
            return replace(state, policy=quieter), spoken


def _corrected(state: JudgeState, name: Literal["sitting", "standing"]) -> tuple[JudgeState, list[Event]]:
    """The wearer says what they do. If that was not what they were thought to do, how the sensor hangs is remembered."""
    if state.wear.not_worn:
        return state, [Refused(state.now_s, "state", "nobody seems to wear the sensor: put it on, and move a little")]
    wrong = state.context.belief.state != name and state.recent_up and state.context.code in (_SITTING, _STANDING)
    state = replace(state, context=context.told(state.context, name))
    known = state.reference.calibration
    if not wrong or known is None:
        return state, []
    after = reference.learned(known, name, unit(np.mean(state.recent_up, axis=0)))
    state = replace(state, reference=replace(state.reference, calibration=after))
    return state, [StateLearned(state.now_s, name, after.usual[name])]


def _zeroed(state: JudgeState) -> tuple[JudgeState, list[Event]]:
    """The wearer is upright as they sit or stand now."""
    if not state.recent_up:
        why = "where up is has not been sure for a moment: keep still for a few seconds and try again"
        return state, [Refused(state.now_s, "zero", why)]
    upright = unit(np.mean(state.recent_up, axis=0))
    before, believed = state.reference.calibration, state.context.belief
    known, names = zero.zeroed(before, believed.state, upright, state.slip)
    mended, told = slip.mended(state.slip, state.now_s, "zero")
    doing = state.context if names[-1] == believed.state else context.told(state.context, names[-1])
    news = [*told, *(BaselineSet(state.now_s, name, known.is_assumed(name), known.upright[name]) for name in names)]
    return replace(state, context=doing, slip=mended, reference=replace(state.reference, calibration=known)), news


def _calibrated(state: JudgeState, given: Calibration) -> tuple[JudgeState, list[Event]]:
    """A calibration made while the sensor is worn. A guided one ends in the upright that was shown last."""
    doing = context.told(state.context, list(given.upright)[-1])
    mended, told = slip.mended(state.slip, state.now_s, "calibration")
    news = [*told, *_announce(state.reference.calibration, given, state.now_s)]
    found = replace(state.reference, calibration=given)
    return replace(state, reference=found, context=doing, slip=mended, announced=True), news


def note_event(note: AddMark | NotePain, t_s: float) -> Event:
    """The event of a mark or a pain note."""
    return Marked(t_s, note.text) if isinstance(note, AddMark) else PainNoted(t_s, note.level, note.text)


def _announce(before: Calibration | None, after: Calibration | None, t_s: float) -> list[Event]:
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
    """The uprights after what the wearer did, if that says anything about them."""
    calibration, belief = known.calibration, state.context.belief
    name = belief.state
    if calibration is not None and (before is None or not before.upright) and belief.confidence > sitstand.SURELY:
        calibration = reference.assumed_in(calibration, name)
    if calibration is not None and doing.changed:
        calibration = reference.changed(calibration, name)
    if calibration is not None and doing.wanting and state.recent_up:
        calibration = reference.rested(calibration, name, unit(np.mean(state.recent_up, axis=0)))
    return known if calibration is known.calibration else replace(known, calibration=calibration)


def _see(
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
        side, sides = lyingside.step(side, doing.codes == _LYING, chosen)
    changes = lyingside.told(doing.changes, end_s, sides)
    codes = np.where(worn.not_worn[taken], np.int8(_NOT_WORN), doing.codes)
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
