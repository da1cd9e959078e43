"""Linear interpolation of a device's sensors onto one clock, never across a gap."""

from __future__ import annotations

from typing import Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray

WIDEST_STEP: Final = 1.75
"""Periods of the other sensor that may be interpolated over: a missing row makes 2, jitter stays below."""


def followed(t_s: FloatArray, values: FloatArray, at_s: FloatArray, widest_s: float) -> tuple[FloatArray, BoolArray]:
    """Values (n, 3) at the increasing times `at_s` (n,), and where there are any, of a sensor read at `t_s` (m,)."""
    m = len(t_s)
    if m < 2:
        return np.zeros((len(at_s), 3)), np.zeros(len(at_s), dtype=np.bool_)
    right = np.clip(np.searchsorted(t_s, at_s, side="left"), 1, m - 1)
    left = right - 1
    step_s = t_s[right] - t_s[left]
    share = (at_s - t_s[left]) / step_s
    inside = (share >= 0) & (share <= 1)
    # A row taken at the very same time needs no neighbour, so a gap beside it does not matter.
    usable = inside & ((step_s <= widest_s) | (share == 0) | (share == 1))
    share = np.clip(share, 0, 1)[:, None]
    return values[left] * (1 - share) + values[right] * share, usable
