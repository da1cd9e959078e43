"""Angular rate in a hole: known signals with a piece cut out."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.model import DeviceProfile, SampleBlock
from sensorcore.motion import gap_fill, tilt
from tests.examples import examples
from tests.sensorcore.motion.motions import angles_deg, run, tumble

RATE_HZ = 104.0
DEVICE = DeviceProfile("test", RATE_HZ)
Array = np.ndarray


def strides(seed: int, noise: float = 0.01) -> Array:
    """Four seconds of a rate with the harmonics of a stride."""
    rng = np.random.default_rng(seed)
    t_s = np.arange(round(4 * RATE_HZ))[:, None] / RATE_HZ
    phases = rng.uniform(0, 2 * np.pi, (4, 3))
    sizes = rng.uniform(0.2, 0.6, (4, 3))
    return sum(sizes[k] * np.sin(2 * np.pi * 0.9 * (k + 1) * t_s + phases[k]) for k in range(4)) + rng.normal(
        0, noise, (len(t_s), 3)
    )


def cut(rate: Array, at: int, missing: int) -> tuple[Array, Array, Array, Array]:
    """What is before the hole, a straight line through it, what is after it, and what was in it."""
    past, after = rate[at - round(2 * RATE_HZ) : at], rate[at + missing : at + missing + gap_fill.look(RATE_HZ)]
    share = np.arange(1, missing + 1)[:, None] / (missing + 1)
    return past, past[-1] * (1 - share) + after[0] * share, after, rate[at : at + missing]


@examples(15)
@given(st.integers(0, 999), st.integers(4, 16))
def test_a_stride_goes_on_through_the_hole(seed: int, missing: int) -> None:
    past, line, after, true = cut(strides(seed), 250, missing)
    found, _ = gap_fill.filled(past, line, after, RATE_HZ)
    assert np.linalg.norm((found - true).sum(axis=0)) < 0.5 * np.linalg.norm((line - true).sum(axis=0)) + 0.5
    assert np.abs(found).max() < 3.0


def test_the_doubt_is_about_as_large_as_the_error() -> None:
    """What no model can foretell: noise that is correlated over a few samples."""
    rng = np.random.default_rng(4)
    noise = rng.normal(0, 1, (40_000, 3))
    for k in range(1, len(noise)):
        noise[k] += 0.9 * noise[k - 1]
    ratios = []
    for at in range(300, 39_000, 400):
        past, line, after, true = cut(noise, at, 16)
        found, doubt = gap_fill.filled(past, line, after, RATE_HZ)
        missed = np.linalg.norm((found - true).sum(axis=0)[:2]) / RATE_HZ
        ratios.append(missed / doubt)
    assert 0.7 < np.sqrt(np.mean(np.square(ratios))) < 1.4
    assert np.mean(np.array(ratios) > tilt.HOLE_SIGMAS) < 0.1


def test_with_too_little_before_it_the_line_stays_and_is_doubted() -> None:
    past, line, after, _ = cut(strides(1), 250, 16)
    found, doubt = gap_fill.filled(past[-50:], line, after, RATE_HZ)
    np.testing.assert_array_equal(found, line)
    assert doubt > np.radians(2.0)


def frames_lost(n: int, *frames: int) -> Array:
    keep = np.ones(n, dtype=np.bool_)
    for frame in frames:
        keep[16 * frame : 16 * (frame + 1)] = False
    return keep


@pytest.mark.parametrize("lost", [(60,), (60, 61), (60, 61, 62)])
def test_up_to_three_frames_are_bridged_and_doubted(lost: tuple[int, ...]) -> None:
    motion = tumble(np.arange(round(20 * RATE_HZ)) / RATE_HZ, seed=3)
    keep = frames_lost(len(motion.t_s), *lost)
    found = run(DEVICE, motion.block(keep=keep))
    at = 60 * 16
    assert angles_deg(found.up, motion.up[keep])[at] < found.uncertainty_deg[at]
    assert 2 * tilt.STEADY_DEG < found.uncertainty_deg[at] <= tilt.STEADY_DEG + tilt.AFTER_GAP_DEG
    assert found.uncertainty_deg[at] > found.uncertainty_deg[at + 200]
    assert found.starts.sum() == 1 + (len(lost) > 1)  # a single frame is not worth telling


def test_what_comes_after_the_hole_mends_it() -> None:
    """With the first sample after it the hole is filled for the moment; a tenth of a second later, for good."""
    worse = better = 0.0
    for seed in range(6):
        motion = tumble(np.arange(round(12 * RATE_HZ)) / RATE_HZ, size=0.3, speed=3.0, seed=seed)
        keep = frames_lost(len(motion.t_s), 60)
        error = angles_deg(run(DEVICE, motion.block(keep=keep)).up, motion.up[keep])
        before, after = error[60 * 16 + 5], error[60 * 16 + gap_fill.look(RATE_HZ) + 5]
        worse, better = worse + before, better + after
    assert better < worse


def test_a_shaken_hole_is_doubted_more_than_a_quiet_one() -> None:
    keep = frames_lost(round(12 * RATE_HZ), 60)
    t_s = np.arange(len(keep)) / RATE_HZ
    rng = np.random.default_rng(1)
    acc = np.array([0.0, 0.0, 9.81]) + rng.normal(0, 0.01, (len(t_s), 3))
    doubts = []
    for rate in (0.005, 1.0):
        gyr = rng.normal(0, rate, (len(t_s), 3))
        block = SampleBlock.checked(t_s[keep], acc[keep], gyr[keep])
        doubts.append(run(DEVICE, block).uncertainty_deg[60 * 16])
    assert doubts[0] < 1.0
    assert doubts[1] > doubts[0] + 1.0
