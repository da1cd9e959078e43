"""Ticks and activity against the same figures worked out sample by sample."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from sensorcore.motion import activity, ticks
from sensorcore.motion.tilt import Tilt
from tests.examples import examples
from tests.sensorcore.motion.motions import tumble


def ticked(block: SampleBlock, pose: Tilt) -> ticks.Ticks:
    state, complete = ticks.step(ticks.initial(), block, pose)
    last = ticks.finish(state)
    return ticks.Ticks(*(np.concatenate([getattr(complete, name), getattr(last, name)]) for name in ticks.Ticks.__slots__))


@examples(30)
@given(st.integers(0, 999), st.lists(st.integers(1, 300), min_size=1, max_size=120))
def test_each_tick_is_the_mean_of_its_samples(seed: int, steps_ms: list[int]) -> None:
    rng = np.random.default_rng(seed)
    t_s = (np.cumsum(steps_ms) - steps_ms[0]) / 1000
    n = len(t_s)
    up = rng.normal(size=(n, 3)) * 0.3 + [0, 0, 1]
    up /= np.linalg.norm(up, axis=1, keepdims=True)
    acc, doubt, starts = rng.normal(0, 9, (n, 3)), rng.uniform(0, 30, n), rng.random(n) < 0.2
    got = ticked(SampleBlock.checked(t_s, acc), Tilt(up, doubt, starts))
    number = np.floor(t_s * 10).astype(int)
    np.testing.assert_array_equal(got.index, np.unique(number))
    assert got.samples.sum() == n
    for i, k in enumerate(got.index):
        inside = number == k
        mean = up[inside].mean(axis=0)
        np.testing.assert_allclose(got.up[i], mean / np.linalg.norm(mean), atol=1e-12)
        np.testing.assert_allclose(got.acc_mps2[i], acc[inside].mean(axis=0), atol=1e-12)
        np.testing.assert_allclose(got.sway_mps2[i], np.sqrt(acc[inside].var(axis=0).sum()), atol=1e-6)
        vertical = (acc[inside] * up[inside]).sum(axis=1) - STANDARD_GRAVITY_MPS2
        np.testing.assert_allclose(
            [got.vertical_sum[i], got.vertical_square_sum[i]], [vertical.sum(), (vertical**2).sum()], atol=1e-9
        )
        assert got.uncertainty_deg[i] == doubt[inside].max()
        assert got.after_gap[i] == starts[inside].any()


def test_an_open_tick_waits_for_its_last_sample() -> None:
    t_s = np.array([0.0, 0.05, 0.1, 0.15])
    pose = Tilt(np.tile([0.0, 0.0, 1.0], (4, 1)), np.zeros(4), np.zeros(4, dtype=np.bool_))
    state, complete = ticks.step(ticks.initial(), SampleBlock.checked(t_s, np.ones((4, 3))), pose)
    assert complete.index.tolist() == [0]
    assert ticks.finish(state).index.tolist() == [1]


def moves(t_s: np.ndarray, bob_mps2: np.ndarray, up: np.ndarray) -> activity.Activity:
    block = SampleBlock.checked(t_s, (STANDARD_GRAVITY_MPS2 + bob_mps2)[:, None] * up)
    calm = np.zeros(len(t_s))
    return activity.step(activity.initial(), ticked(block, Tilt(up, calm, calm > 0)))[1]


def test_bounce_is_the_least_vertical_spread_within_the_last_seconds() -> None:
    """Walking goes on throughout; one jolt does not."""
    rng = np.random.default_rng(4)
    t_s = np.arange(1500) / 100
    up = np.tile([0.6, 0.0, 0.8], (1500, 1))
    bob = np.where(t_s < 8, rng.normal(0, 1.5, 1500), 0.0)
    got = moves(t_s, bob, up).bounce_mps2
    for k in range(25, 150):
        parts = [bob[10 * (k - 24 + begin) : 10 * (k - 24 + end)] for begin, end in activity.BOUNCE_WINDOWS]
        np.testing.assert_allclose(got[k], min(part.std() for part in parts), atol=1e-7)
    jolt = np.where(np.abs(t_s - 7) < 0.3, 8 * np.sin(20 * t_s), 0.0)
    assert moves(t_s, jolt, up).bounce_mps2.max() < 1e-6


def test_tilt_is_the_speed_of_up_over_the_last_second() -> None:
    t_s = np.arange(1000) / 100
    angle = np.radians(20) * np.maximum(t_s - 4, 0)
    got = moves(t_s, np.zeros(1000), np.stack([np.sin(angle), 0 * angle, np.cos(angle)], axis=1)).tilt_dps
    assert got[:39].max() < 1e-6
    np.testing.assert_allclose(got[52:], 20.0, rtol=1e-6)


def test_a_gap_is_no_movement() -> None:
    motion = tumble(np.arange(300) / 50)
    up = np.where(motion.t_s[:, None] < 3, [1.0, 0.0, 0.0], [0.0, 0.0, 1.0])
    starts = motion.t_s == 3.0
    seen = ticked(SampleBlock.checked(motion.t_s, up * 9.8), Tilt(up, np.zeros(300), starts))
    assert activity.step(activity.initial(), seen)[1].tilt_dps.max() < 1e-6


def test_turning_about_the_vertical_is_seen_however_the_sensor_hangs() -> None:
    # world-up is the sensor's −x; turning left at 0.5 rad/s, while another axis nods
    n = 100
    up = np.tile([-1.0, 0.0, 0.0], (n, 1))
    gyr = np.stack([np.full(n, -0.5), np.full(n, 0.8), np.zeros(n)], axis=1)
    block = SampleBlock.checked(np.arange(n) / 100, up * STANDARD_GRAVITY_MPS2, gyr)
    doubt = np.zeros(n)
    _, complete = ticks.step(ticks.initial(), block, Tilt(up, doubt, doubt.astype(np.bool_)))
    np.testing.assert_allclose(complete.turn_radps, 0.5)
    _, blind = ticks.step(ticks.initial(), replace(block, gyr_radps=None), Tilt(up, doubt, doubt.astype(np.bool_)))
    np.testing.assert_array_equal(blind.turn_radps, 0.0)
