"""Look of a state at a glance: one word, one symbol, one colour role, one pose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from sensorcore.view.snapshot import Snapshot
from tui.drawing.figure import Pose

Role: TypeAlias = Literal["good", "drifting", "slouched", "moving", "lying", "absent"]
"""Names a colour of the theme; "absent" is everything that says nothing about the posture."""


@dataclass(frozen=True, slots=True)
class Look:
    """Look of a state: one word, one symbol of its own shape, one colour role."""

    word: str
    symbol: str
    role: Role


GOOD: Final = Look("Good", "●", "good")
DRIFTING: Final = Look("Drifting", "◐", "drifting")
SLOUCHED: Final = Look("Slouched", "▲", "slouched")
WALKING: Final = Look("Walking", "»", "moving")
MOVING: Final = Look("Moving", "≈", "moving")
LYING: Final = Look("Lying", "▬", "lying")
NOT_WORN: Final = Look("Not worn", "○", "absent")
NO_SIGNAL: Final = Look("No signal", "×", "absent")
UNKNOWN: Final = Look("Unknown", "?", "absent")
EXERCISE: Final = Look("Exercise", "↻", "moving")
STARTING: Final = Look("Starting", "…", "absent")
ENDED: Final = Look("Ended", "■", "absent")
_BY_CONTEXT: Final = {"walking": WALKING, "moving": MOVING, "lying": LYING, "not_worn": NOT_WORN}
DRIFTS_UNTIL_DEG: Final = 1.5
"""So far below the angle at which a slouch ends, drifting ends too: the word does not flicker."""
BEHIND_S: Final = 1.0
"""Distance from the present at which a moment of a day under way counts as past."""


def look(s: Snapshot) -> Look:
    """The state in one word."""
    if not s.has_signal:
        return _absent(s)
    if s.exercises and s.context != "not_worn":
        return EXERCISE
    if s.posture == "slouched":
        return SLOUCHED
    if s.posture == "upright":
        return DRIFTING if _drifts(s) else GOOD
    return _BY_CONTEXT.get(s.context, UNKNOWN)


def _absent(s: Snapshot) -> Look:
    """Why there is nothing to judge."""
    p = s.progress
    if p.feed == "ended" and p.finished:
        return ENDED
    if p.catching_up and p.feed == "current":
        return STARTING
    return NO_SIGNAL if s.t_s > 0 or p.problem or p.finished else STARTING


def _drifts(s: Snapshot) -> bool:
    angle, clear_deg = s.departure_deg, s.release_deg - DRIFTS_UNTIL_DEG
    if angle is None or s.curvature_deg is not None or angle < clear_deg or angle > s.release_deg:
        return angle is not None and angle > s.release_deg
    # in between it stays as when it was last clear, within the last minute
    clear = s.trace.inclination_deg[(s.trace.inclination_deg < clear_deg) | (s.trace.inclination_deg > s.release_deg)]
    return len(clear) > 0 and bool(clear[-1] > s.release_deg)


def pose(s: Snapshot) -> Pose:
    """Pose to draw the wearer in."""
    if not s.has_signal or s.context == "not_worn":
        return "absent"
    match s.context:
        case "standing" | "walking" | "lying":
            return s.context
        case "moving":
            return "standing"
        case _:
            return "sitting"


def is_past(s: Snapshot) -> bool:
    """Whether the cursor is in the past of a day under way."""
    return s.ago_s >= BEHIND_S
