"""The exercises of the catalogue, as movements of the simulated trunk.

`DRILLS` says what a full repetition of each is: which signals it moves and how far (degrees; hips in shares of the body height),
in which poses it is done, and its tempo. Sizes of pelvic tilts are people's (Levine & Whittle 1996); the rest is judgement.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

ExerciseName: TypeAlias = Literal[
    "pelvic_tilt",
    "bridge",
    "bird_dog",
    "ninety_ninety",
    "heel_toe_crunch",
    "childs_pose",
    "hang",
    "forward_bend",
    "side_bend",
    "trunk_rotation",
    "sit_to_stand",
]
Side: TypeAlias = Literal["left", "right"]
Counts: TypeAlias = Literal["full", "half", "wrong pose"]


@dataclass(frozen=True, slots=True)
class Tempo:
    """Seconds out, held, back, and at rest before the next."""

    out_s: float
    hold_s: float
    back_s: float
    rest_s: float


@dataclass(frozen=True, slots=True)
class Drill:
    """`moves` as every repetition has them; `sided` as a repetition to the right has them, and one to the left the other way.
    `through`: a repetition goes to this pose and comes back. `judged`: posture is still judged during it."""

    poses: tuple[str, ...]
    tempo: Tempo
    moves: dict[str, float] = field(default_factory=dict)
    sided: dict[str, float] = field(default_factory=dict)
    through: str | None = None
    judged: bool = False


DRILLS: Final[dict[ExerciseName, Drill]] = {
    "pelvic_tilt": Drill(
        ("supine", "standing", "sitting", "all_fours"), Tempo(1.5, 1.0, 1.5, 0.8), {"tilt flexion": -13.0}, judged=True
    ),
    "bridge": Drill(("supine",), Tempo(1.6, 2.0, 1.8, 1.0), {"bridge flexion": -28.0, "hips up": 0.13}),
    "bird_dog": Drill(
        ("all_fours",),
        Tempo(1.8, 5.0, 1.8, 1.2),
        {"limb flexion": 4.0},
        {"limb yaw": 8.0, "limb lateral": -4.0, "hips left": 0.015},
    ),
    "ninety_ninety": Drill(("supine",), Tempo(1.8, 12.0, 1.8, 2.0), {"tilt flexion": -9.0, "hips up": 0.02}),
    "heel_toe_crunch": Drill(("supine",), Tempo(1.0, 0.5, 1.0, 0.5), {"crunch flexion": 26.0}, {"crunch lateral": 9.0}),
    "childs_pose": Drill(("all_fours", "kneeling"), Tempo(2.4, 20.0, 2.4, 1.5), through="childs_pose"),
    "hang": Drill(("standing",), Tempo(1.8, 20.0, 1.8, 2.0), through="hang"),
    "forward_bend": Drill(("standing", "sitting"), Tempo(2.0, 1.0, 2.0, 1.0), {"bend flexion": 75.0, "hips back": 0.06}),
    "side_bend": Drill(("standing", "sitting"), Tempo(1.6, 0.8, 1.6, 0.8), sided={"side lateral": 26.0}),
    "trunk_rotation": Drill(("standing", "sitting"), Tempo(1.4, 0.6, 1.4, 0.6), sided={"twist yaw": -38.0}, judged=True),
    "sit_to_stand": Drill(("sitting",), Tempo(2.4, 0.8, 2.8, 1.0), through="standing"),
}


@dataclass(frozen=True, slots=True)
class ExerciseSet:
    """A set, as a phase of a scenario has it. Unset seconds are the catalogue's. `side`: `both` takes turns, right first. The
    repetitions numbered in `half` (from 1) go less than half as far. `fatigue`: the share of size and pace lost by the end of the
    set; `wobble_deg`: unsteadiness (RMS). Done in another pose than the catalogue's, the repetitions are in the wrong pose."""

    name: ExerciseName
    count: int = 6
    side: Literal["left", "right", "both"] = "both"
    amplitude: float = 1.0
    out_s: float | None = None
    hold_s: float | None = None
    back_s: float | None = None
    rest_s: float | None = None
    half: tuple[int, ...] = ()
    fatigue: float = 0.0
    wobble_deg: float = 0.0

    def tempo(self) -> Tempo:
        usual = DRILLS[self.name].tempo
        names = ("out_s", "hold_s", "back_s", "rest_s")
        return Tempo(*(getattr(usual, name) if getattr(self, name) is None else getattr(self, name) for name in names))


@dataclass(frozen=True, slots=True)
class TrueRepetition:
    """What was really done (true seconds). `range_deg`: how far the sensor's place turned away from where it began; `counts` says
    whether it is one."""

    exercise: ExerciseName
    start_s: float
    end_s: float
    side: Side | None
    range_deg: float
    counts: Counts
