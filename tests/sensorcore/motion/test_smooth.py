"""Tilt that looks ahead, against the truth of simulated wearers."""

from dataclasses import replace

import numpy as np
import pytest

from sensorcore.model import DeviceProfile, SampleBlock
from sensorcore.motion.smooth import smooth_up
from sensorcore.motion.tilt import TiltParams, TiltState, step
from sensorcore.simulator import SensorModel, simulate
from tests.sensorcore.motion.motions import angles_deg, run, tumble


def rms_deg(up: np.ndarray, truth: np.ndarray) -> float:
    return float(np.sqrt((angles_deg(up, truth) ** 2).mean()))


@pytest.mark.parametrize("seed", [1, 2])
def test_looking_ahead_is_better(seed: int) -> None:
    """Perfect but for the gyroscope, so that the difference is the filter's; against the live one with the same time constant
    throughout, and against the live one as it is."""
    sensor = SensorModel(sample_rate_hz=52.0, acc_bias_mg=0.0)
    day = simulate(seed=seed, sensor=sensor, duration_s=330.0)
    params = TiltParams(day.info.device)
    plain = replace(params, tau_walking_s=params.tau_acc_s)
    ahead = rms_deg(smooth_up(params, day.block), day.truth.up)
    assert ahead < 0.9 * rms_deg(step(plain, TiltState(), day.block)[1].up, day.truth.up)
    assert ahead < rms_deg(run(day.info.device, day.block).up, day.truth.up)


def test_every_sample_gets_an_answer_however_short_the_stretches() -> None:
    device = DeviceProfile("test", 52.0)
    motion = tumble(np.arange(520) / 52.0, seed=3)
    keep = np.ones(520, dtype=np.bool_)
    for begin, end in ((1, 30), (31, 60), (62, 100), (103, 107), (300, 400)):
        keep[begin:end] = False
    up = smooth_up(TiltParams(device), motion.block(keep=keep))
    assert up.shape == (keep.sum(), 3)
    np.testing.assert_allclose(np.linalg.norm(up, axis=1), 1.0, atol=1e-9)
    assert angles_deg(up, motion.up[keep]).max() < 5.0


def test_no_samples_no_answer() -> None:
    nothing = SampleBlock.checked(np.zeros(0), np.zeros((0, 3)), np.zeros((0, 3)))
    assert smooth_up(TiltParams(DeviceProfile("test", 52.0)), nothing).shape == (0, 3)
