"""Anatomy as data: the trunk's segments and what each does in a movement, where a sensor sits, the poses and the ways between them.

The trunk is a chain: pelvis, lumbar spine, thorax. Angles are the wearer's: + forward (flexion), + right (lateral), + left (yaw).
The shares are rounded from published segment angles where there are any; the rest is judgement, and said so in docs/simulator.md.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, NamedTuple, TypeAlias

import numpy as np

from sensorcore.model import FloatArray, Placement
from sensorcore.simulator.turn import rotation_about

SEGMENTS: Final = ("pelvis", "lumbar", "thorax")
PELVIS, LUMBAR, THORAX = range(3)
AXES: Final = ("flexion", "lateral", "yaw")

Three: TypeAlias = tuple[float, float, float]

JOINTS: Final[tuple[Three, Three]] = ((-0.02, 0.0, 0.055), (-0.005, 0.0, 0.105))
"""From the hips to the lumbosacral joint in pelvis axes, from there to the top of the lumbar spine in lumbar axes: forward, left,
up as shares of the body height."""
GAIT_SHARES: Final[Three] = (1.0, 0.8, 0.3)
"""How much of the pelvis's quick turns in walking each segment keeps."""

_ALL: Final[Three] = (1.0, 1.0, 1.0)
SHARES: Final[dict[str, dict[str, Three]]] = {
    "posture": {"flexion": _ALL, "lateral": _ALL},
    "slump sitting": {"flexion": (-14.0, -3.0, 19.0)},
    "slump standing": {"flexion": (4.0, 4.0, 15.0)},
    "rise": {"flexion": (0.85, 0.95, 1.0), "lateral": (0.6, 0.8, 1.0), "yaw": (0.5, 0.7, 1.0)},
    "bend": {"flexion": (0.7, 0.85, 1.0), "lateral": (0.5, 0.75, 1.0), "yaw": (0.3, 0.5, 1.0)},
    "fidget": {"flexion": (0.6, 0.8, 1.0), "lateral": (0.7, 0.85, 1.0), "yaw": (0.4, 0.6, 1.0)},
    "legs": {"flexion": (-3.0, -1.5, 1.0), "lateral": (5.0, 2.5, -1.0), "yaw": (5.0, 2.5, 1.0)},
    "talk": {"flexion": (0.3, 0.5, 1.0), "lateral": (0.4, 0.6, 1.0), "yaw": (0.2, 0.4, 1.0)},
    "tilt": {"flexion": (1.0, 0.45, 0.05)},
    "bridge": {"flexion": (1.0, 0.95, 0.7)},
    "crunch": {"flexion": (-0.1, 0.3, 1.0), "lateral": (0.05, 0.4, 1.0), "yaw": (0.05, 0.3, 1.0)},
    "limb": {"flexion": (1.0, 0.7, 0.4), "lateral": (1.0, 0.8, 0.6), "yaw": (1.0, 0.8, 0.6)},
    "side": {"lateral": (0.3, 0.6, 1.0)},
    "twist": {"yaw": (0.3, 0.45, 1.0)},
}
"""What the segments do of each kind of movement (a signal, or one for each axis), by axis. Posture leans from the hips and takes
the whole trunk along; slumping turns the pelvis back and the upper back forward (degrees of an ordinary slump of 1); bending is
hip flexion first, so most of it reaches the pelvis; turning and bending sideways is the thorax's."""


@dataclass(frozen=True, slots=True)
class SensorPlace:
    """Where a sensor sits: on which segment (index), where on it from its lower joint as shares of the body height (forward,
    left, up), and how much of the wearer's `breath_deg` moves it."""

    segment: int
    lever: Three
    breath: float

    @property
    def sitting_turn_deg(self) -> float:
        """How far sitting down turns the place (+ forward)."""
        return POSES["sitting"].pitch_deg[self.segment]


Site: TypeAlias = Literal["sacrum", "waist", "lower_back", "upper_back", "chest"]

PLACES: Final[dict[Site, SensorPlace]] = {
    "sacrum": SensorPlace(PELVIS, (-0.06, 0.0, 0.04), 0.2),
    "waist": SensorPlace(PELVIS, (-0.055, 0.0, 0.06), 0.35),
    "lower_back": SensorPlace(LUMBAR, (-0.04, 0.0, 0.04), 0.5),
    "upper_back": SensorPlace(THORAX, (-0.035, 0.0, 0.09), 1.0),
    "chest": SensorPlace(THORAX, (0.095, 0.0, 0.06), 2.0),
}


def placement_of(site: Site) -> Placement:
    """What the product calls the place: it knows no sacrum."""
    return "lower_back" if site == "sacrum" else site


@dataclass(frozen=True, slots=True)
class Pose:
    """A way to hold the trunk against gravity. Each segment is pitched (+ forward, from upright), then turned about the long axis
    (+ left). `hips`: how far forward and how high they are, shares of the body height. `context` is what a wearer would call it in
    the words of CONTEXTS; `upright` whose upright holds from then on (None: as before)."""

    pitch_deg: Three
    roll_deg: float
    hips: tuple[float, float]
    context: Literal["sitting", "standing", "lying", "moving"]
    upright: Literal["sitting", "standing"] | None = None

    def matrix(self, segment: int) -> FloatArray:
        """(3, 3) from the segment's axes into the world's, heading along x."""
        return rotation_about(1, self.pitch_deg[segment]) @ rotation_about(2, self.roll_deg)


POSES: Final[dict[str, Pose]] = {
    "standing": Pose((0.0, 0.0, 0.0), 0.0, (0.0, 0.53), "standing", "standing"),
    "sitting": Pose((-18.0, -11.0, -5.0), 0.0, (-0.17, 0.31), "sitting", "sitting"),
    "slumped": Pose((-32.0, -14.0, 14.0), 0.0, (-0.14, 0.305), "sitting", "sitting"),
    "supine": Pose((-88.0, -91.0, -87.0), 0.0, (-0.2, 0.28), "lying"),
    "left_side": Pose((-89.0, -91.0, -88.0), 90.0, (-0.2, 0.3), "lying"),
    "right_side": Pose((-89.0, -91.0, -88.0), -90.0, (-0.2, 0.3), "lying"),
    "prone": Pose((87.0, 91.0, 86.0), 0.0, (-0.2, 0.28), "lying"),
    "kneeling": Pose((0.0, 0.0, 0.0), 0.0, (0.0, 0.29), "moving"),
    "all_fours": Pose((78.0, 83.0, 80.0), 0.0, (-0.05, 0.29), "moving"),
    "childs_pose": Pose((54.0, 74.0, 99.0), 0.0, (-0.25, 0.12), "moving"),
    "hang": Pose((-5.0, -4.0, -2.0), 0.0, (0.0, 0.62), "moving"),
}
"""Sitting tilts the pelvis back by about 18° (PubMed 22915074); the spine above gives back most of it. A slump turns the pelvis
further back and rounds the upper back. All fours, child's pose, kneeling and hanging are neither sitting nor lying: `moving`."""
POSE_NAMES: Final = tuple(POSES)


class Way(NamedTuple):
    """How a change of pose goes: how long there and back, and how far the trunk leans on the way (degrees)."""

    there_s: float
    back_s: float
    lean_deg: float = 0.0


WAYS: Final[dict[tuple[str, str], Way]] = {
    ("standing", "sitting"): Way(2.8, 2.4, 42.0),
    ("sitting", "slumped"): Way(2.0, 1.6),
    ("sitting", "supine"): Way(3.2, 3.4, 26.0),
    ("sitting", "left_side"): Way(3.0, 2.8, 22.0),
    ("sitting", "right_side"): Way(3.0, 2.8, 22.0),
    ("supine", "left_side"): Way(1.9, 1.9),
    ("supine", "right_side"): Way(1.9, 1.9),
    ("left_side", "prone"): Way(1.8, 2.0),
    ("right_side", "prone"): Way(1.8, 2.0),
    ("standing", "kneeling"): Way(2.6, 2.8, 22.0),
    ("kneeling", "all_fours"): Way(1.8, 2.0),
    ("kneeling", "childs_pose"): Way(2.2, 2.2),
    ("all_fours", "childs_pose"): Way(2.4, 2.2),
    ("all_fours", "prone"): Way(2.4, 2.8),
    ("all_fours", "sitting"): Way(3.4, 3.4),
    ("standing", "hang"): Way(1.8, 1.4),
}
SIT_DOWN_S: Final = WAYS["standing", "sitting"].there_s


class Leg(NamedTuple):
    """One change of pose on a route."""

    start: str
    end: str
    duration_s: float
    lean_deg: float


@lru_cache
def route(start: str, end: str) -> tuple[Leg, ...]:
    """The quickest way from one pose to another, by WAYS."""
    queue: list[tuple[float, str, tuple[Leg, ...]]] = [(0.0, start, ())]
    seen: set[str] = set()
    while queue:
        took, pose, legs = heapq.heappop(queue)
        if pose == end:
            return legs
        if pose in seen:
            continue
        seen.add(pose)
        for (a, b), way in WAYS.items():
            for here, there, duration in ((a, b, way.there_s), (b, a, way.back_s)):
                if here == pose and there not in seen:
                    heapq.heappush(queue, (took + duration, there, (*legs, Leg(here, there, duration, way.lean_deg))))
    raise KeyError(f"{start} → {end}")


def facing(before: FloatArray, after: FloatArray) -> FloatArray:
    """(3, 3) about the vertical that brings the rotation `after` nearest to `before`: nobody spins round for a change of pose."""
    between = after @ before.T
    angle = np.arctan2(between[0, 1] - between[1, 0], between[0, 0] + between[1, 1])
    return rotation_about(2, float(np.rad2deg(angle)))
