"""The exposure of a whole recording, without time that later turns out as not worn or slipped: ticks wait for as long as a
correction can reach them before they are counted."""

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
        """Count these ticks once no correction can reach them."""
        if not len(track):
            return
        self._waiting.append(track)
        while self._waiting[0].index[-1] < track.index[-1] - CORRECTABLE_TICKS:
            self.state = exposure.step(self.state, self._measured(self._waiting.popleft()))

    def hear(self, event: Event) -> None:
        """Leave out the ticks that `event` corrects. A slip goes on until it is mended."""
        if (correction := correction_of(event)) is not None:
            self._leave_out(correction.start, correction.end)
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
