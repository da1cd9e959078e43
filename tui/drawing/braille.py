"""Curves in braille: each cell holds 2 × 4 dots. Pure numpy, about a tenth of a millisecond for a whole panel."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import BoolArray, FloatArray

BLANK: Final = "\u2800"
_BITS: Final = np.array([[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]])


def columns(values: FloatArray, n_columns: int, *, newest: int | None = None) -> tuple[FloatArray, FloatArray]:
    """Lowest and highest value (n_columns,) in each dot column, so that no peak is lost; NaN where there is no data. `newest`:
    running number of the last value. The columns then stand still until a new one begins, instead of being cut afresh for every
    value; values too old for the first column are left out."""
    starts = (np.arange(n_columns) * len(values)) // n_columns
    if newest is not None:
        first = newest * n_columns // len(values) - n_columns + 1  # in whole numbers: what is rounded would jump now and then
        starts = -(-(first + np.arange(n_columns)) * len(values) // n_columns) - (newest - len(values) + 1)
        starts = np.clip(starts, 0, len(values) - 1)
    return np.fmin.reduceat(values, starts), np.fmax.reduceat(values, starts)


def curve(low: FloatArray, high: FloatArray, *, top: float, rows: int) -> BoolArray:
    """Dots (4 · rows, n) of a curve from 0 (bottom) to `top`: neighbouring columns are joined; NaN leaves a hole."""
    dots = 4 * rows
    scale = (dots - 1) / top
    lo = np.clip(np.round(low * scale), 0, dots - 1)
    hi = np.clip(np.round(high * scale), 0, dots - 1)
    # Reach halfway to each neighbour that lies apart; comparisons with NaN are false, so gaps stay open.
    joined_lo, joined_hi = lo.copy(), hi.copy()
    for here, there in ((slice(1, None), slice(None, -1)), (slice(None, -1), slice(1, None))):
        above = lo[there] > hi[here] + 1
        below = hi[there] < lo[here] - 1
        joined_hi[here] = np.where(above, np.maximum(joined_hi[here], np.floor((lo[there] + hi[here]) / 2)), joined_hi[here])
        joined_lo[here] = np.where(below, np.minimum(joined_lo[here], np.ceil((hi[there] + lo[here]) / 2)), joined_lo[here])
    height = np.arange(dots - 1, -1, -1)[:, None]
    result: BoolArray = (height >= joined_lo) & (height <= joined_hi)
    return result


def level(value: float, *, top: float, rows: int, n_columns: int, every: int, length: int) -> BoolArray:
    """Dots of a horizontal dashed line at `value`: `length` dots in every `every`."""
    dots = np.zeros((4 * rows, n_columns), dtype=np.bool_)
    y = round(value * (4 * rows - 1) / top)
    if 0 <= y < 4 * rows:
        dots[4 * rows - 1 - y] = np.arange(n_columns) % every < length
    return dots


def text(row: NDArray[np.int64]) -> str:
    """The characters of a row of code points."""
    return row.astype("<u4").tobytes().decode("utf-32-le")


def runs(kinds: NDArray[np.int8]) -> Iterator[tuple[int, int]]:
    """Where neighbours (n,) are equal: `[start, end)`."""
    edges = [0, *(np.flatnonzero(kinds[1:] != kinds[:-1]) + 1).tolist(), len(kinds)]
    return pairwise(edges)


def codes(dots: BoolArray) -> NDArray[np.int64]:
    """Code points (rows, n / 2) of the cells that hold `dots` (4 · rows, n); n is even."""
    rows, cells = dots.shape[0] // 4, dots.shape[1] // 2
    blocks = dots.reshape(rows, 4, cells, 2)
    result: NDArray[np.int64] = 0x2800 + np.einsum("rdcb,db->rc", blocks, _BITS)
    return result
