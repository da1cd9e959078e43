"""Directions as plain numbers: their mean, the angle between them, and the shortest turn from one to another."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from sensorcore.model import Vector3


@dataclass(frozen=True, slots=True)
class Mean:
    """Of unit vectors: their sum and number."""

    x: float = 0.0
    y: float = 0.0
    z: float = 0.0
    count: int = 0

    @classmethod
    def of(cls, directions: Iterable[Vector3]) -> Mean:
        mean = cls()
        for each in directions:
            mean = mean.plus(each)
        return mean

    def plus(self, up: Vector3) -> Mean:
        """With one more."""
        return Mean(self.x + up[0], self.y + up[1], self.z + up[2], self.count + 1)

    @property
    def unit(self) -> Vector3:
        """Its direction; of nothing, the zero vector."""
        size = math.sqrt(self.x * self.x + self.y * self.y + self.z * self.z) or 1.0
        return self.x / size, self.y / size, self.z / size


def apart_deg(a: Vector3, b: Vector3) -> float:
    """Angle between two unit vectors."""
    return math.degrees(2.0 * math.asin(min(1.0, math.dist(a, b) / 2.0)))


def off_alike_deg(one: tuple[Vector3, Vector3], other: tuple[Vector3, Vector3]) -> float:
    """By how much two changes of direction, each (before, after), differ: 0 when both turned the same way by the same."""
    (a, b), (c, d) = one, other
    return math.degrees(math.dist([y - x for x, y in zip(a, b, strict=True)], [y - x for x, y in zip(c, d, strict=True)]))


def turned(vector: Vector3, was: Vector3, now: Vector3) -> Vector3:
    """`vector` after the shortest turn that takes the unit vector `was` to `now` (Rodrigues). Opposite ones leave it as it is."""
    cosine = sum(a * b for a, b in zip(was, now, strict=True))
    if cosine < -0.999999:
        return vector
    axis = _cross(was, now)
    across = _cross(axis, vector)
    twice = _cross(axis, across)
    x, y, z = (v + a + b / (1.0 + cosine) for v, a, b in zip(vector, across, twice, strict=True))
    return x, y, z


def _cross(a: Vector3, b: Vector3) -> Vector3:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]
