"""Corrections of past ticks: that the sensor was taken off, put on, or slipped is detected some time after it happened. Decided
ticks are final, but reports count them as corrected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np

from sensorcore.events import Event, PutOn, SensorSlipped, TakenOff
from sensorcore.track.posture_track import CONTEXTS, TICK_HZ, UNKNOWN, PostureTrack

_NOT_WORN: Final = CONTEXTS.index("not_worn")


@dataclass(frozen=True, slots=True)
class Correction:
    """Ticks `[start, end)` were not worn, or worn without anybody knowing the posture ("unknown")."""

    start: int
    end: int
    turned_out: Literal["not_worn", "unknown"]


def correction_of(event: Event) -> Correction | None:
    """The correction that `event` makes of the ticks before it; None for most events."""
    match event:
        case TakenOff():
            return Correction(_tick(event.since_s), _tick(event.t_s), "not_worn")
        case PutOn() | SensorSlipped():
            return Correction(_tick(event.since_s), _tick(event.t_s), "unknown")
        case _:
            return None


def corrected(track: PostureTrack, corrections: Sequence[Correction]) -> PostureTrack:
    """The corrected track; `track` itself without corrections."""
    if not corrections or not len(track):
        return track
    posture, context = track.posture.copy(), track.context.copy()
    for each in corrections:
        part = slice(*np.searchsorted(track.index, (each.start, each.end)).tolist())
        posture[part] = UNKNOWN
        if each.turned_out == "not_worn":
            context[part] = _NOT_WORN
        else:
            context[part][context[part] == _NOT_WORN] = CONTEXTS.index("unknown")
    return replace(track, posture=posture, context=context)


def _tick(t_s: float) -> int:
    return round(t_s * TICK_HZ)
