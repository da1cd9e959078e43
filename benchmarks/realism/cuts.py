"""Comparable stretches of recordings, each of one activity: 50 Hz, gyroscope offset removed, up known."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import numpy as np
from scipy.signal import resample_poly

from sensorcore.model import DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import tilt

RATE_HZ = 50.0


@dataclass(frozen=True, slots=True)
class Cut:
    """`acc_mps2`, `gyr_radps` and `up` (unit vectors), each (n, 3), in the sensor's axes at RATE_HZ. `active` is the movement
    itself where the cut has some room on both sides of it."""

    person: str
    acc_mps2: FloatArray
    gyr_radps: FloatArray
    up: FloatArray
    active: slice = field(default_factory=lambda: slice(None))

    def part(self, start: int, end: int, *, room: int = 0) -> Cut:
        """From sample `start` to before `end`, with `room` more on both sides where there is so much."""
        first, last = max(start - room, 0), min(end + room, len(self.up))
        where = slice(first, last)
        active = slice(start - first, end - first)
        return Cut(self.person, self.acc_mps2[where], self.gyr_radps[where], self.up[where], active)

    def moving(self) -> Cut:
        """Without the room."""
        return Cut(self.person, self.acc_mps2[self.active], self.gyr_radps[self.active], self.up[self.active])


def session(person: str, acc_mps2: FloatArray, gyr_radps: FloatArray, rate_hz: float) -> Cut:
    """A whole recording. The gyroscope's offset is its median (nobody turns on and on); up is what spinae's own filter says."""
    acc, gyr = (resampled(np.asarray(x, dtype=np.float64), rate_hz) for x in (acc_mps2, gyr_radps))
    gyr = gyr - np.median(gyr, axis=0)
    block = SampleBlock.checked(np.arange(len(acc)) / RATE_HZ, acc, gyr)
    up = tilt.step(tilt.TiltParams(DeviceProfile("any", RATE_HZ)), tilt.TiltState(), block)[1].up
    return Cut(person, acc, gyr, up)


def resampled(signal: FloatArray, rate_hz: float) -> FloatArray:
    """(n, 3) at RATE_HZ, low-passed before if that is slower."""
    ratio = Fraction(RATE_HZ / rate_hz).limit_denominator(128)
    if ratio == 1:
        return signal
    whole: FloatArray = resample_poly(signal, ratio.numerator, ratio.denominator, padtype="line")
    return whole


def runs(flags: np.ndarray) -> list[tuple[int, int]]:
    """[start, end) of each stretch of true ones."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return list(zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True))
