"""Angles, angular rates and accelerations agree with each other: each is checked against another by numbers alone."""

from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.model import STANDARD_GRAVITY_MPS2
from sensorcore.simulator import SensorModel, random_mount, simulate
from sensorcore.simulator.attachment import exponential
from sensorcore.simulator.body import POSES, WAYS
from sensorcore.simulator.exercises import DRILLS, ExerciseSet
from sensorcore.simulator.jet import Move, Moves, Waves
from sensorcore.simulator.kinematics import felt
from sensorcore.simulator.phases import Bends, Phase, Wearer
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.trunk import Trunk
from tests.examples import examples


def everything() -> Scenario:
    """All poses, between them every way there is, with something going on in each."""
    busy = {
        "walking": {"turn_deg": 180.0, "climb_mps": 0.25},
        "sitting": {"ride": "bus", "turn_deg": -90.0, "talking": True, "legs": "left"},
        "slumped": {"slump": 0.3, "typing": True},
        "standing": {"bends": Bends(flexion_deg=105.0, lateral_deg=10.0, turn_deg=20.0)},
    }
    states = ["walking", "sitting", "slumped", "sitting", "supine", "left_side", "prone", "right_side", "supine", "sitting"]
    states += ["left_side", "sitting", "right_side", "sitting", "standing", "hang", "standing", "walking", "kneeling", "all_fours"]
    states += ["childs_pose", "kneeling", "childs_pose", "all_fours", "prone", "all_fours", "sitting", "all_fours", "kneeling"]
    states += ["standing", "walking"]
    phases = [Phase(state, 8.0, state=state, fidgets_per_min=10.0, **busy.get(state, {})) for state in states]
    for name, drill in DRILLS.items():
        exercise = ExerciseSet(name, count=2, hold_s=1.0, half=(2,), wobble_deg=1.0)
        phases.append(Phase(name, 27.0, state=drill.poses[0], exercise=exercise, breaths_per_min=6.0))
    return Scenario("everything", "", tuple(phases), Wearer(placement="upper_back"))


EVERYTHING = everything()


def test_everything_is_in_the_test() -> None:
    assert {phase.state for phase in EVERYTHING.phases} == {*POSES, "walking"}
    gone = {(a, b) for a, b in pairwise(span.pose for span in Trunk(EVERYTHING, np.random.default_rng(), 900.0).poses)}
    assert {frozenset(way) for way in WAYS} <= {frozenset(way) for way in gone}


@pytest.mark.slow
def test_integrated_gyroscope_is_the_true_orientation() -> None:
    rate_hz = 208.0
    sensor = SensorModel(sample_rate_hz=rate_hz, rate_error=0.0, clock_ppm=0.0)
    run = simulate(EVERYTHING, sensor=sensor, mount=random_mount(np.random.default_rng(4)))
    gyr, true = run.ideal.gyr_radps, run.truth.to_world
    assert gyr is not None
    # Fourth order, from the rates alone (the middle of the step by a cubic through four samples).
    middle = (-gyr[:-3] + 9 * gyr[1:-2] + 9 * gyr[2:-1] - gyr[3:]) / 16
    simpson = (gyr[1:-2] + 4 * middle + gyr[2:-1]) / (6 * rate_hz) + np.cross(gyr[1:-2], gyr[2:-1]) / (12 * rate_hz**2)
    steps = exponential(simpson)
    now, worst = true[1].copy(), 0.0
    for k, step in enumerate(steps):
        now = now @ step
        if k % 400 == 0:
            cosine = (np.trace(now.T @ true[k + 2]) - 1) / 2
            worst = max(worst, float(np.rad2deg(np.arccos(np.clip(cosine, -1, 1)))))
    assert worst < 0.05


@pytest.mark.parametrize("placement", ["sacrum", pytest.param("chest", marks=pytest.mark.slow)])
def test_acceleration_is_the_second_derivative_of_the_place(placement: Any) -> None:
    scenario = replace(EVERYTHING, wearer=replace(EVERYTHING.wearer, placement=placement))
    trunk = Trunk(scenario, np.random.default_rng(3), scenario.duration_s)
    lever = (-0.1, 0.02, 0.12)
    for start_s in np.arange(1.0, scenario.duration_s - 3.0, 29.3):
        t_s = start_s + np.arange(8000) / 5000.0
        motion = trunk.motion(t_s)
        seen = felt(motion, lever)
        numeric = np.gradient(seen.velocity_world_mps, t_s, axis=0)[2:-2]
        assert np.abs(numeric - seen.acceleration_world_mps2[2:-2]).max() < 0.02
        # The end of the chain from the orientations alone, plus the path of the hips.
        forward, left, up = (np.broadcast_to(jet.x, t_s.shape) for jet in motion.velocity_mps)
        ch, sh = np.cos(motion.heading.x), np.sin(motion.heading.x)
        hips = np.stack([ch * forward - sh * left, sh * forward + ch * left, up], axis=1)
        place = np.zeros((len(t_s), 3))
        for turn, arm in zip(motion.segments, (*motion.joints_m[: motion.segment], lever), strict=False):
            place += np.einsum("ijn,j->ni", np.broadcast_to(turn.matrix, (3, 3, len(t_s))), arm)
        velocity = np.gradient(place, t_s, axis=0)[2:-2] + hips[2:-2]
        assert np.abs(velocity - seen.velocity_world_mps[2:-2]).max() < 0.002
        expected = np.einsum("nji,nj->ni", seen.to_world, seen.acceleration_world_mps2 + np.array([0, 0, STANDARD_GRAVITY_MPS2]))
        np.testing.assert_allclose(seen.acc_mps2, expected, atol=1e-9)


def test_a_rhythm_is_the_integral_of_its_pace() -> None:
    pace = Moves(0.3, [Move(2.0, 3.0, 0.2), Move(7.0, 1.0, -0.4)])
    t_s = np.linspace(0.0, 12.0, 24001)
    rates = pace.at(t_s).x
    area = np.concatenate([[0.0], np.cumsum((rates[1:] + rates[:-1]) / 2 * np.diff(t_s))])
    np.testing.assert_allclose(pace.integral(t_s).x, area, atol=1e-6)
    np.testing.assert_allclose(pace.integral(t_s[14000:]).x, area[14000:], atol=1e-6)


@given(
    base=st.floats(-5, 5),
    pieces=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.2, 5.0), st.floats(-40, 40)), max_size=6),
    seed=st.integers(0, 99),
)
@examples(30)
def test_jets_hold_their_derivatives(base: float, pieces: list[tuple[float, float, float]], seed: int) -> None:
    moves, now = [], 1.0
    for pause, duration, delta in pieces:
        moves.append(Move(now + pause, duration, delta))
        now += pause + duration
    rng = np.random.default_rng(seed)
    t_s = np.linspace(0.0, now + 1.0, 6001)
    jet = Moves(base, moves).at(t_s) * Waves.band(rng, 0.05, 1.0, 1.0, 1.0).at(t_s)
    for value, rate in ((jet.x, jet.v), (jet.v, jet.a)):
        change = np.cumsum((rate[1:] + rate[:-1]) / 2 * np.diff(t_s))
        np.testing.assert_allclose(value[0] + change, value[1:], atol=4e-4 * (1.0 + np.abs(jet.a).max()))


def test_moves_end_where_they_should() -> None:
    jet = Moves(2.0, [Move(1.0, 2.0, 10.0), Move(4.0, 1.0, -3.0)]).at(np.array([0.0, 2.0, 3.5, 9.0]))
    np.testing.assert_allclose(jet.x, [2.0, 7.0, 12.0, 9.0])
    np.testing.assert_allclose(jet.v, [0.0, 10.0 * 1.875 / 2.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="starts before"):
        Moves(0.0, [Move(1.0, 2.0, 10.0), Move(2.0, 1.0, -3.0)])
