"""Moving figure of an exercise, in braille. Pure geometry, drawn as `tui.drawing.figure` draws the wearer."""

from __future__ import annotations

import tomllib
from functools import cache, lru_cache
from importlib import resources
from typing import Any, Final, TypeAlias

import numpy as np

from sensorcore.model import BoolArray
from tui.drawing.figure import Canvas, Figure, Point

Points: TypeAlias = dict[str, Point]

STEPS: Final = 24
"""A movement is drawn in so many steps."""
FROM_BEHIND: Final = ("side_bend", "trunk_rotation")
_FULL_LUNGS: Final = 0.022
"""How much thicker the trunk is drawn then."""
_WIDE: Final = 1.25
"""Body heights across that the widest exercise needs."""
_HELD_OUT: Final = 0.1
_HEAD, _TRUNK, _ARM, _LEG = 0.075, 0.048, 0.02, 0.03
_LIMBS: Final = (
    (("neck", "elbow", "hand"), _ARM),
    (("neck", "elbow2", "hand2"), _ARM),
    (("hip", "knee", "foot", "toe"), _LEG),
    (("hip", "knee2", "foot2"), _LEG),
)
_LIMBS_BEHIND: Final = (
    (("shoulder2", "neck", "shoulder"), _ARM),
    (("shoulder", "elbow", "hand"), _ARM),
    (("shoulder2", "elbow2", "hand2"), _ARM),
    (("hip", "knee", "foot"), _LEG),
    (("hip", "knee2", "foot2"), _LEG),
)


@lru_cache(maxsize=256)
def drawn(cells: int, rows: int, pose: str, exercise: str, step: int, to_left: bool = False) -> Figure:
    """`exercise` ("": breathing) begun in `pose`, `step` of `STEPS` into the movement, to the left or (else) the right."""
    behind = exercise in FROM_BEHIND
    start = _start(pose, exercise)
    end = start | _placed(start, _data()["end"].get(exercise, {}).get(pose, {}))
    share = step / STEPS
    points = {name: _between(start[name if name in start else name.removesuffix("2")], point, share) for name, point in end.items()}
    canvas = Canvas(cells, rows)
    size = min(1.0, canvas.width / _WIDE) if pose in ("supine", "all_fours") else min(1.0, canvas.width / 0.95)
    way = -1.0 if to_left and behind else 1.0

    def at(point: Point) -> Point:
        return canvas.width / 2 + way * size * point[0], size * point[1]

    thicker = 0.0 if exercise else _FULL_LUNGS * share
    canvas.limb([at(each) for each in _bent(points)], size * ((0.085 if behind else _TRUNK) + thicker))
    canvas.disc(at(points["head"]), size * _HEAD)
    for names, thick in _LIMBS_BEHIND if behind else _LIMBS:
        if all(name in points for name in names):
            canvas.limb([at(points[name]) for name in names], size * thick)
    return Figure(canvas.dots, _around(cells, rows, pose, exercise, size))


@cache
def _data() -> dict[str, Any]:
    return tomllib.loads(resources.files("tui.drawing").joinpath("exercise_poses.toml").read_text(encoding="utf-8"))


def _start(pose: str, exercise: str) -> Points:
    base: Points = _data()["behind" if exercise in FROM_BEHIND else "side"][pose]
    return base | _placed(base, _data()["start"].get(exercise, {}))


def _placed(base: Points, points: Points) -> Points:
    """Arms held out are given from the shoulders' height."""
    shoulders = base.get("shoulder", (0.0, 0.0))[1]
    return {name: (x, y + shoulders if abs(y) < _HELD_OUT else y) for name, (x, y) in points.items()}


def _between(a: Point, b: Point, share: float) -> Point:
    return a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def _bent(points: Points) -> list[Point]:
    """Hip to neck through the back, as a curve."""
    hip, back, neck = (np.array(points[name]) for name in ("hip", "back", "neck"))
    through = 2 * back - (hip + neck) / 2
    curve = [(1 - t) ** 2 * hip + 2 * t * (1 - t) * through + t**2 * neck for t in np.linspace(0.0, 1.0, 9)]
    return [(float(x), float(y)) for x, y in curve]


def _around(cells: int, rows: int, pose: str, exercise: str, size: float) -> BoolArray:
    """The floor, and what one sits on, holds or leans against."""
    canvas = Canvas(cells, rows)
    middle = canvas.width / 2
    lines: list[list[Point]] = [[(-0.5 * canvas.width / size, 0.0), (0.5 * canvas.width / size, 0.0)]]
    if pose == "sitting":
        lines += [[(-0.2, 0.3), (0.06, 0.3)], [(-0.18, 0.3), (-0.18, 0.0)], [(0.03, 0.3), (0.03, 0.0)]]
    if exercise == "hang":
        lines += [[(-0.2, 0.95), (0.32, 0.95)]]
    if exercise == "ninety_ninety":
        lines += [[(0.39, 0.0), (0.39, 0.7)]]
    for line in lines:
        canvas.limb([(middle + size * x, size * y) for x, y in line], 0.0)
    return canvas.dots
