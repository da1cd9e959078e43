"""Ground truth per sample: up, posture and state of the wearer; thinned for a recording's truth channel."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import Calibration, FloatArray
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.simulator.attachment import Attached
from sensorcore.simulator.body import POSE_NAMES, SEGMENTS
from sensorcore.simulator.exercises import TrueRepetition
from sensorcore.simulator.script import SITTING, STANDING, PhaseSpan
from sensorcore.simulator.trunk import Motion, Trunk
from sensorcore.track.posture_track import CONTEXTS, POSTURES, SLOUCHED, UNKNOWN, UPRIGHT

NOT_WORN: Final = CONTEXTS.index("not_worn")
THRESHOLD_DEG: Final = 15.0
"""Beyond this from the state's upright the true posture is called slouched: the product's default threshold, without dwell."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Equal-length arrays at the sensor's rate, on the stream's clock. `up` (n, 3): world-up in sensor axes; `to_world` (n, 3,
    3) from sensor to world axes, `segments` (n, 3, 3, 3) those of each segment (body.SEGMENTS) to world axes; angles from the
    upright of the state that holds (+ forward, + right); `state` indexes CONTEXTS, `pose` POSE_NAMES, `posture` POSTURES (unknown
    unless worn, sitting or standing)."""

    t_s: FloatArray
    up: FloatArray
    to_world: FloatArray
    flexion_deg: FloatArray
    lateral_deg: FloatArray
    state: NDArray[np.int8]
    posture: NDArray[np.int8]
    pose: NDArray[np.int8]
    segments: FloatArray


def uprights(sitting_turn_deg: float, mount: FloatArray) -> Calibration:
    """The exact calibration of a wearer whose sensor turns by `sitting_turn_deg` on sitting down, mounted by `mount` (3, 3)."""
    turn = np.deg2rad(sitting_turn_deg)
    ups = {"standing": np.array([0.0, 0.0, 1.0]), "sitting": np.array([-np.sin(turn), 0.0, np.cos(turn)])}
    seen = {state: tuple((up @ mount).tolist()) for state, up in ups.items()}
    return Calibration(upright=seen, forward=tuple(mount[0].tolist()), quality_deg=0.0)


def truth(motion: Motion, t_s: FloatArray, to_world: FloatArray, held: Attached, sitting_turn_deg: float) -> Truth:
    """Truth of `motion` at stream times `t_s`; `to_world` (n, 3, 3) turns trunk axes into world axes, `held` is the sensor. A slip
    changes the sensor's orientation, not the wearer's angles."""
    up_trunk = to_world[:, 2, :]
    turn = np.where(motion.seated, np.deg2rad(sitting_turn_deg), 0.0)
    c, s = np.cos(turn), np.sin(turn)
    forward = c * up_trunk[:, 0] + s * up_trunk[:, 2]
    left = up_trunk[:, 1]
    above = c * up_trunk[:, 2] - s * up_trunk[:, 0]
    flexion = np.rad2deg(np.arctan2(-forward, above))
    lateral = np.rad2deg(np.arctan2(left, np.hypot(forward, above)))
    tilt = np.rad2deg(np.arctan2(np.hypot(forward, left), above))
    posture = np.where(tilt > THRESHOLD_DEG, SLOUCHED, UPRIGHT).astype(np.int8)
    state = np.where(held.worn, motion.state, NOT_WORN).astype(np.int8)
    posture[(state != SITTING) & (state != STANDING)] = UNKNOWN
    n = len(t_s)
    segments = np.stack([np.broadcast_to(np.moveaxis(turn.matrix, 2, 0), (n, 3, 3)) for turn in motion.segments], axis=1)
    return Truth(t_s, held.to_world[:, 2, :], held.to_world, flexion, lateral, state, posture, motion.pose, segments)


def ticks(part: Truth) -> Iterator[dict[str, Any]]:
    """Truth thinned to TICK_HZ: one plain dictionary a tick, from the first sample in it; the same however the stream is cut.
    Orientations are quaternions [w, x, y, z] from the axes of the sensor, and of each segment, to the world's."""
    before = part.t_s - (part.t_s[1] - part.t_s[0] if len(part.t_s) > 1 else 0.0)
    chosen = np.flatnonzero(np.floor(part.t_s * TICK_HZ + 1e-6) > np.floor(before * TICK_HZ + 1e-6))
    if not len(chosen):
        return
    sensor = _quaternions(part.to_world[chosen], decimals=4)
    segments = [_quaternions(part.segments[chosen, i], decimals=3) for i in range(len(SEGMENTS))]
    for row, k in enumerate(chosen.tolist()):
        yield {
            "t_s": round(float(part.t_s[k]), 4),
            "flexion_deg": round(float(part.flexion_deg[k]), 2),
            "lateral_deg": round(float(part.lateral_deg[k]), 2),
            "state": CONTEXTS[part.state[k]],
            "posture": POSTURES[part.posture[k]],
            "pose": POSE_NAMES[part.pose[k]],
            "sensor": sensor[row],
            **{name: turned[row] for name, turned in zip(SEGMENTS, segments, strict=True)},
        }


def _quaternions(matrices: FloatArray, *, decimals: int) -> list[list[float]]:
    """Of rotations (n, 3, 3), w ≥ 0; 4 decimals are a hundredth of a degree, 3 a tenth."""
    m = matrices
    squares = np.stack(
        [
            1 + m[:, 0, 0] + m[:, 1, 1] + m[:, 2, 2],
            1 + m[:, 0, 0] - m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] + m[:, 1, 1] - m[:, 2, 2],
            1 - m[:, 0, 0] - m[:, 1, 1] + m[:, 2, 2],
        ],
        axis=1,
    )
    x, y, z = m[:, 2, 1] - m[:, 1, 2], m[:, 0, 2] - m[:, 2, 0], m[:, 1, 0] - m[:, 0, 1]
    xy, xz, yz = m[:, 1, 0] + m[:, 0, 1], m[:, 0, 2] + m[:, 2, 0], m[:, 2, 1] + m[:, 1, 2]
    w2, x2, y2, z2 = squares.T
    rows = np.stack([np.stack(row) for row in ((w2, x, y, z), (x, x2, xy, xz), (y, xy, y2, yz), (z, xz, yz, z2))])
    most = squares.argmax(axis=1)
    q = rows[most, :, np.arange(len(m))]
    q /= np.linalg.norm(q, axis=1)[:, None]
    q *= np.where(q[:, :1] < 0, -1.0, 1.0)
    whole: list[list[float]] = np.round(q, decimals).tolist()
    return whole


def phase_record(span: PhaseSpan) -> dict[str, Any]:
    """A phase of the script, for the truth channel."""
    return {"t_s": round(span.start_s, 3), "end_s": round(span.end_s, 3), "phase": span.phase.name}


def repetition_record(rep: TrueRepetition) -> dict[str, Any]:
    """A repetition, for the truth channel: `counts` says whether it is one, `range_deg` how far the sensor's place turned."""
    return {
        "t_s": round(rep.start_s, 3),
        "end_s": round(rep.end_s, 3),
        "exercise": rep.exercise,
        "side": rep.side,
        "range_deg": rep.range_deg,
        "counts": rep.counts,
    }


def breath_record(start_s: float, end_s: float) -> dict[str, Any]:
    """A breath, in and out, for the truth channel."""
    return {"t_s": round(start_s, 3), "end_s": round(end_s, 3), "breath": round(60.0 / (end_s - start_s), 1)}


def body_records(trunk: Trunk) -> list[dict[str, Any]]:
    """Phases, repetitions and breaths in the order they begin, in true time."""
    records = [phase_record(span) for span in trunk.phases]
    records += [repetition_record(rep) for rep in trunk.repetitions()]
    records += [breath_record(start_s, end_s) for start_s, end_s in trunk.breaths()]
    return sorted(records, key=lambda record: float(record["t_s"]))
