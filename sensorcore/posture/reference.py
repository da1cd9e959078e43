"""The reference of posture: the wearer's own upright and forward, given by a calibration or, without one, assumed.

Without a calibration the first still stretch is taken for upright and marked as assumed; forward is the direction of the first
bends from which the wearer came up again: people bend that way far more often and further than backward or sideways.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, FloatArray, Vector3, vector3
from sensorcore.motion.body import horizontal_forward, lean
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import angle_deg, unit
from sensorcore.posture.context import UNSURE_DEG

ASSUMED_STATE = "sitting"
"""Most people who wear a posture sensor sit; with little confidence."""
STILL_S = 3.0
"""Calibration is a mean over at least 3 s still, never a filter that has not converged."""
STILL_SWAY_MPS2 = 0.3
STILL_DRIFT_DEG = 2.0
MOUNT_AGREES_DEG = 40.0
"""A still stretch further than this from the mount's nominal up is lying or bent over, not upright."""
BEND_DEG = 20.0
BEND_ENDS_DEG = 15.0
TOO_LONG_TICKS = 10 * TICK_HZ
"""A bend is over sooner; someone who stays down lies, reclines or slouches, in any direction."""
ENOUGH_BENDS = 2
BENDS_S = 3.0
ONE_SIDED = 0.8


@dataclass(frozen=True, slots=True)
class BendDirections:
    """Where bends pointed: their number, the sum of their directions (unit vectors, forward if it was a bow), and of how many."""

    count: int = 0
    total: Vector3 = (0.0, 0.0, 0.0)
    ticks: int = 0

    def towards(self, up: FloatArray, upright: Vector3) -> BendDirections:
        """One more tick of the bend under way."""
        across = np.asarray(upright) * float(up @ np.asarray(upright)) - up
        size = float(np.linalg.norm(across))
        if size < 1e-3:  # upside down
            return self
        return replace(self, total=vector3(np.asarray(self.total) + across / size), ticks=self.ticks + 1)

    def and_also(self, bend: BendDirections) -> BendDirections:
        """With a whole bend."""
        return BendDirections(self.count + 1, vector3(np.asarray(self.total) + np.asarray(bend.total)), self.ticks + bend.ticks)

    @property
    def spread_deg(self) -> float | None:
        """How far apart they point; None while they are too few or do not agree on a direction."""
        if self.count < ENOUGH_BENDS or self.ticks < BENDS_S * TICK_HZ:
            return None
        agreement = float(np.linalg.norm(self.total)) / self.ticks
        return None if agreement < ONE_SIDED else float(np.degrees(np.arccos(min(agreement, 1.0))))


@dataclass(frozen=True, slots=True)
class ReferenceState:
    """`calibration` in force (None: not known yet); `still` the run of still ticks so far; `lasted` ticks since leaving upright,
    `bending` the bend under way, `bends` those that ended upright again."""

    calibration: Calibration | None
    nominal_up: Vector3 | None = None
    still: tuple[Vector3, ...] = ()
    lasted: int = 0
    bending: BendDirections = BendDirections()
    bends: BendDirections = BendDirections()

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
    if state.calibration is None or not state.calibration.upright:
        return _find_upright(state, ticks)
    return _find_forward(state, state.calibration, ticks)


def forget_assumed(state: ReferenceState) -> ReferenceState:
    """The state after the sensor is put on again, perhaps otherwise: unconfirmed uprights are to be found again. A forward that was
    given (its quality is not known) stays."""
    known = state.calibration
    if known is None:
        return replace(state, still=())
    if not known.assumed:
        confirmed = {name: up for name, up in known.upright.items() if name not in known.found}
        return replace(state, still=(), calibration=replace(known, upright=confirmed, found=()) if known.found else known)
    given = Calibration({}, known.forward) if known.forward is not None and known.quality_deg is None else None
    return initial(given, state.nominal_up)


def shown(calibration: Calibration | None, state: str, up: Vector3) -> Calibration:
    """The calibration with this upright, confirmed by the wearer, in `state`."""
    before = calibration or Calibration({})
    kept = {} if before.assumed else before.upright
    forward = before.forward if agree(up, before.forward) else None
    found = tuple(name for name in before.found if name != state)
    return replace(before, upright={**kept, state: up}, forward=forward, assumed=False, found=found)


def learned(calibration: Calibration, state: str, up: Vector3) -> Calibration:
    """The wearer corrected the state while world-up pointed there: halfway there from where it was taken to be."""
    before = calibration.usual.get(state) or calibration.upright.get(state)
    mean = up if before is None else unit(np.asarray(before) + np.asarray(up))
    return replace(calibration, usual={**calibration.usual, state: mean})


def rested(calibration: Calibration, state: str, up: Vector3) -> Calibration:
    """The wearer has come to rest in a state without an upright: that is taken for it, and marked as assumed."""
    if not agree(up, calibration.forward):
        return calibration
    found = calibration.found if calibration.assumed else (*calibration.found, state)
    return replace(calibration, upright={**calibration.upright, state: up}, found=found)


def assumed_in(calibration: Calibration, state: str) -> Calibration:
    """What was assumed just now is the upright of the state that the wearer was surely in."""
    if not calibration.assumed or list(calibration.upright) != [ASSUMED_STATE]:
        return calibration
    return replace(calibration, upright={state: calibration.upright[ASSUMED_STATE]})


def changed(calibration: Calibration, to: str) -> Calibration:
    """The wearer sat down or stood up. What was assumed to be the upright of the state they are in now was that of the other."""
    if not calibration.assumed or list(calibration.upright) != [to]:
        return calibration
    return replace(calibration, upright={"standing" if to == "sitting" else "sitting": calibration.upright[to]})


def agree(upright: Vector3, forward: Vector3 | None) -> bool:
    """Whether both fit one body: forward must not point up or down."""
    try:
        return forward is None or bool(horizontal_forward(upright, forward))
    except BadInput:
        return False


def _find_upright(state: ReferenceState, ticks: Ticks) -> tuple[ReferenceState, int]:
    still = state.still
    forward = state.calibration.forward if state.calibration else None
    calm = (ticks.sway_mps2 < STILL_SWAY_MPS2) & ~ticks.after_gap
    for i, at_rest in enumerate(calm.tolist()):
        if not at_rest or not _is_gravity(ticks.acc_mps2[i]):
            still = ()
            continue
        up = unit(ticks.acc_mps2[i])
        lying = state.nominal_up is not None and angle_deg(up, state.nominal_up) > MOUNT_AGREES_DEG
        if lying or not agree(up, forward):
            still = ()
            continue
        still = (*still, up) if still and angle_deg(up, still[0]) < STILL_DRIFT_DEG else (up,)
        if len(still) >= STILL_S * TICK_HZ:
            found = Calibration({ASSUMED_STATE: unit(np.mean(still, axis=0))}, forward, None, assumed=True)
            return replace(state, still=(), calibration=found), i + 1
    return replace(state, still=still), len(ticks)


def _find_forward(state: ReferenceState, calibration: Calibration, ticks: Ticks) -> tuple[ReferenceState, int]:
    upright = next(iter(calibration.upright.values()))
    angles = lean(ticks.up, upright, None).inclination_deg.tolist()
    doubtful = ((ticks.uncertainty_deg > UNSURE_DEG) | ticks.after_gap).tolist()
    lasted, now, seen = state.lasted, state.bending, state.bends
    for i, (angle, doubt) in enumerate(zip(angles, doubtful, strict=True)):
        if doubt:
            lasted = TOO_LONG_TICKS  # wait until upright again
        elif angle >= (BEND_ENDS_DEG if lasted else BEND_DEG):
            lasted += 1
            if angle >= BEND_DEG and lasted < TOO_LONG_TICKS:
                now = now.towards(ticks.up[i], upright)
        elif lasted:
            if lasted < TOO_LONG_TICKS:
                seen = seen.and_also(now)
                if (spread_deg := seen.spread_deg) is not None:
                    found = replace(calibration, forward=unit(np.asarray(seen.total)), quality_deg=spread_deg)
                    return replace(state, calibration=found, lasted=0, bending=BendDirections(), bends=seen), i + 1
            lasted, now = 0, BendDirections()
    return replace(state, lasted=lasted, bending=now, bends=seen), len(ticks)


def _is_gravity(acc_mps2: FloatArray) -> bool:
    return abs(float(np.linalg.norm(acc_mps2)) / STANDARD_GRAVITY_MPS2 - 1) < 0.5
