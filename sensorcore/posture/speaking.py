"""Decisions on scored ticks: the posture by the detector, the alerts by the policy.

The pipeline decides with this as ticks come, a what-if with the same functions over a whole day (`tune.py`); no rule is written
twice. The policy is asked only at ticks at which its answer can be another than at the tick before (`policy.next_turn`).
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from sensorcore.columns import Columns
from sensorcore.events import Event, Why
from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.body import Lean
from sensorcore.posture import policy, slouch
from sensorcore.settings import AlertSettings, PostureSettings
from sensorcore.track.posture_track import SLOUCHED, UPRIGHT

_STILL, _MOVED, _UPRIGHT, _COMING_BACK, _SLOUCHED = range(5)
"""The kind of a tick for the policy: not judged (and why), upright, slouched within the threshold but not yet released,
slouched."""


@dataclass(frozen=True, slots=True)
class Scored(Columns):
    """Ticks that wait for a decision, arrays (n,): number, end, lean, whether posture is judged in it, whether the wearer moves in
    the policy's sense; `curvature_deg` as in `slouch.departure_deg`."""

    index: IntArray
    end_s: FloatArray
    lean: Lean
    scored: BoolArray
    moved: BoolArray
    curvature_deg: FloatArray | None = None


class PolicyRun(NamedTuple):
    """Consecutive ticks `[start, stop)` that are the same to the policy; `since_s`: when the slouch began."""

    start: int
    stop: int
    kind: int
    since_s: float

    @property
    def is_slouched(self) -> bool:
        return self.kind >= _COMING_BACK


@dataclass(frozen=True, slots=True)
class Detected:
    """Results of the detector, arrays (n,): end of the tick, posture (code), since when. `runs` cover all ticks, in order."""

    end_s: FloatArray
    postures: np.ndarray
    since_s: FloatArray
    runs: tuple[PolicyRun, ...]


class PolicyChange(NamedTuple):
    """The policy's state from stream time `t_s` on."""

    t_s: float
    state: policy.PolicyState


def detect(
    settings: PostureSettings, state: slouch.SlouchState, ticks: Scored, *, has_forward: bool = False
) -> tuple[slouch.SlouchState, Detected, list[Event]]:
    """Advance the detector by these ticks; `has_forward`: its events can name a direction."""
    state, postures, since, turns = slouch.step(
        settings, state, ticks.index, ticks.lean, ticks.scored, has_forward, ticks.curvature_deg
    )
    since_s = np.asarray(since, dtype=np.float64)
    kind = np.where(ticks.moved, _MOVED, _STILL)
    kind[postures == UPRIGHT] = _UPRIGHT
    beyond = slouch.departure_deg(ticks.lean, ticks.curvature_deg) > settings.threshold_deg
    slouched = postures == SLOUCHED
    kind[slouched] = np.where(beyond[slouched], _SLOUCHED, _COMING_BACK)
    cut = (kind[1:] != kind[:-1]) | ((since_s[1:] != since_s[:-1]) & slouched[1:])
    borders = [0, *(np.flatnonzero(cut) + 1).tolist(), len(kind)] if len(kind) else []
    runs = tuple(PolicyRun(a, b, int(kind[a]), float(since_s[a])) for a, b in itertools.pairwise(borders))
    return state, Detected(ticks.end_s, postures, since_s, runs), turns


def speak(
    settings: AlertSettings,
    clock: policy.LocalClock,
    state: policy.PolicyState,
    found: Detected,
    why: Callable[[int, float], Why],
) -> tuple[policy.PolicyState, list[Event], list[PolicyChange]]:
    """Advance the policy. `why` describes a tick (its place, and for how long the slouch has lasted by then). Also: how the state
    changed on the way; while the wearer moves, only at the end of that."""
    asking = _Asking(settings, clock, state, found.end_s.tolist())
    for run in found.runs:
        if run.kind == _SLOUCHED:
            asking.slouched(run, why)
        elif run.kind == _UPRIGHT:
            asking.upright(run, found)
        elif run.kind != _COMING_BACK:
            asking.hear(run.stop - 1, policy.unscored(asking.state, asking.end_s[run.stop - 1], run.kind == _MOVED), [])
        asking.wake(run.stop - 1)
    return asking.state, asking.events, asking.asked


@dataclass(slots=True)
class _Asking:
    """A run of the policy over the ticks that end at `end_s`."""

    settings: AlertSettings
    clock: policy.LocalClock
    state: policy.PolicyState
    end_s: list[float]
    events: list[Event] = field(default_factory=list)
    asked: list[PolicyChange] = field(default_factory=list)

    def hear(self, i: int, state: policy.PolicyState, said: list[Event]) -> None:
        """Its answer at tick `i`."""
        if state is not self.state:
            self.state = state
            self.asked.append(PolicyChange(self.end_s[i], state))
        self.events += said

    def wake(self, i: int) -> None:
        if self.state.snoozed_until_s is not None:
            self.hear(i, *policy.wake(self.state, self.end_s[i]))

    def slouched(self, run: PolicyRun, why: Callable[[int, float], Why]) -> None:
        i, since_s = run.start, run.since_s
        while i < run.stop:
            t_s = self.end_s[i]
            self.wake(i)
            if policy.is_due(self.settings, self.state, since_s, t_s):
                self.hear(i, *policy.slouched(self.settings, self.clock, self.state, since_s, t_s, why(i, t_s - since_s)))
            turn_s = policy.next_turn(self.settings, self.clock, self.state, since_s, t_s)
            if turn_s is None:
                break
            i = bisect_left(self.end_s, turn_s, i + 1, run.stop)

    def upright(self, run: PolicyRun, found: Detected) -> None:
        if self.state.slouch_s is None and self.state.awaiting_s is None:
            return
        part = slice(run.start, run.stop)
        good = np.flatnonzero(found.end_s[part] - found.since_s[part] >= policy.good_again_s(self.settings))
        for i in (run.start, *(run.start + good[:1]).tolist()):
            self.wake(i)
            self.hear(i, *policy.upright(self.settings, self.state, float(found.since_s[i]), self.end_s[i]))


def slouches(found: Sequence[Detected]) -> dict[float, float]:
    """When each slouch ended (its last tick), by when it began."""
    return {run.since_s: float(each.end_s[run.stop - 1]) for each in found for run in each.runs if run.is_slouched}
