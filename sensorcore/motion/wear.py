"""Wear detection. A body never rests: breath, heart and balance keep turning a worn sensor a little. A sensor on a table feels
only its own noise, and keeps its place to a hundredth of a degree.

Two questions are asked of the last minute, second by second, of the acceleration alone (so of every sensor): do means over two
seconds differ by more than the sensor's noise explains, and has the mean over five seconds wandered? The noise is estimated from
the same seconds, from what is faster than any body, so that poor and coarse sensors are judged by their own measure. The
criterion that others publish, the standard deviation of |acceleration| (DETACH 2022: accuracy up to 0.95), takes typing on the
table for a body; how well this one does is in docs/accuracy.md.

What the device itself knows helps: a contact sensor is believed, and a sensor that cools (on skin that was left by 0.4 °C a
minute, DETACH 2022) needs less than half the time.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.columns import Columns
from sensorcore.events import Event, PutOn, TakenOff
from sensorcore.model import BoolArray, DeviceReport, FloatArray, IntArray
from sensorcore.motion.arrays import lengths, rows, steps
from sensorcore.motion.ticks import TICK_HZ, Ticks

FLOOR_MPS2: Final = 0.004
"""Differences below this are nobody's: a desk bends that much (0.02°) under an elbow, and an accelerometer's offset wanders."""
NOISE_MPS2: Final = 0.03
"""Nothing shakes more than this, as a mean over a second, and is still called noise."""
MOVES: Final = 4.0
"""A difference of 2-s means of more than this, squared and over its expectation, is movement: by noise once in 150."""
BUSY_SHARE: Final = 0.2
"""Of the seconds may move while it lies on a table: somebody bumps into it."""
WANDERS_MPS2: Final = 0.025
WANDERS_MOST_MPS2: Final = 0.06
WANDERS_SIGMAS: Final = 5.2
"""The range of 5-s means that still is one place: 0.15°, or of a noisy sensor so many standard deviations of one."""
TURNED_MPS2: Final = 1.5
"""Gravity that moves by this much (9°) between 2-s means: it was turned over."""
TURNED_KEPT_S: Final = 60
DOUBT_S: Final = 14
"""Turned over and then still for so long, nobody's posture is judged until somebody is felt in it."""
COOLING_DOUBT_S: Final = 25
COOLING_C_PER_MIN: Final = -0.3
COOLING_OVER_S: Final = (30.0, 180.0)
REPORT_HOLDS_S: Final = 180.0
"""Devices report about once a minute."""
PUT_ON_S: Final = 24
PARTS: Final = 3
PART_MOVES: Final = 4
"""Worn again when in each of three parts of this time so many seconds moved (one push moves three); being pushed about is not."""
LOST_S: Final = 5
"""So many seconds without samples reset the detector."""
KEPT_S: Final = 128
_BLOCK_S: Final = 5
_LAG_S: Final = 3
"""A difference of 2-s means takes three seconds before its own."""
_FEWEST_TICKS: Final = TICK_HZ // 2
_NONE: Final = -10.0


@dataclass(frozen=True, slots=True)
class WearParams:
    """`off_after_s`: how long nobody may be felt before the sensor counts as not worn."""

    off_after_s: int = 60


@dataclass(frozen=True, slots=True)
class WearState:
    """`open_rows` (7, k): ticks of the second that is not over: number, mean acceleration (3), samples, sway within it, whether it
    follows a gap; `last_two` (4, 2): number and acceleration of the two before. `seconds` (5, n): number, mean acceleration (3)
    and its noise variance, of the last seconds since a gap. `not_worn`: nobody wears it, `doubted`: perhaps. `reports`: newest."""

    open_rows: FloatArray
    last_two: FloatArray
    seconds: FloatArray
    not_worn: bool = False
    doubted: bool = False
    reports: tuple[DeviceReport, ...] = ()


@dataclass(frozen=True, slots=True)
class WearDetected(Columns):
    """At each tick (n,): `not_worn`, nobody wears the sensor; `doubted`, perhaps nobody does."""

    not_worn: BoolArray
    doubted: BoolArray


def initial() -> WearState:
    return WearState(np.zeros((7, 0)), np.full((4, 2), _NONE), np.zeros((5, 0)))


def report(state: WearState, device: DeviceReport) -> WearState:
    """Add a report of the device, used from the next second on."""
    return replace(state, reports=(*(r for r in state.reports if device.t_s - r.t_s <= REPORT_HOLDS_S), device))


def step(params: WearParams, state: WearState, ticks: Ticks) -> tuple[WearState, WearDetected, list[Event]]:
    """Advance by the ticks that were completed; a second is judged when the first tick after it arrives."""
    if not len(ticks):
        return state, WearDetected(np.zeros(0, dtype=np.bool_), np.zeros(0, dtype=np.bool_)), []
    acc = ticks.acc_mps2.T
    seen = rows(ticks.index.astype(np.float64), *acc, ticks.samples, ticks.sway_mps2, ticks.after_gap.astype(np.float64))
    seen = np.concatenate([state.open_rows, seen], axis=1)
    opens = ticks.index[-1] // TICK_HZ * TICK_HZ
    if seen[0, 0] >= opens:
        unchanged = WearDetected(np.full(len(ticks), state.not_worn), np.full(len(ticks), state.doubted))
        return replace(state, open_rows=seen), unchanged, []
    done = int(np.searchsorted(seen[0], opens))
    measured, last_two = _rows(state.last_two, seen[:, :done])
    closed = _seconds(measured)
    status: list[tuple[float, bool, bool]] = []
    events: list[tuple[float, float, bool]] = []
    seconds, off, doubted = state.seconds, state.not_worn, state.doubted
    borders = np.flatnonzero(steps(closed[0], float(seconds[0, -1]) if seconds.shape[1] else _NONE) > LOST_S).tolist()
    for begin, end in zip([0, *borders], [*borders, closed.shape[1]], strict=True):
        seconds = closed[:, begin:begin] if begin in borders else seconds
        if begin < end:
            seconds = np.concatenate([seconds, closed[:, begin:end]], axis=1)
            off, doubted = _judge(params, seconds, end - begin, (off, doubted), state.reports, status, events)
            seconds = seconds[:, -KEPT_S:]
    number = np.floor_divide(ticks.index, TICK_HZ)
    at = np.searchsorted(np.asarray([each[0] for each in status]), number)
    known = np.asarray([(state.not_worn, state.doubted), *(each[1:] for each in status)])
    changes = [_event(ticks, number, *each) for each in events]
    after = WearState(seen[:, done:], last_two, seconds, off, doubted, state.reports)
    return after, WearDetected(known[at, 0], known[at, 1]), changes


def _rows(last_two: FloatArray, seen: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Of ticks (7, n) after `last_two` (see WearState): the second's number, samples, their sums (3) and two estimates of the noise
    variance (7, n); and the last two of them."""
    acc, samples, sway, after_gap = seen[1:4], seen[4], seen[5], seen[6] > 0
    known = np.concatenate([last_two, seen[:4]], axis=1)
    index, place = known[0], known[1:]
    bent = place[:, 2:] - 2.0 * place[:, 1:-1] + place[:, :-2]
    follows = (index[2:] - index[:-2] == 2.0) & ~after_gap
    slower = np.where(follows, (bent[0] * bent[0] + bent[1] * bent[1] + bent[2] * bent[2]) / 6.0, np.inf)
    many = samples >= 3.0
    faster = np.where(many, sway * sway / np.maximum(samples - 1.0, 1.0), np.inf)
    return np.concatenate([rows(np.floor_divide(seen[0], TICK_HZ), samples), acc * samples, rows(faster, slower)]), known[:, -2:]


def _seconds(measured: FloatArray) -> FloatArray:
    """(5, m) of whole seconds from the ticks in them; seconds with few ticks are left out."""
    first = np.flatnonzero(steps(measured[0], _NONE))
    if not len(first):
        return np.zeros((5, 0))
    count = lengths(first, measured.shape[1]).astype(np.float64)
    samples, x, y, z = np.add.reduceat(measured[1:5], first, axis=1)
    faster, slower = (_mean_known(row, first) for row in measured[5:])
    noise = np.minimum(faster, slower)
    found = rows(measured[0, first], x / samples, y / samples, z / samples, np.where(np.isfinite(noise), noise, 0.0) / count)
    return found[:, count >= _FEWEST_TICKS]


def _mean_known(row: FloatArray, first: IntArray) -> FloatArray:
    """Mean of the finite values of each second; infinite where there is none."""
    finite = np.isfinite(row)
    count = np.add.reduceat(finite.astype(np.float64), first)
    total = np.add.reduceat(np.where(finite, row, 0.0), first)
    return np.where(count > 0, total / np.maximum(count, 1.0), np.inf)


def _judge(
    params: WearParams,
    seconds: FloatArray,
    new: int,
    before: tuple[bool, bool],
    reports: tuple[DeviceReport, ...],
    status: list[tuple[float, bool, bool]],
    events: list[tuple[float, float, bool]],
) -> tuple[bool, bool]:
    """Go through the `new` last of `seconds` (5, n): append to `status` what holds after each, and to `events` what changed."""
    off, doubted = before
    differ, moves = _movement(seconds)
    still = _still(seconds, moves, params.off_after_s)[-new:].tolist()
    cooled = _still(seconds, moves, COOLING_DOUBT_S)[-new:].tolist() if reports else [False] * new
    resting = _still(seconds, moves, DOUBT_S)[-new:].tolist()
    turned = _within(differ > TURNED_MPS2**2, TURNED_KEPT_S)[-new:].tolist()
    active = _active(moves)[-new:].tolist()
    numbers = seconds[0].tolist()
    for i, k in enumerate(range(len(numbers) - new, len(numbers))):
        now_s = numbers[k] + 1.0
        contact, contact_s = _contact(reports, now_s)
        was = off
        if contact is not None:
            off, since_s = not contact, contact_s
        elif not off and (still[i] or (cooled[i] and _cools(reports, now_s))):
            off, since_s = True, _laid_s(seconds[0], differ, k, params.off_after_s if still[i] else COOLING_DOUBT_S)
        elif off and active[i]:
            off, since_s = False, numbers[max(0, k - PUT_ON_S + 1)]
        doubted = not off and contact is None and resting[i] and (doubted or turned[i])
        if off != was:
            events.append((numbers[k], since_s, off))
        status.append((numbers[k], off, doubted))
    return off, doubted


def _movement(seconds: FloatArray) -> tuple[FloatArray, BoolArray]:
    """For each second (n,): the squared difference of the last two 2-s means (0 at first), and whether it is more than noise."""
    n = seconds.shape[1]
    differ, moves = np.zeros(n), np.zeros(n, dtype=np.bool_)
    if n > _LAG_S:
        place, noise = seconds[1:4], seconds[4]
        two = (place[:, 1:] + place[:, :-1]) / 2.0
        step_ = two[:, 2:] - two[:, :-2]
        differ[_LAG_S:] = step_[0] * step_[0] + step_[1] * step_[1] + step_[2] * step_[2]
        expected = (noise[3:] + noise[2:-1] + noise[1:-2] + noise[:-3]) / 4.0
        moves[_LAG_S:] = differ[_LAG_S:] > MOVES * np.clip(expected, FLOOR_MPS2**2, NOISE_MPS2**2)
    return differ, moves


def _still(seconds: FloatArray, moves: BoolArray, length: int) -> BoolArray:
    """Whether nobody is felt in the `length` seconds up to each (n,)."""
    n = seconds.shape[1]
    found = np.zeros(n, dtype=np.bool_)
    if n < length:
        return found
    busy = _sum_within(moves, length - _LAG_S)[length - 1 :]
    rests = busy <= BUSY_SHARE * (length - _LAG_S)
    if not rests.any():
        return found
    place = seconds[1:4]
    five = sum(place[:, i : n - _BLOCK_S + 1 + i] for i in range(_BLOCK_S)) / _BLOCK_S
    windows = np.lib.stride_tricks.sliding_window_view(five, length - _BLOCK_S + 1, axis=1)[:, rests]
    ranges = windows.max(axis=2) - windows.min(axis=2)
    wanders = np.sqrt(ranges[0] * ranges[0] + ranges[1] * ranges[1] + ranges[2] * ranges[2])
    noises = np.lib.stride_tricks.sliding_window_view(seconds[4], length)[rests]
    sigma = np.sqrt(np.partition(noises, length // 2, axis=1)[:, length // 2] / _BLOCK_S)
    found[np.flatnonzero(rests) + length - 1] = wanders < np.clip(WANDERS_SIGMAS * sigma, WANDERS_MPS2, WANDERS_MOST_MPS2)
    return found


def _active(moves: BoolArray) -> BoolArray:
    """Whether the last PUT_ON_S seconds up to each (n,) moved in each of their parts."""
    part, n = PUT_ON_S // PARTS, len(moves)
    enough = _sum_within(moves, part) >= PART_MOVES
    found = np.zeros(n, dtype=np.bool_)
    back = part * (PARTS - 1)
    if n > back:
        found[back:] = np.all([enough[i * part : n - back + i * part] for i in range(PARTS)], axis=0)
    return found


def _sum_within(flags: BoolArray, length: int) -> FloatArray:
    """How many of the last `length` (n,) are set."""
    total = np.concatenate([np.zeros(length, dtype=np.int64), np.cumsum(flags)])
    return np.asarray(total[length:] - total[: len(flags)], dtype=np.float64)


def _within(flags: BoolArray, length: int) -> BoolArray:
    return np.asarray(_sum_within(flags, length) > 0)


def _laid_s(numbers: FloatArray, differ: FloatArray, k: int, length: int) -> float:
    """When what has rested for `length` seconds at place `k` was laid down: the handling before it was not wearing, either."""
    first = k - length + 1
    handled = first
    for back in range(first, max(_LAG_S, first - DOUBT_S), -1):
        if differ[back] > TURNED_MPS2**2:
            handled = back - _LAG_S
    return float(numbers[max(0, handled)])


def _contact(reports: tuple[DeviceReport, ...], now_s: float) -> tuple[bool | None, float]:
    """What the device's own sense of being worn says, and since when."""
    known = [r for r in reports if r.worn is not None and now_s - r.t_s <= REPORT_HOLDS_S]
    if not known:
        return None, 0.0
    since_s = known[-1].t_s
    for each in reversed(known):
        if each.worn != known[-1].worn:
            break
        since_s = each.t_s
    return known[-1].worn, since_s


def _cools(reports: tuple[DeviceReport, ...], now_s: float) -> bool:
    """Does the sensor cool as it does when it leaves the skin?"""
    known = [(r.t_s, r.temperature_c) for r in reports if r.temperature_c is not None and now_s - r.t_s <= COOLING_OVER_S[1]]
    if len(known) < 2:
        return False
    (first_s, first_c), (last_s, last_c) = known[0], known[-1]
    return last_s - first_s >= COOLING_OVER_S[0] and (last_c - first_c) / (last_s - first_s) * 60.0 <= COOLING_C_PER_MIN


def _event(ticks: Ticks, number: IntArray, second: float, since_s: float, not_worn: bool) -> Event:
    """Dated, like all events, at the end of the tick that brought it to light: the first after that second."""
    at = int(np.searchsorted(number, second, side="right"))
    t_s = float(ticks.index[at] + 1) / TICK_HZ
    return TakenOff(t_s, since_s) if not_worn else PutOn(t_s, since_s)
