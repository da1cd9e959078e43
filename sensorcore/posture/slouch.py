"""The slouch detector: the posture of each tick. When to alert is decided by `policy.py`.

Slouched: further than the threshold from upright, in any direction, for 80 % of the dwell; over when below the release angle for
the release dwell. With two sensors a back rounded beyond the threshold is a slouch, and a straight one may lean further. Time that
is not scored (moving, walking, lying, no data, unsure) is neither good nor bad.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import Direction, Event, SlouchEnded, SlouchStarted
from sensorcore.model import FloatArray, IntArray
from sensorcore.motion.body import Lean
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.settings import PostureSettings
from sensorcore.track.posture_track import BRIDGED_TICKS, SLOUCHED, UNKNOWN, UPRIGHT

ENOUGH = 0.8
"""Share of the dwell that must be beyond the threshold."""
STRAIGHT: Final = 4 / 3
"""A back that two sensors show to be straight may lean this much further than the threshold: 20° at the default one, which is the
inclination of the trunk that ISO 11226:2000 accepts when it is held."""
ROUNDED: Final = 0.8
"""And it may be rounded this much less: 12° at the default threshold, between rounding a little and slumping (docs/accuracy.md)."""


@dataclass(frozen=True, slots=True)
class SlouchState:
    """`posture` now and `since_s` (upright: without a tick beyond the threshold); `last` tick number; `beyond` one bit a tick
    (newest lowest) over the dwell, `scored` ticks in it; `below` ticks since the angle fell under the release angle."""

    posture: int = UNKNOWN
    since_s: float = 0.0
    last: int = -1
    beyond: int = 0
    scored: int = 0
    below: int = 0


def step(
    settings: PostureSettings,
    state: SlouchState,
    index: IntArray,
    lean: Lean,
    scored: NDArray[np.bool_],
    has_forward: bool,
    curvature_deg: FloatArray | None = None,
) -> tuple[SlouchState, NDArray[np.int8], list[float], list[Event]]:
    """Advance by n ticks: the posture (code) at each, since when, and what changed. `curvature_deg` (n,) as in `departure_deg`."""
    dwell = max(1, round(settings.dwell_s * TICK_HZ))
    release_dwell = max(1, round(settings.release_dwell_s * TICK_HZ))
    threshold, release = settings.threshold_deg, settings.threshold_deg * settings.release_ratio
    window = (1 << dwell) - 1
    posture, since_s, last = state.posture, state.since_s, state.last
    beyond, ripe, below = state.beyond, state.scored, state.below
    postures: list[int] = []
    since: list[float] = []
    events: list[Event] = []
    rows = zip(index.tolist(), departure_deg(lean, curvature_deg).tolist(), scored.tolist(), strict=True)
    for i, (k, angle, judged) in enumerate(rows):
        steps = k - last
        last = k
        lost = steps - 1 > BRIDGED_TICKS
        if lost or not judged:
            if posture == SLOUCHED:
                because: Literal["no data", "unscored"] = "no data" if lost else "unscored"
                events.append(SlouchEnded((k - steps + 1) / TICK_HZ if lost else k / TICK_HZ, since_s, because))
            posture, beyond, ripe, below = UNKNOWN, 0, 0, 0
            if not judged:
                postures.append(posture)
                since.append(since_s)
                continue
            steps = 1
        if posture == UNKNOWN:
            posture, since_s = UPRIGHT, k / TICK_HZ
        over = angle > threshold
        if over and posture == UPRIGHT:
            since_s = (k + 1) / TICK_HZ  # not slouched yet, but nothing to praise either
        for _ in range(steps):
            beyond = ((beyond << 1) | over) & window
        ripe = min(ripe + steps, dwell)
        below = below + steps if angle < release else 0
        if posture == UPRIGHT and over and ripe == dwell and beyond.bit_count() >= ENOUGH * dwell:
            posture, since_s, below = SLOUCHED, (k + 1 - beyond.bit_length()) / TICK_HZ, 0
            events.append(SlouchStarted((k + 1) / TICK_HZ, since_s, *named(settings, lean, curvature_deg, i, has_forward)))
        elif posture == SLOUCHED and below >= release_dwell:
            events.append(SlouchEnded((k + 1) / TICK_HZ, since_s, "upright"))
            posture, since_s, beyond = UPRIGHT, (k + 1 - below) / TICK_HZ, 0
        postures.append(posture)
        since.append(since_s)
    after = SlouchState(posture, since_s, last, beyond, ripe, below)
    return after, np.asarray(postures, dtype=np.int8), since, events


def direction_of(flexion_deg: float, lateral_deg: float, has_forward: bool) -> Direction:
    """The side towards which the wearer leans most."""
    if not has_forward:
        return "leaning"
    if abs(flexion_deg) >= abs(lateral_deg):
        return "forward" if flexion_deg >= 0 else "backward"
    return "right" if lateral_deg >= 0 else "left"


def is_rounded(inclination_deg: float, curvature_deg: float) -> bool:
    """Whether the back departs further from upright by being rounded (NaN: not known) than by leaning."""
    return curvature_deg / ROUNDED > inclination_deg / STRAIGHT


def departure_deg(lean: Lean, curvature_deg: FloatArray | None) -> FloatArray:
    """The angle compared with the threshold (n,): how far the wearer leans; where `curvature_deg` (n,; + rounded, NaN not known) is
    known, how far the back is rounded or leans, whichever is more of what it may."""
    if curvature_deg is None:
        return lean.inclination_deg
    leaning = np.where(np.isnan(curvature_deg), lean.inclination_deg, lean.inclination_deg / STRAIGHT)
    return np.fmax(leaning, curvature_deg / ROUNDED)


def named(
    settings: PostureSettings, lean: Lean, curvature_deg: FloatArray | None, i: int, has_forward: bool
) -> tuple[Direction, float, float]:
    """The largest departure of tick `i` from upright: which way, the angle, and the limit of that (degrees)."""
    leaning = float(lean.inclination_deg[i])
    rounded = math.nan if curvature_deg is None else float(curvature_deg[i])
    if is_rounded(leaning, rounded):
        return "rounded", rounded, settings.threshold_deg * ROUNDED
    limit_deg = settings.threshold_deg if math.isnan(rounded) else settings.threshold_deg * STRAIGHT
    return direction_of(float(lean.flexion_deg[i]), float(lean.lateral_deg[i]), has_forward), leaning, limit_deg
