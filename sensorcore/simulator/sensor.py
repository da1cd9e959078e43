"""Sensor model: from true acceleration and angular rate to the integers sent.

Defaults are those of an LSM6DS3 as a board's firmware delivers it (data sheet: 90 µg/√Hz, 7 mdps/√Hz, ±16 g, ±2000 °/s, 0.1 mg/°C,
0.015 °/s/°C) with the errors of offset, scale and axes that remain after the usual trimming; its sample clock is off by a part
in two hundred, the board's crystal by 20 ppm.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from firmware_protocol import tables
from sensorcore.devices.spinae_sensor import FULL_SCALE, profile_of, si_per_count
from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, FloatArray, IntArray
from sensorcore.simulator.faults import Fault, of_kind
from sensorcore.simulator.turn import rotation_about

REFERENCE_C = 25.0
"""Where the trimming was done."""


@dataclass(frozen=True, slots=True)
class SensorModel:
    """How good the sensor is, and how it is held. `scale` is the wire's id of the ranges and so of a count's size (one of those
    without a gyroscope makes it a sensor without).

    Offset (`bias`), `scale_error` (a share), `misalignment` of each axis and the offset's change with temperature (`_per_c`, from
    REFERENCE_C) are drawn per axis with these standard deviations; an offset wanders by `walk` per √s. The sensor warms up from
    `room_c` by `warms_by_c` with the time constant `warm_tau_s` once it is worn. `rate_error` is the share by which it samples
    too fast, `clock_ppm` how fast its clock is. On the body it turns by `mount_drift_deg_per_h` (forward), and on soft tissue it
    swings with a resonance at `wobble_hz` of damping ratio `wobble_damping`, by `wobble_deg_per_mps2` at a steady acceleration.
    """

    sample_rate_hz: float = 104.0
    scale: int = 11
    acc_noise_mg_per_rthz: float = 0.090
    gyr_noise_dps_per_rthz: float = 0.007
    acc_bias_mg: float = 3.0
    gyr_bias_dps: float = 0.4
    acc_walk_mg_per_rts: float = 0.005
    gyr_walk_dps_per_rts: float = 0.002
    acc_scale_error: float = 0.001
    gyr_scale_error: float = 0.005
    acc_misalignment_deg: float = 0.05
    gyr_misalignment_deg: float = 0.3
    acc_bias_mg_per_c: float = 0.1
    gyr_bias_dps_per_c: float = 0.015
    room_c: float = 23.0
    warms_by_c: float = 7.0
    warm_tau_s: float = 600.0
    rate_error: float = 0.005
    clock_ppm: float = 20.0
    mount_drift_deg_per_h: float = 0.0
    wobble_deg_per_mps2: float = 0.2
    wobble_hz: float = 7.0
    wobble_damping: float = 0.3

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
    acc_walk_mg_per_rts=0.0,
    gyr_walk_dps_per_rts=0.0,
    acc_scale_error=0.0,
    gyr_scale_error=0.0,
    acc_misalignment_deg=0.0,
    gyr_misalignment_deg=0.0,
    acc_bias_mg_per_c=0.0,
    gyr_bias_dps_per_c=0.0,
    warms_by_c=0.0,
    rate_error=0.0,
    clock_ppm=0.0,
    mount_drift_deg_per_h=0.0,
    wobble_deg_per_mps2=0.0,
)
"""No error but quantisation and range."""


def checked(model: SensorModel, where: str) -> SensorModel:
    """The same. Raises BadInput for values that no sensor has."""
    if model.scale not in tables.SCALES:
        raise BadInput(f"the sensor has no scale {model.scale}", where=where, hint=f"Known: {', '.join(map(str, tables.SCALES))}")
    for name in (field.name for field in fields(model)):
        if not math.isfinite(getattr(model, name)):
            raise BadInput(f"the sensor's {name} is not a finite number", where=where)
    for name in ("sample_rate_hz", "warm_tau_s", "wobble_hz"):
        if getattr(model, name) <= 0.0:
            raise BadInput(f"the sensor's {name} must be greater than 0", where=where)
    if not 0.0 < model.wobble_damping < 1.0 or not abs(model.rate_error) < 0.5:
        raise BadInput("the sensor's wobble_damping must be between 0 and 1, its rate_error within ±0.5", where=where)
    return model


def celsius(model: SensorModel, faults: Iterable[Fault], true_s: FloatArray) -> FloatArray:
    """The sensor's temperature (n,): it follows its surroundings and the skin with one time constant."""
    value = model.room_c - model.warms_by_c * np.expm1(-true_s / model.warm_tau_s)
    for fault in of_kind(faults, "heat"):
        inside_s = np.clip(true_s - fault.at_s, 0.0, None)
        value -= (fault.celsius or 0.0) * np.expm1(-inside_s / model.warm_tau_s)
        value += (fault.celsius or 0.0) * np.expm1(-np.clip(true_s - fault.end_s, 0.0, None) / model.warm_tau_s)
    return value


def rotation(degrees: tuple[float, float, float]) -> FloatArray:
    """(3, 3) from sensor to trunk axes: the sensor turned about the trunk's x, then y, then z axis."""
    about_x, about_y, about_z = (rotation_about(axis, angle) for axis, angle in enumerate(degrees))
    return about_z @ (about_y @ about_x)


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
        bandwidth, milli_g = np.sqrt(model.sample_rate_hz / 2.0), STANDARD_GRAVITY_MPS2 / 1000.0

        def both(acc_mg: float, gyr_dps: float) -> FloatArray:
            return np.repeat([acc_mg * milli_g, math.radians(gyr_dps)], 3)

        self._noise = bandwidth * both(model.acc_noise_mg_per_rthz, model.gyr_noise_dps_per_rthz)
        self._bias = rng.normal(size=6) * both(model.acc_bias_mg, model.gyr_bias_dps)
        self._walk = both(model.acc_walk_mg_per_rts, model.gyr_walk_dps_per_rts) / np.sqrt(model.sample_rate_hz)
        self._per_c = rng.normal(size=6) * both(model.acc_bias_mg_per_c, model.gyr_bias_dps_per_c)
        self._acc_axes = _axes(rng, model.acc_scale_error, model.acc_misalignment_deg)
        self._gyr_axes = _axes(rng, model.gyr_scale_error, model.gyr_misalignment_deg)
        acc_per_count, gyr_per_count = si_per_count(model.scale)
        self._per_count = np.repeat([acc_per_count, gyr_per_count or 1.0], 3)

    def read(self, acc_mps2: FloatArray, gyr_radps: FloatArray, temperature_c: FloatArray) -> NDArray[np.int16]:
        """(n, 6) counts as sent: acceleration, angular rate; clipped at full scale. `temperature_c` (n,)."""
        draws = self._rng.standard_normal((len(acc_mps2), 12))
        wandering = np.cumsum(np.vstack([self._bias, draws[:, 6:] * self._walk]), axis=0)
        self._bias = wandering[-1]
        values = np.hstack([acc_mps2 @ self._acc_axes, gyr_radps @ self._gyr_axes]) + wandering[1:]
        values += draws[:, :6] * self._noise + (temperature_c - REFERENCE_C)[:, None] * self._per_c
        counts: NDArray[np.int16] = np.clip(np.rint(values / self._per_count), -FULL_SCALE - 1, FULL_SCALE).astype(np.int16)
        return counts

    def physical(self, counts: NDArray[np.int16]) -> tuple[FloatArray, FloatArray, BoolArray]:
        """Acceleration, angular rate and which samples are at full scale, from counts."""
        values = counts * self._per_count
        used = counts if self.model.has_gyroscope else counts[:, :3]
        saturated: BoolArray = np.any((used <= -FULL_SCALE) | (used >= FULL_SCALE), axis=1)
        return values[:, :3], values[:, 3:], saturated


def _axes(rng: np.random.Generator, scale_error: float, misalignment_deg: float) -> FloatArray:
    """(3, 3) that turns true values (rows) into those along axes which are a little too long, short or askew."""
    skew = rng.normal(0.0, 1.0, (3, 3)) * math.radians(misalignment_deg)
    return np.eye(3) + np.where(np.eye(3, dtype=np.bool_), rng.normal(0.0, scale_error, 3), skew)
