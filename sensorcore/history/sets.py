"""Rows of a set of an exercise by the wall clock, from the offline count: one for each side."""

from __future__ import annotations

from statistics import fmean, median

from sensorcore.events import SetEnded
from sensorcore.exercise.catalogue import catalogue
from sensorcore.exercise.quality import advice, well_done
from sensorcore.history.values import RepSet
from sensorcore.model import StreamInfo


def sets_of(ended: SetEnded, info: StreamInfo) -> list[RepSet]:
    """Rows of a set in a stream with a known start; none when nothing was counted."""
    exercise, start_s = catalogue()[ended.exercise], (info.start_unix_ns or 0) / 1e9
    found = []
    for side in (None, "left", "right"):
        reps = [rep for rep in ended.reps if rep.side == side]
        if reps:
            found.append(
                RepSet(
                    start_s + reps[0].start_s,
                    start_s + reps[-1].end_s,
                    exercise.name,
                    side or "",
                    len(reps),
                    sum(rep.quality.hold_s for rep in reps) if exercise.is_hold else 0.0,
                    median(rep.range_deg for rep in reps),
                    fmean(well_done(exercise, rep) for rep in reps),
                    median(rep.end_s - rep.start_s for rep in reps),
                    advice(reps),
                    info.utc_offset_s,
                )
            )
    return found
