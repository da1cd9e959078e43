"""Exposure: how far the trunk leaned and for how long, how long it was held in one pose, and how often the pose changed.

- Inclination, from the wearer's own upright, over the time they sat, stood, walked or moved: percentiles, and time above the limits
  that ISO 11226 and RULA draw (20° and 60°) and those between (30°, 45°; Lind 2023).
- A pose is left when the trunk, over a whole second, is more than 5° from where it settled, and stays away for 3 s: a glance or a
  reach does not end it, a slow drift does. A pose held for more than a minute is static (RULA). Sitting and standing have poses.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.body import inclination_deg
from sensorcore.track.posture_track import TICK_HZ, PostureTrack, among

PERCENTILES: Final = (50, 90, 95, 99)
LIMITS_DEG: Final = (20, 30, 45, 60)
SAME_POSE_DEG: Final = 5.0
"""Twice the limits of agreement of such sensors (±2°), and well above the sway of somebody who sits still."""
LEFT_AFTER_S: Final = 3
STATIC_S: Final = 60
BIN_DEG: Final = 0.1
BINS: Final = round(180 / BIN_DEG) + 1

_ACTIVE: Final = among("sitting", "standing", "walking", "moving")
_POSED: Final = among("sitting", "standing")
_ENOUGH_TICKS: Final = TICK_HZ // 2


@dataclass(frozen=True, slots=True)
class HeldPose:
    """The pose that is held: where it settled (flexion, lateral), whole seconds `[since_s, until_s)`."""

    flexion_deg: float
    lateral_deg: float
    since_s: int
    until_s: int


@dataclass(frozen=True, slots=True)
class ExposureState:
    """`leaning` counts ticks by inclination in steps of `BIN_DEG`; `poses` begun; `posed_s` seconds sitting or standing; of
    static poses the time, and the longest (start, seconds). The rest is the second that is not complete: ticks,
    angles, whether sitting or standing with known angles."""

    leaning: IntArray = field(default_factory=lambda: np.zeros(BINS, dtype=np.int64))
    pose: HeldPose | None = None
    poses: int = 0
    posed_s: int = 0
    static_s: int = 0
    longest: tuple[int, int] = (0, 0)
    index: IntArray = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    flexion_deg: FloatArray = field(default_factory=lambda: np.zeros(0))
    lateral_deg: FloatArray = field(default_factory=lambda: np.zeros(0))
    posed: BoolArray = field(default_factory=lambda: np.zeros(0, dtype=np.bool_))


def bins_of(flexion_deg: FloatArray, lateral_deg: FloatArray) -> IntArray:
    """The bin (n,) of each inclination, in steps of `BIN_DEG`; unknown ones are 0."""
    return np.rint(np.nan_to_num(inclination_deg(flexion_deg, lateral_deg)) / BIN_DEG).astype(np.int64)


def percentiles_deg(leaning: IntArray, wanted: Sequence[int]) -> dict[str, float] | None:
    """Inclination percentiles of counts by bin; None without any."""
    reached = np.cumsum(leaning)
    places = np.searchsorted(reached, np.asarray(wanted) / 100 * reached[-1])
    return {str(p): round(int(place) * BIN_DEG, 1) for p, place in zip(wanted, places, strict=True)} if reached[-1] else None


def step(state: ExposureState, track: PostureTrack) -> ExposureState:
    """Count the ticks of `track`; the same however it is cut."""
    if not len(track):
        return state
    known = ~np.isnan(track.flexion_deg)
    active = known & _ACTIVE[track.context]
    bins = bins_of(track.flexion_deg[active], track.lateral_deg[active])
    leaning = state.leaning + np.bincount(bins, minlength=BINS)
    index = np.concatenate([state.index, track.index])
    flexion = np.concatenate([state.flexion_deg, track.flexion_deg])
    lateral = np.concatenate([state.lateral_deg, track.lateral_deg])
    posed = np.concatenate([state.posed, known & _POSED[track.context]])
    second = index // TICK_HZ
    # a second is complete with its last tick, or when a later one shows that the last is missing
    done = len(index) if index[-1] % TICK_HZ == TICK_HZ - 1 else int(np.searchsorted(second, second[-1]))
    part, rest = slice(0, done), slice(done, None)
    state = _seconds(replace(state, leaning=leaning), second[part], flexion[part], lateral[part], posed[part])
    return replace(state, index=index[rest], flexion_deg=flexion[rest], lateral_deg=lateral[rest], posed=posed[rest])


def _seconds(state: ExposureState, second: IntArray, flexion: FloatArray, lateral: FloatArray, posed: BoolArray) -> ExposureState:
    """Go through whole seconds."""
    second, flexion, lateral = second[posed], flexion[posed], lateral[posed]
    first = np.flatnonzero(np.diff(second, prepend=-1))
    if not len(first):
        return state
    count = np.diff(first, append=len(second))
    means = np.stack([np.add.reduceat(flexion, first), np.add.reduceat(lateral, first)]) / count
    enough = count >= _ENOUGH_TICKS
    poses, static_s, longest = state.poses, state.static_s, state.longest
    held = state.pose or HeldPose(math.inf, 0.0, 0, -LEFT_AFTER_S)
    settled_ahead, settled_aside, since_s, until_s = held.flexion_deg, held.lateral_deg, held.since_s, held.until_s
    for s, ahead, aside in zip(second[first][enough].tolist(), *means[:, enough].tolist(), strict=True):
        if (ahead - settled_ahead) ** 2 + (aside - settled_aside) ** 2 <= SAME_POSE_DEG**2:
            if s - until_s < LEFT_AFTER_S:
                until_s = s + 1
                continue
        elif s + 1 - until_s < LEFT_AFTER_S:
            continue
        static_s, longest = _ended(since_s, until_s, static_s, longest)
        settled_ahead, settled_aside, since_s, until_s = ahead, aside, s, s + 1
        poses += 1
    pose = HeldPose(settled_ahead, settled_aside, since_s, until_s) if poses else None
    posed_s = state.posed_s + int(np.count_nonzero(enough))
    return replace(state, pose=pose, poses=poses, posed_s=posed_s, static_s=static_s, longest=longest)


def _ended(since_s: int, until_s: int, static_s: int, longest: tuple[int, int]) -> tuple[int, tuple[int, int]]:
    held_s = until_s - since_s
    if held_s <= STATIC_S:
        return static_s, longest
    return static_s + held_s, max(longest, (since_s, held_s), key=lambda each: each[1])


def summary(state: ExposureState) -> dict[str, Any]:
    """The figures of the report, up to now; shares of time that was not measured are None."""
    total = int(state.leaning.sum())
    static_s, longest = state.static_s, state.longest
    if state.pose is not None:
        static_s, longest = _ended(state.pose.since_s, state.pose.until_s, static_s, longest)
    above = {str(limit): int(state.leaning[round(limit / BIN_DEG) + 1 :].sum()) / TICK_HZ for limit in LIMITS_DEG}
    changes = max(0, state.poses - 1)
    return {
        "measured_s": total / TICK_HZ,
        "inclination_percentiles_deg": percentiles_deg(state.leaning, PERCENTILES),
        "above_s": above,
        "posed_s": state.posed_s,
        "static_s": static_s,
        "longest_static": {"start_s": longest[0], "end_s": longest[0] + longest[1]} if longest[1] else None,
        "posture_changes": changes,
        "posture_changes_per_hour": round(changes / state.posed_s * 3600, 1) if state.posed_s else None,
    }
