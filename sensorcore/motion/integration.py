"""Integration of the gyroscope between two samples.

A filter that multiplies the newest rate by the period integrates with the rectangle rule, and coning goes unseen. The rule used
here ("am3c": third-order Adams–Moulton plus a coning term, Savage 1998, Bortz 1971) is worth more than the choice of filter at
low rates; see docs/accuracy.md.
"""

from __future__ import annotations

import numpy as np

from sensorcore.model import FloatArray, GyroSampling
from sensorcore.motion.arrays import columns
from sensorcore.motion.vectors import cross


def mean_rate_radps(gyr_radps: FloatArray, before_radps: FloatArray, dt_s: FloatArray, sampling: GyroSampling) -> FloatArray:
    """Mean angular rate (n, 3) over the interval that ends at each sample.

    `gyr_radps` (n, 3) samples, `before_radps` (2, 3) the two before them (oldest first; repeat the first sample at the start of
    a stretch), `dt_s` (n,) the interval that ends at each sample. A sensor whose samples are already means over the interval
    ("mean") needs nothing.
    """
    if sampling == "mean":
        return gyr_radps
    history = np.concatenate([before_radps, gyr_radps])
    older, old, now = history[:-2], history[1:-1], history[2:]
    return np.asarray((5 * now + 8 * old - older) / 12 + columns(*cross(old.T, now.T)) * (dt_s / 12)[:, None])
