"""Overview of a stretch as columns to draw: what the wearer mostly did in each, and their smallest and largest lean."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import FloatArray
from sensorcore.motion.body import inclination_deg
from sensorcore.track.posture_track import CONTEXTS, SLOUCHED, TICK_HZ, UNKNOWN, PostureTrack

Doing: TypeAlias = Literal["no data", "unknown", "upright", "slouched", "walking", "moving", "lying", "not_worn"]
DOINGS: Final[tuple[Doing, ...]] = ("no data", "unknown", "upright", "slouched", "walking", "moving", "lying", "not_worn")

SLOUCH_SHOWS: Final = 0.25
"""Share of its time from which a column counts as slouched: slouches are what is looked for, and short beside a day."""

_NO_DATA, _UNSAID, _UPRIGHT, _SLOUCHED = range(4)
_OF_CONTEXT: Final = np.asarray([DOINGS.index(name) if name in DOINGS else _UNSAID for name in CONTEXTS], dtype=np.int8)


@dataclass(frozen=True, slots=True)
class Overview:
    """`doing` (cells,) codes into DOINGS; `low_deg`, `high_deg` (2 × cells,) of the angle from upright in half columns, NaN where
    it is not known."""

    doing: NDArray[np.int8]
    low_deg: FloatArray
    high_deg: FloatArray


def least_s(cells: int) -> float:
    """Shortest stretch that fills so many columns: half columns narrower than a tick would leave gaps."""
    return 2 * cells / TICK_HZ


def overview(track: PostureTrack, begin_s: float, end_s: float, cells: int) -> Overview:
    """Overview of the ticks of `track` in `[begin_s, end_s)`, at least `least_s(cells)`, in `cells` columns."""
    edges = (begin_s + (end_s - begin_s) * np.arange(2 * cells + 1) / (2 * cells)) * TICK_HZ
    # A tick belongs to the column that its middle falls into. In whole numbers, so that no day is converted to look for a minute.
    first = np.searchsorted(track.index, np.ceil(edges - 0.5).astype(track.index.dtype))
    a, b = int(first[0]), int(first[-1])
    first -= a
    part = track[a:b]
    low, high = np.full(2 * cells, np.nan), np.full(2 * cells, np.nan)
    if len(part):
        angle = inclination_deg(part.flexion_deg, part.lateral_deg)
        filled = np.flatnonzero(np.diff(first))
        low[filled], high[filled] = np.fmin.reduceat(angle, first[filled]), np.fmax.reduceat(angle, first[filled])
    return Overview(_mostly(doing(part), first[::2], (end_s - begin_s) * TICK_HZ / cells), low, high)


def doing(track: PostureTrack) -> NDArray[np.int8]:
    """Codes into DOINGS, one a tick: the posture where it is judged, else the context."""
    judged = np.where(track.posture == SLOUCHED, _SLOUCHED, _UPRIGHT)
    found: NDArray[np.int8] = np.where(track.posture == UNKNOWN, _OF_CONTEXT[track.context], judged).astype(np.int8)
    return found


def _mostly(codes: NDArray[np.int8], first: NDArray[np.intp], ticks: float) -> NDArray[np.int8]:
    """Code for each column of `ticks` ticks, which begins at `first`: slouched from SLOUCH_SHOWS of it on, else what most of it
    shows; time without ticks is no data."""
    cells = len(first) - 1
    column = np.repeat(np.arange(cells), np.diff(first))
    counts = np.bincount(column * len(DOINGS) + codes, minlength=cells * len(DOINGS)).reshape(cells, len(DOINGS)).astype(np.float64)
    counts[:, _NO_DATA] = ticks - counts.sum(axis=1) - 0.5  # a column holds a tick more or less than its share
    found: NDArray[np.int8] = counts.argmax(axis=1).astype(np.int8)
    found[counts[:, _SLOUCHED] >= SLOUCH_SHOWS * ticks] = _SLOUCHED
    return found
