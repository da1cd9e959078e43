"""Rows in SI units on their way to blocks: cut to length, and marked where the sensor is saturated."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import BoolArray, FloatArray


@dataclass(frozen=True, slots=True)
class SiSamples(Columns):
    """Rows in SI units with the file's own times (strictly increasing, from the first row on): `t_s` (n,), `acc_mps2` (n, 3),
    `gyr_radps` (n, 3) or None; `saturated` (n,) where that was found out already."""

    t_s: FloatArray
    acc_mps2: FloatArray
    gyr_radps: FloatArray | None
    saturated: BoolArray | None = None


def cut(parts: Iterator[SiSamples], n_rows: int) -> Iterator[tuple[SiSamples, float | None]]:
    """Blocks of exactly `n_rows` (the last may be shorter), each with the time of the row after it."""
    held: list[SiSamples] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) <= n_rows:
            continue
        rows = SiSamples.joined(held)
        while len(rows) > n_rows:
            yield rows[:n_rows], float(rows.t_s[n_rows])
            rows = rows[n_rows:]
        held = [rows]
    if held and sum(map(len, held)):
        yield SiSamples.joined(held), None


def saturated(rows: SiSamples, full_scale: tuple[float, float] | None) -> BoolArray:
    """Mask of samples at full scale (acc m/s^2, gyr rad/s). Where full scale is unknown: an axis that stays for three
    samples or more at exactly the largest magnitude of its block, beyond 1.95 g or 245 deg/s, the smallest ranges that sensors
    have."""
    if rows.saturated is not None:
        return rows.saturated
    out = np.zeros(len(rows), dtype=np.bool_)
    for values, i, least in ((rows.acc_mps2, 0, 1.95 * 9.80665), (rows.gyr_radps, 1, np.deg2rad(245.0))):
        if values is None:
            continue
        size = np.abs(values)
        if full_scale is not None:
            out |= (size >= 0.9999 * full_scale[i]).any(axis=1)
            continue
        top = (size == size.max(axis=0)) & (size >= least)
        for axis in np.flatnonzero(top.sum(axis=0) >= 3):
            run = top[:, axis] & np.append(False, values[1:, axis] == values[:-1, axis])  # same as the sample before
            triple = np.zeros(len(rows), dtype=np.bool_)
            triple[2:] = run[2:] & run[1:-1]
            out |= triple | np.append(triple[1:], False) | np.append(triple[2:], [False, False])
    return out
