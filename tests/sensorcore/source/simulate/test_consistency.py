"""Angles, angular rates and accelerations agree with each other: each is checked against another by numbers alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sensorcore.model import STANDARD_GRAVITY_MPS2
from sensorcore.source.simulate import PERFECT, SensorModel, Simulation, random_mount, simulate
from sensorcore.source.simulate.attachment import exponential
from sensorcore.source.simulate.jet import Move, Moves, Waves
from sensorcore.source.simulate.kinematics import felt


@pytest.mark.parametrize("seed", [1, 7])
def test_integrated_gyroscope_is_the_true_orientation(seed: int) -> None:
    rate_hz = 208.0
    sensor = SensorModel(sample_rate_hz=rate_hz, rate_error=0.0, clock_ppm=0.0)
    run = simulate(seed=seed, sensor=sensor, mount=random_mount(np.random.default_rng(seed)))
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


def test_acceleration_is_the_second_derivative_of_the_place() -> None:
    simulation = Simulation(seed=3, mount=np.eye(3), sensor=PERFECT)
    lever = np.array([-0.1, 0.02, 0.42])
    for start_s in (6.0, 20.0, 186.0, 298.0, 308.0, 324.0, 373.0):
        t_s = start_s + np.arange(16000) / 4000.0
        motion = simulation.trunk.motion(t_s)
        seen = felt(motion, (-0.1, 0.02, 0.42))
        numeric = np.gradient(seen.velocity_world_mps, t_s, axis=0)[2:-2]
        assert np.abs(numeric - seen.acceleration_world_mps2[2:-2]).max() < 0.02
        # The lever's end from the orientation alone, plus the path of the hips, differentiated twice.
        forward, left, up = (jet.x for jet in motion.velocity_mps)
        ch, sh = np.cos(motion.heading.x), np.sin(motion.heading.x)
        hips = np.cumsum(np.stack([ch * forward - sh * left, sh * forward + ch * left, up], axis=1), axis=0) / 4000.0
        place = hips + seen.to_world @ lever
        twice = np.diff(place, n=2, axis=0) * 4000.0**2
        assert np.abs(twice - seen.acceleration_world_mps2[1:-1]).max() < 0.1
        expected = np.einsum("nji,nj->ni", seen.to_world, seen.acceleration_world_mps2 + np.array([0, 0, STANDARD_GRAVITY_MPS2]))
        np.testing.assert_allclose(seen.acc_mps2, expected, atol=1e-9)


@given(
    base=st.floats(-5, 5),
    pieces=st.lists(st.tuples(st.floats(0.0, 3.0), st.floats(0.2, 5.0), st.floats(-40, 40)), max_size=6),
    seed=st.integers(0, 99),
)
@settings(deadline=None, max_examples=30)
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
        np.testing.assert_allclose(value[0] + change, value[1:], atol=1e-4 * (1.0 + np.abs(jet.a).max()))


def test_moves_end_where_they_should() -> None:
    jet = Moves(2.0, [Move(1.0, 2.0, 10.0), Move(4.0, 1.0, -3.0)]).at(np.array([0.0, 2.0, 3.5, 9.0]))
    np.testing.assert_allclose(jet.x, [2.0, 7.0, 12.0, 9.0])
    np.testing.assert_allclose(jet.v, [0.0, 10.0 * 1.875 / 2.0, 0.0, 0.0])
    with pytest.raises(ValueError, match="starts before"):
        Moves(0.0, [Move(1.0, 2.0, 10.0), Move(2.0, 1.0, -3.0)])
