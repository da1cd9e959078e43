"""Tilt against an independent oracle and against motions known exactly."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import signal
from scipy.spatial.transform import Rotation

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, SampleBlock
from sensorcore.motion import tilt
from sensorcore.motion.gaps import bridge
from sensorcore.motion.integration import mean_rate_radps
from sensorcore.simulator import random_mount
from tests.examples import examples
from tests.sensorcore.motion.motions import Motion, angles_deg, run, sink, tumble

RATE_HZ = 104.0
DEVICE = DeviceProfile("test", RATE_HZ)


def grid_s(duration_s: float, rate_hz: float = RATE_HZ) -> np.ndarray:
    return np.arange(round(duration_s * rate_hz)) / rate_hz


def rms_deg(up: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt((angles_deg(up, truth) ** 2).mean()))


def oracle_up(motion: Motion, tau_s: float) -> np.ndarray:
    """VQF without bias estimation, from its paper: integrate the gyroscope alone; in that almost-inertial frame low-pass the
    acceleration (Butterworth, second order, its start a running mean over one time constant); that is where up is."""
    rate = mean_rate_radps(motion.gyr_radps, motion.gyr_radps[[0, 0]], np.full(len(motion.t_s), 1 / RATE_HZ), "point")
    orientation, now = np.empty((len(rate), 4)), Rotation.identity()
    for k, step in enumerate(Rotation.from_rotvec(rate / RATE_HZ)):
        now = now * step
        orientation[k] = now.as_quat()
    strapdown = Rotation.from_quat(orientation)
    inertial = strapdown.apply(motion.acc_mps2)
    sos = signal.butter(2, np.sqrt(2) / (2 * np.pi * tau_s), fs=RATE_HZ, output="sos")
    first = int(np.ceil(tau_s * RATE_HZ))
    start = np.cumsum(inertial[:first], axis=0) / np.arange(1, first + 1)[:, None]
    state = signal.sosfilt_zi(sos)[:, :, None] * start[-1]
    low = np.concatenate([start, signal.sosfilt(sos, inertial[first:], axis=0, zi=state)[0]])
    up: np.ndarray = strapdown.inv().apply(low / np.linalg.norm(low, axis=1, keepdims=True))
    return up


@pytest.mark.parametrize("tau_s", [1.0, 3.0])
def test_the_basic_filter_is_the_oracle(tau_s: float) -> None:
    """Clipping the bias to nothing turns its estimation off."""
    rng = np.random.default_rng(1)
    still = tumble(grid_s(40), seed=4)
    pushed = Motion(still.t_s, still.up, still.acc_mps2 + rng.normal(0, 1.5, still.acc_mps2.shape), still.gyr_radps + 0.005)
    ours = run(DEVICE, pushed.block(), bias_clip_dps=0.0, tau_acc_s=tau_s).up
    assert angles_deg(ours, oracle_up(pushed, tau_s)).max() < 0.001
    assert angles_deg(ours, pushed.up).max() > 0.5  # the pushes and the bias do reach the output: the filter was put to work


def test_an_accelerometer_alone_is_its_low_pass() -> None:
    rng = np.random.default_rng(2)
    motion = sink(10.0, 40.0, RATE_HZ, after_s=3.0, duration_s=12.0)
    noisy = Motion(motion.t_s, motion.up, motion.acc_mps2 + rng.normal(0, 0.1, motion.up.shape), np.zeros_like(motion.up))
    device = DeviceProfile("test", RATE_HZ, None)
    ours = run(device, noisy.block(gyroscope=False), tau_acc_only_s=0.5).up
    settled = motion.t_s > 3.0  # the restart at rest begins the mean anew
    assert angles_deg(ours, oracle_up(noisy, 0.5))[settled].max() < 0.05
    assert rms_deg(ours[motion.t_s > 10], motion.up[motion.t_s > 10]) < 0.3


@examples(8)
@given(st.integers(0, 10_000))
def test_turning_the_sensor_turns_the_answer(seed: int) -> None:
    rng = np.random.default_rng(seed)
    turn = random_mount(rng)
    motion = tumble(grid_s(12), still_s=4.0, seed=seed)
    acc = motion.acc_mps2 + rng.normal(0, 0.05, motion.acc_mps2.shape)
    # with the bias estimated it is not exact: VQF clips the bias to a box, and its corrections too; what that leaves is forgotten
    # with the time constant, so the bound is that of 3 s for both filters
    for bias_clip_dps, walking_s, within_deg in ((0.0, 8.0, 1e-9), (10.0, 3.0, 0.1)):
        plain = run(
            DEVICE, SampleBlock.checked(motion.t_s, acc, motion.gyr_radps), bias_clip_dps=bias_clip_dps, tau_walking_s=walking_s
        )
        turned_block = SampleBlock.checked(motion.t_s, acc @ turn.T, motion.gyr_radps @ turn.T)
        turned = run(DEVICE, turned_block, bias_clip_dps=bias_clip_dps, tau_walking_s=walking_s)
        assert angles_deg(plain.up @ turn.T, turned.up).max() < within_deg
        np.testing.assert_array_equal(plain.uncertainty_deg, turned.uncertainty_deg)


@examples(8)
@given(st.tuples(*[st.floats(-1, 1)] * 3).filter(lambda v: np.linalg.norm(v) > 0.3), st.floats(0, 8), st.integers(0, 99))
def test_a_bias_found_at_rest_does_not_tilt(direction: tuple[float, float, float], bias_dps: float, seed: int) -> None:
    """As large as any sensor of the devices list has, about any axis: ten seconds at rest, then movement."""
    bias = np.radians(bias_dps) * np.asarray(direction) / np.linalg.norm(direction)
    rng = np.random.default_rng(seed)
    motion = tumble(grid_s(25), still_s=10.0, seed=seed)
    acc = motion.acc_mps2 + rng.normal(0, 0.02, motion.up.shape)
    gyr = motion.gyr_radps + rng.normal(0, 0.001, motion.up.shape)
    without = run(DEVICE, SampleBlock.checked(motion.t_s, acc, gyr)).up
    biased = run(DEVICE, SampleBlock.checked(motion.t_s, acc, gyr + bias)).up
    moves = motion.t_s > 10.0
    assert angles_deg(biased, motion.up)[moves].max() < 0.6
    assert angles_deg(biased, without)[moves].max() < 0.5
    assert angles_deg(run(DEVICE, SampleBlock.checked(motion.t_s, acc, gyr + bias), (500,)).up, biased).max() == 0.0


@pytest.mark.parametrize("speed_dps", [1.5, 2.0, 3.0, 4.0, 6.0, 12.0])
def test_sinking_slowly_is_not_taken_for_a_bias(speed_dps: float) -> None:
    """A slouch creeps in at a few degrees a second, evenly: nearly rest, but not to be learned as the gyroscope's bias."""
    rng = np.random.default_rng(0)
    motion = sink(speed_dps, 25.0, RATE_HZ)
    acc = motion.acc_mps2 + rng.normal(0, 0.015, motion.up.shape)
    gyr = motion.gyr_radps + np.radians(0.4) + rng.normal(0, np.radians(0.05), motion.up.shape)
    error = angles_deg(run(DEVICE, SampleBlock.checked(motion.t_s, acc, gyr)).up, motion.up)
    assert error[motion.t_s > 5].max() < 0.6


def lossy(motion: Motion, share: float, frame: int, seed: int) -> np.ndarray:
    """Which samples arrive when `share` of the frames is lost, never two in a row."""
    frames = len(motion.t_s) // frame + 1
    lost = np.random.default_rng(seed).random(frames) < share
    lost[1:] &= ~lost[:-1]
    return ~np.repeat(lost, frame)[: len(motion.t_s)]


def test_short_gaps_are_bridged() -> None:
    motion = tumble(grid_s(60), seed=8)
    keep = lossy(motion, 0.05, 16, seed=3)
    assert 0.02 < 1 - keep.mean() < 0.08
    bridged = run(DEVICE, motion.block(keep=keep))
    squeezed = SampleBlock.checked(np.arange(keep.sum()) / RATE_HZ, motion.acc_mps2[keep], motion.gyr_radps[keep])
    assert bridged.starts.sum() == 1
    concatenated = rms_deg(run(DEVICE, squeezed).up, motion.up[keep])
    ours = rms_deg(bridged.up, motion.up[keep])
    assert ours < 0.7 * concatenated
    assert rms_deg(run(DEVICE, motion.block()).up, motion.up) < ours < 3.0


@examples(25)
@given(st.data())
def test_bridging_keeps_every_sample_and_the_time(data: st.DataObject) -> None:
    n = 60
    parts = data.draw(st.lists(st.integers(1, 5), min_size=n, max_size=n))
    t_s = np.cumsum(parts) / 26.0
    rng = np.random.default_rng(len(set(parts)))
    block = SampleBlock.checked(t_s, rng.normal(size=(n, 3)), rng.normal(size=(n, 3)))
    filled = bridge(block, None, 26.0)
    assert len(filled.t_s) == sum(parts[1:]) + 1
    np.testing.assert_array_equal(filled.t_s[filled.real], t_s)
    np.testing.assert_array_equal(filled.acc_mps2[filled.real], block.acc_mps2)
    np.testing.assert_allclose(filled.dt_s, 1 / 26.0, rtol=1e-9)
    np.testing.assert_allclose(np.diff(filled.t_s), 1 / 26.0, rtol=1e-9)
    for k in range(3):
        np.testing.assert_allclose(filled.acc_mps2[:, k], np.interp(filled.t_s, t_s, block.acc_mps2[:, k]), atol=1e-9)


def test_a_long_gap_raises_doubt_and_rest_ends_it() -> None:
    rng = np.random.default_rng(5)
    motion = tumble(grid_s(60), still_s=0.0, seed=2)
    rest = motion.t_s > 40.0
    up, gyr = motion.up.copy(), motion.gyr_radps.copy()
    up[rest], gyr[rest] = up[rest][0], 0.0
    acc = STANDARD_GRAVITY_MPS2 * up + rng.normal(0, 0.02, up.shape)
    keep = (motion.t_s < 30.0) | (motion.t_s >= 36.0)
    found = run(DEVICE, SampleBlock.checked(motion.t_s[keep], acc[keep], gyr[keep]))
    doubt = dict(zip(np.round(motion.t_s[keep] * RATE_HZ).astype(int).tolist(), found.uncertainty_deg.tolist(), strict=True))

    def at(t_s: float) -> float:
        return doubt[round(t_s * RATE_HZ)]

    assert at(29.0) < 1.0
    assert at(36.0) >= tilt.AFTER_GAP_DEG
    assert at(36.0) > at(38.0) > at(40.0) > 5.0
    assert at(47.0) == tilt.STEADY_DEG  # within seconds of rest, long before five time constants
    assert found.starts[keep[: round(36 * RATE_HZ)].sum()]
    late = motion.t_s[keep] > 47.0
    assert angles_deg(found.up, up[keep])[late].max() < 0.2


def saturated_at(block: SampleBlock, at: int) -> SampleBlock:
    return replace(block, saturated=np.arange(len(block)) == at)


def test_a_small_disturbance_does_not_hide_a_large_one() -> None:
    motion = tumble(grid_s(20), seed=2)
    keep = (motion.t_s < 8.0) | (motion.t_s >= 12.0)
    block = motion.block(keep=keep)
    at = int(np.searchsorted(block.t_s, 12.3))
    found = run(DEVICE, saturated_at(block, at))
    calm = run(DEVICE, motion.block(keep=keep))
    np.testing.assert_array_equal(found.uncertainty_deg, calm.uncertainty_deg)
    assert found.uncertainty_deg[at] > 25.0


def test_saturation_raises_doubt() -> None:
    doubt = run(DEVICE, saturated_at(tumble(grid_s(30), seed=2).block(), 2500)).uncertainty_deg
    assert doubt[2499] < 1.0
    assert doubt[2500] == tilt.STEADY_DEG + tilt.AFTER_SATURATION_DEG
    assert doubt[2600] < doubt[2550] < doubt[2501]


def test_a_jittered_clock_costs_little() -> None:
    """The true interval counts: taking samples for evenly spaced costs several times more."""
    rng = np.random.default_rng(6)
    even_s = grid_s(40)
    jittered_s = even_s + rng.uniform(-0.35, 0.35, len(even_s)) / RATE_HZ
    even, jittered = tumble(even_s, seed=9), tumble(jittered_s, seed=9)
    true_time = rms_deg(run(DEVICE, jittered.block()).up, jittered.up)
    taken_for_even = SampleBlock.checked(even_s, jittered.acc_mps2, jittered.gyr_radps)
    assert true_time < rms_deg(run(DEVICE, even.block()).up, even.up) + 0.05
    assert rms_deg(run(DEVICE, taken_for_even).up, jittered.up) > 2 * true_time


@pytest.mark.parametrize("off", [-0.02, 0.02])
def test_a_sample_clock_off_by_two_per_cent_makes_no_scale_error(off: float) -> None:
    """100 turns of 360° about a level axis, one every 2 s: a scale error of 2 % would be 7° a turn, against the accelerometer."""
    t_s = grid_s(40, RATE_HZ * (1 + off))
    angle = np.pi * np.maximum(t_s - 5, 0)
    up = np.stack([-np.sin(angle), np.zeros_like(angle), np.cos(angle)], axis=1)
    gyr = np.stack([np.zeros_like(angle), np.where(t_s > 5, np.pi, 0), np.zeros_like(angle)], axis=1)
    motion = Motion(t_s, up, STANDARD_GRAVITY_MPS2 * up, gyr)
    assert angles_deg(run(DEVICE, motion.block()).up, up)[t_s > 6].max() < 0.5
    nominal = SampleBlock.checked(grid_s(50)[: len(t_s)], motion.acc_mps2, gyr)
    assert angles_deg(run(DEVICE, nominal).up, up)[t_s > 6].max() > 2.0


def test_unit_vectors_and_an_empty_block() -> None:
    motion = tumble(grid_s(5), seed=1)
    np.testing.assert_allclose(np.linalg.norm(run(DEVICE, motion.block()).up, axis=1), 1.0, atol=1e-12)
    state = tilt.TiltState()
    after, pose = tilt.step(tilt.TiltParams(DEVICE), state, motion.block()[0:0])
    assert after is state
    assert len(pose.up) == len(pose.uncertainty_deg) == len(pose.starts) == 0
