"""Forward kinematics from a moving trunk to the sensor's place: orientation, angular rate, specific force.

The trunk is a chain of rigid segments from the hips up; the sensor sits on a lever arm from its segment's lower joint. Its
acceleration is the hips' plus, for each segment up to there, α × r + ω × (ω × r).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.motion.vectors import cross
from sensorcore.simulator.trunk import Motion
from sensorcore.simulator.turn import apply, inverse


@dataclass(frozen=True, slots=True)
class Felt:
    """`to_world` (n, 3, 3) turns the segment's axes into world axes; `gyr_radps` and `acc_mps2` (n, 3) in the segment's axes:
    angular rate and specific force (9.81 upwards at rest) at the sensor; `up` (n, 3) world-up in them; `acceleration_world_mps2`
    (n, 3) and `velocity_world_mps` (n, 3) of the sensor's point."""

    to_world: FloatArray
    gyr_radps: FloatArray
    acc_mps2: FloatArray
    up: FloatArray
    acceleration_world_mps2: FloatArray
    velocity_world_mps: FloatArray


def felt(motion: Motion, lever_m: tuple[float, float, float]) -> Felt:
    """What a sensor at `lever_m` from the lower joint of its segment (in the segment's axes) feels of `motion`."""
    n = len(motion.t_s)
    # The hips move along the heading; a turning heading adds ψ' × v.
    forward, left, upward = motion.velocity_mps
    turning = motion.heading.v
    sh, ch = np.sin(motion.heading.x), np.cos(motion.heading.x)
    along, across = forward.v - turning * left.x, left.v + turning * forward.x
    acceleration = _rows(n, ch * along - sh * across, sh * along + ch * across, upward.v)
    velocity = _rows(n, ch * forward.x - sh * left.x, sh * forward.x + ch * left.x, upward.x)
    chain = motion.segments[: motion.segment + 1]
    for turn, arm in zip(chain, (*motion.joints_m[: motion.segment], lever_m), strict=True):
        lever = np.array(arm)[:, None]
        spin = np.stack(cross(turn.rate, lever))
        velocity += apply(turn.matrix, spin)
        acceleration += apply(turn.matrix, np.add(cross(turn.acceleration, lever), cross(turn.rate, spin)))
    own = chain[-1]
    specific = acceleration + np.array([0.0, 0.0, STANDARD_GRAVITY_MPS2])[:, None]
    to_world = np.ascontiguousarray(np.broadcast_to(np.moveaxis(own.matrix, 2, 0), (n, 3, 3)))
    rate = np.broadcast_to(own.rate, (3, n))
    acc = inverse(own.matrix, specific)
    return Felt(to_world, _tall(rate), _tall(acc), to_world[:, 2, :], _tall(acceleration), _tall(velocity))


def _rows(n: int, *parts: FloatArray) -> FloatArray:
    return np.stack([np.broadcast_to(part, (n,)) for part in parts])


def _tall(rows: FloatArray) -> FloatArray:
    return np.ascontiguousarray(rows.T)
