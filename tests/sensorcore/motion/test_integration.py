"""The rule that turns samples of a gyroscope into the turn between them, against motions known exactly."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from sensorcore.motion.integration import mean_rate_radps


def turned(rate_radps: np.ndarray, dt_s: float) -> Rotation:
    """The product of all steps."""
    total = Rotation.identity()
    for step in Rotation.from_rotvec(rate_radps * dt_s):
        total = total * step
    return total


def coning(t_s: np.ndarray, cone_rad: float, omega_radps: float) -> tuple[Rotation, np.ndarray]:
    """An axis that goes round a cone: orientation q = (cos β/2, sin β/2 cos Ωt, sin β/2 sin Ωt, 0) and its body rate 2 q* dq/dt."""
    c, s, phase = np.cos(cone_rad / 2), np.sin(cone_rad / 2), omega_radps * t_s
    quat = np.stack([s * np.cos(phase), s * np.sin(phase), np.zeros_like(phase), np.full_like(phase, c)], axis=1)
    across = omega_radps * np.sin(cone_rad)
    rate = np.stack([-across * np.sin(phase), across * np.cos(phase), np.full_like(phase, -2 * omega_radps * s * s)], axis=1)
    return Rotation.from_quat(quat), rate


def repeated(first: np.ndarray) -> np.ndarray:
    return np.stack([first, first])


@pytest.mark.parametrize(("rate_hz", "at_least"), [(104.0, 200.0), (52.0, 50.0), (25.0, 15.0)])
def test_coning_is_seen(rate_hz: float, at_least: float) -> None:
    """A 20° cone at 1 Hz for 20 s: the rectangle rule drifts, this one hardly."""
    dt_s = 1 / rate_hz
    t_s = np.arange(round(20 * rate_hz) + 1) * dt_s
    truth, rate = coning(t_s, np.radians(20), 2 * np.pi)
    before = coning(np.array([-2 * dt_s, -dt_s]), np.radians(20), 2 * np.pi)[1]
    mean = mean_rate_radps(rate, before, np.full(len(t_s), dt_s), "point")

    def error(steps: np.ndarray) -> float:
        return float(np.degrees((truth[-1].inv() * truth[0] * turned(steps, dt_s)).magnitude()))

    ours, rectangle = error(mean[1:]), error(rate[1:])
    assert rectangle > at_least * ours
    assert ours < 0.25


def test_a_gyroscope_that_reports_means_is_left_alone() -> None:
    """About one fixed axis the mean rates are exact, whatever happens inside an interval; taking them for points is worse."""
    dt_s = 0.04
    t_s = np.arange(0, 10 + dt_s / 2, dt_s)
    angle = 1.2 * np.sin(2 * np.pi * 1.3 * t_s)
    axis = np.array([0.6, 0.0, 0.8])
    means = np.diff(angle, prepend=1.2 * np.sin(-2 * np.pi * 1.3 * dt_s))[:, None] / dt_s * axis
    dt = np.full(len(t_s), dt_s)
    left_alone = mean_rate_radps(means, repeated(means[0]), dt, "mean")
    np.testing.assert_array_equal(left_alone, means)
    path = np.cumsum(left_alone[1:] @ axis) * dt_s
    np.testing.assert_allclose(path, angle[1:], atol=1e-12)
    as_points = np.cumsum(mean_rate_radps(means, repeated(means[0]), dt, "point")[1:] @ axis) * dt_s
    assert np.abs(as_points - angle[1:]).max() > 0.1


def test_a_constant_rate_is_kept_from_the_first_sample() -> None:
    rate = np.tile([0.3, -1.0, 2.0], (5, 1))
    np.testing.assert_allclose(mean_rate_radps(rate, repeated(rate[0]), np.full(5, 0.01), "point"), rate, rtol=1e-15)
