"""One excursion of an exercise's signal, there and back: is it a repetition of that exercise?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Final

from sensorcore.exercise.catalogue import Exercise, Pose, Signal
from sensorcore.exercise.trace import FLEXION, HEIGHT, LATERAL, TURN, UNSURE, Frame, Row
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.posture.context import UNSURE_DEG

COLUMN: Final[dict[Signal, int]] = {"flexion": FLEXION, "lateral": LATERAL, "turn": TURN, "height": HEIGHT}
ANGLES: Final = (FLEXION, LATERAL, TURN)
FLANK: Final = 0.25
"""An excursion is looked at between this share of its size on the way out and on the way back: what happened before and after is
another movement's."""
FOOT: Final = 0.1
"""It is said to begin and to end at this share of its size."""
SHORTEST_S: Final = 0.5
"""From flank to flank; a repetition of one second takes 0.6 s."""
POSE_FLEXION_DEG: Final[dict[Pose, float]] = {
    "standing": 0.0,
    "sitting": 0.0,
    "kneeling": 0.0,
    "supine": -90.0,
    "all_fours": 80.0,
}
DOUBT_DEG: Final = 25.0
"""More doubt about the tilt than this, and nothing is counted. Counting lives on changes, which the gyroscope tells well a moment
after a gap; posture needs the angle itself, and is stricter."""
LEANING_DEG: Final = 50.0
"""A start pose is no lying on the side."""


@dataclass(frozen=True, slots=True)
class Excursion:
    """Positions in the trace: `before` and `after` are the levels it left and came back to, `first` and `last` its flanks; `sign`
    is the way it went and `size` how far, the lesser of out and back."""

    sign: int
    before: int
    first: int
    peak: int
    last: int
    after: int
    size: float


def excursion(
    signal: Sequence[float], sign: int, before: int, peak: int, after: int, out: float | None = None, back: float | None = None
) -> Excursion:
    """The excursion around `peak` between the positions `before` and `after`. `out` and `back`: how far it went, when that is not
    measured from the signal there (but from a neutral level)."""
    top = sign * signal[peak]
    out = top - sign * signal[before] if out is None else out
    back = top - sign * signal[after] if back is None else back
    first, last = peak, peak
    while first > before and sign * signal[first] > top - (1.0 - FLANK) * out:
        first -= 1
    while last < after and sign * signal[last] > top - (1.0 - FLANK) * back:
        last += 1
    return Excursion(sign, before, first, peak, last, after, min(out, back))


def stretches(rows: Sequence[Row], found: Excursion, signal: int, sign: int) -> tuple[int, int]:
    """Where it begins and ends: at its foot."""
    top, first, last = sign * rows[found.peak][signal], found.first, found.last
    out, back = top - sign * rows[found.before][signal], top - sign * rows[found.after][signal]
    while first > found.before and sign * rows[first][signal] > top - (1.0 - FOOT) * min(out, 1.5 * found.size):
        first -= 1
    while last < found.after and sign * rows[last][signal] > top - (1.0 - FOOT) * min(back, 1.5 * found.size):
        last += 1
    return first, last


def plausible(exercise: Exercise, rows: Sequence[Row], found: Excursion) -> bool:
    """Everything that does not depend on which way it went most: its size, how long it took, and the pose it began in."""
    lasted_s = (found.last - found.first) / TICK_HZ
    shortest_s = exercise.hold_s / 3 if exercise.is_hold else SHORTEST_S
    if not exercise.least <= found.size <= exercise.most or not shortest_s <= lasted_s <= exercise.longest_s:
        return False
    return exercise.signal == "height" or fmean(row[UNSURE] for row in rows[found.first : found.last + 1]) <= DOUBT_DEG


def dominates(exercise: Exercise, rows: Sequence[Row], found: Excursion, share: float = 1.0, drift_deg: float = 0.0) -> bool:
    """Is the exercise's axis the one that moved most, between the flanks? A forward bend turns the trunk too, but not as far as it
    bends it. `share` below 1 lets another axis move somewhat more; up to `drift_deg` a tick the turn may have drifted."""
    if exercise.signal == "height":
        return True
    moved = _held if exercise.steady_ticks > 1 else _range
    ranges = {axis: moved(rows, axis, found.first, found.last) for axis in ANGLES}
    if COLUMN[exercise.signal] != TURN:
        ranges[TURN] -= min(drift_deg * (found.last - found.first), abs(rows[found.last][TURN] - rows[found.first][TURN]))
    return ranges[COLUMN[exercise.signal]] >= share * max(ranges.values())


def in_start_pose(exercise: Exercise, frame: Frame | None, row: Row) -> bool:
    """Is that a pose the exercise starts from? What nobody knows the axes of is believed."""
    if frame is None or (exercise.signal == "height" and row[UNSURE] > UNSURE_DEG):
        return True
    off_deg = min(abs(row[FLEXION] - POSE_FLEXION_DEG[pose]) for pose in exercise.start)
    return off_deg <= frame.within_deg and abs(row[LATERAL]) <= max(LEANING_DEG, frame.within_deg)


def _range(rows: Sequence[Row], axis: int, first: int, last: int) -> float:
    values = [row[axis] for row in rows[first : last + 1]]
    return max(values) - min(values)


def _held(rows: Sequence[Row], axis: int, first: int, last: int) -> float:
    """How far the middle lies from both ends: the ways there and back do not matter, nor does drift."""
    third = (last - first) // 3
    middle = median(row[axis] for row in rows[first + third : last - third + 1])
    return abs(middle - (rows[first][axis] + rows[last][axis]) / 2)
