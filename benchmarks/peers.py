"""Other orientation filters, each as one function: (angular rate (n, 3) rad/s, acceleration (n, 3) m/s², rate) → up (n, 3)."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import TypeAlias

import imufusion
import numpy as np
from ahrs.filters import Madgwick
from scipy import signal
from vqf import VQF, offlineVQF

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.motion.vectors import up_of

Peer: TypeAlias = Callable[[FloatArray, FloatArray, float], FloatArray]


def vqf_alone(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float) -> FloatArray:
    """The `vqf` library with its defaults."""
    return up_of(VQF(1 / rate_hz).updateBatch(gyr_radps, acc_mps2)["quat6D"])


def vqf_offline(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float) -> FloatArray:
    """Its offline version with its defaults: looks ahead."""
    return up_of(offlineVQF(gyr_radps, acc_mps2, None, 1 / rate_hz)["quat6D"])


def complementary(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float, tau_s: float = 3.0) -> FloatArray:
    """Turn the last up against the gyroscope, then pull it towards the accelerometer with a time constant of `tau_s`."""
    share = 1 - math.exp(-1 / (tau_s * rate_hz))
    turn = gyr_radps / rate_hz
    angle = np.linalg.norm(turn, axis=1)
    axis = turn / np.maximum(angle, 1e-12)[:, None]
    toward = acc_mps2 / np.maximum(np.linalg.norm(acc_mps2, axis=1), 1e-9)[:, None]
    out = np.empty_like(acc_mps2)
    ux, uy, uz = toward[0].tolist()
    rows = zip(axis.tolist(), np.cos(angle).tolist(), np.sin(angle).tolist(), toward.tolist(), strict=True)
    for k, ((x, y, z), c, s, (ax, ay, az)) in enumerate(rows):
        along = (x * ux + y * uy + z * uz) * (1 - c)
        # Rodrigues, by −angle: the world turns the other way in the sensor
        vx = ux * c - (y * uz - z * uy) * s + x * along
        vy = uy * c - (z * ux - x * uz) * s + y * along
        vz = uz * c - (x * uy - y * ux) * s + z * along
        ux, uy, uz = vx + share * (ax - vx), vy + share * (ay - vy), vz + share * (az - vz)
        size = math.sqrt(ux * ux + uy * uy + uz * uz)
        ux, uy, uz = ux / size, uy / size, uz / size
        out[k] = ux, uy, uz
    return out


def imufusion_ahrs(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float, gain: float = 0.5) -> FloatArray:
    """x-io's Fusion with its default settings but for the gain and the rate (gain 0.5 is its default)."""
    ahrs = imufusion.Ahrs()
    settings = imufusion.AhrsSettings()
    settings.gain, settings.sample_rate = gain, rate_hz
    ahrs.set_settings(settings)
    out = np.empty((len(acc_mps2), 4))
    gyr_dps, acc_g = np.degrees(gyr_radps), acc_mps2 / STANDARD_GRAVITY_MPS2
    for k in range(len(out)):
        ahrs.update_no_magnetometer(gyr_dps[k], acc_g[k])
        out[k] = ahrs.get_quaternion()
    return up_of(out)


def madgwick(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float) -> FloatArray:
    """Madgwick's filter of the `ahrs` library with its default gain, 0.033."""
    return up_of(Madgwick(gyr=gyr_radps, acc=acc_mps2, frequency=rate_hz).Q)


def low_passed(gyr_radps: FloatArray, acc_mps2: FloatArray, rate_hz: float, cutoff_hz: float = 1.0) -> FloatArray:
    """The accelerometer alone through a second-order Butterworth low-pass."""
    del gyr_radps
    sos = signal.butter(2, cutoff_hz, fs=rate_hz, output="sos")
    low = signal.sosfilt(sos, acc_mps2, axis=0, zi=signal.sosfilt_zi(sos)[:, :, None] * acc_mps2[0])[0]
    return np.asarray(low / np.linalg.norm(low, axis=1, keepdims=True))


PEERS: dict[str, Peer] = {
    "vqf alone, as shipped": vqf_alone,
    "complementary filter, 3 s": complementary,
    "imufusion, gain 0.2": functools.partial(imufusion_ahrs, gain=0.2),
    "imufusion, as shipped (gain 0.5)": imufusion_ahrs,
    "ahrs Madgwick, as shipped (gain 0.033)": madgwick,
    "accelerometer low-passed, 1 Hz": low_passed,
}
