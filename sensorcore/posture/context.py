"""What the wearer is doing, coarsely: enough to keep quiet while they walk, lie or bend.

Walking is measured on people (docs/accuracy.md); the other thresholds are a first setting. Sitting and standing look alike to a
sensor on the back, so the state is carried, and looked at again (whose upright is nearer?) only when the wearer may have changed
it: after walking, lying, a deep lean as in getting up, or a long time unknown; and only while they are near one of the two, for a
slouch from the one looks like the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import ContextChanged
from sensorcore.model import FloatArray
from sensorcore.motion.activity import Activity
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.posture.track import CONTEXTS

UNSURE_DEG: Final = 5.0
"""With more doubt about the tilt than this, time is unknown."""
WALK_MPS2: Final = 0.5
WALK_ENDS_MPS2: Final = 0.35
LYING_DEG: Final = 60.0
LYING_TICKS: Final = 3 * TICK_HZ
BEND_DEG: Final = 35.0
BEND_DPS: Final = 20.0
BEND_TICKS: Final = 10 * TICK_HZ
MOVING_DPS: Final = 15.0
RISING_DEG: Final = 25.0
"""People lean the trunk further than this to get up or sit down, and rarely for anything that leaves them where they were."""
NEAR_DEG: Final = 10.0
AWAY_S: Final = 30.0
"""Somebody whose posture was unknown for longer may be sitting or standing."""
ASK_TICKS: Final = 5 * TICK_HZ
SETTLE_TICKS: Final = 2 * TICK_HZ
"""The tilt needs a moment after a movement until it can tell two uprights that are a few degrees apart."""
HOLD_TICKS: Final = TICK_HZ
"""Walking and moving last at least a second, so that the state does not flicker."""

CONTEXT_CODES: Final[dict[str, int]] = {name: code for code, name in enumerate(CONTEXTS)}
_UNKNOWN, _WALKING, _LYING, _MOVING = (CONTEXT_CODES[name] for name in ("unknown", "walking", "lying", "moving"))
_CONFIDENCE: Final = {"walking": 0.9, "lying": 0.9, "moving": 0.7, "unknown": 0.0}


@dataclass(frozen=True, slots=True)
class ContextState:
    """`upright` the still state in force (sitting or standing) and how sure; `code` the present context; counters in ticks;
    `asking` how many more still ticks may change the upright, `peak_deg` how far the movement under way leaned, `known_s` when the
    tilt was last known."""

    upright: str = "sitting"
    confidence: float = 0.5
    code: int = -1
    held: int = 0
    over_lying: int = 0
    over_bend: int = 0
    since_fast: int = BEND_TICKS
    asking: int = 0
    peak_deg: float = 0.0
    known_s: float = -math.inf


def step(
    state: ContextState,
    inclination_deg: dict[str, FloatArray],
    moving: Activity,
    uncertainty_deg: FloatArray,
    end_s: FloatArray,
) -> tuple[ContextState, NDArray[np.int8], list[str], list[ContextChanged]]:
    """Advance by n ticks. `inclination_deg` holds, for each calibrated state, the angle (n,) from its upright (NaN: unknown).
    Returns the contexts (codes into CONTEXTS), the upright to measure from at each tick, and the changes."""
    names = list(inclination_deg)
    angles = {name: values.tolist() for name, values in inclination_deg.items()}
    upright, confidence = state.upright, state.confidence
    code, held, over_lying, over_bend = state.code, state.held, state.over_lying, state.over_bend
    since_fast, asking, peak_deg, known_s = state.since_fast, state.asking, state.peak_deg, state.known_s
    codes: list[int] = []
    uprights: list[str] = []
    changes: list[ContextChanged] = []
    rows = zip(moving.bounce_mps2.tolist(), moving.tilt_dps.tolist(), uncertainty_deg.tolist(), end_s.tolist(), strict=True)
    for i, (bounce, turning, unsure, t_s) in enumerate(rows):
        angle = angles[upright][i]
        since_fast = 0 if turning > BEND_DPS else since_fast + 1
        over_lying = over_lying + 1 if angle > LYING_DEG else 0
        if not angle > BEND_DEG:
            over_bend = 0
        elif over_bend or since_fast <= 2 * TICK_HZ:
            over_bend += 1
        held += 1
        known = unsure <= UNSURE_DEG and not math.isnan(angle)
        asking = ASK_TICKS if known and t_s - known_s > AWAY_S else asking
        known_s = t_s if known else known_s
        if not known:
            new = _UNKNOWN
        elif bounce > (WALK_ENDS_MPS2 if code == _WALKING else WALK_MPS2):
            new, held, asking = _WALKING, 0, ASK_TICKS
        elif over_lying > LYING_TICKS:
            new, asking = _LYING, ASK_TICKS
        elif 0 < over_bend <= BEND_TICKS or turning > MOVING_DPS:
            peak_deg = max(peak_deg if code == _MOVING else 0.0, angle)
            new, held, asking = _MOVING, 0, ASK_TICKS if peak_deg > RISING_DEG else asking
        elif code in (_WALKING, _MOVING) and held < HOLD_TICKS:
            new = code
        else:
            if asking:
                nearest = min(names, key=lambda name: angles[name][i])
                asking -= 1
                if asking < ASK_TICKS - SETTLE_TICKS and angles[nearest][i] < NEAR_DEG:
                    upright, confidence, asking = nearest, 0.6 if len(names) > 1 else confidence, 0
            new = CONTEXT_CODES[upright]
        if new != code:
            code = new
            word = CONTEXTS[code]
            changes.append(ContextChanged(t_s, word, _CONFIDENCE.get(word, confidence)))
        codes.append(code)
        uprights.append(upright)
    after = ContextState(upright, confidence, code, held, over_lying, over_bend, since_fast, asking, peak_deg, known_s)
    return after, np.asarray(codes, dtype=np.int8), uprights, changes
