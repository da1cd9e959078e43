"""What posture is measured against: the wearer's own upright and forward, given by a calibration or, without one, assumed.

Without a calibration the first still stretch is taken for upright and marked as assumed; forward is the direction people bend in:
far more often and further than backward or sideways.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sensorcore.model import Calibration, Vector3, vector3
from sensorcore.motion.body import lean, unit
from sensorcore.motion.ticks import TICK_HZ, Ticks

ASSUMED_STATE = "sitting"
"""Most people who wear a posture sensor sit; the context says so with little confidence."""
STILL_S = 3.0
"""Calibration is a mean over at least 3 s still, never a filter that has not converged (docs/accuracy.md)."""
STILL_SWAY_MPS2 = 0.3
STILL_DRIFT_DEG = 2.0
MOUNT_AGREES_DEG = 40.0
"""A still stretch further than this from the mount's nominal up is lying or bent over, not upright."""
BEND_DEG = 20.0
BENDS_S = 3.0
ONE_SIDED = 0.8


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """`calibration` in force (None: not known yet); `still` the run of still ticks so far; `bend_sum` and `bend_ticks` where
    bends pointed."""

    calibration: Calibration | None
    nominal_up: Vector3 | None = None
    still: tuple[Vector3, ...] = ()
    bend_sum: Vector3 = (0.0, 0.0, 0.0)
    bend_ticks: int = 0

    @property
    def complete(self) -> bool:
        return self.calibration is not None and self.calibration.forward is not None and bool(self.calibration.upright)


def initial(calibration: Calibration | None, nominal_up: Vector3 | None) -> ReferenceState:
    """A calibration without any upright (only a mount is known) contributes its forward direction."""
    return ReferenceState(calibration, nominal_up)


def step(state: ReferenceState, ticks: Ticks) -> tuple[ReferenceState, int]:
    """Look through `ticks` until something becomes known: the state then, and how many ticks were used."""
    if state.complete:
        return state, len(ticks)
    for i in range(len(ticks)):
        before = state.calibration
        look = _forward if before is not None and before.upright else _upright
        state = look(state, ticks, i)
        if state.calibration is not before:
            return state, i + 1
    return state, len(ticks)


def _upright(state: ReferenceState, ticks: Ticks, i: int) -> ReferenceState:
    acc = ticks.acc_mps2[i]
    up = unit(acc)
    calm = bool(ticks.sway_mps2[i] < STILL_SWAY_MPS2) and not ticks.after_gap[i]
    near = not state.still or _apart_deg(up, state.still[0]) < STILL_DRIFT_DEG
    if state.nominal_up is not None and _apart_deg(up, state.nominal_up) > MOUNT_AGREES_DEG:
        calm = False
    still = (*state.still, up) if calm and near else ((up,) if calm else ())
    if len(still) < STILL_S * TICK_HZ:
        return replace(state, still=still)
    upright = unit(np.mean(still, axis=0))
    known = state.calibration
    forward = known.forward if known else None
    return replace(state, still=(), calibration=Calibration({ASSUMED_STATE: upright}, forward, None, assumed=True))


def _forward(state: ReferenceState, ticks: Ticks, i: int) -> ReferenceState:
    calibration = state.calibration
    assert calibration is not None
    upright = next(iter(calibration.upright.values()))
    up = ticks.up[i]
    if lean(up[None], upright, None).inclination_deg[0] < BEND_DEG:
        return state
    across = up - float(up @ np.asarray(upright)) * np.asarray(upright)
    total = np.asarray(state.bend_sum) - across / np.linalg.norm(across)
    count = state.bend_ticks + 1
    agreement = float(np.linalg.norm(total)) / count
    state = replace(state, bend_sum=vector3(total), bend_ticks=count)
    if count < BENDS_S * TICK_HZ or agreement < ONE_SIDED:
        return state
    spread_deg = float(np.degrees(np.arccos(min(agreement, 1.0))))
    return replace(state, calibration=replace(calibration, forward=unit(total), quality_deg=spread_deg))


def _apart_deg(a: Vector3, b: Vector3) -> float:
    return float(lean(np.asarray([a]), b, None).inclination_deg[0])
