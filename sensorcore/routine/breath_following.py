"""Correlation of trunk tilt with a breathing pattern: the share of the pattern that the tilt explains, and its lag.

The pattern's fullness, shifted by each lag in turn, is fitted by the two axes of tilt across gravity (multiple correlation,
R²); the best lag is how late the wearer is. The sign of a breath's tilt is unknown, so in and out cannot be distinguished: lags
are searched within a quarter of the cycle, and a wearer who breathes exactly the other way round seems to follow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.model import FloatArray
from sensorcore.routine.breath_patterns import Pattern

LEAST_S: Final = 20.0
CYCLES: Final = 3
"""Breaths in the window: fewer are uncertain, more lag behind a wearer who finds the pace."""
LAG_STEP_S: Final = 0.2


@dataclass(frozen=True, slots=True)
class Following:
    """`score` 0–1: explained share of the pattern; `lag_s` > 0: late by so much, within a quarter of the cycle."""

    score: float
    lag_s: float


def window_s(pattern: Pattern) -> float:
    """Length of the window, and so the time before the first estimate."""
    return max(LEAST_S, CYCLES * pattern.cycle_s)


def follow(pattern: Pattern, t_s: FloatArray, up: FloatArray) -> Following:
    """`t_s` (n,) since the first breath began, `up` (n, 3) at about ten a second over whole cycles."""
    mean = up.mean(axis=0)
    away = up - mean
    scale = np.vander(t_s - t_s.mean(), 3)
    axes = away - scale @ np.linalg.lstsq(scale, away, rcond=None)[0]  # without drift
    basis, strength, _ = np.linalg.svd(axes, full_matrices=False)
    basis = basis[:, :2][:, strength[:2] > 1e-9]  # the two axes across gravity; nothing moves along it
    lags_s = np.arange(-pattern.cycle_s / 4, pattern.cycle_s / 4 + LAG_STEP_S / 2, LAG_STEP_S)
    targets = np.stack([pattern.fullness(t_s - lag_s) for lag_s in lags_s], axis=1)
    targets = targets - scale @ np.linalg.lstsq(scale, targets, rcond=None)[0]
    share = np.square(basis.T @ targets).sum(axis=0) / np.maximum(np.square(targets).sum(axis=0), 1e-12)
    best = int(share.argmax())
    return Following(float(share[best]), float(lags_s[best]))
