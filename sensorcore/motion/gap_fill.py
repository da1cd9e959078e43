"""Angular rate in a hole of a tenth of a second and more, from what went before and what came after.

An autoregressive model is fitted to the last two seconds; the missing samples are those that surprise it least (Janssen, Veldhuis &
Vries 1986, IEEE Trans. ASSP 34(2):317). Steps and tremor go on through the hole, where a straight line knows nothing of them:
the turn missed comes out a fifth nearer on people walking and on BROAD (docs/accuracy.md). The model also estimates the error
of the sum, from its prediction errors before and after the hole."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from sensorcore.model import BoolArray, FloatArray

PAST_S: Final = 2.0
LEAST_S: Final = 1.0
"""With less before the hole the straight line stays."""
ORDER_S: Final = 0.3
LOOK_S: Final = 0.1
"""How much of what comes after the hole is used, once it is there."""
WORTH_S: Final = 0.04
"""A shorter hole is a straight line: the model predicts no better."""
SETTLE: Final = 1e-3
"""Ridge of the fit, as a share of the signal's power."""


def look(rate_hz: float) -> int:
    """How many rows after the hole are used."""
    return max(2, round(LOOK_S * rate_hz))


def known(past: FloatArray, rate_hz: float) -> bool:
    """Whether the rates before a hole, (k, 3), are enough to foretell what goes on in it."""
    return len(past) >= max(LEAST_S * rate_hz, 2 * max(2, round(ORDER_S * rate_hz)))


def found(real: BoolArray) -> list[tuple[int, int]]:
    """Where each run of rows that are not `real` (n,) begins, and how long it is."""
    if real.all():
        return []
    edges = np.flatnonzero(np.diff(~real, prepend=False, append=False)).tolist()
    return [(begin, end - begin) for begin, end in zip(edges[::2], edges[1::2], strict=True)]


def filled(past: FloatArray, line: FloatArray, after: FloatArray, rate_hz: float) -> tuple[FloatArray, float]:
    """The angular rate (m, 3) in a hole, and the standard deviation (radians) of the tilt that it leaves in doubt.

    `past` (k, 3) and `after` (j, 3), j ≥ 1, are the rates around the hole, `line` (m, 3) what a straight line has put in it."""
    order, missing = max(2, round(ORDER_S * rate_hz)), len(line)
    if not known(past, rate_hz):
        around = np.concatenate([past, after])
        return line, missing / rate_hz * math.sqrt(2.0 * float(np.mean(around.var(axis=0))))
    mean = past.mean(axis=0)
    past, after = past - mean, after - mean
    weights, surprise = _fitted(past, order)
    # the residuals in and after the hole, as a linear function of the missing samples
    around = np.concatenate([past[-order:], np.zeros((missing, 3)), after])
    kernel = np.concatenate([-weights[::-1], [1.0]])
    residual = np.zeros((missing + len(after), len(around)))
    for row in range(len(residual)):
        residual[row, row : row + order + 1] = kernel
    acts = residual[:, order : order + missing]
    normal = acts.T @ acts
    normal[np.diag_indices(missing)] += 1e-9
    solved = np.linalg.solve(normal, np.column_stack([acts.T @ -(residual @ around), np.ones(missing)]))
    left = residual @ around + acts @ solved[:, :3]
    surprise = max(surprise, float((left * left).sum()) / (3 * len(after)))
    doubt = math.sqrt(max(float(solved[:, 3].sum()), 0.0) * 2.0 * surprise) / rate_hz
    return np.asarray(solved[:, :3] + mean), doubt


def _fitted(past: FloatArray, order: int) -> tuple[FloatArray, float]:
    """Weights (order,) of the samples before, newest first, the same for all axes, and the variance of what they do not foresee
    (mean of the axes)."""
    windows = np.lib.stride_tricks.sliding_window_view(past, order + 1, axis=0).reshape(-1, order + 1)
    before, now = windows[:, -2::-1], windows[:, -1]
    normal = before.T @ before
    normal[np.diag_indices(order)] += SETTLE * np.trace(normal) / order + 1e-12
    weights = np.asarray(np.linalg.solve(normal, before.T @ now), dtype=np.float64)
    return weights, float(np.mean((now - before @ weights) ** 2))
