"""Breathing while still: the rate, and how far to trust it, from how the trunk tilts with each breath.

On ticks, over the last 30 s, every 4.8 s, and only where the wearer sat, stood or lay all the while. A rate is reported only if
the quality is good in this window and in one before it with the same rate."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from sensorcore.events import BreathMeasured
from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.arrays import rows
from sensorcore.motion.breath_spectrum import BIN_TICKS, STEADY_PER_MIN, WINDOW_BINS, Breaths, breaths
from sensorcore.motion.ticks import TICK_HZ, Ticks
from sensorcore.motion.vectors import dots

HOP_BINS: Final = 12
HOP_TICKS: Final = HOP_BINS * BIN_TICKS
"""An estimate every 4.8 s."""
BIN_S: Final = BIN_TICKS / TICK_HZ
HOP_S: Final = HOP_BINS * BIN_S
WINDOW_S: Final = WINDOW_BINS * BIN_S
STILL_DPS: Final = 5.0
"""Faster turns than this are no breath: a deep one turns the trunk at 1 to 2 °/s."""
GOOD: Final = 0.6
"""Least quality of a reported rate: 49 of 50 are within 2 /min on people, and what is no breath seldom reaches it
(docs/accuracy.md)."""
CONFIRMED_BY: Final = 2
"""One of so many windows before must have shown the same rate: a breath goes on, chance and a movement that ends do not."""
TELL_EVERY_S: Final = 14.0
TELL_CHANGE_PER_MIN: Final = 1.0
"""An unchanged rate is reported every third time, as a sign of life."""


@dataclass(frozen=True, slots=True)
class BreathState:
    """`index`, `up`, `still` of the ticks that no estimate has looked at yet; of the newest bins (at most a window) their
    numbers `bins` (k,), means `bin_up` (k, 3) and `bin_still` (k,); `last` the rate reported last; `before` (3, j): end, rate and
    quality of the last CONFIRMED_BY windows by themselves."""

    index: IntArray
    up: FloatArray
    still: BoolArray
    bins: IntArray
    bin_up: FloatArray
    bin_still: BoolArray
    last: BreathMeasured | None = None
    before: FloatArray = field(default_factory=lambda: np.zeros((3, 0)))


@dataclass(frozen=True, slots=True)
class Breathing:
    """Estimates (m,), good or not: `end_s` of the window of `WINDOW_S` seconds, and what was found in it, with the quality that a
    window before it confirms."""

    end_s: FloatArray
    breaths: Breaths


def initial() -> BreathState:
    none, nothing = np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.bool_)
    return BreathState(none, np.zeros((0, 3)), nothing, none, np.zeros((0, 3)), nothing)


def step(state: BreathState, ticks: Ticks, still: BoolArray) -> tuple[BreathState, list[BreathMeasured]]:
    """Advance by the ticks that were completed, and return the rates to report; `still` (n,): the wearer sits, stands or lies."""
    state, found = estimate(state, ticks, still)
    news: list[BreathMeasured] = []
    last = state.last
    windows = zip(found.end_s.tolist(), found.breaths.rate_per_min.tolist(), found.breaths.quality.tolist(), strict=True)
    for end_s, rate, quality in windows:
        if quality >= GOOD and (
            last is None or end_s - last.t_s >= TELL_EVERY_S or abs(rate - last.rate_per_min) >= TELL_CHANGE_PER_MIN
        ):
            last = BreathMeasured(round(end_s, 1), round(end_s - WINDOW_S, 1), round(rate, 2), round(quality, 3))
            news.append(last)
    return (replace(state, last=last) if news else state), news


def estimate(state: BreathState, ticks: Ticks, still: BoolArray) -> tuple[BreathState, Breathing]:
    """The same, with every estimate, good or not."""
    index = np.concatenate([state.index, ticks.index])
    up = np.concatenate([state.up, ticks.up])
    quiet = np.concatenate([state.still, still])
    if len(index) and index[-1] // HOP_TICKS == index[0] // HOP_TICKS and index[-1] % HOP_TICKS != HOP_TICKS - 1:
        return replace(state, index=index, up=up, still=quiet), _nothing()
    numbers = index // BIN_TICKS
    # a bin is complete with its last tick, or when a later one shows that the last is missing
    whole = len(index) > 0 and index[-1] % BIN_TICKS == BIN_TICKS - 1
    done = len(index) if whole else int(np.searchsorted(numbers, numbers[-1])) if len(index) else 0
    state = replace(state, index=index[done:], up=up[done:], still=quiet[done:])
    if not done:
        return state, _nothing()
    first = np.flatnonzero(np.diff(numbers[:done], prepend=-1))
    sums = np.add.reduceat(up[:done], first, axis=0)
    count = np.diff(first, append=done)
    bins = np.concatenate([state.bins, numbers[first]])
    bin_up = np.concatenate([state.bin_up, sums / count[:, None]])
    bin_still = np.concatenate([state.bin_still, np.logical_and.reduceat(quiet[:done], first)])
    before, found = _confirmed(state.before, _estimates(bins, bin_up, bin_still, len(state.bins)))
    kept = slice(max(0, len(bins) - WINDOW_BINS), None)
    return replace(state, bins=bins[kept], bin_up=bin_up[kept], bin_still=bin_still[kept], before=before), found


def _estimates(bins: IntArray, up: FloatArray, still: BoolArray, begin: int) -> Breathing:
    """Of the windows that end with one of the bins from `begin` on."""
    last = np.arange(max(begin, WINDOW_BINS - 1), len(bins))
    last = last[(bins[last] + 1) % HOP_BINS == 0]
    first = last - (WINDOW_BINS - 1)
    moved = np.concatenate([[0], np.cumsum(~still | _turns(up))])
    usable = (bins[last] - bins[first] == WINDOW_BINS - 1) & (moved[last + 1] == moved[first])
    last, first = last[usable], first[usable]
    if not len(last):
        return _nothing()
    return Breathing((bins[last] + 1) * BIN_S, breaths(up[first[:, None] + np.arange(WINDOW_BINS)]))


def _confirmed(before: FloatArray, found: Breathing) -> tuple[FloatArray, Breathing]:
    """The same windows, each no better than the better of those shortly before it that show the same rate; and the last of them as
    they were found."""
    alone = found.breaths
    known = np.concatenate([before, rows(found.end_s, alone.rate_per_min, alone.quality)], axis=1)
    quality = np.zeros(len(alone.quality))
    for back in range(1, CONFIRMED_BY + 1):
        now = slice(max(before.shape[1], back), None)
        end_s, rate, share = known[:, now]
        then_s, earlier, was = known[:, now.start - back : known.shape[1] - back]
        same = (end_s - then_s < (CONFIRMED_BY + 0.5) * HOP_S) & (np.abs(rate - earlier) <= STEADY_PER_MIN)
        part = quality[now.start - before.shape[1] :]
        np.maximum(part, np.where(same, np.minimum(share, was), 0.0), out=part)
    return known[:, -CONFIRMED_BY:], replace(found, breaths=replace(alone, quality=quality))


def _turns(up: FloatArray) -> BoolArray:
    """Bins (k,) that begin with a turn faster than a breath's."""
    chord = np.diff(up, axis=0, prepend=up[:1])
    return np.asarray(dots(chord, chord) > np.radians(STILL_DPS * BIN_S) ** 2)


def _nothing() -> Breathing:
    none = np.zeros(0)
    return Breathing(none, Breaths(none, none, none))
