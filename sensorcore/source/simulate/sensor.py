"""A sensor: from what its place feels to the integers it sends.

Defaults are those of an LSM6DS3 as a board's firmware delivers it (data sheet: 90 µg/√Hz, 7 mdps/√Hz, ±16 g, ±2000 °/s) with
the zero offsets that remain after the usual trimming; its sample clock is off by a part in two hundred, the board's crystal
by 20 ppm.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import tables
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, FloatArray, IntArray
from sensorcore.source.drivers.spinae_sensor import FULL_SCALE, profile_of, si_per_count


@dataclass(frozen=True, slots=True)
class SensorModel:
    """How good the sensor is. `scale` is the wire's id of the ranges (one of those without a gyroscope makes it a sensor without).
    Offsets are drawn per axis with these standard deviations."""

    sample_rate_hz: float = 104.0
    scale: int = 11
    acc_noise_mg_per_rthz: float = 0.090
    gyr_noise_dps_per_rthz: float = 0.007
    acc_bias_mg: float = 3.0
    gyr_bias_dps: float = 0.4
    gyr_walk_dps_per_rts: float = 0.002
    rate_error: float = 0.005
    clock_ppm: float = 20.0

    @property
    def has_gyroscope(self) -> bool:
        return tables.SCALES[self.scale][1] > 0

    @property
    def profile(self) -> DeviceProfile:
        return replace(profile_of(self.scale), sample_rate_hz=self.sample_rate_hz)

    def true_s(self, index: IntArray) -> FloatArray:
        """When samples are really taken."""
        return index / (self.sample_rate_hz * (1.0 + self.rate_error))

    def device_s(self, true_s: FloatArray) -> FloatArray:
        """What the device's clock says then (the stream's time)."""
        return true_s * (1.0 + self.clock_ppm * 1e-6)


PERFECT = SensorModel(
    acc_noise_mg_per_rthz=0.0,
    gyr_noise_dps_per_rthz=0.0,
    acc_bias_mg=0.0,
    gyr_bias_dps=0.0,
    gyr_walk_dps_per_rts=0.0,
    rate_error=0.0,
    clock_ppm=0.0,
)
"""No error but quantisation and range."""


def rotation(degrees: tuple[float, float, float]) -> FloatArray:
    """(3, 3) from sensor to trunk axes: the sensor turned about the trunk's x, then y, then z axis."""
    matrix = np.eye(3)
    for axis, angle in enumerate(np.deg2rad(degrees)):
        i, j = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[i, i] = turn[j, j] = np.cos(angle)
        turn[j, i], turn[i, j] = np.sin(angle), -np.sin(angle)
        matrix = turn @ matrix
    return matrix


def random_mount(rng: np.random.Generator) -> FloatArray:
    """(3, 3) any way a sensor can be clipped on, uniformly."""
    q = rng.normal(size=4)
    w, x, y, z = q / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


class Sensor:
    """Adds a sensor's errors to what it feels, in order, chunk after chunk (noise is drawn sample by sample)."""

    def __init__(self, model: SensorModel, rng: np.random.Generator) -> None:
        self.model = model
        self._rng = rng
        bandwidth = np.sqrt(model.sample_rate_hz / 2.0)
        milli_g = STANDARD_GRAVITY_MPS2 / 1000.0
        acc, gyr = model.acc_noise_mg_per_rthz * milli_g, np.deg2rad(model.gyr_noise_dps_per_rthz)
        self._noise = bandwidth * np.array([acc, acc, acc, gyr, gyr, gyr])
        acc, gyr = model.acc_bias_mg * milli_g, np.deg2rad(model.gyr_bias_dps)
        self._bias = rng.normal(size=6) * (acc, acc, acc, gyr, gyr, gyr)
        self._walk = np.deg2rad(model.gyr_walk_dps_per_rts) / np.sqrt(model.sample_rate_hz)
        acc_per_count, gyr_per_count = si_per_count(model.scale)
        self._per_count = np.array([acc_per_count] * 3 + [gyr_per_count or 1.0] * 3)

    def read(self, acc_mps2: FloatArray, gyr_radps: FloatArray) -> NDArray[np.int16]:
        """(n, 6) counts as sent: acceleration, angular rate; clipped at full scale."""
        draws = self._rng.standard_normal((len(acc_mps2), 9))
        wandering = self._bias[3:] + np.cumsum(draws[:, 6:] * self._walk, axis=0)
        values = np.hstack([acc_mps2 + self._bias[:3], gyr_radps + wandering]) + draws[:, :6] * self._noise
        if len(values):
            self._bias = np.concatenate([self._bias[:3], wandering[-1]])
        counts: NDArray[np.int16] = np.clip(np.rint(values / self._per_count), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)
        return counts

    def physical(self, counts: NDArray[np.int16]) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Acceleration, angular rate and which samples are at full scale, from counts."""
        values = counts * self._per_count
        used = counts if self.model.has_gyroscope else counts[:, :3]
        saturated: BoolArray = np.any((used <= -FULL_SCALE) | (used >= FULL_SCALE), axis=1)
        return values[:, :3], values[:, 3:], saturated
