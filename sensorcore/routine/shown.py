"""View model of a routine at one moment: words and numbers for the screen. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sensorcore.exercise.catalogue import Pose
from sensorcore.repetition import Side
from sensorcore.routine.breath_patterns import PhaseName
from sensorcore.routine.guide import GuideState, Phase, SensorInput, Tally, done_share, in_pose, is_waiting, share
from sensorcore.routine.pace import words
from sensorcore.routine.programme import BETWEEN_S, READY_S, Programme, Step

Ring: TypeAlias = Literal["", "counted", "step", "over"]
"""Bell or buzz for a counted repetition, the next step, the end."""

CUE_S: Final = 8.0
TAKE: Final[dict[Pose, str]] = {
    "standing": "Stand, feet as wide as the hips",
    "sitting": "Sit, both feet on the floor",
    "kneeling": "Kneel, upright",
    "supine": "Lie on your back, knees bent",
    "all_fours": "On hands and knees, back level",
}
BREATHE: Final[dict[PhaseName, str]] = {"in": "Breathe in", "hold full": "Hold", "out": "Breathe out", "hold empty": "Hold"}


@dataclass(frozen=True, slots=True)
class Shown:
    """`number` of `steps` is the step; `pose` its start pose and `exercise` what is done from there ("" when breathing),
    with `motion` how far into the movement the figure is, 0 to 1, to `side`. `big` the count or the time, `unit` of what; one
    `cue`; `note` a problem, if any. `share` of the programme that is done, `opened` the exercise to count now ("": none).
    `ring`: since the state before."""

    title: str
    number: int
    steps: int
    name: str
    following: str
    phase: Phase
    pose: Pose
    exercise: str
    motion: float
    side: Side | None
    big: str
    unit: str
    cue: str
    note: str
    share: float
    opened: str
    ring: Ring
    paused: bool


def show(programme: Programme, state: GuideState, heard: SensorInput, before: GuideState | None = None) -> Shown:
    """The moment of `state`, which `before` and `heard` led to."""
    at = min(state.at, len(programme.steps) - 1)
    now, tally = programme.steps[at], state.tallies[at]
    over = state.phase == "over"
    big, unit = ("✓", "done") if over else _big(now, state, tally)
    exercise = now.exercise.name if now.exercise is not None else ""
    counting = heard.sensor and state.phase in ("doing", "settling")
    return Shown(
        programme.title,
        at + 1,
        len(programme.steps),
        now.title,
        programme.steps[at + 1].title if at + 1 < len(programme.steps) else "",
        state.phase,
        now.pose,
        exercise,
        0.0 if over else _motion(now, state, tally),
        _side(now, state, tally) if state.phase == "doing" else None,
        big,
        unit,
        f"That was it: {done_share(programme, state) * 100:.0f} % done" if over else _cue(now, state, tally),
        "" if over else _note(programme, state, heard),
        1.0 if over else (at + _behind(now, state, tally)) / len(programme.steps),
        exercise if counting else "",
        _ring(before, state),
        state.paused,
    )


def _behind(now: Step, state: GuideState, tally: Tally) -> float:
    return 1.0 if state.phase == "settling" else share(now, tally)


def _big(now: Step, state: GuideState, tally: Tally) -> tuple[str, str]:
    if state.phase == "ready" and not now.repetitions:
        return clock(now.lasts_s), _to_do(now)
    if now.repetitions:
        return f"{min(tally.count, now.repetitions)}/{now.repetitions}", "repetitions"
    if now.pattern is not None and state.phase == "doing":
        return str(max(1, math.ceil(now.pattern.phase_at(tally.gone_s).left_s - 1e-6))), clock(now.lasts_s - tally.gone_s) + " left"
    return clock(max(0.0, now.lasts_s - tally.gone_s)), _to_do(now)


def _to_do(now: Step) -> str:
    return "to be still" if now.is_rest else "to hold" if now.exercise is not None else "to breathe"


def _cue(now: Step, state: GuideState, tally: Tally) -> str:
    if state.phase == "ready":
        return TAKE[now.pose]
    if state.phase == "settling":
        return "Come out of it slowly" if now.hold_s else "Well done" if share(now, tally) >= 1.0 else "On to the next"
    if now.pattern is not None:
        return BREATHE[now.pattern.phase_at(tally.gone_s).name]
    return now.cues[int(state.phase_s / CUE_S) % len(now.cues)]


def _note(programme: Programme, state: GuideState, heard: SensorInput) -> str:
    now, tally_s = programme.steps[state.at], state.tallies[state.at].gone_s
    unseen = state.phase == "ready" and state.phase_s > READY_S and in_pose(now.pose, heard) is False
    outside = now.hold_s and state.phase == "doing" and not state.holding
    notes = (
        (state.paused, "Paused"),
        (not heard.sensor, "Timer only: no sensor counts"),
        (not heard.signal, "No data from the sensor: it waits, n goes on"),
        (unseen, "The sensor does not see that pose yet; n goes on"),
        (is_waiting(programme, state, heard), "It waits for you; n goes on"),
        (now.is_rest and state.phase == "doing" and state.phase_s > tally_s + 1.0, "You moved: the rest begins anew"),
        (outside, "Go into the pose: time counts from there"),
        (now.pattern is not None and state.phase == "doing", words(heard.following)),
    )
    return next((words for holds, words in notes if holds), "")


def _side(now: Step, state: GuideState, tally: Tally) -> Side | None:
    """The next side: the other one than last."""
    if not now.has_sides:
        return None
    if state.side is not None:
        return "left" if state.side == "right" else "right"
    return "right" if tally.count % 2 == 0 else "left"


def _motion(now: Step, state: GuideState, tally: Tally) -> float:
    """Position of the figure in the movement, 0 to 1, at an easy pace."""
    if now.pattern is not None:
        return _fullness(now, tally.gone_s) if state.phase == "doing" else 0.0
    if now.is_rest:
        return 0.0
    if now.hold_s:
        return (
            _eased(state.phase_s / 2.0)
            if state.phase == "doing"
            else 1.0 - _eased(state.phase_s / 2.0)
            if state.phase == "settling"
            else 0.0
        )
    if state.phase == "settling":
        return 0.0
    assert now.exercise is not None
    hold_s = now.exercise.hold_s
    way_s = (now.repetition_s - hold_s - BETWEEN_S) / 2.0
    t_s = (tally.gone_s or state.phase_s) % now.repetition_s
    return _eased(t_s / way_s) if t_s < way_s + hold_s else 1.0 - _eased((t_s - way_s - hold_s) / way_s)


def _fullness(now: Step, t_s: float) -> float:
    assert now.pattern is not None
    phase = now.pattern.phase_at(t_s)
    within = _eased(phase.gone_s / (phase.gone_s + phase.left_s))
    return {"in": within, "hold full": 1.0, "out": 1.0 - within, "hold empty": 0.0}[phase.name]


def _eased(share: float) -> float:
    return (1.0 - math.cos(math.pi * min(1.0, max(0.0, share)))) / 2.0


def _ring(before: GuideState | None, state: GuideState) -> Ring:
    if before is None:
        return ""
    if state.phase == "over" and before.phase != "over":
        return "over"
    if state.at != before.at or (before.phase, state.phase) in (("ready", "doing"), ("doing", "settling")):
        return "step"
    at = min(state.at, len(state.tallies) - 1)
    return "counted" if state.tallies[at].count > before.tallies[at].count else ""


def clock(seconds: float) -> str:
    """Minutes and seconds."""
    whole = math.ceil(seconds - 1e-6)
    return f"{whole // 60}:{whole % 60:02d}"
