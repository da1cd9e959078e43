"""Times shared by several rows: a radio packet's arrival, a clock of few digits, or times rounded by a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.importers.channel import SensorChannel
from sensorcore.importers.timing import ARRIVAL_TIME, DEVICE_TIME, TimeRules
from sensorcore.model import FloatArray

_SHARED: Final = 0.05
"""A few rows that share a time are damage; more of them are the way the clock counts."""
_COARSEST_S: Final = 0.25
"""Radio packets and clocks of few digits bring rows together for less than this (BLE: 4 s at most, seen: 0.1 s)."""
_ROUNDED_HINT: Final = "Import the file as the application exported it, not as a spreadsheet saved it"


def time_rules(channel: SensorChannel) -> TimeRules:
    """Whether the times are those of samples, or shared by rows that came together. Raises BadInput where they were rounded so far
    that nothing is left of them."""
    t_s = channel.first_times()
    if len(t_s) < 3:
        return DEVICE_TIME
    steps = np.diff(t_s)
    shared = float((steps == 0).mean())
    if shared <= _SHARED:
        return DEVICE_TIME
    moves = steps[steps > 0]
    rows = round(len(t_s) / (len(moves) + 1))
    if not len(moves) or float(np.median(moves)) > _COARSEST_S:
        shown = channel.table.first_row[channel.time_index] if channel.time_index < len(channel.table.first_row) else ""
        where = f"{channel.where}, column {channel.table.names[channel.time_index] or 'time'}"
        what = f"about {rows} rows share each time ('{shown}'): the times were rounded, as spreadsheets do when they save"
        raise BadInput(what, where=where, hint=_ROUNDED_HINT)
    return ARRIVAL_TIME


def spread(rows: Iterator[tuple[FloatArray, FloatArray]]) -> Iterator[tuple[FloatArray, FloatArray]]:
    """Times of arrival made strictly increasing: k rows that came together fill the step before them evenly; the first ones,
    and those after a pause, count back at the usual period."""
    period_s, before_s = 0.0, -np.inf
    held_t, held_v = np.empty(0), np.empty((0, 0))
    done = False
    while not done:
        more = next(rows, None)
        done = more is None
        if more is not None:
            held_t = np.concatenate([held_t, more[0]])
            held_v = np.concatenate([held_v, more[1]]) if held_v.size else more[1]
        # The last run of equal times may go on in the next chunk.
        stop = len(held_t) if done else int(np.searchsorted(held_t, held_t[-1], side="left")) if len(held_t) else 0
        if not stop:
            continue
        t_s, values = held_t[:stop], held_v[:stop]
        held_t, held_v = held_t[stop:], held_v[stop:]
        starts = np.flatnonzero(np.diff(t_s, prepend=-np.inf) > 0)
        counts = np.diff(np.append(starts, stop))
        steps = np.diff(t_s[starts], prepend=before_s)
        if not period_s:
            near = (steps > 0) & (steps < 1.0)
            period_s = float(steps[near].sum() / counts[near].sum()) if near.any() else 1.0
        share_s = np.where(steps <= counts * period_s + ARRIVAL_TIME.gap_floor_s, steps / counts, period_s)
        share_s = np.minimum(share_s, steps / counts)
        back = np.repeat(counts, counts) - 1 - (np.arange(stop) - np.repeat(starts, counts))
        before_s = float(t_s[-1])
        yield t_s - back * np.repeat(share_s, counts), values
