"""BROAD (Laidig et al., Data 6(7):72, 2021, CC BY 4.0): an IMU on a board moved by hand, with its orientation by optical motion
capture. How a trial is turned into what a cheap sensor would have delivered, and how an estimate is scored.

Protocol: the optical reference is delayed by 4.04 ms (the IMU lags it by that much); signals are low-passed (zero-phase FIR, −6 dB
at 0.45 of the rate), resampled, and quantised to 16 bits at ±16 g and ±2000 °/s. The error is the angle between the true and the
estimated up-vector in sensor axes: its root mean square over the samples in which the board moves, then the mean over trials.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import signal

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion.tilt import up_of

REFERENCE_LATE_S = 0.00404
ACC_RANGE_MPS2 = 16 * STANDARD_GRAVITY_MPS2
GYR_RANGE_RADPS = float(np.deg2rad(2000.0))
FIR_PERIODS = 8
"""Length of the anti-alias filter, in periods of the new rate."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as a sensor at `rate_hz` would have seen it. `up` (n, 3): true world-up in sensor axes (NaN where the cameras
    lost the board); `moving` (n,): samples to score."""

    name: str
    rate_hz: float
    block: SampleBlock
    up: FloatArray
    moving: BoolArray

    @property
    def device(self) -> DeviceProfile:
        return DeviceProfile("BROAD", self.rate_hz, "point", ACC_RANGE_MPS2, GYR_RANGE_RADPS)

    @property
    def gyr_radps(self) -> FloatArray:
        assert self.block.gyr_radps is not None
        return self.block.gyr_radps


def paths(folder: Path) -> list[Path]:
    """The trials in `folder` (numpy archives with acc, gyr, quat, movement, fs), in order."""
    return sorted(folder.glob("[0-9]*.npz"))


def load(path: Path, rate_hz: float) -> Trial:
    """Read one trial and resample it to `rate_hz`."""
    with np.load(path) as archive:
        raw = {name: np.asarray(archive[name], dtype=np.float64) for name in ("acc", "gyr", "quat", "movement", "fs")}
    raw_hz = float(raw["fs"])
    raw_s = np.arange(len(raw["acc"])) / raw_hz
    t_s = np.arange(int(raw_s[-1] * rate_hz)) / rate_hz
    taps = int(FIR_PERIODS * raw_hz / rate_hz) | 1
    fir = signal.firwin(taps, 0.45 * rate_hz, fs=raw_hz)[:, None]

    def resampled(values: FloatArray, full_scale: float) -> FloatArray:
        padded = np.pad(values, ((taps // 2, taps // 2), (0, 0)), mode="edge")
        low = signal.oaconvolve(padded, fir, mode="valid", axes=0)
        step = full_scale / 32768
        return np.asarray(np.clip(np.rint(_at(t_s, raw_s, low) / step), -32768, 32767) * step)

    acc, gyr = resampled(raw["acc"], ACC_RANGE_MPS2), resampled(raw["gyr"], GYR_RANGE_RADPS)
    up = _at(t_s - REFERENCE_LATE_S, raw_s, up_of(raw["quat"]))
    nearest = np.clip(np.rint(t_s * raw_hz).astype(np.int64), 0, len(raw_s) - 1)
    used = np.maximum(np.abs(acc).max(axis=1) / ACC_RANGE_MPS2, np.abs(gyr).max(axis=1) / GYR_RANGE_RADPS)
    block = SampleBlock.checked(t_s, acc, gyr, saturated=np.asarray(used > 0.9999), where=path.name)
    return Trial(path.stem, rate_hz, block, up, raw["movement"][nearest] > 0)


def angles_deg(up: FloatArray, true_up: FloatArray) -> FloatArray:
    """Angle (n,) between two sets of vectors, exact for small angles too; NaN where either is."""
    sine = np.linalg.norm(np.cross(up, true_up), axis=1)
    return np.asarray(np.degrees(np.arctan2(sine, (up * true_up).sum(axis=1))))


def rmse_deg(trial: Trial, up: FloatArray) -> float:
    """The score of one trial."""
    return float(np.sqrt(np.nanmean(angles_deg(up, trial.up)[trial.moving] ** 2)))


def _at(t_s: FloatArray, known_s: FloatArray, values: FloatArray) -> FloatArray:
    return np.stack([np.interp(t_s, known_s, values[:, k]) for k in range(values.shape[1])], axis=1)
