"""Lying, walking, moving or still: the class of each tick that needs no knowledge of sitting or standing.

Each tick is asked in this order: is the tilt known; do they lie; do they walk; do they bend or move. The thresholds are measured on
people in docs/accuracy.md.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from sensorcore.model import FloatArray
from sensorcore.motion.activity import Activity
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.track.posture_track import CONTEXTS

UNSURE_DEG: Final = 5.0
"""With more doubt about the tilt than this, time is unknown."""
WALK_MPS2: Final = 0.5
WALK_ENDS_MPS2: Final = 0.35
BURST_MPS2: Final = 1.3
"""Two or three steps as strong as this are a walk already. With it 97 % of walking is found, without it 93 %; 2 % of the ticks
between postures pass it and hardly any other (hapt)."""
SWING_DEG: Final = 15.0
"""Walking keeps the trunk where it is (within 8° over two seconds, on stairs 16°: 95 % of it in hapt); who sits up, lies down, gets
up or sits down turns it by 25° and more, and may shake as much as a slow walk."""
LYING_DEG: Final = 60.0
"""64.9° from the wearer's own walking vertical tells lying from sitting (Vähä-Ypyä et al. 2018); a little less, for the trunk is
measured from an upright that leans somewhat."""
LYING_TICKS: Final = 3 * TICK_HZ
LYING_STILL_TICKS: Final = TICK_HZ
"""Down there for a second and hardly turning is lying, too: who bends to the floor is under way all the time."""
BEND_DEG: Final = 35.0
BEND_DPS: Final = 20.0
BEND_TICKS: Final = 10 * TICK_HZ
MOVING_DPS: Final = 15.0
HOLD_TICKS: Final = TICK_HZ
"""Walking and moving last a second unless the wearer comes to rest, so that the state does not flicker."""

STILL: Final = -1
UNKNOWN, WALKING, LYING, MOVING = (CONTEXTS.index(name) for name in ("unknown", "walking", "lying", "moving"))


@dataclass(frozen=True, slots=True)
class MovingState:
    """`kind` of the last tick; the others count ticks: since walking or moving was seen, beyond LYING_DEG and of these hardly
    turning, bent beyond BEND_DEG, since turning quickly."""

    kind: int = STILL
    held: int = 0
    over_lying: int = 0
    lying_still: int = 0
    over_bend: int = 0
    since_fast: int = BEND_TICKS


def step(
    state: MovingState, nearest_deg: FloatArray, vertical_deg: FloatArray, moving: Activity, uncertainty_deg: FloatArray
) -> tuple[MovingState, list[int]]:
    """Advance by n ticks. `nearest_deg` (n,): the angle from the nearest upright, `vertical_deg` (n,) from the one of standing if
    there is one (NaN: unknown). Returns what each tick is: UNKNOWN, LYING, WALKING, MOVING or STILL."""
    kind, held, since_fast = state.kind, state.held, state.since_fast
    over_lying, lying_still, over_bend = state.over_lying, state.lying_still, state.over_bend
    kinds: list[int] = []
    # a walk needs steps, which rock the trunk: a vehicle shakes as much as a walk does
    strides = (moving.bounce_mps2 > WALK_MPS2) & (moving.swing_deg < SWING_DEG)
    walks = (((moving.burst_mps2 > BURST_MPS2) | strides) & moving.rocks).tolist()
    goes_on = ((moving.bounce_mps2 > WALK_ENDS_MPS2) & (moving.swing_deg < SWING_DEG) & moving.rocks).tolist()
    turns = ((moving.tilt_dps > MOVING_DPS) & ~moving.at_rest).tolist()
    rows = zip(
        nearest_deg.tolist(), vertical_deg.tolist(), moving.tilt_dps.tolist(), moving.at_rest.tolist(), walks, goes_on, turns,
        uncertainty_deg.tolist(), strict=True,
    )  # fmt: skip
    for angle, down, turning, rests, walk, walk_on, turn, unsure in rows:
        since_fast = 0 if turning > BEND_DPS else since_fast + 1
        over_lying = over_lying + 1 if down > LYING_DEG else 0
        lying_still = lying_still + 1 if over_lying and turning < MOVING_DPS else 0
        if not angle > BEND_DEG:
            over_bend = 0
        elif over_bend or since_fast <= 2 * TICK_HZ:
            over_bend += 1
        held += 1
        if unsure > UNSURE_DEG:
            kind = UNKNOWN
        elif over_lying > LYING_TICKS or lying_still > LYING_STILL_TICKS:
            kind = LYING
        elif walk or (walk_on and kind == WALKING):
            kind, held = WALKING, 0
        elif math.isnan(angle):
            kind = UNKNOWN
        elif turn or 0 < over_bend <= BEND_TICKS:
            kind, held = MOVING, 0
        elif rests or held >= HOLD_TICKS or kind not in (WALKING, MOVING):
            kind = STILL
        kinds.append(kind)
    return MovingState(kind, held, over_lying, lying_still, over_bend, since_fast), kinds
