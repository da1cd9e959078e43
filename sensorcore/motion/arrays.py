"""Differences of short arrays: a live stream comes in pieces of a dozen values, for which numpy's general `diff` with `prepend`
costs more than all the arithmetic."""

from __future__ import annotations

from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

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
