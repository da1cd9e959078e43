"""What the wearer is doing: states stick, and flicker is held down."""

from __future__ import annotations

import numpy as np
import pytest

from sensorcore.events import ContextChanged
from sensorcore.model import Calibration
from sensorcore.posture.track import CONTEXTS
from sensorcore.settings import Settings
from tests.sensorcore.posture.ticks import FORWARD, UP, joined, judged, ticks

DEFAULTS = Settings()
LEANT = (-float(np.sin(np.radians(18))), 0.0, float(np.cos(np.radians(18))))
BOTH = Calibration({"sitting": LEANT, "standing": UP}, FORWARD)
"""Sitting down turns the pelvis by 18° (numbers of the design)."""


def words(track: object) -> list[str]:
    codes = track.context.tolist()  # type: ignore[attr-defined]
    return [CONTEXTS[code] for i, code in enumerate(codes) if not i or codes[i - 1] != code]


def test_walking_starts_at_one_intensity_and_ends_at_a_lower_one() -> None:
    day = joined(ticks(0.0, n=50), ticks(0.0, n=100, bounce_mps2=1.0), ticks(0.0, n=100, bounce_mps2=0.4), ticks(0.0, n=100))
    _, track, _ = judged(DEFAULTS, [day])
    assert words(track) == ["sitting", "walking", "sitting"]
    _, track, _ = judged(DEFAULTS, [joined(ticks(0.0, n=50), ticks(0.0, n=200, bounce_mps2=0.4))])
    assert words(track) == ["sitting"]


def test_the_nearer_upright_is_taken_only_after_moving() -> None:
    quietly = joined(ticks(18.0, n=50), ticks(np.linspace(18, 0, 200)), ticks(0.0, n=100))
    assert words(judged(DEFAULTS, [quietly], calibration=BOTH)[1]) == ["sitting"]
    up = joined(ticks(18.0, n=50), ticks(np.linspace(18, 50, 8)), ticks(np.linspace(50, 0, 10)), ticks(0.0, n=100))
    assert words(judged(DEFAULTS, [up], calibration=BOTH)[1]) == ["sitting", "moving", "sitting", "standing"]


def test_after_a_long_time_in_doubt_the_nearer_upright_is_taken() -> None:
    """The wearer may have stood up while the link was down; in a few seconds they hardly have."""
    for doubt_ticks, after in ((400, ["sitting", "standing"]), (30, ["sitting"])):
        day = joined(ticks(18.0, n=50), ticks(0.0, n=doubt_ticks, uncertainty_deg=25.0), ticks(0.0, n=50))
        assert words(judged(DEFAULTS, [day], calibration=BOTH)[1]) == ["sitting", "unknown", *after]


def test_a_slouch_is_not_taken_for_the_other_upright() -> None:
    """Slouched while sitting, the sensor points where it does when standing upright: only getting up tells the two apart."""
    sinking = joined(ticks(18.0, n=50), ticks(np.linspace(18, 0, 10)), ticks(0.0, n=100))
    assert words(judged(DEFAULTS, [sinking], calibration=BOTH)[1])[-1] == "sitting"


def test_staying_bent_is_movement_at_first_and_a_posture_after_that() -> None:
    """Picking something up is not judged; leaning over the desk for minutes is."""
    day = joined(ticks(0.0, n=50), ticks(np.linspace(0, 45, 15)), ticks(45.0, n=300))
    _, track, _ = judged(DEFAULTS, [day])
    assert words(track) == ["sitting", "moving", "sitting"]
    moving = np.flatnonzero(track.context == CONTEXTS.index("moving"))
    assert 100 <= len(moving) <= 125


def test_lying_is_told_after_three_seconds() -> None:
    day = joined(ticks(np.linspace(0, 85, 100)), ticks(85.0, n=100), ticks(np.linspace(85, 0, 100)), ticks(0.0, n=50))
    _, track, _ = judged(DEFAULTS, [day])
    assert "lying" in words(track)
    assert words(track)[-1] == "sitting"


def test_moving_while_nothing_is_known_leaves_no_trace() -> None:
    """Turning before the upright is found must not count as a bend later."""
    turning = ticks(np.linspace(0, 90, 20).tolist() + [40.0] * 20, sway_mps2=1.0)
    state, _, _ = judged(DEFAULTS, [turning], calibration=None)
    assert state.context.over_bend == 0


@pytest.mark.parametrize("bounce", [0.0, 2.0])
def test_changes_are_exactly_those_of_the_track(bounce: float) -> None:
    day = joined(ticks(0.0, n=30), ticks(np.linspace(0, 45, 15)), ticks(45.0, n=50, bounce_mps2=bounce), ticks(0.0, n=80))
    _, track, events = judged(DEFAULTS, [day])
    told = [event.state for event in events if isinstance(event, ContextChanged)]
    assert told == words(track)
