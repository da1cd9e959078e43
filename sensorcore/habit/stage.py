"""The stage that proposes micro-breaks and detects whether they were done. It looks once a second of stream time, at the
first tick of each.

No proposal while the wearer walks, lies, moves or is away, while posture is not known, while alerts are snoozed, in quiet
hours, outside the hours for it, or while an exercise is open (`activation` keeps to pace and budget).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Literal, TypeAlias

import numpy as np

from sensorcore.events import (
    Activation,
    ActivationAsked,
    ActivationDone,
    ActivationWithheld,
    AlertRaised,
    Event,
    MoveReminder,
    RepCounted,
)
from sensorcore.exercise import stage as counting
from sensorcore.exercise.trace import Frame
from sensorcore.habit import activation
from sensorcore.habit.activation import ActivationState, Params, WearerNow
from sensorcore.model import BoolArray, RestartState
from sensorcore.motion.arrays import steps
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.posture.policy import LocalClock, is_quiet, is_within
from sensorcore.settings import Settings, parse_quiet_hours
from sensorcore.track.posture_track import CONTEXTS, PostureTrack

Because: TypeAlias = Literal["exercise", "riding", "snoozed", "quiet hours", "other hours"]
TILTS: Final = 3
"""Fewer tilts are a fidget, not twenty seconds of them."""
TILTS_END_S: Final = 8.0
"""So long after the last one, they are over."""
WATCHED_S: Final[dict[Activation, float]] = {"pelvic_tilt": 60.0, "stand_up": 180.0}
"""How long it is watched whether it is done; who does it later did it of their own accord."""
STOOD_LOOKS: Final = 3
_ON_FEET: Final = ("standing", "walking")


@dataclass(frozen=True, slots=True)
class HabitState:
    """`asking`: when and what was asked so far; `alerted_s` the last alert or reminder. Of what is watched now (`asked`, since
    `asked_s`): pelvic tilts counted (`tilts`, the last at `tilted_s`) by `counter`, or for how many looks on one's feet (`stood`).
    `second`: of the last look."""

    asking: ActivationState = field(default_factory=ActivationState)
    alerted_s: float | None = None
    asked: Activation | None = None
    asked_s: float = 0.0
    tilts: int = 0
    tilted_s: float = 0.0
    stood: int = 0
    counter: counting.ExerciseState = field(default_factory=counting.ExerciseState)
    second: int = -1


@dataclass(frozen=True, slots=True)
class Around:
    """What else decides, as it stood before these ticks: alerts snoozed until then, an exercise open; and `riding` (n,): the
    wearer is in a vehicle."""

    settings: Settings
    clock: LocalClock
    snoozed_until_s: float | None
    exercising: bool
    riding: BoolArray | None = None


def initial(carried: RestartState) -> HabitState:
    """The state that continues `carried`."""
    asking = ActivationState(None, carried.posed_s, carried.sat_s, carried.told_s, carried.count)
    return HabitState(asking, second=-1)


def step(
    around: Around,
    state: HabitState,
    track: PostureTrack,
    ticks: Ticks,
    frame_at: Callable[[int], Frame | None],
    events: Sequence[Event],
) -> tuple[HabitState, list[Event]]:
    """Advance by the n ticks of `track` (and `ticks`); `frame_at` gives the wearer's axes at one of them. `events` are those of
    these ticks."""
    if around.settings.habit.activations == "off" or not len(track):
        return state, []
    news: list[Event] = []
    seconds = track.index // TICK_HZ
    looks = np.flatnonzero(steps(seconds, state.second) > 0).tolist()
    nudged_s = [event.t_s for event in events if isinstance(event, AlertRaised | MoveReminder)]
    params = Params(around.settings.habit.every_min * 60.0, around.settings.habit.per_hour)
    hours = parse_quiet_hours(around.settings.habit.hours)
    asking, alerted_s, begin = state.asking, state.alerted_s, 0
    for look in looks:
        if state.counter.open:
            state = _counted(state, ticks[begin : look + 1])
        begin = look + 1
        t_s = float(track.index[look] + 1) / TICK_HZ
        alerted_s = max((each for each in nudged_s if each <= t_s), default=alerted_s)
        doing = CONTEXTS[track.context[look]]
        state, done = _watched(state, t_s, on_feet=doing in _ON_FEET)
        news += done
        since_s = None if alerted_s is None else t_s - alerted_s
        because, posed_s = _hushed(around, hours, t_s, look), asking.posed_s
        asking, asked = activation.step(params, asking, t_s, WearerNow(doing, because is not None, since_s))
        if asked is not None:
            state = _asked(state, asked, t_s, frame_at, look)
            news.append(ActivationAsked(t_s, asked))
        elif because is not None and asking.posed_s < posed_s:
            news.append(ActivationWithheld(t_s, because))
    if state.counter.open:
        state = _counted(state, ticks[begin:])
    second = int(seconds[looks[-1]]) if looks else state.second
    return replace(state, asking=asking, second=second, alerted_s=nudged_s[-1] if nudged_s else alerted_s), news


def _asked(state: HabitState, asked: Activation, t_s: float, frame_at: Callable[[int], Frame | None], look: int) -> HabitState:
    """Watch for the proposed break from now on, if it can be detected."""
    watched = asked if asked in WATCHED_S else None
    counter = counting.ExerciseState()
    if watched == "pelvic_tilt":
        counter, _ = counting.opened(counter, "pelvic_tilt", frame_at(look), t_s)
    return replace(state, asked=watched, asked_s=t_s, tilts=0, tilted_s=t_s, stood=0, counter=counter)


def _watched(state: HabitState, t_s: float, *, on_feet: bool) -> tuple[HabitState, list[Event]]:
    """Whether the watched break was done by now."""
    asked = state.asked
    if asked is None:
        return state, []
    over = t_s - state.asked_s > WATCHED_S[asked]
    count = 0
    if asked == "stand_up":
        state = replace(state, stood=state.stood + 1 if on_feet else 0)
        count = int(state.stood >= STOOD_LOOKS)
    elif state.tilts >= TILTS and (over or t_s - state.tilted_s > TILTS_END_S):
        count = state.tilts
    if not (count or over):
        return state, []
    done: list[Event] = [ActivationDone(t_s, asked, round(t_s - state.asked_s, 1), count)] if count else []
    return replace(state, asked=None, counter=counting.ExerciseState()), done


def _counted(state: HabitState, ticks: Ticks) -> HabitState:
    """Pelvic tilts in these ticks, while they are watched."""
    if not state.counter.open or not len(ticks):
        return state
    counter, events = counting.step(state.counter, ticks)
    reps = [event for event in events if isinstance(event, RepCounted)]
    tilted_s = reps[-1].t_s if reps else state.tilted_s
    return replace(state, counter=counter, tilts=state.tilts + len(reps), tilted_s=tilted_s)


def _hushed(around: Around, hours: tuple[float, float] | None, t_s: float, look: int) -> Because | None:
    """Why nothing is asked at tick `look`, apart from what the wearer does (`hours`: when it may be); None without a reason."""
    if around.exercising:
        return "exercise"
    if around.riding is not None and around.riding[look]:
        return "riding"
    if around.snoozed_until_s is not None and t_s < around.snoozed_until_s:
        return "snoozed"
    if is_quiet(around.settings.alerts, around.clock, t_s):
        return "quiet hours"
    return "other hours" if hours is not None and is_within(hours, around.clock, t_s) is False else None
