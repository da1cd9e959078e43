"""Rotations with exact angular rate and angular acceleration.

Arrays are laid out components first, (3, 3, n) and (3, n), n instants last; n may be 1 for what does not change: it broadcasts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.model import FloatArray
from sensorcore.motion.vectors import cross
from sensorcore.simulator.jet import Jet


@dataclass(frozen=True, slots=True)
class Turn:
    """`matrix` (3, 3, n) takes vectors from the turned axes into the fixed ones; `rate` and `acceleration` (3, n) of the turned
    axes, seen in them, rad/s and rad/s²."""

    matrix: FloatArray
    rate: FloatArray
    acceleration: FloatArray

    def then(self, inner: Turn) -> Turn:
        """This turn, and `inner` within the axes that it turned."""
        carried = inverse(inner.matrix, self.rate)
        alpha = inverse(inner.matrix, self.acceleration) + np.stack(cross(carried, inner.rate)) + inner.acceleration
        return Turn(product(self.matrix, inner.matrix), carried + inner.rate, alpha)


def fixed(matrix: FloatArray) -> Turn:
    """A rotation (3, 3) that does not change."""
    nothing = np.zeros((3, 1))
    return Turn(matrix[:, :, None], nothing, nothing)


def about(axis: FloatArray, angle: Jet) -> Turn:
    """A turn by `angle` (radians) about the unit vector `axis` (3,)."""
    k = cross_matrix(axis)[:, :, None]
    kk = (cross_matrix(axis) @ cross_matrix(axis))[:, :, None]
    matrix = np.eye(3)[:, :, None] + np.sin(angle.x) * k + (1.0 - np.cos(angle.x)) * kk
    column = np.asarray(axis)[:, None]
    return Turn(matrix, column * angle.v, column * angle.a)


def product(a: FloatArray, b: FloatArray) -> FloatArray:
    """(3, 3, n) of two of these. Written out: thousands of small matrix products would cost ten times as much."""
    total: FloatArray = a[:, 0, None] * b[0] + a[:, 1, None] * b[1] + a[:, 2, None] * b[2]
    return total


def apply(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """The matrices (3, 3, n) on the vectors (3, n)."""
    total: FloatArray = matrix[:, 0] * vector[0] + matrix[:, 1] * vector[1] + matrix[:, 2] * vector[2]
    return total


def inverse(matrix: FloatArray, vector: FloatArray) -> FloatArray:
    """The inverse (transposed) rotations on the vectors (3, n)."""
    total: FloatArray = matrix[0] * vector[0] + matrix[1] * vector[1] + matrix[2] * vector[2]
    return total


def cross_matrix(axis: FloatArray) -> FloatArray:
    """(3, 3) K with K v = axis × v."""
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])


def rotation_about(axis: int, degrees: float) -> FloatArray:
    """(3, 3) about x (0), y (1) or z (2)."""
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix, angle = np.eye(3), np.deg2rad(degrees)
    matrix[i, i] = matrix[j, j] = np.cos(angle)
    matrix[j, i], matrix[i, j] = np.sin(angle), -np.sin(angle)
    return matrix


def axis_and_angle(matrix: FloatArray) -> tuple[FloatArray, float]:
    """Unit axis (3,) and angle (0 to π) of a rotation (3, 3)."""
    twice_sin = np.array([matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]])
    size = float(np.linalg.norm(twice_sin))
    angle = float(np.arctan2(size, np.trace(matrix) - 1.0))
    if size > 1e-6:
        return twice_sin / size, angle
    if angle < 1.0:
        return np.array([0.0, 0.0, 1.0]), 0.0
    outer = (matrix + np.eye(3)) / 2.0  # half a turn: axis ⊗ axis
    column = outer[:, int(np.argmax(np.diag(outer)))]
    return column / np.linalg.norm(column) * (1.0 if twice_sin @ column >= 0.0 else -1.0), angle
