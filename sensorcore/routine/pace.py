"""Breath following of a paced step, estimated every second from the angles of the last minute. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.motion.ticks import TICK_HZ
from sensorcore.routine.breath_following import Following, follow, window_s
from sensorcore.routine.breath_patterns import Pattern
from sensorcore.view.snapshot import Trace

EVERY_S: Final = 1.0
SHIFTED_S: Final = 0.5
KEEPS: Final = 0.5
"""Score from which on the breath counts as following."""


@dataclass(frozen=True, slots=True)
class PaceState:
    """`first_s`: stream time of the pattern's first breath; `since_s`: start of the run without a pause; `estimated_s` and
    `found` of the newest estimate."""

    first_s: float = 0.0
    since_s: float = 0.0
    estimated_s: float = 0.0
    found: Following | None = None


def step(pattern: Pattern, state: PaceState | None, t_s: float, gone_s: float, trace: Trace) -> PaceState:
    """At stream time `t_s`, `gone_s` into the pattern. A pause starts the estimate over."""
    first_s = t_s - gone_s
    if state is None or abs(first_s - state.first_s) > SHIFTED_S:
        return PaceState(first_s, t_s, t_s)
    if t_s - state.estimated_s < EVERY_S:
        return state
    needed_s = window_s(pattern)
    kept = (trace.t_s > -needed_s) & ~np.isnan(trace.flexion_deg) & ~np.isnan(trace.lateral_deg)
    found = None
    if t_s - state.since_s >= needed_s and kept.sum() >= 0.9 * needed_s * TICK_HZ:
        angles = np.deg2rad(np.stack([trace.flexion_deg[kept], trace.lateral_deg[kept]], axis=1))
        up = np.column_stack([np.sin(angles), np.cos(angles).prod(axis=1)])
        found = follow(pattern, trace.t_s[kept] + gone_s, up)
    return PaceState(state.first_s, state.since_s, t_s, found)


def words(found: Following | None) -> str:
    """The line on the screen; empty while unknown. A tilt cannot distinguish in from out, so the words do not either."""
    if found is None:
        return ""
    return "Your breath keeps this pace" if found.score >= KEEPS else "Let the breath come with the figure; no force"
