"""Joins the ticks of two sensors: how far the back is rounded, and which of them leads.

The upper one leads: what the wearer does and how far they lean is as it says. The curvature is its flexion less the lower one's,
each from the upright of the same state, calibrated at the same moment. Where only one is good, that one is all there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Final, Literal

import numpy as np

from sensorcore.events import BaselineSet, ContextChanged, Event, ForwardFound, OneSensor, StateLearned, TwoSensors
from sensorcore.model import BoolArray, FloatArray, IntArray
from sensorcore.motion.body import Lean, lean
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.posture.context import UNSURE_DEG
from sensorcore.posture.scored import ScoredTicks
from sensorcore.track.posture_track import CONTEXTS

WHICH: Final[tuple[Literal["upper"], Literal["lower"]]] = ("upper", "lower")
TELL_AFTER_TICKS: Final = 5 * TICK_HZ
"""A sensor that is gone for a moment is no news."""
_NOT_WORN: Final = CONTEXTS.index("not_worn")
_NOTHING: Final[tuple[type[Event], ...]] = ()
UPRIGHTS: Final = (BaselineSet, ForwardFound, StateLearned)
"""Those of the lower sensor are reported as `LowerUpright`: a reader must not take them for the upper one's."""
_SAME_TICK_S: Final = 0.5 / TICK_HZ


@dataclass(frozen=True, slots=True)
class JoinState:
    """`lead` the sensor that spoke for the last tick, `code` its context. `missing`: the one reported as of no
    use (None: both are good), `odd` for how many ticks it has been otherwise."""

    lead: int = 0
    code: int = 0
    missing: int | None = None
    odd: int = 0


class _Line:
    """One sensor's ticks: `parts` as they were seen, `up` (n, 3) their verticals, placed on all ticks of the two, `index`."""

    def __init__(self, parts: Sequence[ScoredTicks], up: FloatArray, index: IntArray) -> None:
        self.parts = parts
        self.up = up
        sizes = [len(part.index) for part in parts]
        self.first = np.cumsum([0, *sizes])
        self.part = np.repeat(np.arange(len(parts)), sizes)
        own = np.concatenate([np.zeros(0, np.int64), *(part.index for part in parts)])
        self.place = np.searchsorted(own, index)
        """Of each tick among this sensor's own, where it has it."""
        self.has: BoolArray = np.isin(index, own, assume_unique=True)
        good = [~part.doubted & (part.codes != _NOT_WORN) & (part.uncertainty_deg <= UNSURE_DEG) for part in parts]
        self.good = self.spread(np.concatenate([np.zeros(0, np.bool_), *good]), False)

    def spread(self, values: np.ndarray, otherwise: float) -> np.ndarray:
        """One value for each of its ticks, on all ticks of the two."""
        found = np.full(len(self.has), otherwise, dtype=values.dtype)
        found[self.has] = values
        return found


def join(
    state: JoinState, index: IntArray, parts: tuple[Sequence[ScoredTicks], Sequence[ScoredTicks]], up: tuple[FloatArray, FloatArray]
) -> tuple[JoinState, list[ScoredTicks]]:
    """`parts` of the upper and the lower sensor, on one grid, as one sequence; `index` (n,) are the ticks that either has, `up` the
    verticals of each. The result does not depend on how time is cut into calls."""
    lines = _Line(parts[0], up[0], index), _Line(parts[1], up[1], index)
    upper, lower = lines
    leads = np.where(upper.good | (upper.has & ~lower.good), 0, 1)
    better, curvature_deg = _together(upper, lower)
    missing = np.where(upper.good & lower.good, -1, np.where(upper.good, 1, np.where(lower.good, 0, -2)))
    joined: list[ScoredTicks] = []
    owner = np.where(leads == 0, upper.place, lower.place), np.where(leads == 0, 0, 1)
    which_part = np.array([lines[lead].part[at] for at, lead in zip(*(each.tolist() for each in owner), strict=True)])
    starts = np.flatnonzero((np.diff(leads, prepend=-1) != 0) | (np.diff(which_part, prepend=-1) != 0)).tolist()
    for begin, end in zip(starts, [*starts[1:], len(index)], strict=True):
        line, number = lines[leads[begin]], int(which_part[begin])
        a = int(line.place[begin]) - int(line.first[number])
        piece = _piece(line.parts[number], a, a + end - begin, int(leads[begin]))
        state, taken_over = _taken_over(state, int(leads[begin]), piece)
        state, availability = _availability(state, lines, missing[begin:end].tolist(), begin, piece)
        changes = sorted([*taken_over, *piece.changes, *availability], key=lambda event: event.t_s)
        piece = replace(piece, changes=changes, curvature_deg=curvature_deg[begin:end])
        if leads[begin] == 0:
            own = slice(int(line.place[begin]), int(line.place[begin]) + end - begin)
            piece = better.put_into(piece, own)
        joined.append(piece)
    return state, joined


@dataclass(frozen=True, slots=True)
class _Better:
    """Of the upper one's ticks, what two know better: the lean and the upright it is from, whether that is the right one, and
    whether the wearer rides. Arrays are filled in."""

    lean: Lean
    uprights: np.ndarray
    measured: BoolArray
    riding: BoolArray

    def put_into(self, piece: ScoredTicks, own: slice) -> ScoredTicks:
        uprights = self.uprights[own].tolist()
        return replace(piece, lean=self.lean[own], uprights=uprights, measured=self.measured[own], riding=self.riding[own])


def _together(upper: _Line, lower: _Line) -> tuple[_Better, FloatArray]:
    """The upper one's ticks, and the curvature on all ticks: NaN where it is not known (a sensor missing or in doubt, the
    wearer's front or an upright not known). Both are measured from the same upright, and which one that is the lower tells:
    sitting down turns it further, so that it is more often right. A vehicle shakes both; what shakes one is the wearer's doing."""

    def flat(*path: str) -> FloatArray:
        found = [reduce(getattr, path, part) for part in upper.parts]
        return np.concatenate([found[0][:0], *found]) if found else np.zeros(0)

    names = np.array([name for part in upper.parts for name in part.uprights], dtype=np.object_)
    leans = Lean(*(flat("lean", name) for name in Lean.__slots__))
    better = _Better(leans, names, flat("measured").astype(np.bool_), flat("riding").astype(np.bool_))
    curvature_deg = np.full(len(upper.has), np.nan)
    for shared, number, other in _overlaps(upper, lower):
        above, below = upper.parts[number].calibration, lower.parts[other].calibration
        at = np.flatnonzero(upper.good & lower.good & shared)
        if not len(at) or above is None or below is None or above.forward is None or below.forward is None:
            continue
        own, others = upper.place[at], lower.place[at] - lower.first[other]
        names_used = np.array(lower.parts[other].uprights)[others]
        better.riding[own] &= lower.parts[other].riding[others]
        for name in set(names_used.tolist()) & above.upright.keys() & below.upright.keys():
            of = names_used == name
            better.measured[own[of]] = lower.parts[other].measured[others[of]]
            names[own[of]] = name
            measured = lean(upper.up[own[of]], above.upright[name], above.forward)
            for each in Lean.__slots__:
                getattr(leans, each)[own[of]] = getattr(measured, each)
            curvature_deg[at[of]] = measured.flexion_deg - lower.parts[other].lean.flexion_deg[others[of]]
    return better, curvature_deg


def _overlaps(upper: _Line, lower: _Line) -> list[tuple[BoolArray, int, int]]:
    """The ticks (as a mask) that a part of the one shares with a part of the other, and the two."""
    both = upper.has & lower.has
    of = [np.full(len(both), -1), np.full(len(both), -1)]
    for numbers, line in zip(of, (upper, lower), strict=True):
        numbers[both] = line.part[line.place[both]]
    pairs = sorted(set(zip(of[0][both].tolist(), of[1][both].tolist(), strict=True)))
    return [((of[0] == a) & (of[1] == b), a, b) for a, b in pairs]


def _piece(part: ScoredTicks, a: int, b: int, lead: int) -> ScoredTicks:
    """Ticks `[a, b)` of a part of the sensor that leads, with the events that belong to them."""
    after_s = part.end_s[a] - _SAME_TICK_S if a else -np.inf
    until_s = part.end_s[b - 1] + _SAME_TICK_S if b < len(part.index) else np.inf
    changes = [event for event in part.changes if after_s < event.t_s <= until_s]
    before, after = [] if a else part.before, part.after if b == len(part.index) else []
    silent = UPRIGHTS if lead == 1 else _NOTHING

    def kept(events: list[Event]) -> list[Event]:
        return [event for event in events if not isinstance(event, silent)]

    return replace(part[a:b], before=kept(before), changes=kept(changes), after=kept(after))


def _taken_over(state: JoinState, lead: int, piece: ScoredTicks) -> tuple[JoinState, list[Event]]:
    """The change of context where another sensor takes the lead."""
    code, t_s = int(piece.codes[0]), float(piece.end_s[0])
    reported = any(isinstance(event, ContextChanged) and abs(event.t_s - t_s) < _SAME_TICK_S for event in piece.changes)
    news = lead != state.lead and code != state.code and not reported
    events: list[Event] = [ContextChanged(t_s, CONTEXTS[code], 0.5)] if news else []
    return replace(state, lead=lead, code=int(piece.codes[-1])), events


def _availability(
    state: JoinState, lines: tuple[_Line, _Line], missing: list[int], begin: int, piece: ScoredTicks
) -> tuple[JoinState, list[Event]]:
    """That one of them is of no use, or both are good again, once that has lasted."""
    events: list[Event] = []
    reported, odd = state.missing, state.odd
    for i, seen in enumerate(missing):
        now = None if seen == -1 else reported if seen == -2 else seen  # neither is good: what the wearer does says that
        odd = 0 if now == reported else odd + 1
        if odd >= TELL_AFTER_TICKS:
            reported, odd = now, 0
            t_s = float(piece.end_s[i])
            events.append(TwoSensors(t_s) if now is None else OneSensor(t_s, WHICH[now], _because(lines[now], begin + i)))
    return replace(state, missing=reported, odd=odd), events


def _because(line: _Line, tick: int) -> Literal["no data", "not worn", "moved", "unsure"]:
    if not line.has[tick]:
        return "no data"
    at = int(line.place[tick])
    part = line.parts[int(line.part[at])]
    at -= int(line.first[int(line.part[at])])
    if part.codes[at] == _NOT_WORN:
        return "not worn"
    return "moved" if part.doubted[at] else "unsure"
