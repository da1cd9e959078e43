"""The stage that counts while an exercise is open. With none open it does nothing.

`opened` and `closed` obey the wearer, `step` takes the ticks that were completed. A set is over when the exercise is closed, data
is missing, or nothing was counted for `SET_ENDS_S`; it is then counted again with all of it in view.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.events import Event, ExerciseOpened, HoldBroken, HoldEnded, HoldStarted, RepCounted, SetEnded
from sensorcore.exercise import first, online_counter, trace
from sensorcore.exercise.catalogue import catalogue
from sensorcore.exercise.excursion import Excursion
from sensorcore.exercise.offline_counter import recount
from sensorcore.exercise.quality import describe, with_hints
from sensorcore.exercise.trace import ANY_DEG, COLUMNS, INDEX, UNSURE, Frame, Row, TraceState
from sensorcore.model import FloatArray
from sensorcore.motion.ticks import TICK_HZ, Ticks

SET_ENDS_S: Final = 30.0
"""A pause as long as this ends a set; between sets people rest for a minute."""
LOOK_BACK_S: Final = 120.0
"""While nothing has been counted, so much is kept: what was missed as it happened may be found at the end."""
LONGEST_SET_S: Final = 600.0
HOLD_SHOWN_S: Final = 2.0


@dataclass(frozen=True, slots=True)
class OpenSet:
    """The set under way of one open exercise: counting as it happens, `begins` the tick it began at, `counted` so far, `ended` the
    tick of the newest one, `holding` whether a hold was reported; `first`: one that waits for a second like it (positions are
    ticks)."""

    exercise: str
    count: online_counter.CountState
    begins: int
    counted: int = 0
    ended: int = -1
    holding: bool = False
    first: Excursion | None = None


@dataclass(frozen=True, slots=True)
class ExerciseState:
    """What is open. `trace` and `rows` (n, COLUMNS) are kept while something is."""

    sets: tuple[OpenSet, ...] = ()
    waiting: tuple[str, ...] = ()
    trace: TraceState | None = None
    rows: FloatArray | None = None

    @property
    def open(self) -> bool:
        return bool(self.sets or self.waiting)


def opened(state: ExerciseState, name: str, frame: Frame | None, t_s: float) -> tuple[ExerciseState, list[Event]]:
    """Open an exercise beside those that are. What is not in the catalogue, or open already, changes nothing."""
    if name not in catalogue() or name in state.waiting or any(each.exercise == name for each in state.sets):
        return state, []
    tracing = state.trace or TraceState(frame)
    return replace(state, waiting=(*state.waiting, name), trace=tracing), [ExerciseOpened(t_s, name)]


def closed(state: ExerciseState, t_s: float) -> tuple[ExerciseState, list[Event]]:
    """Close all that is open: each set is counted again."""
    if not state.open:
        return state, []
    rows = _rows(state)
    events = [_ended(each, state, rows, t_s, True) for each in state.sets]
    events += [SetEnded(t_s, name, (), True) for name in state.waiting]
    return ExerciseState(), list(events)


def step(state: ExerciseState, ticks: Ticks) -> tuple[ExerciseState, list[Event]]:
    """Advance by n ticks."""
    if not state.open or state.trace is None or not len(ticks):
        return state, []
    tracing, new = trace.step(state.trace, ticks)
    state = replace(state, trace=tracing)
    rows, events = _rows(state), list[Event]()
    for row in new:
        if rows and (row[INDEX] != rows[-1][INDEX] + 1 or row[UNSURE] >= ANY_DEG):
            ended = [_ended(each, state, rows, (rows[-1][INDEX] + 1) / TICK_HZ, False) for each in state.sets]
            events += [each for each in ended if each.reps]
            state = replace(state, sets=(), waiting=(*(each.exercise for each in state.sets), *state.waiting))
            rows = []
        rows.append(row)
        if state.waiting:
            state = replace(state, sets=(*state.sets, *(_begun(name, state, row) for name in state.waiting)), waiting=())
        sets = []
        for each in state.sets:
            after, said = _advance(each, state, rows)
            sets.append(after)
            events += said
        state = replace(state, sets=tuple(sets))
    keep = min((each.begins for each in state.sets), default=0) - (int(rows[0][INDEX]) if rows else 0)
    return replace(state, rows=np.asarray(rows[max(0, keep) :]).reshape(-1, COLUMNS)), events


def _rows(state: ExerciseState) -> list[Row]:
    return [] if state.rows is None else [tuple(row) for row in state.rows.tolist()]


def _begun(name: str, state: ExerciseState, row: Row) -> OpenSet:
    assert state.trace is not None
    tick = int(row[INDEX])
    return OpenSet(name, online_counter.initial(catalogue()[name], state.trace.frame, tick), tick)


def _advance(this: OpenSet, state: ExerciseState, rows: Sequence[Row]) -> tuple[OpenSet, list[Event]]:
    assert state.trace is not None
    exercise, frame = catalogue()[this.exercise], state.trace.frame
    tick = int(rows[-1][INDEX])
    t_s = (tick + 1) / TICK_HZ
    counting, found = online_counter.step(exercise, frame, this.count, rows, len(rows) - 1)
    this, events = replace(this, count=counting), list[Event]()
    if found is not None:
        this, tell = _believed(this, rows, found)
        for each in tell:
            this = replace(this, counted=this.counted + 1, ended=tick, holding=False)
            (rep,) = with_hints(exercise, [describe(exercise, rows, each)])
            events.append(HoldEnded(t_s, this.counted, rep) if exercise.is_hold else RepCounted(t_s, this.counted, rep))
    elif exercise.is_hold:
        since = max((tick - each.valley for each in counting.zigzags if each.rising), default=0)
        if not this.holding and since >= HOLD_SHOWN_S * TICK_HZ:
            events.append(HoldStarted(t_s, exercise.name))
        elif this.holding and since < HOLD_SHOWN_S * TICK_HZ:
            events.append(HoldBroken(t_s, exercise.name))
        this = replace(this, holding=since >= HOLD_SHOWN_S * TICK_HZ)
    going_on = any(each.rising for each in counting.zigzags)
    rested = this.counted > 0 and tick - this.ended > SET_ENDS_S * TICK_HZ and not going_on
    if rested or tick - this.begins > LONGEST_SET_S * TICK_HZ:
        over = _ended(this, state, rows, t_s, False)
        events += [over] if over.reps or this.counted else []
        this = replace(this, begins=tick, counted=0, ended=-1, first=None, count=replace(counting, sizes=(), rejected=()))
    elif not this.counted:
        this = replace(this, begins=max(this.begins, tick - round(LOOK_BACK_S * TICK_HZ)))
    return this, events


def _believed(this: OpenSet, rows: Sequence[Row], found: Excursion) -> tuple[OpenSet, list[Excursion]]:
    """What to tell now that `found` is counted: nothing, it, or it and the one that waited."""
    exercise, base, tick = catalogue()[this.exercise], int(rows[0][INDEX]), int(rows[-1][INDEX])
    now = first.moved(found, base)
    if this.first is not None and first.are_alike(this.first, now):
        return replace(this, first=None), [first.moved(this.first, -base), found]
    if first.stands_alone(exercise, rows, found, this.counted, tick - this.ended):
        return replace(this, first=None), [found]
    return replace(this, first=now), []


def _ended(this: OpenSet, state: ExerciseState, rows: Sequence[Row], t_s: float, closed_now: bool) -> SetEnded:
    assert state.trace is not None
    exercise = catalogue()[this.exercise]
    begins = max(0, this.begins - int(rows[0][INDEX])) if rows else 0
    mine = rows[begins:]
    found: list[Excursion] = recount(exercise, state.trace.frame, mine) if mine else []
    return SetEnded(t_s, exercise.name, with_hints(exercise, [describe(exercise, mine, each) for each in found]), closed_now)
