"""Slip detection. While somebody walks on the level, the mean of "up" is their own constant: people repeat it within 2° (hapt,
docs/accuracy.md). So walking now is compared with the same wearer's walking before. Sitting is no evidence, because a slouch
looks like a slip.

Climbing stairs leans people forward by as much as a slip would, for as long as a flight lasts. So walking alone is believed only
when it stays different for long; sooner, when the wearer then stands and is off by the same.

After the sensor was put on again it may sit anywhere: the first walking, standing or sitting shows whether its upright still
holds. Slow drift is never corrected, because it looks like posture; once it adds up to a slip, that is reported."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import Event, SensorSlipped, SlipMended
from sensorcore.model import BoolArray, FloatArray, IntArray, Vector3
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.motion.vectors import Mean, angle_deg, off_alike_deg
from sensorcore.track.posture_track import CONTEXTS

WINDOW_TICKS: Final = 5 * TICK_HZ
"""About nine steps."""
STARTS_TICKS: Final = TICK_HZ
"""Setting off leans."""
LEARNT_WINDOWS: Final = 3
LEARNS_WINDOWS: Final = 24
"""The wearer's walking is the mean of their first windows that agree; after two minutes of it, it stays."""
AGREE_DEG: Final = 4.0
SAME_TURN_DEG: Final = 5.0
"""So much may walking and standing differ in what they say of one slip."""
SURE_SHARE: Final = 0.8
"""A mean that is off by this share of the angle asked for counts: means scatter."""
LONG_WINDOWS: Final = 12
SHORT_WINDOWS: Final = 2
"""So many windows in a row must be off: alone (a minute of walking; few stairs are as long), or with the standing that follows."""
KNOWN_WINDOWS: Final = 6
"""Walking alone is believed only of a wearer whose walking is well known."""
UNWALKED_SHARE: Final = 1.5
UNWALKED_TIMES: Final = 3
"""Whose walking is not known from before may stand and walk otherwise than they calibrated; only more than this is a slip, or
when they do so every time."""
STAND_TICKS: Final = 3 * TICK_HZ
STANDS_WITHIN_TICKS: Final = 20 * TICK_HZ
"""Someone who has just walked stands, until they lean as one does to sit down."""
LEANS_DEG: Final = 22.0
CALM_DPS: Final = 6.0
MOUNTED_TICKS: Final = 10 * TICK_HZ
_WALKING, _NOT_WORN = CONTEXTS.index("walking"), CONTEXTS.index("not_worn")
_UPRIGHT: Final = (CONTEXTS.index("sitting"), CONTEXTS.index("standing"))
_LONG_AGO: Final = -(10**9)


@dataclass(frozen=True, slots=True)
class SlipState:
    """`walking`, `standing`: how the wearer walks, and stands after it, learnt. `window` of walking under way, after `started`
    ticks of this walk; `odd`, the latest windows, when all were off. `walked`, the last tick of it, `stand` the calm ticks since,
    `stood` whether they were looked at; `proven`: the wearer stood upright since the walking is known, else `against` how often
    they stood otherwise. `good_s`: until then posture was known. `fresh`: put on and not looked at yet, `calm` its calm ticks.
    `slipped` until it is mended, `alike` windows since that were not off at all; `turn`, what it is known by: where
    "up" was in the sensor, and where it is now."""

    walking: Mean = field(default_factory=Mean)
    standing: Mean = field(default_factory=Mean)
    window: Mean = field(default_factory=Mean)
    started: int = 0
    odd: tuple[Vector3, ...] = ()
    walked: int = _LONG_AGO
    stand: Mean = field(default_factory=Mean)
    stood: bool = True
    proven: bool = False
    against: int = 0
    good_s: float = 0.0
    fresh: bool = False
    calm: Mean = field(default_factory=Mean)
    slipped: SensorSlipped | None = None
    alike: int = 0
    turn: tuple[Vector3, Vector3] | None = None


def put_on(state: SlipState, t_s: float, known: bool) -> SlipState:
    """The sensor was put on at `t_s`, perhaps otherwise than before; `known`: there is an upright that the wearer confirmed."""
    if not known:
        return SlipState(good_s=t_s)
    nothing = Mean()
    return replace(state, fresh=True, calm=nothing, window=nothing, stand=nothing, stood=True, odd=(), good_s=t_s)


def mended(state: SlipState, t_s: float, because: Literal["zero", "calibration"]) -> tuple[SlipState, list[Event]]:
    """The state after the wearer has shown an upright. Their walking is learnt again."""
    return SlipState(good_s=t_s), [SlipMended(t_s, because)] if state.slipped else []


def step(
    slip_deg: float,
    state: SlipState,
    index: IntArray,
    up: FloatArray,
    codes: NDArray[np.int8],
    tilt_dps: FloatArray,
    uprights: dict[str, Vector3],
) -> tuple[SlipState, BoolArray, list[Event]]:
    """Advance by n ticks: where "up" (n, 3) was in the sensor, contexts `codes`, how fast the wearer tilted. `uprights` in force.
    Also returns where posture is not known (n,)."""
    walks = codes == _WALKING
    if not (state.fresh or walks.any() or (len(index) and index[0] - state.walked <= STANDS_WITHIN_TICKS)):
        return _over(state, index), np.full(len(index), state.slipped is not None), []
    watch = _Watch(slip_deg, uprights, state)
    unknown = np.zeros(len(index), dtype=np.bool_)
    rows = zip(index.tolist(), up.tolist(), codes.tolist(), tilt_dps.tolist(), strict=True)
    for i, (k, (x, y, z), code, turning) in enumerate(rows):
        if code == _WALKING:
            watch.walk(k, (x, y, z))
        elif code in _UPRIGHT:
            watch.rest(k, (x, y, z), turning < CALM_DPS, CONTEXTS[code])
        else:
            watch.stand, watch.calm = Mean(), Mean()
        unknown[i] = watch.fresh or watch.slipped is not None
    return _over(watch.state(), index), unknown, watch.events


def _over(state: SlipState, index: IntArray) -> SlipState:
    """Standing long after a walk is no evidence."""
    if state.stood or not len(index) or index[-1] - state.walked <= STANDS_WITHIN_TICKS:
        return state
    return replace(state, stood=True, stand=Mean())


class _Watch:
    """A SlipState while it changes."""

    def __init__(self, slip_deg: float, uprights: dict[str, Vector3], state: SlipState) -> None:
        self._slip_deg, self._off_deg = slip_deg, slip_deg * SURE_SHARE
        self._uprights = uprights
        self.events: list[Event] = []
        self.walking, self.standing, self.window, self.started = state.walking, state.standing, state.window, state.started
        self.odd, self.walked, self.stand, self.stood = state.odd, state.walked, state.stand, state.stood
        self.proven, self.against = state.proven, state.against
        self.good_s, self.fresh, self.calm = state.good_s, state.fresh, state.calm
        self.slipped, self.alike, self.turn = state.slipped, state.alike, state.turn

    def state(self) -> SlipState:
        return SlipState(**{name: getattr(self, name) for name in SlipState.__slots__})

    def walk(self, k: int, up: Vector3) -> None:
        """A tick of walking."""
        if k - self.walked > 2:
            self.window, self.started, self.stand, self.stood = Mean(), 0, Mean(), False
        self.walked = k
        self.started += 1
        if self.started <= STARTS_TICKS:
            return
        self.window = self.window.plus(up)
        if self.window.count >= WINDOW_TICKS:
            at, self.window = self.window.unit, Mean()
            self._walked(k, at)

    def _walked(self, k: int, at: Vector3) -> None:
        """A window of walking, with its mean."""
        if self.walking.count < LEARNT_WINDOWS:
            agrees = self.walking.count == 0 or angle_deg(at, self.walking.unit) < AGREE_DEG
            self.walking = (self.walking if agrees else Mean()).plus(at)
            return
        before = self.walking.unit
        off_deg = angle_deg(at, before)
        if off_deg < self._off_deg:
            self._is_right(k)
            if off_deg < AGREE_DEG and self.walking.count < LEARNS_WINDOWS:
                self.walking = self.walking.plus(at)
            self.alike += self.slipped is not None and off_deg < AGREE_DEG
            if self.alike >= LEARNT_WINDOWS:
                self.slipped, self.turn, self.alike = None, None, 0
                self.events.append(SlipMended((k + 1) / TICK_HZ, "back"))
            return
        self.alike = 0
        agrees = not self.odd or angle_deg(at, Mean.of(self.odd).unit) < AGREE_DEG
        self.odd = (*(self.odd if agrees else ()), at)[-LONG_WINDOWS:]
        if self.fresh or (len(self.odd) >= LONG_WINDOWS and self.walking.count >= KNOWN_WINDOWS):
            self._slips(k, before, Mean.of(self.odd).unit)

    def rest(self, k: int, up: Vector3, calm: bool, state: str) -> None:
        """A tick of sitting or standing (`state`)."""
        if self.fresh:
            self.calm = self.calm.plus(up) if calm else Mean()
            if self.calm.count >= MOUNTED_TICKS:
                self._mounted(k, self.calm.unit, state)
        since = k - self.walked
        if self.stood or since <= STARTS_TICKS:
            return
        walked = self.odd[-1] if self.odd else self.walking.unit
        if since > STANDS_WITHIN_TICKS or (self.walking.count and angle_deg(up, walked) > LEANS_DEG):
            self.stood, self.stand = True, Mean()
            return
        self.stand = self.stand.plus(up) if calm else Mean()
        if self.stand.count >= STAND_TICKS:
            at, self.stood, self.stand = self.stand.unit, True, Mean()
            self._stood(k, at)

    def _stood(self, k: int, at: Vector3) -> None:
        """The wearer stood still after a walk, so."""
        before = self._uprights.get("standing") or (self.standing.unit if self.standing.count >= SHORT_WINDOWS else None)
        if before is None:
            self.standing = self.standing if self.odd else self.standing.plus(at)
            return
        off_deg = angle_deg(at, before)
        if off_deg < self._off_deg:
            self.odd, self.against = (), 0  # it was stairs
            self.proven = self.proven or self.walking.count >= LEARNT_WINDOWS
            self._is_right(k)
        elif len(self.odd) >= (1 if self.fresh else SHORT_WINDOWS):
            odd = Mean.of(self.odd).unit
            nearer = angle_deg(at, odd) < angle_deg(at, self.walking.unit)  # else they climbed stairs, and stand as they do
            if nearer and off_alike_deg((self.walking.unit, odd), (before, at)) < SAME_TURN_DEG:
                self._slips(k, self.walking.unit, odd)
        elif not self.proven and self.walking.count >= SHORT_WINDOWS and angle_deg(self.walking.unit, at) < AGREE_DEG:
            # the wearer never stood as they calibrated since their walking is known, and it agrees with how they stand
            self.against += 1
            if off_deg >= UNWALKED_SHARE * self._slip_deg or self.against >= UNWALKED_TIMES:
                self._slips(k, before, at)

    def _mounted(self, k: int, at: Vector3, state: str) -> None:
        """The first calm seconds after it was put on. Whether the wearer sits or stands is not sure then; near the one upright is
        right, between the two is not."""
        off_deg, nearest = min((angle_deg(at, upright), upright) for upright in self._uprights.values())
        believed = self._uprights.get(state, nearest)
        if off_deg >= self._slip_deg or (off_deg >= self._slip_deg / 2 and angle_deg(at, believed) >= self._slip_deg):
            self._slips(k, believed, at)
        else:
            self._is_right(k)

    def _is_right(self, k: int) -> None:
        self.odd, self.fresh, self.calm = (), False, Mean()
        if self.slipped is None:
            self.good_s = (k + 1) / TICK_HZ

    def _slips(self, k: int, was: Vector3, now: Vector3) -> None:
        self.odd, self.fresh, self.calm = (), False, Mean()
        if self.slipped is None:
            self.turn = was, now
            self.slipped = SensorSlipped((k + 1) / TICK_HZ, self.good_s, round(angle_deg(was, now), 1))
            self.events.append(self.slipped)
