"""State machine of a running programme: the present step, its tally, and when the next step is due. Pure: time and the sensor's
events are arguments.

With a sensor, its events count repetitions and holds, and the guide waits for a wearer who pauses; without one the clock counts at
an easy pace. Every run ends: after `GIVE_UP_S` without progress the next step begins.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal, TypeAlias

from sensorcore.events import Event, HoldBroken, HoldEnded, HoldStarted, RepCounted
from sensorcore.exercise.catalogue import Pose
from sensorcore.exercise.excursion import POSE_FLEXION_DEG
from sensorcore.exercise.stage import HOLD_SHOWN_S
from sensorcore.exercise.trace import MEASURED_WITHIN_DEG
from sensorcore.repetition import Side
from sensorcore.routine.breath_following import Following
from sensorcore.routine.programme import READY_S, SETTLE_S, Programme, Step

Phase: TypeAlias = Literal["ready", "doing", "settling", "over"]
Asked: TypeAlias = Literal["pause", "next", "previous"]

POSE_SEEN_S, POSE_STILL_DEG = 1.5, 5.0
"""The pose is taken once the trunk has stayed there so long, within so much: settling would be counted otherwise."""
READ_S: Final = 3.0
"""Time to read the step, also for a wearer who is in the pose already."""
POSE_GIVE_UP_S: Final = 45.0
"""Without a recognised pose: the sensor may be worn elsewhere, or the body differs. Counting checks the pose itself."""
GIVE_UP_S: Final = 60.0
WAITING_S: Final = 8.0
SETTLE_HOLD_S: Final = 12.0
"""A hold ends when the pose is left; the routine waits no longer than this."""
ASLEEP_S: Final = 2.0
"""A longer step of the clock means that the computer slept; the routine counts it as a pause."""


@dataclass(frozen=True, slots=True)
class SensorInput:
    """Sensor input since the last step. `sensor`: one is worn; without, the clock counts. `signal`: data arrives. Angles in degrees
    from the wearer's upright, None while unknown; `following`: how the breath keeps a paced step."""

    sensor: bool = False
    signal: bool = False
    events: Sequence[Event] = ()
    flexion_deg: float | None = None
    lateral_deg: float | None = None
    following: Following | None = None


@dataclass(frozen=True, slots=True)
class Tally:
    """Progress of one step: repetitions, those to each side where a sensor saw it, seconds held, breathed or counted by."""

    count: int = 0
    left: int = 0
    right: int = 0
    gone_s: float = 0.0


@dataclass(frozen=True, slots=True)
class GuideState:
    """`at`: the step (the number of steps when over). `phase_s`: in this phase; `idle_s`: since something was last done; `pose_s`:
    since the start pose was taken, with the trunk at `rest_deg` (flexion, lateral). `active_s` + `paused_s` is all the time since
    the first step. `side`: the newest repetition's."""

    tallies: tuple[Tally, ...]
    at: int = 0
    phase: Phase = "ready"
    now_s: float | None = None
    phase_s: float = 0.0
    idle_s: float = 0.0
    pose_s: float = 0.0
    rest_deg: tuple[float, float] | None = None
    holding: bool = False
    paused: bool = False
    side: Side | None = None
    active_s: float = 0.0
    paused_s: float = 0.0


def initial(programme: Programme) -> GuideState:
    return GuideState(tuple(Tally() for _ in programme.steps))


def step(
    programme: Programme, state: GuideState, now_s: float, heard: SensorInput = SensorInput(), asked: Asked | None = None
) -> GuideState:
    """Advance to `now_s` (seconds of any clock that does not go back)."""
    passed_s = max(0.0, now_s - state.now_s) if state.now_s is not None else 0.0
    state = replace(state, now_s=max(now_s, state.now_s if state.now_s is not None else now_s))
    if state.phase == "over":
        return _gone_back(state, len(programme.steps)) if asked == "previous" else state
    if state.paused or passed_s > ASLEEP_S:
        state = replace(state, paused_s=state.paused_s + passed_s)
    else:
        state = _advance(programme, replace(state, active_s=state.active_s + passed_s), passed_s, heard)
    if asked == "pause" and state.phase != "over":
        state = replace(state, paused=not state.paused)
    elif asked == "next" and state.phase != "over":
        state = _begun(programme, state, state.at + 1)
    elif asked == "previous":
        state = _gone_back(state, state.at if state.phase == "ready" else state.at + 1)
    return state


def share(step: Step, tally: Tally) -> float:
    """Done share of a step, 0 to 1."""
    if step.repetitions:
        return min(1.0, tally.count / step.repetitions)
    return min(1.0, tally.gone_s / step.lasts_s)


def done_share(programme: Programme, state: GuideState) -> float:
    """Done share of the programme, 0 to 1: its steps weighed by their duration."""
    done_s = sum(share(step, tally) * step.lasts_s for step, tally in zip(programme.steps, state.tallies, strict=True))
    return min(1.0, done_s / sum(step.lasts_s for step in programme.steps))


def in_pose(pose: Pose, heard: SensorInput) -> bool | None:
    """Whether the trunk's angle fits that pose; None while the angles are unknown."""
    if heard.flexion_deg is None or heard.lateral_deg is None:
        return None
    off_deg = abs((heard.flexion_deg - POSE_FLEXION_DEG[pose] + 180.0) % 360.0 - 180.0)
    return off_deg <= MEASURED_WITHIN_DEG and abs(heard.lateral_deg) <= MEASURED_WITHIN_DEG


def is_waiting(programme: Programme, state: GuideState, heard: SensorInput) -> bool:
    """Whether the wearer has stopped in the middle of a step."""
    if state.phase != "doing" or not heard.sensor or state.paused:
        return False
    now = programme.steps[state.at]
    return state.idle_s > max(WAITING_S, 2 * now.repetition_s if now.repetitions else 0.0)


def _advance(programme: Programme, state: GuideState, passed_s: float, heard: SensorInput) -> GuideState:
    now = programme.steps[state.at]
    state = replace(state, phase_s=state.phase_s + passed_s)
    if state.phase == "ready":
        seen = in_pose(now.pose, heard) if heard.sensor and heard.signal else None
        state = _rested(state, passed_s, heard) if seen else replace(state, pose_s=0.0, rest_deg=None)
        unseen = seen is None and (heard.signal or not heard.sensor)  # up is unknown
        enough_s = READY_S if unseen else POSE_GIVE_UP_S
        if state.phase_s >= enough_s or (state.phase_s >= READ_S and state.pose_s >= POSE_SEEN_S):
            return replace(state, phase="doing", phase_s=0.0, idle_s=0.0, side=None, holding=False)
        return state
    tally, holding, side = _counted(now, state, heard)
    done_something = tally != state.tallies[state.at] or holding
    if state.phase == "doing" and now.is_rest and heard.sensor:
        before, state = state.rest_deg, _rested(state, passed_s, heard)
        if before is not None and state.rest_deg != before:  # moved: rest starts over
            tally = replace(tally, gone_s=0.0)
    if state.phase == "doing":
        runs = not heard.sensor or now.exercise is None or (holding and state.holding)
        gone_s = tally.gone_s + passed_s if runs else tally.gone_s
        count = int(gone_s / now.repetition_s + 1e-9) if now.repetitions and not heard.sensor else tally.count
        idle_s = 0.0 if done_something or runs else state.idle_s + passed_s
        tally = replace(tally, gone_s=gone_s, count=max(count, tally.count))
        state = replace(state, idle_s=idle_s)
    tallies = (*state.tallies[: state.at], tally, *state.tallies[state.at + 1 :])
    state = replace(state, tallies=tallies, holding=holding, side=side)
    if state.phase == "doing" and (share(now, tally) >= 1.0 or state.idle_s >= GIVE_UP_S):
        return replace(state, phase="settling", phase_s=0.0)
    if state.phase == "settling" and state.phase_s >= (SETTLE_HOLD_S if state.holding else SETTLE_S):
        return _begun(programme, state, state.at + 1)
    return state


def _rested(state: GuideState, passed_s: float, heard: SensorInput) -> GuideState:
    """In the start pose: for how long at rest."""
    here, before = (heard.flexion_deg or 0.0, heard.lateral_deg or 0.0), state.rest_deg
    if before is None or max(abs(here[0] - before[0]), abs(here[1] - before[1])) > POSE_STILL_DEG:
        return replace(state, pose_s=0.0, rest_deg=here)
    return replace(state, pose_s=state.pose_s + passed_s)


def _counted(now: Step, state: GuideState, heard: SensorInput) -> tuple[Tally, bool, Side | None]:
    """Events of the step's exercise: its tally, whether a pose is held, and the newest side."""
    tally, holding, side = state.tallies[state.at], state.holding, state.side
    name = now.exercise.name if now.exercise is not None and heard.sensor else ""
    for event in heard.events:
        if isinstance(event, RepCounted | HoldEnded) and event.rep.exercise == name:
            side = event.rep.side
            tally = replace(tally, count=tally.count + 1, left=tally.left + (side == "left"), right=tally.right + (side == "right"))
            holding = False
        elif isinstance(event, HoldStarted) and event.exercise == name:
            tally, holding = replace(tally, gone_s=tally.gone_s + HOLD_SHOWN_S), True
        elif isinstance(event, HoldBroken) and event.exercise == name:
            holding = False
    return tally, holding, side


def _begun(programme: Programme, state: GuideState, at: int) -> GuideState:
    return _reset(state, at, "over" if at >= len(programme.steps) else "ready")


def _gone_back(state: GuideState, at: int) -> GuideState:
    """Repeat the step before `at` (the first at least), its tally cleared."""
    at = max(0, at - 1)
    return replace(_reset(state, at, "ready"), tallies=(*state.tallies[:at], Tally(), *state.tallies[at + 1 :]))


def _reset(state: GuideState, at: int, phase: Phase) -> GuideState:
    """`state` at the beginning of a step."""
    return replace(
        state,
        at=at,
        phase=phase,
        phase_s=0.0,
        idle_s=0.0,
        pose_s=0.0,
        rest_deg=None,
        holding=False,
        paused=False,
        side=None,
    )
