"""Ticks with context and lean, before detector and policy: nothing here depends on a threshold or a delay."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import (
    Event,
)
from sensorcore.model import BoolArray, Calibration, FloatArray, IntArray
from sensorcore.motion.body import Lean
from sensorcore.posture import context
from sensorcore.posture.context import CONTEXT_CODES
from sensorcore.posture.moving import LYING, MOVING, WALKING
from sensorcore.posture.speaking import Scored

SITTING, STANDING, NOT_WORN = (CONTEXT_CODES[name] for name in ("sitting", "standing", "not_worn"))


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
        return np.asarray(((self.codes == SITTING) | (self.codes == STANDING)) & judged)

    @property
    def moved(self) -> BoolArray:
        """Where the wearer walks, lies, bends, exercises or is away; sitting up quickly is no bend."""
        bent = (self.codes == MOVING) & (self.lean.inclination_deg > context.BEND_DEG)
        away = (self.codes == NOT_WORN) | self.exercising
        return np.asarray((self.codes == WALKING) | (self.codes == LYING) | away | bent)

    def to_score(self) -> Scored:
        """The inputs of detector and policy."""
        return Scored(self.index, self.end_s, self.lean, self.scored, self.moved, self.curvature_deg)
