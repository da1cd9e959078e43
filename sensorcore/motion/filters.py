"""The filters behind the tilt: VQF with our options, and a slower one beside it that is believed while the wearer walks."""

from __future__ import annotations

from dataclasses import KW_ONLY, dataclass
from typing import Any

import numpy as np
from vqf import VQF, BasicVQF

from sensorcore.model import DeviceProfile, FloatArray
from sensorcore.motion.gaps import BRIDGED_S, SHORT_GAP_S, Grid
from sensorcore.motion.integration import mean_rate_radps
from sensorcore.settings import MotionSettings

STEADY_DEG = 0.5
STEADY_ACC_ONLY_DEG = 0.7
"""Uncertainty while nothing disturbs: the mean error over BROAD; without a gyroscope, that of a wearer who sits or stands
(docs/accuracy.md). While such a wearer moves, only the context says that the angle is not to be trusted."""


@dataclass(frozen=True, slots=True)
class TiltParams:
    """`tau_acc_s`: how slowly the accelerometer corrects the gyroscope."""

    device: DeviceProfile
    _: KW_ONLY
    tau_acc_s: float = 3.0
    tau_walking_s: float = 8.0
    """Setting off, stopping and turning push for longer than 3 s. A second filter with this constant and the first one's bias runs
    beside it and is believed while the wearer walks (`gait.py`): better on simulated walks and on BROAD's slow translation
    (docs/accuracy.md)."""
    tau_acc_only_s: float = 0.2
    bias_clip_dps: float = 10.0
    """VQF's own 2 °/s leaves 7° of error with a bias of 4 °/s; 10 costs nothing on BROAD (docs/accuracy.md)."""
    rest_acc_mps2: float = 0.25
    rest_filter_tau_s: float = 1.0
    """VQF takes a slow even turn for rest and learns its rate as a bias: with its own 0.5 m/s² and 0.5 s, sinking forward at 2 °/s
    costs 5°. These two leave a fraction of that and cost nothing on BROAD (docs/accuracy.md)."""
    rest_least_s: float = 2.0
    """VQF takes 1.5 s without much movement for rest. A wearer's rest is breathing and sway, and half a breath must not be learned
    for a bias (on simulated desks, up to a degree of error for minutes). BROAD stays as it is."""

    @classmethod
    def of(cls, device: DeviceProfile, settings: MotionSettings) -> TiltParams:
        """The wearer's settings for this sensor; the rest are defaults."""
        return cls(device, tau_acc_s=settings.tau_acc_s, tau_acc_only_s=settings.tau_acc_only_s)

    @property
    def tau_s(self) -> float:
        return self.tau_acc_s if self.device.has_gyroscope else self.tau_acc_only_s

    @property
    def bridged_s(self) -> float:
        """How long a gap may be bridged: without a gyroscope there is nothing to bridge with."""
        return BRIDGED_S if self.device.has_gyroscope else SHORT_GAP_S

    @property
    def steady_deg(self) -> float:
        return STEADY_DEG if self.device.has_gyroscope else STEADY_ACC_ONLY_DEG


@dataclass(frozen=True, slots=True)
class Filtered:
    """Both filters over n rows: `result` of VQF as its library gives it, the slow one's quaternions `beside` (n, 4; None without a
    gyroscope), and their states behind the last row."""

    result: dict[str, Any]
    beside: FloatArray | None
    after: dict[str, Any]
    slow_after: dict[str, Any] | None


def filtered(
    params: TiltParams, state: dict[str, Any] | None, slow: dict[str, Any] | None, rate_radps: FloatArray, acc_mps2: FloatArray
) -> Filtered:
    """Both filters, from their states on, over rows of `rate_radps` (`vqf_rate_radps`) and `acc_mps2` (n, 3). None: a new start."""
    vqf = vqf_from(params, state)
    turned, felt = np.ascontiguousarray(rate_radps), np.ascontiguousarray(acc_mps2)
    result = vqf.updateBatch(turned, felt)
    if not params.device.has_gyroscope:
        return Filtered(result, None, dict(vqf.state), None)
    beside = BasicVQF(1.0 / params.device.sample_rate_hz, tauAcc=params.tau_walking_s)
    if slow is not None:
        beside.state = slow
    quat = beside.updateBatch(turned - result["bias"], felt)["quat6D"]
    return Filtered(result, quat, dict(vqf.state), dict(beside.state))


def vqf_from(params: TiltParams, filter_state: dict[str, Any] | None) -> VQF:
    vqf = VQF(1.0 / params.device.sample_rate_hz, **vqf_options(params))
    if filter_state is not None:
        vqf.state = filter_state
    return vqf


def vqf_rate_radps(params: TiltParams, grid: Grid, before_radps: FloatArray) -> FloatArray:
    """The rate for VQF to integrate over each row's interval (n, 3). It multiplies by the nominal period; the true interval may be
    another (jitter, a sample clock that is off by per cents)."""
    rate = mean_rate_radps(grid.gyr_radps, before_radps, grid.dt_s, params.device.gyro_sampling or "mean")
    return np.asarray(rate * (grid.dt_s * params.device.sample_rate_hz)[:, None])


def vqf_options(params: TiltParams) -> dict[str, Any]:
    """The options in which our VQF differs from the library's defaults."""
    return {
        "tauAcc": params.tau_s,
        "biasClip": params.bias_clip_dps,
        "restMinT": params.rest_least_s,
        "restThAcc": params.rest_acc_mps2,
        "restFilterTau": params.rest_filter_tau_s,
        "motionBiasEstEnabled": params.device.has_gyroscope,  # without a gyroscope, tilting would be taken for a bias
    }


_REST = ("restDetected", "restT", "restLastSquaredDeviations", "restLastGyrLp", "restGyrLpState", "restLastAccLp", "restAccLpState")


def fresh(params: TiltParams, state: dict[str, Any] | None) -> dict[str, Any] | None:
    """The state for a new stretch: nothing but the learned bias survives a long gap."""
    if state is None:
        return None
    new = vqf_from(params, None)
    bias, sigma = vqf_from(params, state).getBiasEstimate()
    new.setBiasEstimate(np.ascontiguousarray(bias), float(sigma))
    return dict(new.state)


def at_rest(params: TiltParams, state: dict[str, Any]) -> dict[str, Any]:
    """The state for a restart during rest: bias and rest estimates stay."""
    new = fresh(params, state)
    assert new is not None
    return new | {name: state[name] for name in (*_REST, "bias", "biasP")}
