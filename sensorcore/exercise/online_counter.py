"""Counting as it happens: an adaptive zig-zag. A repetition is a valley, a peak, and the way back most of the way.

Turning before it is back (settling into the start pose) makes a new valley; sizes are compared with the median of the set so far;
two rejects of one size re-seed it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Final

from sensorcore.exercise.catalogue import Exercise
from sensorcore.exercise.excursion import COLUMN, Excursion, dominates, excursion, in_start_pose, plausible
from sensorcore.exercise.offline_counter import ANGLED, HALF, signs_of
from sensorcore.exercise.trace import UNSURE, Frame, Row
from sensorcore.motion.ticks import TICK_HZ

RETURNED: Final = 0.6
"""A repetition counts when it has come back this share of the way (RecoFit counts at the return, too): 0.3 s before it ends."""
RISES: Final = 0.35
"""A rise of this share of the set's median size may become a repetition."""
DRIFT_DEG: Final = 1.0 / TICK_HZ
"""A tick: the gyroscope's steady error about the vertical, which nothing corrects; at the end it is taken away before counting."""
REMEMBERED: Final = 5
VALLEY_TICKS: Final = 6 * TICK_HZ
"""A valley is looked for so far back; going out takes no longer. Slow drift is no rise."""
STILL_TICKS: Final = TICK_HZ
STILL_DEG: Final = 1.5
NEUTRAL_S: Final = 3.0
MIDDLE_TICKS: Final = 4 * TICK_HZ
CONSISTENT: Final = 0.7


@dataclass(frozen=True, slots=True)
class ZigzagState:
    """`rising`: beyond the valley at tick `valley`, with the highest so far at `peak` and the lowest since at `trough`. `free`: the
    tick from which a new valley may be looked for."""

    rising: bool = False
    valley: int = 0
    peak: int = 0
    trough: int = 0
    free: int = 0


@dataclass(frozen=True, slots=True)
class CountState:
    """`zigzags`: one for each way it can go. `neutral`: the level between two sides. `sizes` of the last repetitions; `rejected`:
    sizes of the last ones too small or too large; `last_peak`: (tick, level, sign) of the newest repetition."""

    zigzags: tuple[ZigzagState, ...]
    neutral: float | None = None
    sizes: tuple[float, ...] = ()
    rejected: tuple[float, ...] = ()
    last_peak: tuple[int, float, int] | None = None


def initial(exercise: Exercise, frame: Frame | None, tick: int) -> CountState:
    """Before the first tick, which is `tick`. Without the wearer's axes there is one way only: away from upright."""
    ways = len(signs_of(exercise)) if frame is not None or exercise.signal not in ANGLED else 1
    return CountState((ZigzagState(free=tick, valley=tick),) * ways)


def step(
    exercise: Exercise, frame: Frame | None, state: CountState, rows: Sequence[Row], at: int
) -> tuple[CountState, Excursion | None]:
    """Advance by the row at position `at`; `rows[0]` is the oldest that is kept. The excursion that this row completes, positions
    in `rows`, if it is a repetition."""
    column, base = COLUMN[exercise.signal], int(rows[0][0])
    signs = signs_of(exercise)[: len(state.zigzags)]
    if frame is None and exercise.signal in ANGLED:
        signs = (1,)
    state = replace(state, neutral=_neutral(state, rows, at, column, exercise.least))
    done: Excursion | None = None
    zigzags = []
    for sign, zigzag in zip(signs, state.zigzags, strict=True):
        after, turned = _zigzag(exercise, state, zigzag, sign, rows, at, base)
        zigzags.append(after)
        if turned is not None and done is None:
            done = turned
    state = replace(state, zigzags=tuple(zigzags))
    if done is None:
        return state, None
    fits = plausible(exercise, rows, done) and in_start_pose(exercise, frame, rows[done.first])
    if not fits or not dominates(exercise, rows, done, drift_deg=DRIFT_DEG):
        return state, None
    usual = median(state.sizes) if state.sizes else done.size
    if done.size < HALF * usual or HALF * done.size > usual:
        if not state.rejected or not CONSISTENT < done.size / state.rejected[-1] < 1 / CONSISTENT:
            return replace(state, rejected=(done.size,)), None
        state = replace(state, sizes=(state.rejected[-1],))
    peak = (base + done.peak, rows[done.peak][column], done.sign)
    neutral = state.neutral
    before = state.last_peak
    if neutral is not None and before is not None and before[2] != done.sign and peak[0] - before[0] < MIDDLE_TICKS:
        neutral += 0.5 * ((peak[1] + before[1]) / 2 - neutral)
    sizes = (*state.sizes, done.size)[-REMEMBERED:]
    return replace(state, sizes=sizes, rejected=(), last_peak=peak, neutral=neutral), done


def _zigzag(
    exercise: Exercise, state: CountState, zigzag: ZigzagState, sign: int, rows: Sequence[Row], at: int, base: int
) -> tuple[ZigzagState, Excursion | None]:
    column, two_ways = COLUMN[exercise.signal], len(state.zigzags) == 2
    neutral = state.neutral or 0.0

    def level(position: int) -> float:
        steady = rows[max(0, position + 1 - exercise.steady_ticks) : position + 1]
        return sum([row[column] for row in steady]) / len(steady)

    def height(position: int) -> float:
        s = sign * (level(position) - neutral)
        return max(s, 0.0) if two_ways else s

    usual = median(state.sizes) if state.sizes else 0.0
    least = max(exercise.least, RISES * usual)
    here, tick = height(at), base + at
    if not zigzag.rising:
        oldest = max(0, zigzag.free - base, at - VALLEY_TICKS)
        valley = min(range(oldest, at + 1), key=lambda k: (height(k), -k))
        if here - height(valley) < least:
            return zigzag, None
        return ZigzagState(True, base + valley, tick, tick, zigzag.free), None
    valley, peak, trough = (max(0, each - base) for each in (zigzag.valley, zigzag.peak, zigzag.trough))
    if here > height(peak):
        peak = trough = at
    elif here <= height(trough):
        trough = at
    top, low = height(peak), height(trough)
    if top - here >= RETURNED * (top - height(valley)):
        # `here` is on its way back: judged by how far it went out
        size = top - height(valley)
        found = excursion([level(k) for k in range(len(rows))], sign, valley, peak, at, size, size)
        return ZigzagState(False, tick, tick, tick, tick), found
    if top - low >= least and here - low >= least:  # it turned before it was back: that level is the new valley
        found = excursion([level(k) for k in range(len(rows))], sign, valley, peak, trough)
        return ZigzagState(True, base + trough, tick, tick, base + trough), found
    if (at - valley) / TICK_HZ > exercise.longest_s + VALLEY_TICKS / TICK_HZ:
        return ZigzagState(False, tick, tick, tick, tick), None
    return ZigzagState(True, base + valley, base + peak, base + trough, zigzag.free), None


def _neutral(state: CountState, rows: Sequence[Row], at: int, column: int, least: float) -> float | None:
    """Between the sides: where the wearer began, followed slowly while they are still near it."""
    if len(state.zigzags) != 2:
        return None
    here = rows[at][column]
    if state.neutral is None:
        return here
    if at < STILL_TICKS or any(zigzag.rising for zigzag in state.zigzags) or rows[at][UNSURE] > 90.0:
        return state.neutral
    recent = [row[column] for row in rows[at - STILL_TICKS : at + 1]]
    near = max(least, HALF * median(state.sizes) if state.sizes else 0.0)
    if max(recent) - min(recent) > STILL_DEG or abs(here - state.neutral) > near:
        return state.neutral
    return state.neutral + (here - state.neutral) / (NEUTRAL_S * TICK_HZ)
