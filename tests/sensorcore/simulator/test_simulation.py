"""The stream: deterministic, the same however it is cut, with errors of the declared size, and with a truth that fits."""

import time
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from sensorcore.motion.body import lean
from sensorcore.simulator import PERFECT, SensorModel, Simulated, Simulation, load, random_mount, simulate
from sensorcore.simulator.body import PLACES
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.phases import Bends, Phase
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.script import SIT_DOWN_S, SITTING, STANDING
from sensorcore.simulator.sensor import rotation
from sensorcore.simulator.truth import ticks
from sensorcore.track.posture_track import CONTEXTS, UNKNOWN
from tests.examples import examples


@pytest.fixture(scope="module")
def day() -> Simulated:
    return simulate(seed=5)


def angle_deg(a: object, b: object) -> float:
    return float(np.rad2deg(np.arccos(np.clip(np.dot(np.asarray(a), np.asarray(b)), -1.0, 1.0))))


def test_the_same_seed_gives_the_same_stream_and_another_does_not(day: Simulated) -> None:
    again, other = simulate(seed=5), simulate(seed=6, duration_s=30.0)
    assert np.array_equal(day.counts, again.counts)
    assert not np.array_equal(day.counts[: len(other.counts)], other.counts)


@given(piece=st.integers(1, 9000))
@examples(8)
def test_pieces_of_any_size_make_the_same_stream(piece: int) -> None:
    whole = simulate(seed=2, duration_s=25.0)
    simulation = Simulation(seed=2, duration_s=25.0)
    for _ in range(2):
        parts = list(simulation.pieces(max(piece, 300)))
        assert np.array_equal(np.concatenate([part.counts for part in parts]), whole.counts)
        block = SampleBlock.joined([part.block for part in parts])
        assert np.array_equal(block.t_s, whole.block.t_s)
        np.testing.assert_allclose(np.concatenate([part.truth.up for part in parts]), whole.truth.up, atol=1e-12)
        assert [tick for part in parts for tick in ticks(part.truth)] == list(ticks(whole.truth))


def test_truth_ticks_come_ten_a_second(day: Simulated) -> None:
    times = [tick["t_s"] for tick in ticks(day.truth)]
    assert [int(t_s * 10 + 1e-3) for t_s in times] == list(range(6001))  # the device's clock is 20 ppm fast


def test_lengths_rates_and_clock(day: Simulated) -> None:
    n = len(day.block)
    assert len(day.ideal) == len(day.counts) == len(day.truth.t_s) == len(day.truth.state) == n
    assert day.block.t_s[0] == 0.0
    assert n / (day.block.t_s[-1] + np.diff(day.block.t_s).mean()) == pytest.approx(104.0 * 1.005 / (1 + 20e-6))
    assert not day.block.saturated.any()
    perfect = simulate(sensor=PERFECT, duration_s=20.0)
    np.testing.assert_allclose(np.diff(perfect.block.t_s), 1 / 104.0)


def test_at_rest_the_sensor_feels_gravity_along_true_up(day: Simulated) -> None:
    still = (day.truth.t_s > 1) & (day.truth.t_s < 5)
    felt = day.ideal.acc_mps2[still]
    np.testing.assert_allclose(np.linalg.norm(felt, axis=1), STANDARD_GRAVITY_MPS2, atol=0.08)
    along, up = (mean / np.linalg.norm(mean) for mean in (felt.mean(axis=0), day.truth.up[still].mean(axis=0)))
    assert angle_deg(along, up) < 0.3


def test_sensor_errors_have_the_declared_size(day: Simulated) -> None:
    model = SensorModel()
    g, root = STANDARD_GRAVITY_MPS2 / 1000, np.sqrt(52.0)
    acc = day.block.acc_mps2 - day.ideal.acc_mps2
    assert day.block.gyr_radps is not None
    assert day.ideal.gyr_radps is not None
    gyr = np.rad2deg(day.block.gyr_radps - day.ideal.gyr_radps)
    quantum = 16 * 1000 * g / 32768 / np.sqrt(12)
    np.testing.assert_allclose(acc.std(axis=0), np.hypot(model.acc_noise_mg_per_rthz * g * root, quantum), rtol=0.1)
    # One sample against the next, so that the slowly wandering offset does not count.
    expected = np.hypot(model.gyr_noise_dps_per_rthz * root, 0.07 / np.sqrt(12)) * np.sqrt(2)
    np.testing.assert_allclose(np.diff(gyr, axis=0).std(axis=0), expected, rtol=0.1)
    assert np.abs(acc.mean(axis=0)).max() < 5 * model.acc_bias_mg * g
    assert np.abs(gyr.mean(axis=0)).max() < 5 * model.gyr_bias_dps


def test_saturation_is_flagged_and_clipped() -> None:
    run = simulate(sensor=replace(PERFECT, scale=14), seed=1, duration_s=60.0)  # ±2 g, ±287 °/s: nothing of this minute is beyond
    assert not run.block.saturated.any()
    hard = simulate(sensor=replace(PERFECT, scale=14, acc_bias_mg=1500.0), seed=1, duration_s=20.0)
    beyond = np.abs(hard.block.acc_mps2).max(axis=1) >= 2 * STANDARD_GRAVITY_MPS2 * 32766.5 / 32768
    assert beyond.any()
    assert np.array_equal(hard.block.saturated, beyond)


def test_a_sensor_without_a_gyroscope() -> None:
    run = simulate(sensor=SensorModel(scale=21), duration_s=20.0)
    assert run.block.gyr_radps is None
    assert not run.info.device.has_gyroscope


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.slow)])
def test_true_angles_are_what_the_body_frame_makes_of_true_up(seed: int) -> None:
    run = simulate(seed=seed, mount=random_mount(np.random.default_rng(seed)), sensor=PERFECT)  # no wobble
    calibration = run.info.calibration
    assert calibration is not None
    for state in (SITTING, STANDING):
        there = run.truth.state == state
        seen = lean(run.truth.up[there], calibration.upright[CONTEXTS[state]], calibration.forward)
        np.testing.assert_allclose(seen.flexion_deg, run.truth.flexion_deg[there], atol=1e-6)
        np.testing.assert_allclose(seen.lateral_deg, run.truth.lateral_deg[there], atol=1e-6)
        beyond = seen.inclination_deg > 15.0
        assert np.array_equal(beyond, run.truth.posture[there] == 2)
    assert (run.truth.posture[(run.truth.state != SITTING) & (run.truth.state != STANDING)] == UNKNOWN).all()


def test_the_product_calibrates_from_the_first_half_minute() -> None:
    for seed in range(1, 6):
        simulation = Simulation(seed=seed, mount=random_mount(np.random.default_rng(seed)))
        found, true = measured(simulation), simulation.info.calibration
        assert true is not None
        assert true.forward is not None
        assert found.forward is not None
        assert found.upright.keys() == {"standing", "sitting"}
        assert all(angle_deg(found.upright[state], true.upright[state]) < 1.5 for state in found.upright)
        assert angle_deg(found.forward, true.forward) < 8.0
    assert true is not None
    assert angle_deg(true.upright["sitting"], true.upright["standing"]) == pytest.approx(-PLACES["upper_back"].sitting_turn_deg)


def test_a_mount_turns_about_x_then_y_then_z() -> None:
    np.testing.assert_allclose(rotation((90.0, 0.0, 0.0)) @ [0, 1, 0], [0, 0, 1], atol=1e-12)
    np.testing.assert_allclose(rotation((0.0, 90.0, 0.0)) @ [0, 0, 1], [1, 0, 0], atol=1e-12)
    np.testing.assert_allclose(rotation((90.0, 0.0, 90.0)) @ [1, 0, 0], [0, 1, 0], atol=1e-12)
    for matrix in (rotation((10.0, 20.0, 30.0)), random_mount(np.random.default_rng(1))):
        np.testing.assert_allclose(matrix @ matrix.T, np.eye(3), atol=1e-12)
        assert np.linalg.det(matrix) == pytest.approx(1.0)


def test_placements_differ_in_how_far_sitting_turns_the_sensor() -> None:
    for placement, place in PLACES.items():
        scenario = load("workday-short")
        scenario = replace(scenario, wearer=replace(scenario.wearer, placement=placement))
        run = simulate(scenario, duration_s=31.0, mount=np.eye(3), sensor=PERFECT)
        standing = run.truth.up[(run.truth.t_s > 1) & (run.truth.t_s < 5)].mean(axis=0)
        sitting = run.truth.up[run.truth.t_s > 24].mean(axis=0)
        turned = np.rad2deg(np.arctan2(sitting[0], sitting[2]) - np.arctan2(standing[0], standing[2]))
        assert turned == pytest.approx(-place.sitting_turn_deg, abs=0.5)


def test_a_phase_too_short_for_its_transition_is_named() -> None:
    scenario = load("workday-short")
    hasty = replace(scenario, phases=(replace(scenario.phases[2], duration_s=2.0), *scenario.phases[3:]))
    with pytest.raises(BadInput, match="sit still"):
        Simulation(hasty)
    busy = replace(scenario, phases=(replace(scenario.phases[1], duration_s=8.0),), loop_from=None)
    with pytest.raises(BadInput, match="three bows"):
        Simulation(busy)


def test_a_stream_without_the_phases_to_calibrate_is_told_so() -> None:
    with pytest.raises(BadInput, match="calibrate standing"):
        measured(Simulation(Scenario("sit", "", (Phase("sit", 10.0, state="sitting", calibrates="sitting"),))))


@given(
    phases=st.lists(
        st.builds(
            Phase,
            name=st.just("any"),
            duration_s=st.floats(SIT_DOWN_S + 0.5, 30.0),
            state=st.sampled_from([None, "sitting", "standing", "walking"]),
            flexion_deg=st.none() | st.floats(-20, 60),
            lateral_deg=st.none() | st.floats(-30, 30),
            move_s=st.floats(0.5, 60.0),
            bends=st.none()
            | st.builds(Bends, count=st.integers(1, 4), flexion_deg=st.floats(-20, 60), turn_deg=st.floats(-30, 30)),
            typing=st.booleans(),
            still=st.booleans(),
            fidgets_per_min=st.floats(0, 20),
            turn_deg=st.floats(-400, 400),
        ),
        min_size=1,
        max_size=5,
    ),
    seed=st.integers(0, 1000),
)
@examples(15)
def test_any_script_runs_smoothly(phases: list[Phase], seed: int) -> None:
    try:
        run = simulate(Scenario("any", "", tuple(phases)), seed, mount=np.eye(3))
    except BadInput:  # bends that do not fit into their phase
        reject()
    assert not run.block.saturated.any()
    np.testing.assert_allclose(np.linalg.norm(run.truth.up, axis=1), 1.0)
    assert np.rad2deg(np.linalg.norm(np.diff(run.truth.up, axis=0), axis=1)).max() * 104 < 700  # no jumps


def test_refuses_no_time() -> None:
    with pytest.raises(BadInput):
        Simulation(duration_s=0.0)


@pytest.mark.slow
def test_is_fast() -> None:
    begin = time.process_time()
    total_s = sum(len(piece.block) for piece in Simulation(duration_s=900.0).pieces()) / 104.0
    assert total_s / (time.process_time() - begin) > 500
