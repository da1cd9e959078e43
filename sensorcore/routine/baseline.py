"""The baseline test: a minute each of rest, pelvic tilts and side bends, and its measures. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median, stdev
from typing import Final

from sensorcore.events import BreathMeasured, Event, SetEnded
from sensorcore.history.values import Baseline
from sensorcore.repetition import Repetition

NAME: Final = "baseline"
LEAST_TILTS: Final = 2


def measured(events: Sequence[Event], start_unix_s: float, utc_offset_s: int, sensor: str) -> Baseline | None:
    """The test's result from its events; None with fewer than `LEAST_TILTS` pelvic tilts."""
    reps = [rep for event in events if isinstance(event, SetEnded) for rep in event.reps]
    tilts = [rep for rep in reps if rep.exercise == "pelvic_tilt"]
    if len(tilts) < LEAST_TILTS:
        return None
    breaths = [event.rate_per_min for event in events if isinstance(event, BreathMeasured)]
    ranges = [rep.range_deg for rep in tilts]
    return Baseline(
        start_unix_s,
        utc_offset_s,
        sensor,
        len(tilts),
        round(median(ranges), 2),
        round(stdev(ranges), 2),
        round(median(rep.quality.smoothness for rep in tilts), 3),
        round(median(rep.quality.wobble_deg for rep in tilts), 3),
        _symmetry([rep for rep in reps if rep.exercise == "side_bend"]),
        round(median(breaths), 2) if breaths else None,
    )


def _symmetry(bends: Sequence[Repetition]) -> float | None:
    sides = [[rep.range_deg for rep in bends if rep.side == side] for side in ("left", "right")]
    if not all(sides):
        return None
    left, right = map(median, sides)
    return round(min(left, right) / max(left, right), 3) if max(left, right) > 0 else None
