"""Vectors in three dimensions: one direction as a tuple or an array (3,), many as an array (n, 3).

Sums of products are written out: a matrix product may round differently for other block lengths, and `np.cross` spends more time on
its generality than on the products.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeAlias, overload

import numpy as np

from sensorcore.model import FloatArray, Vector3, vector3
from sensorcore.motion.arrays import columns

Vector: TypeAlias = Vector3 | FloatArray


@overload
def cross(a: Vector3, b: Vector3) -> Vector3: ...
@overload
def cross(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray]: ...
def cross(a: Vector, b: Vector) -> tuple[FloatArray | float, ...]:
    """a × b, component by component: of tuples, or of arrays (3,) or (3, n)."""
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@overload
def dot(a: Vector3, b: Vector3) -> float: ...
@overload
def dot(a: FloatArray, b: Vector) -> FloatArray: ...
def dot(a: Vector, b: Vector) -> float | FloatArray:
    """a · b of components, as in `cross`."""
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


def dots(a: FloatArray, b: FloatArray) -> FloatArray:
    """a · b over the last axis, (…, 3) → (…)."""
    return np.asarray(a[..., 0] * b[..., 0] + a[..., 1] * b[..., 1] + a[..., 2] * b[..., 2])


def unit(vector: FloatArray) -> Vector3:
    """The vector's direction."""
    return vector3(vector / np.linalg.norm(vector))


def angle_deg(a: Vector, b: Vector) -> float:
    """Angle between two vectors of any length, exact for small angles too."""
    (ax, ay, az), (bx, by, bz) = a, b
    one, other = (ax, ay, az), (bx, by, bz)
    across = cross(one, other)
    return math.degrees(math.atan2(math.sqrt(dot(across, across)), dot(one, other)))


def angles_deg(a: FloatArray, b: FloatArray) -> FloatArray:
    """Angle (n,) between unit vectors (n, 3), exact for small angles too; NaN where either is."""
    chord = a - b
    return np.asarray(np.degrees(2 * np.arcsin(np.minimum(np.sqrt(dots(chord, chord)) / 2, 1.0))))


def up_of(quat: FloatArray) -> FloatArray:
    """World-up in sensor axes from sensor-to-earth quaternions (n, 4)."""
    w, x, y, z = quat.T
    return columns(2 * (x * z - w * y), 2 * (y * z + w * x), w * w - x * x - y * y + z * z)


def turned(vector: Vector3, was: Vector3, now: Vector3) -> Vector3:
    """`vector` after the shortest turn that takes the unit vector `was` to `now` (Rodrigues). Opposite ones leave it as it is."""
    cosine = dot(was, now)
    if cosine < -0.999999:
        return vector
    axis = cross(was, now)
    across = cross(axis, vector)
    x, y, z = (v + a + b / (1.0 + cosine) for v, a, b in zip(vector, across, cross(axis, across), strict=True))
    return x, y, z


def off_alike_deg(one: tuple[Vector3, Vector3], other: tuple[Vector3, Vector3]) -> float:
    """By how much two changes of direction, each (before, after), differ: 0 when both turned the same way by the same."""
    (a, b), (c, d) = one, other
    return math.degrees(math.dist([y - x for x, y in zip(a, b, strict=True)], [y - x for x, y in zip(c, d, strict=True)]))


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
