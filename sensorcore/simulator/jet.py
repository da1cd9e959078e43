"""Signals with exact first and second derivatives.

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
    """`x`, its rate `v` and its acceleration `a`, each (n,), in the unit of `x`, per second and per second squared. A constant
    has n = 1 and broadcasts."""

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

    @property
    def is_zero(self) -> bool:
        return len(self.x) == 1 and not self.x[0]


def constant(value: float) -> Jet:
    return Jet(np.array([value]), np.zeros(1), np.zeros(1))


ZERO, ONE = constant(0.0), constant(1.0)


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

    @property
    def end_s(self) -> float:
        return self.start_s + self.duration_s

    def at(self, t_s: FloatArray) -> Jet:
        """The change so far at times `t_s` (n,)."""
        return minimum_jerk(t_s, self.start_s, self.duration_s).scaled(self.delta)


def minimum_jerk(t_s: FloatArray, start_s: float | FloatArray, duration_s: float | FloatArray) -> Jet:
    """From 0 to 1."""
    s = np.clip((t_s - start_s) / duration_s, 0.0, 1.0)
    rest = 1.0 - s
    value = s * s * s * (10.0 + s * (6.0 * s - 15.0))
    return Jet(value, 30.0 * (s * rest) ** 2 / duration_s, 60.0 * s * rest * (rest - s) / duration_s**2)


class Moves:
    """A base value and minimum-jerk changes that do not overlap: how people get from one pose to another (Flash & Hogan 1985).

    Continuous up to the acceleration, exactly still between changes.
    """

    def __init__(self, base: float, moves: Sequence[Move]) -> None:
        moves = sorted((m for m in moves if m.delta), key=lambda m: m.start_s)
        for before, after in itertools.pairwise(moves):
            if before.end_s > after.start_s + 1e-9:
                raise ValueError(f"a move at {after.start_s:.3f} s starts before the one at {before.start_s:.3f} s has ended")
        self._start = np.array([m.start_s for m in moves])
        self._duration = np.array([m.duration_s for m in moves])
        self._delta = np.array([m.delta for m in moves])
        self._from = base + np.concatenate([[0.0], np.cumsum(self._delta)])
        self._area = self._areas()

    def _areas(self) -> FloatArray:
        """The integral from 0 to where each move starts."""
        if not len(self._start):
            return np.zeros(0)
        still = self._from[1:-1] * np.diff(self._start) - self._delta[:-1] * self._duration[:-1] / 2.0
        return np.asarray(np.concatenate([[0.0], np.cumsum(still)]) + self._from[0] * self._start[0])

    def at(self, t_s: FloatArray) -> Jet:
        """The signal at times `t_s` (n,), increasing; n = 1 where it does not change."""
        first, last = np.searchsorted(self._start, t_s[[0, -1]], side="right") - 1
        if first == last and (last < 0 or t_s[0] >= self._start[last] + self._duration[last]):
            return constant(float(self._from[last + 1]))
        which = np.maximum(np.searchsorted(self._start, t_s, side="right") - 1, 0)
        change = minimum_jerk(t_s, self._start[which], self._duration[which])
        delta = self._delta[which]
        return Jet(self._from[which] + delta * change.x, delta * change.v, delta * change.a)

    def integral(self, t_s: FloatArray) -> Jet:
        """The signal's integral from time 0 at times `t_s` (n,): of a frequency, the phase."""
        now = self.at(t_s)
        if not len(self._start):
            return Jet(self._from[0] * t_s, now.x + np.zeros_like(t_s), now.v)
        which = np.maximum(np.searchsorted(self._start, t_s, side="right") - 1, 0)
        duration, since = self._duration[which], t_s - self._start[which]
        s = np.clip(since / duration, 0.0, 1.0)
        partial = duration * s**4 * (2.5 + s * (s - 3.0)) + np.maximum(since - duration, 0.0)
        area = self._area[which] + self._from[which] * since + self._delta[which] * partial
        return Jet(area, now.x + np.zeros_like(t_s), now.v)


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

    def jolting(self, rms: float) -> Waves:
        """The same waves with this root mean square of their rate: of a velocity, the acceleration."""
        size = float(np.linalg.norm(self._amplitude * self._omega)) / np.sqrt(2.0)
        return Waves(self._omega / (2.0 * np.pi), self._amplitude * (rms / size), self._phase)

    def at(self, t_s: FloatArray) -> Jet:
        angle = t_s[:, None] * self._omega + self._phase
        s, c = np.sin(angle), np.cos(angle)
        return Jet(s @ self._amplitude, c @ (self._amplitude * self._omega), -(s @ (self._amplitude * self._omega**2)))
