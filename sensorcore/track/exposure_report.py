"""The exposure of a whole recording: what is told late (not worn, put on, slipped) takes the time out of it that was not measured
on a body, or not from the right upright. So ticks wait, as long as anything can be told of them, before they are counted."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from sensorcore.events import Event, SensorSlipped, SlipMended
from sensorcore.track import exposure
from sensorcore.track.correction import correction_of
from sensorcore.track.exposure import ExposureState
from sensorcore.track.posture_track import CONTEXTS, TICK_HZ, PostureTrack
from sensorcore.track.totals import CORRECTABLE_TICKS

_UNKNOWN: Final = CONTEXTS.index("unknown")


@dataclass(slots=True)
class ExposureReport:
    """`state` of what can no longer change. Give each track, then the events that came with it."""

    state: ExposureState = field(default_factory=ExposureState)
    _waiting: deque[PostureTrack] = field(default_factory=deque)
    _slipped: int | None = None

    def add(self, track: PostureTrack) -> None:
        """Count these ticks, by and by."""
        if not len(track):
            return
        self._waiting.append(track)
        while self._waiting[0].index[-1] < track.index[-1] - CORRECTABLE_TICKS:
            self.state = exposure.step(self.state, self._measured(self._waiting.popleft()))

    def hear(self, event: Event) -> None:
        """What it says of ticks that were given: some were no exposure. A slip goes on until it is mended."""
        if (told := correction_of(event)) is not None:
            self._leave_out(told.start, told.end)
        if isinstance(event, SensorSlipped) and self._slipped is None:
            self._slipped = round(event.t_s * TICK_HZ)
        elif isinstance(event, SlipMended) and self._slipped is not None:
            self._leave_out(self._slipped, round(event.t_s * TICK_HZ))
            self._slipped = None

    def summary(self) -> dict[str, Any]:
        """As `exposure.summary`, of all that was given."""
        state = self.state
        for track in self._waiting:
            state = exposure.step(state, self._measured(track))
        return exposure.summary(state)

    def _leave_out(self, start: int, end: int) -> None:
        for i, track in enumerate(self._waiting):
            self._waiting[i] = _without(track, start, end)

    def _measured(self, track: PostureTrack) -> PostureTrack:
        return track if self._slipped is None else _without(track, self._slipped, int(track.index[-1]) + 1)


def _without(track: PostureTrack, start: int, end: int) -> PostureTrack:
    """The track with nothing known of ticks `[start, end)`."""
    part = slice(*np.searchsorted(track.index, (start, end)).tolist())
    if part.start >= part.stop:
        return track
    context = track.context.copy()
    context[part] = _UNKNOWN
    return replace(track, context=context)
