"""Figure of the wearer in braille: from the side, leaning forward or back, and from behind, leaning left or right. Pure geometry
on a grid of dots. Lengths are shares of the figure's height; the angles are the measured ones, not enlarged."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, TypeAlias

import numpy as np

from sensorcore.model import BoolArray, FloatArray

Pose: TypeAlias = Literal["sitting", "standing", "walking", "lying", "absent"]
Point: TypeAlias = tuple[float, float]

_TRUNK: Final = 0.35
_HEAD: Final = 0.085
_HIP: Final = {"sitting": 0.36, "standing": 0.42, "walking": 0.42, "absent": 0.36}
"""Height of the hip above the floor."""
_STEPS: Final = 5
"""The back is drawn as so many pieces: straight at the hip, more and more bent upwards."""


@dataclass(frozen=True, slots=True)
class Figure:
    """Dots (4 · rows, 2 · cells) of the body and of the guide lines behind it: upright and the limit."""

    body: BoolArray
    guides: BoolArray


@lru_cache(maxsize=64)
def side(
    cells: int, rows: int, pose: Pose, flexion_deg: int, limit_deg: int, step: int = 0, lower_deg: int | None = None
) -> Figure:
    """From the wearer's right: forward is to the right. `step` (0 or 1) swaps the legs of one who walks. `lower_deg`: lean of the
    lower back, where a second sensor measures it."""
    canvas = Canvas(cells, rows)
    if pose == "lying":
        return _lying(canvas)
    hip = ((0.46 if pose == "sitting" else 0.5) * canvas.width, _HIP[pose])
    back = _back(hip, flexion_deg, lower_deg)
    for x, y, radius in zip(*_along(back), np.linspace(0.06, 0.05, 24), strict=True):
        canvas.disc((x, y), radius)
    lean = np.deg2rad(flexion_deg * 1.25)
    neck = (back[-1][0] + 0.05 * np.sin(lean), back[-1][1] + 0.05 * np.cos(lean))
    canvas.disc((neck[0] + _HEAD * np.sin(lean) + 0.012, neck[1] + _HEAD * np.cos(lean)), _HEAD)
    shoulder = back[-1]
    if pose == "standing":
        canvas.limb([hip, (hip[0] + 0.01, 0.22), (hip[0], 0.03), (hip[0] + 0.09, 0.02)], 0.03)
        canvas.limb([shoulder, (shoulder[0] + 0.03, shoulder[1] - 0.17), (shoulder[0] + 0.07, shoulder[1] - 0.32)], 0.018)
    elif pose == "walking":
        stride = 0.1 if step else 0.16
        canvas.limb([hip, (hip[0] + stride, 0.24), (hip[0] + 1.1 * stride, 0.03), (hip[0] + 1.1 * stride + 0.07, 0.03)], 0.03)
        canvas.limb([hip, (hip[0] - 0.3 * stride, 0.23), (hip[0] - 1.4 * stride, 0.05), (hip[0] - 1.4 * stride + 0.06, 0.02)], 0.03)
        canvas.limb([shoulder, (shoulder[0] - stride, shoulder[1] - 0.2), (shoulder[0] - stride + 0.06, shoulder[1] - 0.34)], 0.018)
    else:
        canvas.limb([hip, (hip[0] + 0.28, hip[1] - 0.01), (hip[0] + 0.27, 0.03), (hip[0] + 0.36, 0.02)], 0.035)
        canvas.limb([(hip[0] - 0.1, hip[1] - 0.09), (hip[0] + 0.14, hip[1] - 0.09)], 0.012)
        canvas.limb([(hip[0] + 0.02, hip[1] - 0.09), (hip[0] + 0.02, 0.01)], 0.012)
        canvas.limb([shoulder, (shoulder[0] + 0.05, shoulder[1] - 0.17), (shoulder[0] + 0.22, shoulder[1] - 0.2)], 0.018)
    return Figure(canvas.dots, _guides(canvas, hip, limit_deg if flexion_deg >= 0 else -limit_deg))


@lru_cache(maxsize=64)
def behind(cells: int, rows: int, pose: Pose, lateral_deg: int, limit_deg: int) -> Figure:
    """From behind: the wearer's right is to the right."""
    canvas = Canvas(cells, rows)
    if pose == "lying":
        return _lying(canvas)
    hip = (0.5 * canvas.width, _HIP[pose])
    back = _back(hip, lateral_deg)
    for x, y, radius in zip(*_along(back), np.linspace(0.07, 0.1, 24), strict=True):
        canvas.disc((x, y), radius * 0.8)
    lean = np.deg2rad(lateral_deg * 1.25)
    across: Point = (float(np.cos(lean)), -float(np.sin(lean)))
    shoulder = back[-1]
    canvas.disc((shoulder[0] + 0.14 * np.sin(lean), shoulder[1] + 0.14 * np.cos(lean)), _HEAD)
    for way in (-1, 1):
        tip = (shoulder[0] + way * 0.13 * across[0], shoulder[1] + way * 0.13 * across[1])
        canvas.limb([shoulder, tip, (tip[0] + way * 0.03, tip[1] - 0.18), (tip[0] + way * 0.01, tip[1] - 0.32)], 0.02)
        foot = 0.03 if pose == "sitting" else 0.02
        canvas.limb([hip, (hip[0] + way * 0.08, hip[1] - 0.02), (hip[0] + way * 0.08, foot)], 0.032)
    return Figure(canvas.dots, _guides(canvas, hip, limit_deg if lateral_deg >= 0 else -limit_deg))


def _lying(canvas: Canvas) -> Figure:
    """On the back, head to the left, as long as there is room for."""
    size = min(1.0, canvas.width / 1.0)
    left, mat = (canvas.width - 0.96 * size) / 2, 0.03 * size
    middle = 0.1 * size
    canvas.limb([(left, mat), (left + 0.96 * size, mat)], 0.014 * size)
    canvas.disc((left + 0.1 * size, middle + 0.02 * size), _HEAD * size)
    canvas.limb([(left + 0.23 * size, middle), (left + 0.5 * size, middle)], 0.055 * size)
    knee = (left + 0.72 * size, middle + 0.13 * size)
    canvas.limb([(left + 0.5 * size, middle), knee, (left + 0.86 * size, middle - 0.03 * size)], 0.035 * size)
    return Figure(canvas.dots, np.zeros_like(canvas.dots))


def _back(hip: Point, angle_deg: float, lower_deg: float | None = None) -> list[Point]:
    """Back from hip to shoulder. The pieces bend little at the hip and most at the top, and the line between the ends has the
    angle; with two sensors: below by `lower_deg`, above by the angle."""
    if lower_deg is None:
        bends = np.deg2rad(np.clip(angle_deg, -110, 110)) * np.linspace(0.5, 1.5, _STEPS)
    else:
        bends = np.deg2rad(np.clip(np.linspace(lower_deg, angle_deg, _STEPS), -110, 110))
    xs = hip[0] + np.concatenate([[0.0], np.cumsum(np.sin(bends))]) * _TRUNK / _STEPS
    ys = hip[1] + np.concatenate([[0.0], np.cumsum(np.cos(bends))]) * _TRUNK / _STEPS
    return list(zip(xs.tolist(), ys.tolist(), strict=True))


def _along(points: Sequence[Point], n: int = 24) -> tuple[FloatArray, FloatArray]:
    xs, ys = (np.array(values) for values in zip(*points, strict=True))
    at = np.linspace(0, len(points) - 1, n)
    return np.interp(at, np.arange(len(points)), xs), np.interp(at, np.arange(len(points)), ys)


def _guides(canvas: Canvas, hip: Point, limit_deg: float) -> BoolArray:
    """Dotted rays from the hip: straight up, and the limit on the side leaned to."""
    dots = np.zeros_like(canvas.dots)
    length = _TRUNK + 0.05 + 2 * _HEAD
    for angle_deg, every in ((0.0, 4), (limit_deg, 2)):
        reach = np.arange(round(0.1 * canvas.height), round(length * canvas.height), every) / canvas.height
        lean = np.deg2rad(angle_deg)
        column = np.round((hip[0] + reach * np.sin(lean)) * canvas.height - 0.5).astype(int)
        row = np.round((1 - hip[1] - reach * np.cos(lean)) * canvas.height - 0.5).astype(int)
        inside = (column >= 0) & (column < dots.shape[1]) & (row >= 0) & (row < dots.shape[0])
        dots[row[inside], column[inside]] = True
    return dots


class Canvas:
    """A grid of `dots` on which lengths are shares of its height: x to the right from the left edge (to `width`), y up from the
    floor."""

    def __init__(self, cells: int, rows: int) -> None:
        self.height = 4 * rows
        self.width = 2 * cells / self.height
        self.dots: BoolArray = np.zeros((4 * rows, 2 * cells), dtype=np.bool_)
        self._x = (np.arange(2 * cells)[None, :] + 0.5) / self.height
        self._y = 1 - (np.arange(4 * rows)[:, None] + 0.5) / self.height

    def disc(self, centre: tuple[float, float], radius: float) -> None:
        radius = max(radius, 0.5 / self.height)
        self.dots |= (self._x - centre[0]) ** 2 + (self._y - centre[1]) ** 2 <= radius**2

    def limb(self, points: Sequence[Point], radius: float) -> None:
        """Joined pieces, at least a dot wide."""
        radius = max(radius, 0.55 / self.height)
        for (x0, y0), (x1, y1) in itertools.pairwise(points):
            dx, dy = x1 - x0, y1 - y0
            along = np.clip(((self._x - x0) * dx + (self._y - y0) * dy) / max(dx * dx + dy * dy, 1e-9), 0.0, 1.0)
            self.dots |= (self._x - x0 - along * dx) ** 2 + (self._y - y0 - along * dy) ** 2 <= radius**2
