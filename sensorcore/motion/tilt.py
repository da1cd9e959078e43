"""Tilt: where "up" is in the sensor's axes, causally, with an honest uncertainty.

The filter is VQF (Laidig & Seel 2023, Information Fusion 91:187; the authors' `vqf` library, six axes) fed with our own
integration (`integration.py`) and gap handling (`gaps.py`). After a long gap nothing is known of the turn in between: the
filter starts anew from the accelerometer with the gyroscope bias it had learned, and does so once more at
the next still moment.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import KW_ONLY, dataclass, field, replace
from typing import Any

import numpy as np
from vqf import VQF, BasicVQF

from sensorcore.model import BoolArray, DeviceProfile, FloatArray, SampleBlock, Vector3, vector3
from sensorcore.motion import gait
from sensorcore.motion.gait import GaitState
from sensorcore.motion.gaps import Edge, Grid, bridge
from sensorcore.motion.integration import mean_rate_radps
from sensorcore.settings import MotionSettings

STEADY_DEG = 0.5
STEADY_ACC_ONLY_DEG = 0.7
"""Uncertainty while nothing disturbs: the mean error over BROAD; without a gyroscope, that of a wearer who sits or stands
(docs/accuracy.md). While such a wearer moves, only the context says that the angle is not to be trusted."""
AFTER_GAP_DEG = 30.0
AFTER_SATURATION_DEG = 15.0
"""Ranges of ±4 g and ±500 °/s cost 11° on the fast rotations of BROAD (docs/accuracy.md)."""
SLOW_SETTLED_AFTER_TAUS = 3.0
"""The slow filter is not believed before 5 % of a disturbance are left in it."""
SETTLED_AFTER_TAUS = 5.0
"""After five time constants less than 1 % of a disturbance is left."""


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

    @classmethod
    def of(cls, device: DeviceProfile, settings: MotionSettings) -> TiltParams:
        """What the wearer has set, for this sensor; the rest is as measured."""
        return cls(device, tau_acc_s=settings.tau_acc_s, tau_acc_only_s=settings.tau_acc_only_s)

    @property
    def tau_s(self) -> float:
        return self.tau_acc_s if self.device.has_gyroscope else self.tau_acc_only_s

    @property
    def steady_deg(self) -> float:
        return STEADY_DEG if self.device.has_gyroscope else STEADY_ACC_ONLY_DEG


@dataclass(frozen=True, slots=True)
class TiltState:
    """What `step` carries on: VQF's own state and that of the slow filter beside it, what tells walking, the last sample, the last
    two angular rates (oldest first), and the last disturbance (when, how large) that no still moment has cleared."""

    filter: dict[str, Any] | None = None
    slow: dict[str, Any] | None = None
    gait: GaitState = field(default_factory=gait.initial)
    edge: Edge | None = None
    before_radps: tuple[Vector3, Vector3] | None = None
    disturbed_at_s: float = 0.0
    disturbed_deg: float = 0.0


@dataclass(frozen=True, slots=True)
class Tilt:
    """`up` (n, 3): unit vectors of world-up in sensor axes; `uncertainty_deg` (n,); `starts` (n,): a long gap lies before."""

    up: FloatArray
    uncertainty_deg: FloatArray
    starts: BoolArray


def step(params: TiltParams, state: TiltState, block: SampleBlock) -> tuple[TiltState, Tilt]:
    """Advance by one block. The result is the same, to the bit, however the stream is cut into blocks."""
    if not len(block):
        none = np.zeros(0)
        return state, Tilt(np.zeros((0, 3)), none, none.astype(np.bool_))
    grid = bridge(block, state.edge, params.device.sample_rate_hz)
    disturbed_deg = np.zeros(len(grid.t_s))
    disturbed_deg[grid.real] = np.where(block.saturated, AFTER_SATURATION_DEG, 0.0)
    disturbed_deg[grid.starts] = AFTER_GAP_DEG

    up = np.empty((len(grid.t_s), 3))
    uncertainty_deg = np.empty(len(grid.t_s))
    borders = sorted({0, *np.flatnonzero(grid.starts).tolist(), len(grid.t_s)})
    for part in itertools.starmap(slice, itertools.pairwise(borders)):
        if grid.starts[part.start]:
            state = replace(state, filter=_fresh(params, state.filter), slow=None, gait=gait.initial(), before_radps=None)
        state, up[part], uncertainty_deg[part] = _stretch(params, state, grid[part], disturbed_deg[part])
    edge = Edge(float(grid.t_s[-1]), vector3(grid.acc_mps2[-1]), vector3(grid.gyr_radps[-1]))
    return replace(state, edge=edge), Tilt(up[grid.real], uncertainty_deg[grid.real], grid.starts[grid.real])


def _stretch(
    params: TiltParams, state: TiltState, grid: Grid, disturbed_deg: FloatArray
) -> tuple[TiltState, FloatArray, FloatArray]:
    """One stretch without long gaps: the state behind it, `up` and `uncertainty_deg`. `disturbed_deg` (n,) is how much doubt
    begins at each row."""
    n = len(grid.t_s)
    first = vector3(grid.gyr_radps[0])
    before = np.asarray(state.before_radps or (first, first))
    rate = vqf_rate_radps(params, grid, before)
    up, uncertainty_deg = np.empty((n, 3)), np.full(n, params.steady_deg)
    gaits, walks = gait.step(state.gait, grid.acc_mps2, grid.gyr_radps, params.device.sample_rate_hz)
    filter_state, slow_state, since_s, doubt_deg = state.filter, state.slow, state.disturbed_at_s, state.disturbed_deg
    begin = 0
    while begin < n:
        turned, felt = np.ascontiguousarray(rate[begin:]), np.ascontiguousarray(grid.acc_mps2[begin:])
        vqf = _vqf(params, filter_state)
        result = vqf.updateBatch(turned, felt)
        stop = n - begin
        at_s, size_deg = np.full(stop, since_s), np.full(stop, doubt_deg)
        if doubt_deg > 0 or disturbed_deg[begin:].any():
            at_s, size_deg = _worst(grid.t_s[begin:], disturbed_deg[begin:], since_s, doubt_deg, params.tau_s)
            age_taus = (grid.t_s[begin:] - at_s) / params.tau_s
            doubtful = (size_deg > 0) & (age_taus < SETTLED_AFTER_TAUS)
            still = doubtful & (disturbed_deg[begin:] == 0) & result["restDetected"]
            stop = int(np.argmax(still)) if still.any() else stop
            uncertainty_deg[begin:] += np.where(doubtful, size_deg * np.exp(-age_taus), 0.0)
        part = slice(begin, begin + stop)
        up[part] = up_of(result["quat6D"][:stop])
        if params.device.has_gyroscope:
            slow = BasicVQF(1.0 / params.device.sample_rate_hz, tauAcc=params.tau_walking_s)
            if slow_state is not None:
                slow.state = slow_state
            beside = slow.updateBatch(turned - result["bias"], felt)["quat6D"][:stop]
            settled = (size_deg == 0) | (grid.t_s[begin:] - at_s > SLOW_SETTLED_AFTER_TAUS * params.tau_walking_s)
            believed = walks[part] & settled[:stop]
            if believed.any():
                up[part] = np.where(believed[:, None], up_of(beside), up[part])
            slow_state = dict(slow.state)
        begin += stop
        if begin < n:
            # a still moment: the accelerometer alone says where up is, so start from it, and the doubt is over
            filter_state, slow_state = _restarted(params, result["bias"][stop], float(result["biasSigma"][stop])), None
            doubt_deg = 0.0
            disturbed_deg = np.where(np.arange(n) < begin, 0.0, disturbed_deg)
            uncertainty_deg[begin:] = params.steady_deg
        else:
            filter_state = dict(vqf.state)
            since_s, doubt_deg = float(at_s[-1]), float(size_deg[-1])
    older, old = np.concatenate([before, grid.gyr_radps[-2:]])[-2:]
    last_two = (vector3(older), vector3(old))
    after = TiltState(filter_state, slow_state, gaits, state.edge, last_two, since_s, doubt_deg)
    return after, up, uncertainty_deg


def _worst(
    t_s: FloatArray, disturbed_deg: FloatArray, since_s: float, doubt_deg: float, tau_s: float
) -> tuple[FloatArray, FloatArray]:
    """For each row, when the disturbance that weighs most by then began, and how large it was: a small one does not make an
    earlier, larger one forgotten."""
    sizes = np.concatenate([[doubt_deg], disturbed_deg])
    begins = np.concatenate([[since_s], t_s])
    weight = np.where(sizes > 0, np.log(np.where(sizes > 0, sizes, 1.0)) + begins / tau_s, -np.inf)
    leads = (weight == np.maximum.accumulate(weight)) & (sizes > 0)
    leads[0] = True
    worst = np.maximum.accumulate(np.where(leads, np.arange(len(sizes)), 0))[1:]
    return begins[worst], sizes[worst]


def _vqf(params: TiltParams, filter_state: dict[str, Any] | None) -> VQF:
    vqf = VQF(1.0 / params.device.sample_rate_hz, **vqf_options(params))
    if filter_state is not None:
        vqf.state = filter_state
    return vqf


def vqf_rate_radps(params: TiltParams, grid: Grid, before_radps: FloatArray) -> FloatArray:
    """What VQF is to integrate over each row's interval (n, 3). It multiplies by the nominal period; the true interval may be
    another (jitter, a sample clock that is off by per cents)."""
    rate = mean_rate_radps(grid.gyr_radps, before_radps, grid.dt_s, params.device.gyro_sampling or "mean")
    return np.asarray(rate * (grid.dt_s * params.device.sample_rate_hz)[:, None])


def vqf_options(params: TiltParams) -> dict[str, Any]:
    """The options in which our VQF differs from the library's defaults."""
    return {
        "tauAcc": params.tau_s,
        "biasClip": params.bias_clip_dps,
        "restThAcc": params.rest_acc_mps2,
        "restFilterTau": params.rest_filter_tau_s,
        "motionBiasEstEnabled": params.device.has_gyroscope,  # without a gyroscope, tilting would be taken for a bias
    }


def _fresh(params: TiltParams, filter_state: dict[str, Any] | None) -> dict[str, Any] | None:
    """The state for a new stretch: nothing but the learned bias survives a long gap."""
    if filter_state is None:
        return None
    bias, sigma = _vqf(params, filter_state).getBiasEstimate()
    return _restarted(params, bias, float(sigma))


def _restarted(params: TiltParams, bias_radps: FloatArray, sigma_radps: float) -> dict[str, Any]:
    vqf = _vqf(params, None)
    vqf.setBiasEstimate(np.ascontiguousarray(bias_radps), sigma_radps)
    return dict(vqf.state)


def up_of(quat: FloatArray) -> FloatArray:
    """World-up in sensor axes from sensor-to-earth quaternions (n, 4)."""
    w, x, y, z = quat.T
    return np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z], axis=1)


def angle_deg(a: FloatArray, b: FloatArray) -> float:
    """Angle between two vectors, in degrees, exact for small angles too."""
    return math.degrees(math.atan2(float(np.linalg.norm(np.cross(a, b))), float(np.dot(a, b))))
