"""Posture at ten ticks a second: the pipeline's output that screens, recordings and reports are made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.columns import Columns
from sensorcore.events import ContextName
from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.gaps import SHORT_GAP_S
from sensorcore.motion.ticks import TICK_HZ

__all__ = ["BRIDGED_TICKS", "CONTEXTS", "POSTURES", "SLOUCHED", "TICK_HZ", "UNKNOWN", "UPRIGHT", "PostureTrack", "among", "joined"]

POSTURES: Final = ("unknown", "upright", "slouched")
CONTEXTS: Final[tuple[ContextName, ...]] = ("unknown", "sitting", "standing", "walking", "lying", "moving", "not_worn")

UNKNOWN, UPRIGHT, SLOUCHED = range(3)

BRIDGED_TICKS: Final = round(SHORT_GAP_S * TICK_HZ)
"""Ticks that may be missing without being a gap: slow sensors with jitter leave some empty."""

_NONE: Final = np.zeros(0)
_UNTOLD: Final = np.full(1024, np.nan)
_UNTOLD.setflags(write=False)
"""A slice of it costs next to nothing, and with one sensor every few ticks need one."""


def among(*names: ContextName) -> BoolArray:
    """For each code of a context, whether it is one of `names`: `among(...)[track.context]` is many times faster than a search."""
    return np.array([context in names for context in CONTEXTS])


@dataclass(frozen=True, slots=True)
class PostureTrack(Columns):
    """Equal-length arrays, one entry a tick that has data. `index` is the tick's number since the stream's start: tick k covers
    `[k / TICK_HZ, (k + 1) / TICK_HZ)`, a jump in it is time without data. Angles are NaN while no upright is known, and
    `curvature_deg`, how far the back is rounded, while not two sensors tell it."""

    index: IntArray
    flexion_deg: FloatArray
    lateral_deg: FloatArray
    uncertainty_deg: FloatArray
    context: NDArray[np.int8]
    posture: NDArray[np.int8]
    curvature_deg: FloatArray = field(default_factory=lambda: _NONE)

    def __post_init__(self) -> None:
        n = len(self.index)
        if len(self.curvature_deg) != n:
            object.__setattr__(self, "curvature_deg", _UNTOLD[:n] if n <= len(_UNTOLD) else np.full(n, np.nan))

    @property
    def end_s(self) -> FloatArray:
        """Stream time at which each tick ends (and is decided)."""
        return (self.index + 1) / TICK_HZ

    @property
    def last_end_s(self) -> float:
        """Stream time at which the last tick ends; 0 without any. A day of ticks costs no more than a minute of them."""
        return float((self.index[-1] + 1) / TICK_HZ) if len(self.index) else 0.0


def joined(tracks: list[PostureTrack]) -> PostureTrack:
    """One after another."""
    if len(tracks) == 1:
        return tracks[0]
    if not tracks:
        none = np.zeros(0)
        return PostureTrack(none.astype(np.int64), none, none, none, none.astype(np.int8), none.astype(np.int8))
    return PostureTrack.joined(tracks)
