"""Signals that know their own derivatives.

A `Jet` holds a signal with its first and second time derivatives; sums, products and sines carry all three along exactly. So
angular rates and accelerations follow from the angles by calculus, not by differencing, and cannot disagree with them.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sensorcore.model import FloatArray


@dataclass(frozen=True, slots=True)
class Jet:
    """`x`, its rate `v` and its acceleration `a`, each (n,), per second and per second squared of whatever unit `x` has."""

    x: FloatArray
    v: FloatArray
    a: FloatArray

    def __add__(self, other: Jet) -> Jet:
        return Jet(self.x + other.x, self.v + other.v, self.a + other.a)

    def __mul__(self, other: Jet) -> Jet:
        return Jet(
            self.x * other.x,
            self.v * other.x + self.x * other.v,
            self.a * other.x + 2.0 * self.v * other.v + self.x * other.a,
        )

    def scaled(self, factor: float) -> Jet:
        return Jet(factor * self.x, factor * self.v, factor * self.a)


def sine(phase: Jet) -> Jet:
    """sin of a phase (radians)."""
    s, c = np.sin(phase.x), np.cos(phase.x)
    return Jet(s, c * phase.v, c * phase.a - s * phase.v**2)


@dataclass(frozen=True, slots=True)
class Move:
    """A minimum-jerk change by `delta` from `start_s` on, taking `duration_s`."""

    start_s: float
    duration_s: float
    delta: float


class Moves:
    """A base value and minimum-jerk changes that do not overlap: how people get from one pose to another (Flash & Hogan 1985).

    Continuous up to the acceleration, exactly still between changes.
    """

    def __init__(self, base: float, moves: Sequence[Move]) -> None:
        moves = sorted((m for m in moves if m.delta), key=lambda m: m.start_s)
        for before, after in itertools.pairwise(moves):
            if before.start_s + before.duration_s > after.start_s + 1e-9:
                raise ValueError(f"a move at {after.start_s:.3f} s starts before the one at {before.start_s:.3f} s has ended")
        self._start = np.array([m.start_s for m in moves])
        self._duration = np.array([m.duration_s for m in moves])
        self._delta = np.array([m.delta for m in moves])
        self._from = base + np.concatenate([[0.0], np.cumsum(self._delta)])

    def at(self, t_s: FloatArray) -> Jet:
        """The signal at times `t_s` (n,), increasing."""
        which = np.searchsorted(self._start, t_s, side="right") - 1
        x = self._from[np.maximum(which, 0)]
        zero = np.zeros_like(x)
        if len(self._start) == 0 or which[-1] < 0:
            return Jet(x, zero, zero)
        which = np.maximum(which, 0)
        duration, delta = self._duration[which], self._delta[which]
        s = np.clip((t_s - self._start[which]) / duration, 0.0, 1.0)
        rest = 1.0 - s
        value = s * s * s * (10.0 + s * (6.0 * s - 15.0))
        rate = 30.0 * (s * rest) ** 2 / duration
        acceleration = 60.0 * s * rest * (rest - s) / duration**2
        return Jet(x + delta * value, delta * rate, delta * acceleration)


class Waves:
    """A sum of sine waves: `amplitude` (k,) at `frequency_hz` (k,) and `phase_rad` (k,)."""

    def __init__(self, frequency_hz: FloatArray, amplitude: FloatArray, phase_rad: FloatArray) -> None:
        self._omega = 2.0 * np.pi * frequency_hz
        self._amplitude = amplitude
        self._phase = phase_rad

    @classmethod
    def band(cls, rng: np.random.Generator, low_hz: float, high_hz: float, rms: float, slope: float, *, count: int = 9) -> Waves:
        """Smooth noise between two frequencies with a given root mean square; amplitude falls as frequency ** -slope."""
        edges = np.geomspace(low_hz, high_hz, count + 1)
        frequency = edges[:-1] + (edges[1:] - edges[:-1]) * rng.random(count)
        amplitude = frequency**-slope
        amplitude *= rms * np.sqrt(2.0) / np.linalg.norm(amplitude)
        return cls(frequency, amplitude, 2.0 * np.pi * rng.random(count))

    def at(self, t_s: FloatArray) -> Jet:
        angle = t_s[:, None] * self._omega + self._phase
        s, c = np.sin(angle), np.cos(angle)
        return Jet(s @ self._amplitude, c @ (self._amplitude * self._omega), -(s @ (self._amplitude * self._omega**2)))
