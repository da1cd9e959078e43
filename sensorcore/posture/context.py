"""The wearer's context, and the upright to measure from: lying, walking, moving (`moving.py`), else sitting or standing
(`sitstand.py`), each with a confidence."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import ContextChanged
from sensorcore.model import BoolArray, FloatArray
from sensorcore.motion.activity import Activity
from sensorcore.motion.height_change import Movement
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.posture import moving as kinds
from sensorcore.posture import sitstand
from sensorcore.posture.moving import BEND_DEG, LYING, STILL, UNSURE_DEG, WALK_MPS2, WALKING, MovingState
from sensorcore.posture.sitstand import Belief
from sensorcore.track.posture_track import CONTEXTS

__all__ = ["BEND_DEG", "CONTEXT_CODES", "UNSURE_DEG", "WALK_MPS2", "ContextState", "Contexts", "step"]

AWAY_S: Final = 30.0
"""Somebody whose posture was unknown for longer may be sitting or standing."""
HANDLED_DEG: Final = 45.0
"""Nobody comes to sit or stand further from both uprights: they are bent over, or the sensor is in somebody's hands. Sitting turns
a sensor on the belt by up to 42° (hapt)."""
BENT_S: Final = 10.0
"""A bend is over sooner (as in `moving.py`); what somebody does who stays down longer is not known."""
PAUSE_S: Final = 3.0
"""The same for any other rest: who reaches down and comes up again is at rest at the bottom for a second or two."""
STAYED_TICKS: Final = 10 * TICK_HZ
"""How often time without a step is taken into account."""
LAY_TICKS: Final = 3 * TICK_HZ
"""Picking something up off the floor may look like lying for a moment; after it the wearer stands on."""
REST_TICKS: Final = 3 * TICK_HZ
"""A state that nobody showed an upright of is given the posture of the first rest of 3 s in it, as a day without a calibration."""

CONTEXT_CODES: Final[dict[str, int]] = {name: code for code, name in enumerate(CONTEXTS)}
CONFIDENCE: Final = {"walking": 0.87, "lying": 0.95, "moving": 0.7, "unknown": 0.0}
"""How often it is right in its first second (hapt: 0.87, 1.00, 0.70); walking that lasts for two seconds is right in 100 %."""
_AWAY: Final = Movement(AWAY_S, math.nan, math.nan)


@dataclass(frozen=True, slots=True)
class Pause:
    """The wearer has come to rest after a `movement`; if they go on soon it was one movement, which first rested at `since_s`.
    `before`: what was believed before it; `getting_up`: from lying; `bent`: they rest further over than anybody sits or stands. A
    sensor on the trunk sinks in a deep bend as far as on the way to a chair: only where it is when the bend is over tells whether
    they sat down."""

    before: Belief
    movement: Movement
    since_s: float
    getting_up: bool
    bent: bool

    def lasts(self, t_s: float) -> bool:
        return t_s - self.since_s <= (BENT_S if self.bent else PAUSE_S)


@dataclass(frozen=True, slots=True)
class ContextState:
    """`belief` in sitting or standing; `code` the present context; `without_upright`: ticks at rest in a state that has none;
    `stayed`: ticks without a step; `lay`: ticks of lying; `from_lying`: nothing but getting up since;
    `pause`: when they last came to rest; `known_s` when the tilt was last known;
    `seen_near`: ticks at rest near the only upright there is, since they may have been in the other state."""

    moving: MovingState = field(default_factory=MovingState)
    belief: Belief = field(default_factory=Belief)
    code: int = -1
    without_upright: int = 0
    stayed: int = 0
    lay: int = 0
    from_lying: bool = False
    pause: Pause | None = None
    known_s: float = -math.inf
    seen_near: int = 0


def put_on(state: ContextState) -> ContextState:
    """Nothing is known of what the wearer did while the sensor was off."""
    return replace(state, belief=Belief(), without_upright=0, from_lying=False, pause=None, stayed=0, seen_near=0)


def stated(state: ContextState, name: str) -> ContextState:
    """The state after the wearer has stated what they do."""
    return replace(state, belief=sitstand.stated(name), pause=None)


@dataclass(frozen=True, slots=True)
class Contexts:
    """Of n ticks: `codes` (n,) into CONTEXTS; `uprights`, the name of the one to measure from; `measured` (n,): it is the upright
    of what they do; the `changes`. After the last of them `changed`: they sat down or stood up; `wanting`: they have been at rest
    for long in a state that has no upright."""

    codes: NDArray[np.int8]
    uprights: list[str]
    measured: BoolArray
    changes: list[ContextChanged]
    changed: bool = False
    wanting: bool = False


def step(
    state: ContextState,
    inclination_deg: dict[str, FloatArray],
    moving: Activity,
    movements: dict[int, Movement],
    uncertainty_deg: FloatArray,
    end_s: FloatArray,
    hanging_deg: dict[str, FloatArray] | None = None,
) -> tuple[ContextState, Contexts]:
    """Advance by up to n ticks: it stops early after one that raises a question of uprights (`Contexts.changed`, `wanting`).
    `inclination_deg` holds, for each calibrated state, the angle (n,) from its upright (NaN: unknown); `movements` those that
    ended, by tick; `hanging_deg`: the angles from where the sensor usually hangs in each state, when that is known better."""
    names = list(inclination_deg)
    angles = {name: values.tolist() for name, values in inclination_deg.items()}
    nearest_deg = np.min(list(inclination_deg.values()), axis=0)
    vertical_deg = inclination_deg.get("standing", inclination_deg[names[0]])
    after, sorts = kinds.step(state.moving, nearest_deg, vertical_deg, moving, uncertainty_deg)
    belief, code, without_upright, stayed = state.belief, state.code, state.without_upright, state.stayed
    lay, from_lying, pause, known_s, seen_near = state.lay, state.from_lying, state.pause, state.known_s, state.seen_near
    codes, uprights, measured, changes = list[int](), list[str](), list[bool](), list[ContextChanged]()
    changed = wanting = False
    asked, believed, surely = belief, belief.state, belief.confidence > sitstand.SURELY
    steps = (moving.swing_deg < kinds.SWING_DEG).tolist()
    sure = (uncertainty_deg <= UNSURE_DEG).tolist()
    rows = zip(sorts, steps, moving.at_rest.tolist(), sure, end_s.tolist(), nearest_deg.tolist(), strict=True)
    for i, (kind, stepping, rests, known, t_s, near_deg) in enumerate(rows):
        movement = movements.get(i)
        if known:
            movement, known_s = _AWAY if t_s - known_s > AWAY_S else movement, t_s
        stayed, lay = stayed + 1, lay + 1 if kind == LYING else 0
        if stayed % STAYED_TICKS == 0:
            belief = sitstand.stayed(belief, STAYED_TICKS / TICK_HZ)
        if lay > LAY_TICKS:
            belief, from_lying, pause = sitstand.LAY, True, None
        elif kind == WALKING and stepping:
            belief, stayed, pause = sitstand.walked(belief), 0, None
        if movement is not None and known and lay <= LAY_TICKS:
            angle_deg = {name: float(values[i]) for name, values in (hanging_deg or inclination_deg).items()}
            bent = kind == LYING or near_deg > HANDLED_DEG
            pause = _came_to_rest(pause, belief, movement, t_s, from_lying, bent)
            if kind != LYING:
                belief, chance = sitstand.rested(pause.before, pause.movement, angle_deg, getting_up=pause.getting_up)
                changed, from_lying = chance > sitstand.SURELY and not bent, False
        if belief is not asked:
            asked, believed, surely = belief, belief.state, belief.confidence > sitstand.SURELY
        lacks = surely and believed not in angles
        uprights.append(believed if surely and not lacks else min(names, key=lambda name: angles[name][i]))
        if not math.isnan(near_deg):  # without any upright there is nothing to be near to
            near = surely or (rests and kind == STILL and near_deg < sitstand.HANGS_DEG)
            seen_near = 0 if lacks or stayed == 0 else min(seen_near + near, REST_TICKS)
        measured.append(not lacks and (len(names) > 1 or _fits(names[0], seen_near, stayed)))
        if (new := CONTEXT_CODES[believed] if kind == STILL else kind) != code:
            code = new
            changes.append(ContextChanged(t_s, CONTEXTS[new], CONFIDENCE.get(CONTEXTS[new], belief.confidence)))
        codes.append(code)
        without_upright = without_upright + 1 if lacks and rests and kind == STILL else 0
        wanting = without_upright >= REST_TICKS
        if changed or wanting:
            done = slice(i + 1)
            after = kinds.step(state.moving, nearest_deg[done], vertical_deg[done], moving[done], uncertainty_deg[done])[0]
            break
    then = ContextState(after, belief, code, 0 if wanting else without_upright, stayed, lay, from_lying, pause, known_s, seen_near)
    return then, Contexts(np.asarray(codes, dtype=np.int8), uprights, np.asarray(measured), changes, changed, wanting)


def _fits(only: str, seen_near: int, stayed: int) -> bool:
    """Whether the only upright there is may be used: the wearer was found in it; or it is that of sitting, and they took no
    step for longer than people stand still."""
    return seen_near >= REST_TICKS or (only == "sitting" and stayed >= sitstand.STANDS_ON_S * TICK_HZ)


def _came_to_rest(last: Pause | None, belief: Belief, movement: Movement, t_s: float, getting_up: bool, bent: bool) -> Pause:
    """The movement that led to this rest, with the one before it if only a pause lies between them."""
    if last is not None and last.lasts(t_s):
        return Pause(last.before, last.movement.then(movement), last.since_s, getting_up or last.getting_up, bent)
    if last is not None and last.bent:
        movement = Movement(movement.duration_s, math.nan, math.nan)
    return Pause(belief, movement, t_s, getting_up, bent)
