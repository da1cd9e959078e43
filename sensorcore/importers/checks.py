"""Checks of units and gravity, by medians over the first 8192 rows."""

from __future__ import annotations

from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray

_ACC_HINTS: Final = (
    # (from, to) in g as declared, what it looks like, what to do. Walking, lying and sitting all have a median near 1 g.
    (0.0, 0.05, "there is no gravity in it", "Record the acceleration with gravity"),
    (0.09, 0.115, "it looks like g under the name of m/s^2", "Rename ax_mps2 to ax_g, and so on"),
    (0.05, 0.3, "there is no gravity in it", "Record the acceleration with gravity"),
    (7.0, 14.0, "it looks like m/s^2 under the name of g", "Rename ax_g to ax_mps2, and so on"),
    (700.0, 1400.0, "it looks like milli-g under the name of g", "Divide by 1000"),
)
_MIN_G, _MAX_G = 0.3, 4.0
_MAX_GYR_RADPS: Final = 40.0
"""2300 deg/s, beyond the range of common sensors; a twentieth of all samples above it means degrees named radians. The
opposite mistake (rad/s named deg/s) only looks like a calm wearer and cannot be detected."""


def check_values(acc_mps2: FloatArray, gyr_radps: FloatArray | None, where: str, gyr_in_degrees: bool) -> list[str]:
    """Raises BadInput when acceleration or angular rate cannot be in the unit that its column declares; returns notes on what
    is odd but may stand: rates named deg/s beyond any range (one public data set has them) do not hide the acceleration."""
    median_g = float(np.median(np.sqrt((acc_mps2**2).sum(axis=1)))) / STANDARD_GRAVITY_MPS2
    if not _MIN_G <= median_g <= _MAX_G:
        default = ("it is not near gravity", "Give g or m/s^2 with gravity, not raw counts")
        what, hint = next(((w, h) for low, high, w, h in _ACC_HINTS if low <= median_g <= high), default)
        size = f"the median acceleration is {median_g:.3g} g ({median_g * STANDARD_GRAVITY_MPS2:.3g} m/s^2)"
        raise BadInput(f"{size}: {what}", where=where, hint=hint)
    if gyr_radps is None or np.percentile(np.abs(gyr_radps).max(axis=1), 95) <= _MAX_GYR_RADPS:
        return []
    if not gyr_in_degrees:
        raise BadInput(
            "the angular rate is often beyond 40 rad/s: it looks like degrees under the name of radians",
            where=where,
            hint="Rename gx_radps to gx_dps, and so on",
        )
    return [f"{where}: the angular rate is often beyond 2300 deg/s: was it converted to degrees twice?"]
