"""The body frame: from "up in the sensor's axes" to how far the wearer leans from their own upright.

Leaning forward by θ turns the body about its left axis, so world-up moves backward in it: `up_body = (−sin θ, 0, cos θ)`;
leaning right by φ gives `(0, sin φ, cos φ)`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sensorcore.columns import Columns
from sensorcore.errors import BadInput
from sensorcore.model import FloatArray, Vector3, vector3
from sensorcore.motion.vectors import cross, dot, unit

FORWARD_TELLS = 0.2
"""Least sine of the angle between upright and a usable forward (12°)."""


@dataclass(frozen=True, slots=True)
class Lean(Columns):
    """Degrees from upright, (n,) each: `inclination_deg` in any direction (0–180), `flexion_deg` > 0 forward, `lateral_deg` > 0
    right. While forward is unknown, flexion is the inclination and lateral is 0."""

    inclination_deg: FloatArray
    flexion_deg: FloatArray
    lateral_deg: FloatArray


def lean(up: FloatArray, upright: Vector3, forward: Vector3 | None) -> Lean:
    """How `up` (n, 3) departs from `upright`; both in sensor axes, like `forward`."""
    at = up.T
    z = dot(at, upright)
    x, y, w = at[0] - z * upright[0], at[1] - z * upright[1], at[2] - z * upright[2]
    inclination = np.degrees(np.arctan2(np.sqrt(x * x + y * y + w * w), z))
    if forward is None:
        return Lean(inclination, inclination, np.zeros(len(up)))
    ahead, left = _level_axes(upright, forward)
    x, y = dot(at, ahead), dot(at, left)
    return Lean(inclination, np.degrees(np.arctan2(-x, z)), np.degrees(np.arctan2(y, np.sqrt(x * x + z * z))))


def inclination_deg(flexion_deg: FloatArray, lateral_deg: FloatArray) -> FloatArray:
    """Angle (n,) between upright and the trunk in any direction: the inverse of how `lean` divides it."""
    level = np.cos(np.deg2rad(flexion_deg)) * np.cos(np.deg2rad(lateral_deg))
    return np.asarray(np.rad2deg(np.arccos(np.clip(level, -1.0, 1.0))))


@lru_cache(maxsize=8)  # the same two for hours, a few times a second
def _level_axes(upright: Vector3, forward: Vector3) -> tuple[Vector3, Vector3]:
    ahead = horizontal_forward(upright, forward)
    return ahead, cross(upright, ahead)


def horizontal_forward(upright: Vector3, forward: Vector3) -> Vector3:
    """`forward` made level: at right angles to this `upright`. Sitting and standing tilt the sensor differently. Raises BadInput
    when the two all but coincide: then one of them is wrong, and which way is forward would be chance."""
    up, ahead = np.asarray(upright), np.asarray(forward)
    level = ahead - float(ahead @ up) * up
    if np.linalg.norm(level) < FORWARD_TELLS:
        hint = "Check --mount against the baseline, or calibrate again."
        raise BadInput("the forward direction points along the measured upright", where="body frame", hint=hint)
    return unit(level)


def parse_mount(text: str) -> tuple[Vector3, Vector3 | None]:
    """`up=-x,forward=-z` → (up, forward) in sensor axes; forward may be left out. Raises BadInput."""
    axes = {s + n: vector3(np.eye(3)[i] * (-1.0 if s == "-" else 1.0)) for i, n in enumerate("xyz") for s in ("", "+", "-")}
    hint = "Write for example --mount up=-x,forward=-z, with the sensor's axes x, y, z; forward may be left out."
    found: dict[str, Vector3] = {}
    for part in text.split(","):
        name, _, axis = part.strip().partition("=")
        if name not in ("up", "forward") or axis not in axes or name in found:
            raise BadInput(f"cannot read '{part}'", where="--mount", hint=hint)
        found[name] = axes[axis]
    if "up" not in found:
        raise BadInput("'up' is missing", where="--mount", hint=hint)
    if "forward" in found and abs(float(np.dot(found["up"], found["forward"]))) > 0.5:
        raise BadInput("up and forward name the same axis", where="--mount", hint=hint)
    return found["up"], found.get("forward")


def picked(leans: dict[str, Lean], uprights: list[str]) -> Lean:
    """Each tick's lean from its named upright; all `leans` are of the same ticks."""
    if len(set(uprights)) == 1:
        return leans[uprights[0]]
    names = list(leans)
    pick = np.asarray([names.index(name) for name in uprights])
    rows = np.arange(len(pick))
    return Lean(*(np.stack([getattr(leans[n], part) for n in names])[pick, rows] for part in Lean.__slots__))
