"""Ticks and events → minutes of the wall clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import fields
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import AlertRaised, Event
from sensorcore.motion.body import inclination_deg
from sensorcore.track.local_day import MINUTE_TICKS, tick_of
from sensorcore.track.minutes import BANDS_DEG, Minute
from sensorcore.track.posture_track import CONTEXTS, SLOUCHED, UNKNOWN, UPRIGHT, PostureTrack
from sensorcore.track.tick_counts import NOT_WORN, gap_before, kinds_of

COUNTED: Final = tuple(field.name for field in fields(Minute) if field.name != "minute")
Counts: TypeAlias = "defaultdict[str, float]"
_POSED: Final = ("sitting", "standing", "walking", "lying")


def count(origin: int, track: PostureTrack, events: Iterable[Event] = ()) -> list[Minute]:
    """A stream's ticks and events as minutes of the wall clock, oldest first. `origin` is the wall clock's tick at stream time 0. A
    tick or two left empty by a slow sensor belong to the next; a longer gap is unknown time."""
    found: dict[int, Counts] = {}
    for t_s in (event.t_s for event in events if isinstance(event, AlertRaised)):
        minute = (origin + tick_of(t_s)) // MINUTE_TICKS
        found.setdefault(minute, defaultdict(float))["alerts"] += 1
    if len(track):
        _count_ticks(found, origin, track)
    return [_minute(minute, found[minute]) for minute in sorted(found)]


def _minute(minute: int, counts: Counts) -> Minute:
    whole = {name: round(counts[name]) for name in COUNTED if name != "lean_sum_deg"}
    return Minute(minute, lean_sum_deg=counts["lean_sum_deg"], **whole)


def _count_ticks(found: dict[int, Counts], origin: int, track: PostureTrack) -> None:
    weights, missing = gap_before(track.index, -1)
    minutes, which = np.unique((origin + track.index) // MINUTE_TICKS, return_inverse=True)
    columns = _columns(track)
    sums = {name: np.bincount(which, weights * value, len(minutes)) for name, value in columns.items()}
    for i, minute in enumerate(minutes.tolist()):
        row = found.setdefault(minute, defaultdict(float))
        for name, values in sums.items():
            row[name] += float(values[i])
    for i in np.flatnonzero(missing).tolist():
        _count_gap(found, origin + int(track.index[i] - missing[i]), origin + int(track.index[i]))


def _columns(track: PostureTrack) -> dict[str, NDArray[np.float64]]:
    """For each counted name, what one tick adds (n,)."""
    kinds = kinds_of(track)
    judged = (kinds == UPRIGHT) | (kinds == SLOUCHED)
    lean_deg = np.where(judged, np.nan_to_num(inclination_deg(track.flexion_deg, track.lateral_deg)), 0.0)
    masks = {
        "upright_ticks": kinds == UPRIGHT,
        "slouched_ticks": kinds == SLOUCHED,
        "unknown_ticks": kinds == UNKNOWN,
        "not_worn_ticks": kinds == NOT_WORN,
        **{f"{name}_ticks": track.context == CONTEXTS.index(name) for name in _POSED},
        **{f"above_{band}_ticks": lean_deg > band for band in BANDS_DEG},
    }
    return {**{name: mask.astype(np.float64) for name, mask in masks.items()}, "lean_sum_deg": lean_deg}


def _count_gap(found: dict[int, Counts], begin: int, end: int) -> None:
    """Unknown time from tick `begin` to `end` of the wall clock."""
    while begin < end:
        minute = begin // MINUTE_TICKS
        upto = min(end, (minute + 1) * MINUTE_TICKS)
        found.setdefault(minute, defaultdict(float))["unknown_ticks"] += upto - begin
        begin = upto
