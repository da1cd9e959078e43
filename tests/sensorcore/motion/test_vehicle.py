"""A vehicle is told from a desk, from standing about and from walking, and a red light does not end a ride."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import AlertRaised
from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion import vehicle
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.settings import Settings
from tests.sensorcore.posture.ticks import joined, judged, ticks
from tests.stage_checks import Parallel, Run, StageChecks

CAR, DESK, WALK, TRACK = 0.27, 0.05, 2.0, -1.2
"""RMS in m/s²; negative: without steps, which rock the trunk."""


def told(*stretches: tuple[float, float]) -> BoolArray:
    """Whether a ride is told, for stretches of (seconds, RMS m/s²)."""
    shake = np.concatenate([np.full(round(s * TICK_HZ), size) for s, size in stretches])
    return vehicle.step(vehicle.initial(), np.arange(len(shake)), np.abs(shake), shake > 0.5)[1]


def test_a_track_that_shakes_as_much_as_steps_is_a_ride_for_the_trunk_does_not_rock() -> None:
    rides = told((60, DESK), (120, TRACK), (30, WALK))
    assert rides[800:1800].all()
    assert not rides[1900:].any()


def test_a_ride_is_told_within_twenty_seconds_and_waits_at_red_lights() -> None:
    rides = told((60, DESK), (60, CAR), (90, DESK), (30, CAR), (30, WALK), (60, DESK))
    assert not rides[:600].any()
    assert rides[800:2400].all()
    assert not rides[2450:].any()


def test_without_steps_it_is_over_after_two_minutes() -> None:
    rides = told((60, CAR), (300, DESK))
    assert rides[600:1700].all()
    assert not rides[1850:].any()


@pytest.mark.parametrize("size", [0.09, WALK])
def test_typing_and_walking_are_no_ride(size: float) -> None:
    assert not told((600, size)).any()


@given(st.integers(0, 1000), st.floats(0.2, 0.8), st.floats(0.2, 0.8))
def test_who_rests_a_fifth_of_the_time_does_not_ride(seed: int, size: float, share: float) -> None:
    """Standing about, talking, working with the hands: they shake as much as a car, but not all the time."""
    moving = np.random.default_rng(seed).random(600) < share
    _, rides = vehicle.step(vehicle.initial(), np.arange(600), np.where(moving, size, DESK), moving)
    assert not rides.any() or share > 0.75


def stretches() -> st.SearchStrategy[FloatArray]:
    one = st.tuples(st.integers(1, 1500), st.sampled_from([DESK, CAR, CAR, 0.5, WALK])).map(lambda s: np.full(s[0], s[1]))
    return st.lists(one, min_size=1, max_size=6).map(np.concatenate)


def ridden(shake: FloatArray, gaps: list[int]) -> Run:
    index = np.arange(len(shake)) + sum((np.arange(len(shake)) > gap) * 700 for gap in gaps)
    rocks = np.random.default_rng(len(shake)).random(len(shake)) < 0.7

    def step(state: vehicle.RideState, part: tuple[IntArray, FloatArray, BoolArray]) -> tuple[vehicle.RideState, tuple[BoolArray]]:
        after, rides = vehicle.step(state, *part)
        return after, (rides,)

    return Run(vehicle.initial(), step, Parallel(index, shake, rocks))


class TestVehicle(StageChecks):
    runs = st.builds(ridden, stretches(), st.lists(st.integers(0, 9000), max_size=2))


@pytest.mark.parametrize(("chosen", "alerts"), [("off", False), ("on", True)])
def test_who_slouches_in_a_vehicle_is_told_only_if_they_want_it(chosen: str, alerts: bool) -> None:
    day = joined(ticks(0.0, n=50), ticks(0.0, n=250, bounce_mps2=CAR), ticks(25.0, n=900, bounce_mps2=CAR), ticks(25.0, n=600))
    _, _, events = judged(Settings().with_value("alerts.while_riding", chosen, "here"), [day])
    assert any(isinstance(event, AlertRaised) for event in events) == alerts
