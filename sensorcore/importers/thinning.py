"""Fast sensors (400 Hz and more) brought to at most 200 Hz: low-passed against aliasing, then one sample in `factor`.

The filter is linear in phase and centred, so samples keep their times. It never reaches across a gap: near an edge the part of it
that has samples is used, scaled to keep a constant constant.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

import numpy as np

from sensorcore.importers.samples import SiSamples, cut, saturated
from sensorcore.model import FloatArray, IntArray

_HALF_LENGTH: Final = 6
"""Half length of the filter, in samples of the new rate: with the Hamming window it takes away less than 0.2 dB up to a quarter
of the new rate, and 42 dB or more from the half of it on, which would come back as something slower."""
_CUTOFF: Final = 0.37
_CHUNK_ROWS: Final = 1 << 15
_GAP_PERIODS: Final = 1.9
"""As in timing.find_gaps."""


def kernel(factor: int) -> FloatArray:
    """Taps (2 * 6 * factor + 1,) of the low-pass, their sum 1."""
    half = _HALF_LENGTH * factor
    at = np.arange(-half, half + 1)
    taps = np.sinc(2 * _CUTOFF / factor * at) * np.hamming(2 * half + 1)
    return np.asarray(taps / taps.sum())


def thinned(
    parts: Iterator[SiSamples], factor: int, period_s: float, full_scale: tuple[float, float] | None, gap_floor_s: float = 0.0
) -> Iterator[SiSamples]:
    """One sample of `factor`, counted from the beginning of each stretch without a gap."""
    taps = kernel(factor)
    half, gap_s = len(taps) // 2, max(_GAP_PERIODS * period_s, gap_floor_s)
    context: SiSamples | None = None
    following = 0  # the next row that is kept, in the stretch that `context` begins
    for rows, next_s in cut(parts, _CHUNK_ROWS):
        marked = SiSamples(rows.t_s, rows.acc_mps2, rows.gyr_radps, saturated(rows, full_scale))
        whole = marked if context is None else SiSamples.joined([context, marked])
        edges = [0, *(np.flatnonzero(np.diff(whole.t_s) > gap_s) + 1).tolist(), len(whole)]
        context = None
        for begin, end in pairwise(edges):
            stretch = whole[begin:end]
            goes_on = end == len(whole) and next_s is not None and next_s - stretch.t_s[-1] <= gap_s
            keep = np.arange(following, len(stretch) - (half if goes_on else 0), factor)
            if len(keep):
                yield _filtered(stretch, keep, taps, factor)
                following = int(keep[-1]) + factor
            if goes_on:
                first = max(following - half, 0)
                context, following = stretch[first:], following - first
            else:
                following = 0


def _filtered(stretch: SiSamples, keep: IntArray, taps: FloatArray, factor: int) -> SiSamples:
    share = np.convolve(np.ones(len(stretch)), taps, "full")[len(taps) // 2 :][keep]
    flagged = np.zeros(len(stretch)) if stretch.saturated is None else stretch.saturated.astype(np.float64)
    near = np.convolve(flagged, np.ones(4 * factor + 1), "full")[2 * factor :][keep]  # as far as most of its weight lies

    def low_passed(values: FloatArray) -> FloatArray:
        columns = [np.convolve(column, taps, "full")[len(taps) // 2 :][keep] / share for column in values.T]
        return np.column_stack(columns)

    gyr = stretch.gyr_radps
    return SiSamples(stretch.t_s[keep], low_passed(stretch.acc_mps2), None if gyr is None else low_passed(gyr), near > 0.5)
