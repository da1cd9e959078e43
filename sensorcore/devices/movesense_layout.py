"""Recognition of a Movesense frame's resource by its content.

After the stamp a frame holds float32 vectors, of one quantity after the other: acceleration (m/s²), angular rate (°/s), magnetic
field (µT). IMU6 of four samples is as long as Acc or Gyro of eight, IMU9 of four as IMU6 of six. What differs:

- acceleration is about 9.8 long, on average over a quarter of a second also when the wearer moves;
- the number of samples and the step between two stamps make the rate that was asked for (/Meas/IMU6/52);
- of one quantity the second half goes on from the first, and lies between the first halves of this frame and the next; of two it
  does neither.

One frame proves nothing: angular rate that passes 9.8 °/s on its way to 5 looks like gravity at rest. Gyro of 8 samples at 104 Hz
has the size and the step of IMU6 of 4 at 52 Hz, so consecutive frames decide.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray

SAMPLE_BYTES: Final = 24
LARGEST: Final = (16.0, 2000.0)
"""Largest range it can be set to, in g and °/s."""
MEAN_G: Final = (0.6, 1.5)
"""Bounds of the mean acceleration vector of a quarter of a second."""
STEP: Final = 0.15
"""Stamps are whole milliseconds of a crystal: a step is right within this, or frames are missing."""
SOONEST: Final = 0.6
"""Least step to the next frame, in parts of the time that its samples take."""
ALIKE: Final = 0.3
"""Two halves of one quantity differ by less than this part of their size."""
LEAST: Final = 3.0
"""A size below which everything is alike."""
JUMP_G: Final = 0.5
"""From rest, acceleration does not change by more within one frame and back in the next."""
QUIET_G: Final = 0.1
"""Spread of a frame at rest."""
TURN_DPS: Final = 15.0
"""At rest, a rate this large that is the same throughout a frame is a magnetic field."""
STEADY: Final = 0.05
"""The noise of a magnetic field, in parts of it."""


@dataclass(frozen=True, slots=True)
class Held:
    """A frame decoded as IMU6: (n, 3) each, and the means."""

    acc_mps2: FloatArray
    gyr_dps: FloatArray
    acc_mean: FloatArray
    gyr_mean: FloatArray

    @property
    def is_finite(self) -> bool:
        """Whether it holds numbers that the sensor can measure."""
        within = (np.abs(self.acc_mps2) <= 1.05 * LARGEST[0] * STANDARD_GRAVITY_MPS2).all()
        return bool(within and (np.abs(self.gyr_dps) <= 1.05 * LARGEST[1]).all())

    @property
    def is_quiet(self) -> bool:
        spread = np.abs(self.acc_mps2 - self.acc_mean).max()
        return bool(spread < QUIET_G * STANDARD_GRAVITY_MPS2)

    @property
    def is_one_quantity(self) -> bool:
        """Whether every sample of the second half goes on from the first."""
        spread = float(np.abs(self.acc_mps2 - self.acc_mean).max())
        near = max(ALIKE * max(_size(self.acc_mean), LEAST), 2.0 * spread)
        return bool((np.sqrt(((self.gyr_dps - self.acc_mean) ** 2).sum(axis=1)) <= near).all())


def held(frame: bytes) -> Held:
    """Decode a frame whose length fits IMU6 (a stamp, and a multiple of 24 bytes)."""
    count = (len(frame) - 4) // SAMPLE_BYTES
    with np.errstate(invalid="ignore"):  # damage may look like a signalling not-a-number
        values = np.frombuffer(frame, "<f4", 6 * count, 4).astype(np.float64).reshape(2, count, 3)
        means = values.mean(axis=1)
    return Held(values[0], values[1], means[0], means[1])


def are_imu6(frames: Sequence[bytes], period_ms: float) -> bool:
    """Whether consecutive frames of one size prove IMU6 at the rate asked for."""
    if not all(_fits(frame) for frame in frames):
        return False
    found = [held(frame) for frame in frames]
    if not all(each.is_finite for each in found) or any(each.is_one_quantity for each in found):
        return False
    mean_g = _size(np.mean([each.acc_mean for each in found], axis=0)) / STANDARD_GRAVITY_MPS2
    if not MEAN_G[0] <= mean_g <= MEAN_G[1]:
        return False
    expected_ms = len(found[0].acc_mps2) * period_ms
    rates = np.concatenate([np.sqrt((each.gyr_dps**2).sum(axis=1)) for each in found])
    if rates.min() > TURN_DPS and np.ptp(rates) < 2.0 * STEADY * rates.mean():
        return False  # a magnetic field is as strong whichever way the sensor turns
    stamps = [int.from_bytes(frame[:4], "little") for frame in frames]
    if any(abs((after - before) % (1 << 32) - expected_ms) > STEP * expected_ms for before, after in pairwise(stamps)):
        return False
    return all(_are_two_quantities(before, after) for before, after in pairwise(found))


def _are_two_quantities(before: Held, after: Held) -> bool:
    """Whether the second half of a frame lies off the line between the first halves around it. Of one quantity that turns evenly it
    lies in the middle; one jerk spoils that for one pair of frames, not for the pair beside it."""
    off_line = _distance(before.gyr_mean, (before.acc_mean + after.acc_mean) / 2)
    return off_line > max(_distance(before.acc_mean, after.acc_mean), ALIKE * max(_size(before.acc_mean), LEAST))


def goes_on(before: Held | None, now: Held) -> bool:
    """Whether a frame may follow the one before."""
    if before is None:
        return True
    rate_jump = _distance(now.gyr_mean, before.gyr_mean)
    if now.is_one_quantity and rate_jump > LEAST:
        return False
    if not before.is_quiet:
        return True
    acc_jump = _distance(now.acc_mean, before.acc_mean) / STANDARD_GRAVITY_MPS2
    if acc_jump > JUMP_G:
        return False
    spread = float(np.abs(now.gyr_dps - now.gyr_mean).max())
    return not (spread < STEADY * _size(now.gyr_mean) and rate_jump > TURN_DPS)


def _fits(frame: bytes) -> bool:
    return len(frame) > 4 and (len(frame) - 4) % SAMPLE_BYTES == 0


def _size(vector: FloatArray) -> float:
    return float(np.sqrt(vector @ vector))


def _distance(one: FloatArray, other: FloatArray) -> float:
    return _size(one - other)
