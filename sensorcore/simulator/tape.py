"""Timeline of a script: moves by signal, changes of pose, and marks of the wearer's context."""

from __future__ import annotations

from typing import NamedTuple

from sensorcore.simulator.body import POSE_NAMES, POSES, Leg
from sensorcore.simulator.exercises import TrueRepetition
from sensorcore.simulator.jet import Move
from sensorcore.track.posture_track import CONTEXTS

STANDING, SITTING, WALKING, MOVING = (CONTEXTS.index(state) for state in ("standing", "sitting", "walking", "moving"))


class PoseMove(NamedTuple):
    """A change of pose."""

    start_s: float
    duration_s: float
    pose: str


class Mark(NamedTuple):
    """From `t_s` on: the context (index of CONTEXTS), whether the sitting upright holds, the pose (index of POSE_NAMES)."""

    t_s: float
    state: int
    seated: bool
    pose: int


class Tape:
    """Times are true seconds. Signals start at 0 and are named for a group of body.SHARES and an axis, or for themselves."""

    def __init__(self) -> None:
        self.moves: dict[str, list[Move]] = {}
        self.poses: list[PoseMove] = []
        self.marks: list[Mark] = [Mark(0.0, STANDING, False, POSE_NAMES.index("standing"))]
        self.repetitions: list[TrueRepetition] = []
        self.pose = "standing"
        self.seated = False
        self._reached: dict[str, float] = {}

    @property
    def context(self) -> int:
        """What the pose is called, as an index of CONTEXTS."""
        return CONTEXTS.index(POSES[self.pose].context)

    def to(self, signal: str, target: float, start_s: float, duration_s: float) -> None:
        """Move a signal to a value."""
        self.by(signal, target - self._reached.get(signal, 0.0), start_s, duration_s)

    def by(self, signal: str, delta: float, start_s: float, duration_s: float) -> None:
        """Move a signal by so much."""
        if delta:
            self.moves.setdefault(signal, []).append(Move(start_s, duration_s, delta))
            self._reached[signal] = self._reached.get(signal, 0.0) + delta

    def excursion(self, signals: dict[str, float], start_s: float, out_s: float, hold_s: float, back_s: float) -> float:
        """Move signals away and back; returns when that is over."""
        for signal, size in signals.items():
            self.by(signal, size, start_s, out_s)
            self.by(signal, -size, start_s + out_s + hold_s, back_s)
        return start_s + out_s + hold_s + back_s

    def mark(self, t_s: float, state: int) -> None:
        """The wearer is doing this from `t_s` on."""
        self.marks.append(Mark(t_s, state, self.seated, POSE_NAMES.index(self.pose)))

    def change(self, leg: Leg, start_s: float, duration_s: float) -> None:
        """Change the pose; the pose and the upright that hold change half-way."""
        self.mark(start_s, MOVING)
        self.poses.append(PoseMove(start_s, duration_s, leg.end))
        self.pose = leg.end
        upright = POSES[leg.end].upright
        self.seated = self.seated if upright is None else upright == "sitting"
        self.mark(start_s + duration_s / 2, MOVING)
