"""Wearer, Phase and Bends: the values that scenario files are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sensorcore.errors import BadInput
from sensorcore.simulator.body import SHARES, Site
from sensorcore.simulator.exercises import ExerciseSet

BodyState: TypeAlias = Literal[
    "sitting",
    "standing",
    "walking",
    "slumped",
    "supine",
    "prone",
    "left_side",
    "right_side",
    "all_fours",
    "childs_pose",
    "hang",
    "kneeling",
]
"""Walking is done standing; the others are the poses of body.POSES."""
MOST_DEG = 130.0


@dataclass(frozen=True, slots=True)
class Bends:
    """Excursions out of the current posture and back: bows, reaches, picking something up. Angles are the upper trunk's."""

    count: int = 1
    flexion_deg: float = 0.0
    lateral_deg: float = 0.0
    turn_deg: float = 0.0
    down_s: float = 1.2
    hold_s: float = 0.6
    up_s: float = 1.2
    rest_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the script.

    `state` changes at the start of the phase, with the transitions that takes; unset, it stays. `flexion_deg` (+ forward) and
    `lateral_deg` (+ right) are how the whole trunk leans from the wearer's upright of the state, reached `move_s` after that, and
    kept; unset, they stay. So does `slump`: 1 is an ordinary slump, which each segment takes part in differently (body.SHARES), and
    `legs`: which is crossed over the other. `turn_deg` turns while walking or riding (+ left), in even turns spread over the
    phase; `climb_mps` is the speed on stairs (+ up). `still` is somebody asked to hold still. `breaths_per_min` and `breath_depth`
    (1 is at rest) pace the breath during the phase. `calibrates` marks the stretch a calibration would use: the upright of a
    state, or the bows.
    """

    name: str
    duration_s: float
    state: BodyState | None = None
    flexion_deg: float | None = None
    lateral_deg: float | None = None
    slump: float | None = None
    legs: Literal["left", "right", "uncrossed"] | None = None
    move_s: float = 1.5
    bends: Bends | None = None
    exercise: ExerciseSet | None = None
    typing: bool = False
    talking: bool = False
    still: bool = False
    fidgets_per_min: float = 0.0
    speed_mps: float = 1.2
    climb_mps: float = 0.0
    turn_deg: float = 0.0
    ride: Literal["car", "bus"] | None = None
    breaths_per_min: float | None = None
    breath_depth: float = 1.0
    calibrates: Literal["sitting", "standing", "bows"] | None = None


@dataclass(frozen=True, slots=True)
class Wearer:
    """Whose body it is, and where and how the sensor sits on it (`mount_deg`: turns about the body's x, then y, then z).
    `breath_deg` is how far a breath at rest turns the upper back, to either side; `slump_deg` how far an ordinary slump on a chair
    turns each segment (+ forward)."""

    placement: Site = "lower_back"
    height_m: float = 1.72
    breaths_per_min: float = 15.0
    breath_deg: float = 0.4
    sway_deg: float = 0.35
    steps_per_s: float = 1.8
    mount_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)
    slump_deg: tuple[float, float, float] = SHARES["slump sitting"]["flexion"]


def check(phase: Phase, at: str) -> None:
    """Raises BadInput, naming `at`, for values that no body can follow."""
    if phase.duration_s <= 0 or phase.move_s <= 0:
        raise BadInput("duration_s and move_s must be greater than 0", where=at)
    bends, exercise = phase.bends, phase.exercise
    angles = (phase.flexion_deg, phase.lateral_deg) + ((bends.flexion_deg, bends.lateral_deg) if bends else ())
    if any(angle is not None and abs(angle) > MOST_DEG for angle in angles):
        raise BadInput(f"an angle is beyond ±{MOST_DEG:.0f}°", where=at, hint="Lying, kneeling and hanging are states")
    if phase.slump is not None and not -1.0 <= phase.slump <= 2.0:
        raise BadInput(f"slump is {phase.slump:g}; it must be −1 to 2", where=at, hint="1 is an ordinary slump")
    if bends and min(bends.down_s, bends.up_s) <= 0:
        raise BadInput("down_s and up_s of bends must be greater than 0", where=at)
    if phase.breaths_per_min is not None and not 0 < phase.breaths_per_min <= 60:
        raise BadInput("breaths_per_min must be above 0 and at most 60", where=at)
    if exercise is None:
        return
    if bends:
        raise BadInput("bends and an exercise at the same time", where=at, hint="Make two phases of them")
    tempo = exercise.tempo()
    if exercise.count < 1 or min(tempo.out_s, tempo.back_s) < 0.3 or min(tempo.hold_s, tempo.rest_s) < 0:
        raise BadInput("the exercise needs count ≥ 1, out_s and back_s ≥ 0.3, hold_s and rest_s ≥ 0", where=at)
    if not 0.0 <= exercise.fatigue < 0.8 or not 0.0 < exercise.amplitude <= 1.5 or not 0.0 <= exercise.wobble_deg <= 10.0:
        raise BadInput("the exercise needs fatigue in [0, 0.8), amplitude in (0, 1.5], wobble_deg in [0, 10]", where=at)
