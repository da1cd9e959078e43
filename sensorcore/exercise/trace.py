"""The signals that exercises are counted by, tick by tick, while one is open: flexion, lateral, turn and height.

Height comes from the length of the acceleration alone, not from the tilt: while a gyroscope contradicts gravity (EUROBENCH's
rates are 57 times too large in the generic CSV), getting up is still getting up.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Final

from sensorcore.model import STANDARD_GRAVITY_MPS2, StreamInfo, Vector3, vector3
from sensorcore.motion.body import horizontal_forward
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import angle_deg, cross, dot

TICK_S: Final = 1.0 / TICK_HZ
INDEX, FLEXION, LATERAL, TURN, HEIGHT, UNSURE, FELT_LEAN, APART = range(8)
COLUMNS: Final = 8
BRIDGED_TICKS: Final = 2
"""A tick or two left empty by a slow sensor belongs to the next one."""
MEASURED_WITHIN_DEG, MOUNT_WITHIN_DEG, ANY_DEG = 50.0, 75.0, 360.0
"""How far from the start pose a repetition may begin. With a measured upright, the poses lie 80° apart; a sensor on the curve of
the neck sits up to 57° askew of a nominal mount (TrunkyXL)."""
SLOW_S: Final = 6.0
"""Over which what the accelerometer adds to gravity by its own error is taken away."""
SPEED_LEAK_S: Final = 2.0
STANDS_STILL_MPS: Final = 0.06
"""Slower than this is drift of the sum, not a body that rises: standing up is 0.3 m/s and more."""
HEIGHT_LEAK_S: Final = 120.0
FELT_S: Final = 0.3

Row = tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Frame:
    """The wearer's axes in the sensor's: `up`, `forward`, `left`. `within_deg`: how far the start pose may be off, by what the axes
    are known from."""

    up: Vector3
    forward: Vector3
    left: Vector3
    within_deg: float


@dataclass(frozen=True, slots=True)
class TraceState:
    """`frame` is None while nothing tells it: then flexion is the lean in any direction from `first_up`, the first tick, and
    lateral is 0. `flexion_deg`, `turn_deg`: unwrapped, at the last tick; `added_mps2`: the slow part of the acceleration's length;
    `speed_mps`, `height_m`: of rising; `felt`, `first_felt`: smoothed acceleration, now and at first; `index` the last tick."""

    frame: Frame | None
    first_up: Vector3 | None = None
    flexion_deg: float = 0.0
    turn_deg: float = 0.0
    added_mps2: float = 0.0
    speed_mps: float = 0.0
    height_m: float = 0.0
    felt: Vector3 | None = None
    first_felt: Vector3 | None = None
    index: int = -1


def frame_of(info: StreamInfo, upright: Vector3 | None, forward: Vector3 | None, assumed: bool) -> Frame | None:
    """The wearer's axes from the calibration in force, else from the mount; None when neither tells forward."""
    if forward is None:
        return None
    if upright is not None and not assumed:
        up, within_deg = upright, MEASURED_WITHIN_DEG
    elif info.nominal_up is not None:
        up, within_deg = info.nominal_up, MOUNT_WITHIN_DEG
    elif upright is not None:
        up, within_deg = upright, ANY_DEG
    else:
        return None
    ahead = horizontal_forward(up, forward)
    return Frame(up, ahead, cross(up, ahead), within_deg)


def step(state: TraceState, ticks: Ticks) -> tuple[TraceState, list[Row]]:
    """Advance by n ticks: one row for each (COLUMNS), the bridged ones among them. Where the index jumps, time is missing."""
    rows: list[Row] = []
    columns = zip(
        ticks.index.tolist(),
        ticks.up,
        ticks.acc_mps2,
        ticks.turn_radps.tolist(),
        ticks.uncertainty_deg.tolist(),
        ticks.after_gap.tolist(),
        strict=True,
    )
    for index, up, acc, turn_radps, unsure_deg, after_gap in columns:
        empty = index - state.index - 1 if state.index >= 0 else 0
        lost = after_gap or empty > BRIDGED_TICKS
        if lost:
            state = replace(state, speed_mps=0.0, height_m=0.0, felt=None)
        at = index if lost else index - empty
        while at <= index:
            state = _advance(state, at, vector3(up), vector3(acc), turn_radps)
            rows.append(_row(state, vector3(up), unsure_deg))
            at += 1
        if lost and rows:
            rows[-1] = (*rows[-1][:UNSURE], max(unsure_deg, ANY_DEG), *rows[-1][UNSURE + 1 :])
    return state, rows


def _advance(state: TraceState, index: int, up: Vector3, acc: Vector3, turn_radps: float) -> TraceState:
    size = math.sqrt(dot(acc, acc))
    added = size - STANDARD_GRAVITY_MPS2
    slow = added if state.felt is None else state.added_mps2 + (added - state.added_mps2) * TICK_S / SLOW_S
    speed = state.speed_mps * (1.0 - TICK_S / SPEED_LEAK_S) + (added - slow) * TICK_S
    rising = speed if abs(speed) > STANDS_STILL_MPS else 0.0
    height = state.height_m * (1.0 - TICK_S / HEIGHT_LEAK_S) + rising * TICK_S
    share = 1.0 if state.felt is None else TICK_S / FELT_S
    x, y, z = state.felt or acc
    felt = (x + share * (acc[0] - x), y + share * (acc[1] - y), z + share * (acc[2] - z))
    first_up = state.first_up or up
    if state.frame is None:
        flexion = angle_deg(up, first_up)
    else:
        turned = math.degrees(math.atan2(-dot(up, state.frame.forward), dot(up, state.frame.up)))
        flexion = turned if state.first_up is None else state.flexion_deg + (turned - state.flexion_deg + 180.0) % 360.0 - 180.0
    return TraceState(
        state.frame,
        first_up,
        flexion,
        state.turn_deg + math.degrees(turn_radps) * TICK_S,
        slow,
        speed,
        height,
        felt,
        state.first_felt or felt,
        index,
    )


def _row(state: TraceState, up: Vector3, unsure_deg: float) -> Row:
    assert state.felt is not None
    assert state.first_felt is not None
    lateral = 0.0 if state.frame is None else math.degrees(math.asin(max(-1.0, min(1.0, dot(up, state.frame.left)))))
    felt_lean, apart = angle_deg(state.felt, state.first_felt), angle_deg(state.felt, up)
    return (float(state.index), state.flexion_deg, lateral, state.turn_deg, 100.0 * state.height_m, unsure_deg, felt_lean, apart)
