"""Movements in closed form: angles, rates and gravity as formulas of time, sharing nothing with the code under test."""

import itertools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, SampleBlock
from sensorcore.motion import tilt

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Motion:
    """`t_s` (n,), true world-up in sensor axes `up` (n, 3), what an ideal sensor measures: `acc_mps2`, `gyr_radps` (n, 3)."""

    t_s: Array
    up: Array
    acc_mps2: Array
    gyr_radps: Array

    def block(self, *, keep: NDArray[np.bool_] | slice = slice(None), gyroscope: bool = True) -> SampleBlock:
        gyr = self.gyr_radps[keep] if gyroscope else None
        return SampleBlock.checked(self.t_s[keep], self.acc_mps2[keep], gyr)


def tumble(t_s: Array, *, size: float = 0.6, speed: float = 1.0, still_s: float = 0.0, seed: int = 0) -> Motion:
    """Turning about all three axes, by `size` radians and in sines up to about 1.3 Hz (times `speed`), after `still_s` at rest,
    with two world-fixed pushes of the sensor's place that leave gravity hard to see."""
    rng = np.random.default_rng(seed)
    s = np.clip((t_s - still_s) / 2.0, 0.0, 1.0)
    ramp, ramp_rate = s * s * (3 - 2 * s), np.where((s > 0) & (s < 1), 6 * s * (1 - s) / 2.0, 0.0)
    angle, rate = np.zeros((3, len(t_s))), np.zeros((3, len(t_s)))
    for k in range(3):
        for frequency_hz in speed * rng.uniform((0.1, 0.3, 0.7), (0.3, 0.7, 1.3)):
            omega, phase, amplitude = 2 * np.pi * frequency_hz, rng.uniform(0, 2 * np.pi), size * 0.4 / frequency_hz**0.5
            wave, wave_rate = np.sin(omega * t_s + phase), omega * np.cos(omega * t_s + phase)
            angle[k] += amplitude * ramp * wave
            rate[k] += amplitude * (ramp * wave_rate + ramp_rate * wave)
    (roll, pitch, _), (roll_rate, pitch_rate, yaw_rate) = angle, rate
    sr, cr, sp, cp = np.sin(roll), np.cos(roll), np.sin(pitch), np.cos(pitch)
    up = np.stack([-sp, sr * cp, cr * cp], axis=1)
    gyr = np.stack([roll_rate - yaw_rate * sp, pitch_rate * cr + yaw_rate * sr * cp, -pitch_rate * sr + yaw_rate * cr * cp], axis=1)
    return Motion(t_s, up, STANDARD_GRAVITY_MPS2 * up, gyr)


def sink(speed_dps: float, total_deg: float, rate_hz: float, *, after_s: float = 20.0, duration_s: float = 50.0) -> Motion:
    """Still, then a minimum-jerk lean forward about y, then still: how a slouch creeps in."""
    t_s = np.arange(round(duration_s * rate_hz)) / rate_hz
    moves_s = total_deg / speed_dps
    s = np.clip((t_s - after_s) / moves_s, 0.0, 1.0)
    theta = np.radians(total_deg) * s**3 * (10 - 15 * s + 6 * s**2)
    rate = np.radians(total_deg) * 30 * (s * (1 - s)) ** 2 / moves_s
    zero = np.zeros_like(t_s)
    up = np.stack([-np.sin(theta), zero, np.cos(theta)], axis=1)
    return Motion(t_s, up, STANDARD_GRAVITY_MPS2 * up, np.stack([zero, rate, zero], axis=1))


def angles_deg(a: Array, b: Array) -> Array:
    sine = np.linalg.norm(np.cross(a, b), axis=1)
    angle: Array = np.degrees(np.arctan2(sine, (a * b).sum(axis=1)))
    return angle


def run(device: DeviceProfile, block: SampleBlock, cuts: tuple[int, ...] = (), **params: float) -> tilt.Tilt:
    """`tilt.step` over the stream, cut before each of `cuts`."""
    state, found = tilt.TiltState(), []
    settings = tilt.TiltParams(device, **params)
    borders = (0, *sorted(cuts), len(block))
    for begin, end in itertools.pairwise(borders):
        state, part = tilt.step(settings, state, block[begin:end])
        found.append(part)
    return tilt.Tilt(*(np.concatenate([getattr(part, name) for part in found]) for name in tilt.Tilt.__slots__))
