"""Does the breath keep the pace?"""

from __future__ import annotations

import numpy as np
import pytest

from sensorcore.routine.breath_patterns import patterns
from sensorcore.routine.pace import PaceState, step, words
from sensorcore.view.snapshot import TRACE_S, Trace

SLOW = patterns()["slow"]


def trace_at(t_s: float, breaths_per_min: float, *, lost: bool = False) -> Trace:
    """The last minute of somebody whose trunk tilts by half a degree as they breathe, with a little noise."""
    n = round(TRACE_S * 10)
    relative_s = (np.arange(n) - (n - 1)) / 10
    noise = np.random.default_rng(1).normal(0.0, 0.05, n)
    flexion = 0.5 * np.sin(2 * np.pi * breaths_per_min / 60 * (relative_s + t_s)) + noise
    flexion[: n // 2 if not lost else n] = np.nan
    return Trace(relative_s, flexion, noise[::-1], np.abs(flexion))


def breathed(breaths_per_min: float, *, seconds: int = 40, lost: bool = False, pause_at: int = 999) -> PaceState:
    state: PaceState | None = None
    for k in range(seconds):
        t_s = 100.0 + k
        state = step(SLOW, state, t_s, float(k if k < pause_at else k - 5), trace_at(t_s, breaths_per_min, lost=lost))
    assert state is not None
    return state


def test_who_breathes_at_the_pace_is_told_so_and_who_does_not_is_not() -> None:
    assert words(breathed(6.0).found) == "Your breath keeps this pace"
    assert words(breathed(15.0).found) == "Let the breath come with the figure; no force"


@pytest.mark.parametrize("state", [breathed(6.0, seconds=25), breathed(6.0, lost=True), breathed(6.0, pause_at=20)])
def test_nothing_is_said_too_soon_without_data_or_across_a_pause(state: PaceState) -> None:
    assert words(state.found) == ""
