"""How the sensor is held: gyroscope, accelerometer and truth agree through slips, drifts, wobble and being taken off."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.simulator import PERFECT, SensorModel, Simulated, Simulation, random_mount, simulate
from sensorcore.simulator.attachment import ASIDE_M, exponential, rotation_vector
from sensorcore.simulator.faults import HAND_S, Fault
from sensorcore.track.posture_track import CONTEXTS, UNKNOWN
from tests.examples import examples

pytestmark = pytest.mark.slow  # simulates many minutes

MOUNT = random_mount(np.random.default_rng(3))
NOT_WORN = CONTEXTS.index("not_worn")


def run(*faults: Fault, sensor: SensorModel = PERFECT, duration_s: float = 60.0) -> Simulated:
    return simulate("workday-short", 4, sensor=sensor, mount=MOUNT, duration_s=duration_s, faults=faults)


def turned_deg(before: FloatArray, after: FloatArray) -> FloatArray:
    """The angle between orientations (n, 3, 3)."""
    cosine = (np.einsum("nij,nij->n", before, after) - 1.0) / 2.0
    return np.rad2deg(np.arccos(np.clip(cosine, -1.0, 1.0)))


@pytest.mark.parametrize(
    "faults",
    [
        (),
        (Fault("slip", 35.0, deg=40.0, axis="x"), Fault("slip", 35.2, 1.0, deg=-25.0, axis="z")),
        (Fault("drift", 10.0, 20.0, deg_per_h=180.0), Fault("slip", 12.0, 3.0, deg=30.0)),
        (Fault("off", 40.0, 12.0, deg=20.0, axis="z"), Fault("slip", 5.0, deg=20.0)),
    ],
)
def test_the_gyroscope_sees_every_turn_of_the_sensor(faults: tuple[Fault, ...]) -> None:
    """What it measures, integrated by itself, is the true orientation, wobble and all."""
    rate_hz = 416.0
    wobbly = replace(PERFECT, sample_rate_hz=rate_hz, wobble_deg_per_mps2=0.4, mount_drift_deg_per_h=30.0)
    day = run(*faults, sensor=wobbly)
    gyr, true = day.ideal.gyr_radps, day.truth.to_world
    assert gyr is not None
    middle = (-gyr[:-3] + 9 * gyr[1:-2] + 9 * gyr[2:-1] - gyr[3:]) / 16
    steps = exponential((gyr[1:-2] + 4 * middle + gyr[2:-1]) / (6 * rate_hz) + np.cross(gyr[1:-2], gyr[2:-1]) / (12 * rate_hz**2))
    error = turned_deg(true[1:-2] @ steps, true[2:-1])
    assert error.sum() < 0.5, "degrees in a minute, if no error cancelled another"
    assert error.max() < 0.05  # a hand stops a body that moves a little


def test_a_slip_turns_the_sensor_and_not_the_wearer() -> None:
    sound, slipped = run(), run(Fault("slip", 40.0, deg=12.0, axis="y"))
    for name in ("flexion_deg", "lateral_deg", "state", "posture"):
        assert np.array_equal(getattr(sound.truth, name), getattr(slipped.truth, name))
    apart = turned_deg(sound.truth.to_world, slipped.truth.to_world)
    t_s = sound.truth.t_s
    np.testing.assert_allclose(apart[t_s < 40.0], 0.0, atol=1e-5)
    np.testing.assert_allclose(apart[t_s > 40.5], 12.0, atol=1e-6)
    # it turned about the wearer's left
    axis = rotation_vector(MOUNT @ (sound.truth.to_world[-1].T @ slipped.truth.to_world[-1]) @ MOUNT.T)
    np.testing.assert_allclose(axis, [0.0, np.deg2rad(12.0), 0.0], atol=1e-9)
    still = (t_s > 50.0) & (t_s < 51.0)
    assert np.abs(slipped.ideal.acc_mps2[still] - sound.ideal.acc_mps2[still]).max() > 1.0


def test_drift_is_as_fast_as_declared() -> None:
    sound, drifting = run(), run(Fault("drift", 20.0, 30.0, deg_per_h=120.0, axis="z"))
    apart = turned_deg(sound.truth.to_world, drifting.truth.to_world)
    assert apart[-1] == pytest.approx(120.0 * 30.0 / 3600.0, abs=1e-4)
    by_model = run(sensor=replace(PERFECT, mount_drift_deg_per_h=60.0))
    assert turned_deg(sound.truth.to_world, by_model.truth.to_world)[-1] == pytest.approx(1.0, abs=1e-3)


def test_taken_off_it_lies_still_and_is_put_back_differently() -> None:
    sound, day = run(), run(Fault("off", 35.0, 15.0, deg=9.0, axis="x"))
    t_s = day.truth.t_s
    away = (t_s >= 35.0) & (t_s < 50.0)
    assert (day.truth.state[away] == NOT_WORN).all()
    assert (day.truth.posture[away] == UNKNOWN).all()
    assert not (day.truth.state[~away] == NOT_WORN).any()
    lying = (t_s > 35.0 + HAND_S) & (t_s < 50.0 - HAND_S)
    assert day.ideal.gyr_radps is not None
    np.testing.assert_allclose(day.ideal.gyr_radps[lying], 0.0, atol=1e-12)
    np.testing.assert_allclose(np.linalg.norm(day.ideal.acc_mps2[lying], axis=1), STANDARD_GRAVITY_MPS2)
    apart = turned_deg(sound.truth.to_world, day.truth.to_world)
    assert apart[t_s < 35.0].max() < 1e-5
    np.testing.assert_allclose(apart[t_s >= 50.0], 9.0, atol=1e-6)
    # the way to the table, from the accelerometer alone
    hand = (t_s >= 35.0) & (t_s <= 35.0 + HAND_S)
    world = np.einsum("nij,nj->ni", day.truth.to_world[hand], day.ideal.acc_mps2[hand]) - (0.0, 0.0, STANDARD_GRAVITY_MPS2)
    velocity = np.cumsum(world, axis=0) / 104.0
    np.testing.assert_allclose(velocity[-1], 0.0, atol=0.01)
    np.testing.assert_allclose(velocity.sum(axis=0) / 104.0, ASIDE_M, atol=0.01)


@pytest.mark.slow
def test_wobble_is_a_degree_or_so_in_walking_and_nothing_at_rest() -> None:
    wobbly = replace(PERFECT, wobble_deg_per_mps2=SensorModel().wobble_deg_per_mps2)
    sound, day = run(duration_s=420.0), run(sensor=wobbly, duration_s=420.0)
    apart = turned_deg(sound.truth.to_world, day.truth.to_world)
    walking = day.truth.state == CONTEXTS.index("walking")
    assert walking.sum() > 2000
    assert 0.3 < np.sqrt(np.mean(apart[walking] ** 2)) < 2.0
    assert np.sqrt(np.mean(apart[day.truth.t_s < 5.0] ** 2)) < 0.02


def test_wobble_resonates_where_it_should() -> None:
    from sensorcore.simulator.attachment import _Wobble  # noqa: PLC0415

    model = replace(PERFECT, sample_rate_hz=416.0, wobble_deg_per_mps2=1.0, wobble_hz=7.0, wobble_damping=0.1)
    t_s = np.arange(416 * 20) / 416.0
    swings = {}
    for hz in (0.05, 3.5, 7.0, 14.0):
        jet = _Wobble(model).step(np.sin(2 * np.pi * hz * t_s))
        swings[hz] = np.rad2deg(np.abs(jet.x[-416 * 10 :]).max())
        np.testing.assert_allclose(np.cumsum((jet.v[1:] + jet.v[:-1]) / 2 / 416.0), jet.x[1:] - jet.x[0], atol=2e-3)
    ratio = np.array([0.05, 3.5, 7.0, 14.0]) / 7.0
    np.testing.assert_allclose(list(swings.values()), 1 / np.hypot(1 - ratio**2, 2 * 0.1 * ratio), rtol=0.02)


def test_a_knock_is_out_of_range_and_leaves_nothing_behind() -> None:
    day, sound = run(Fault("knock", 45.0, g=60.0)), run()
    assert day.block.saturated[(day.truth.t_s > 45.0) & (day.truth.t_s < 45.06)].any()
    assert not sound.block.saturated.any()
    rate_hz = 5000.0
    fast = replace(PERFECT, sample_rate_hz=rate_hz)
    blow = (
        run(Fault("knock", 1.0, g=60.0), sensor=fast, duration_s=1.2).ideal.acc_mps2
        - run(sensor=fast, duration_s=1.2).ideal.acc_mps2
    )
    assert np.linalg.norm(blow, axis=1).max() == pytest.approx(60.0 * STANDARD_GRAVITY_MPS2, rel=0.02)
    velocity = np.cumsum(blow, axis=0) / rate_hz
    np.testing.assert_allclose(velocity[-1], 0.0, atol=1e-3)
    np.testing.assert_allclose(velocity.sum(axis=0) / rate_hz, 0.0, atol=1e-4)


@given(seed=st.integers(0, 500))
@examples(50)
def test_rotation_vectors_there_and_back(seed: int) -> None:
    matrix = random_mount(np.random.default_rng(seed))
    np.testing.assert_allclose(exponential(rotation_vector(matrix)[None])[0], matrix, atol=1e-7)


@pytest.mark.parametrize("turn", [np.zeros(3), np.array([np.pi, 0.0, 0.0]), np.array([0.0, 1e-6, 0.0]), np.array([2.0, -2.0, 0.5])])
def test_rotation_vectors_at_the_edges(turn: FloatArray) -> None:
    np.testing.assert_allclose(exponential(rotation_vector(exponential(turn[None])[0])[None]), exponential(turn[None]), atol=1e-7)


@given(piece=st.integers(200, 9000))
@examples(5)
def test_pieces_of_any_size_make_the_same_faulty_stream(piece: int) -> None:
    faults = (Fault("slip", 5.0), Fault("off", 8.0, 8.0), Fault("knock", 18.0), Fault("drift"), Fault("heat", 3.0, 5.0))
    simulation = Simulation("workday-short", 2, duration_s=22.0, faults=faults)
    whole = np.concatenate([part.counts for part in simulation.pieces(4000)])
    assert np.array_equal(np.concatenate([part.counts for part in simulation.pieces(piece)]), whole)
