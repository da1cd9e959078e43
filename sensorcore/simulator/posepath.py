"""The path of a segment's orientation through the poses of a script, with its exact rate.

A change of pose turns about one axis by a minimum-jerk angle, so that the way from any pose to any other is smooth, also through
lying and upside-down, where angles from upright would break down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from sensorcore.model import FloatArray
from sensorcore.simulator.body import PELVIS, POSES, SEGMENTS, facing
from sensorcore.simulator.jet import Move
from sensorcore.simulator.tape import PoseMove
from sensorcore.simulator.turn import Turn, about, axis_and_angle, fixed


class PosePath:
    """`facing_rad` (k + 1,) is which way the wearer faces, against the heading, before, between and after the k changes."""

    def __init__(self, changes: Sequence[PoseMove], start: str = "standing") -> None:
        pose, faced = POSES[start], np.eye(3)
        self._held = [[pose.matrix(segment) for segment in range(len(SEGMENTS))]]
        self._axes: list[list[FloatArray]] = []
        self._moves: list[list[Move]] = []
        self._start = [change.start_s for change in changes]
        self._end = [change.start_s + change.duration_s for change in changes]
        angles = [0.0]
        for change in changes:
            pose, before = POSES[change.pose], self._held[-1]
            faced = facing(before[PELVIS], faced @ pose.matrix(PELVIS)) @ faced
            after = [faced @ pose.matrix(segment) for segment in range(len(SEGMENTS))]
            turns = [axis_and_angle(a.T @ b) for a, b in zip(before, after, strict=True)]
            self._axes.append([axis for axis, _ in turns])
            self._moves.append([Move(change.start_s, change.duration_s, angle) for _, angle in turns])
            self._held.append(after)
            angles.append(float(np.arctan2(faced[1, 0], faced[0, 0])))
        self.facing_rad = np.array(angles)

    def which(self, t_s: FloatArray) -> np.ndarray:
        """How many changes have begun at times `t_s` (n,)."""
        return np.searchsorted(np.array(self._start), t_s, side="right")

    def at(self, t_s: FloatArray, segment: int) -> Turn:
        """The segment's orientation at times `t_s` (n,), increasing: from its axes to those of the heading."""
        first = bisect_right(self._end, float(t_s[0]))
        last = bisect_right(self._start, float(t_s[-1]))
        turn = fixed(self._held[first][segment])
        for k in range(first, last):
            turn = turn.then(about(self._axes[k][segment], self._moves[k][segment].at(t_s)))
        return turn
