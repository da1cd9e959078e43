"""From a moving trunk to what the sensor's place feels: orientation, angular rate, specific force.

Trunk axes: x forward, y left, z up. Orientation is yaw about z, then lateral about x, then flexion about y, so that the
seat's turn and a slouch add up. The sensor sits on a rigid lever arm from the hips: its acceleration is the pelvis's plus
α × r + ω × (ω × r).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.source.simulate.trunk import Motion


@dataclass(frozen=True, slots=True)
class Felt:
    """`to_world` (n, 3, 3) turns trunk axes into world axes; `gyr_radps` and `acc_mps2` (n, 3) in trunk axes: angular rate and
    specific force (9.81 upwards at rest) at the sensor; `up` (n, 3) world-up in trunk axes; `acceleration_world_mps2` (n, 3)
    and `velocity_world_mps` (n, 3) of the sensor's point."""

    to_world: FloatArray
    gyr_radps: FloatArray
    acc_mps2: FloatArray
    up: FloatArray
    acceleration_world_mps2: FloatArray
    velocity_world_mps: FloatArray


def felt(motion: Motion, lever_m: tuple[float, float, float]) -> Felt:
    """What a sensor at `lever_m` from the hips (trunk axes) feels of `motion`."""
    pitch, roll = motion.flexion, motion.lateral
    yaw = motion.yaw + motion.heading
    sp, cp, sr, cr = np.sin(pitch.x), np.cos(pitch.x), np.sin(roll.x), np.cos(roll.x)
    # The world's up in trunk axes; a turn about it is felt along it.
    up = np.stack([-sp * cr, sr, cp * cr], axis=1)
    up_v = np.stack([-cp * cr * pitch.v + sp * sr * roll.v, cr * roll.v, -sp * cr * pitch.v - cp * sr * roll.v], axis=1)
    omega = np.stack([roll.v * cp, pitch.v, roll.v * sp], axis=1) + yaw.v[:, None] * up
    alpha = np.stack([roll.a * cp - roll.v * sp * pitch.v, pitch.a, roll.a * sp + roll.v * cp * pitch.v], axis=1)
    alpha += yaw.a[:, None] * up + yaw.v[:, None] * up_v
    sy, cy = np.sin(yaw.x), np.cos(yaw.x)
    to_world = np.stack(
        [
            np.stack([cy * cp - sy * sr * sp, -sy * cr, cy * sp + sy * sr * cp], axis=1),
            np.stack([sy * cp + cy * sr * sp, cy * cr, sy * sp - cy * sr * cp], axis=1),
            up,
        ],
        axis=1,
    )
    lever = np.broadcast_to(np.array(lever_m), omega.shape)
    spin = np.cross(omega, lever)
    lever_acceleration = np.cross(alpha, lever) + np.cross(omega, spin)
    # The pelvis moves along the heading; a turning heading adds ψ' × v.
    forward, left, upward = motion.velocity_mps
    turning = motion.heading.v
    sh, ch = np.sin(motion.heading.x), np.cos(motion.heading.x)
    along, across = forward.v - turning * left.x, left.v + turning * forward.x
    pelvis_acceleration = np.stack([ch * along - sh * across, sh * along + ch * across, upward.v], axis=1)
    pelvis_velocity = np.stack([ch * forward.x - sh * left.x, sh * forward.x + ch * left.x, upward.x], axis=1)
    in_trunk = np.einsum("nji,nj->ni", to_world, pelvis_acceleration)
    acc = in_trunk + lever_acceleration + STANDARD_GRAVITY_MPS2 * up
    world = pelvis_acceleration + np.einsum("nij,nj->ni", to_world, lever_acceleration)
    velocity = pelvis_velocity + np.einsum("nij,nj->ni", to_world, spin)
    return Felt(to_world, omega, acc, up, world, velocity)
