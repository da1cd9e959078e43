"""Short arrays: a live stream comes in pieces of a dozen values, for which the generality of numpy's `diff`, `stack` and
`sliding_window_view` costs more than all the arithmetic. These give the same values, to the bit."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray

N = TypeVar("N", np.int64, np.int8, np.float64)


def steps(values: NDArray[N], before: float) -> NDArray[N]:
    """From each value (n,) to the next, the first from `before`: `np.diff(values, prepend=before)`."""
    found = np.empty_like(values)
    if len(values):
        found[0] = values[0] - before
        np.subtract(values[1:], values[:-1], out=found[1:])
    return found


def lengths(begins: NDArray[np.int64], end: int) -> NDArray[np.int64]:
    """How long the parts are that begin there, the last of which ends at `end`: `np.diff(begins, append=end)`."""
    found = np.empty_like(begins)
    if len(begins):
        np.subtract(begins[1:], begins[:-1], out=found[:-1])
        found[-1] = end - begins[-1]
    return found


def rows(*values: FloatArray) -> FloatArray:
    """Arrays (n,) as the rows of one: `np.stack(values)`."""
    found = np.empty((len(values), len(values[0])))
    for i, each in enumerate(values):
        found[i] = each
    return found


def columns(*values: FloatArray) -> FloatArray:
    """Arrays (n,) as the columns of one: `np.stack(values, axis=1)`."""
    found = np.empty((len(values[0]), len(values)))
    for i, each in enumerate(values):
        found[:, i] = each
    return found


def windows(table: FloatArray, length: int) -> FloatArray:
    """All windows of `length` columns (k, n - length + 1, length) of a contiguous `table` (k, n), as a view:
    `sliding_window_view(table, length, axis=1)`."""
    row, column = table.strides
    shape = (len(table), table.shape[1] - length + 1, length)
    return np.ndarray(shape, np.float64, table, 0, (row, column, column))
