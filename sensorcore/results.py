"""What a pipeline has brought about so far, for views that look at any moment of it."""

from __future__ import annotations

import threading
from bisect import bisect_right

from sensorcore.events import AlertRaised, Event
from sensorcore.model import StreamInfo
from sensorcore.pipeline import PipelineOutput
from sensorcore.posture.track import PostureTrack
from sensorcore.posture.tracklog import TrackLog
from sensorcore.snapshot import Digest, digest


class Results:
    """Ticks and events in order. Added to in one thread, looked at from others."""

    def __init__(self, info: StreamInfo) -> None:
        self._info = info
        self._lock = threading.RLock()
        self._track = TrackLog()
        self._events: list[Event] = []
        self._event_times_s: list[float] = []
        self._digest = (-1, Digest())

    def __len__(self) -> int:
        return len(self._track)

    @property
    def end_s(self) -> float:
        """The end of the newest tick; 0 before the first."""
        return self._track.end_s

    def add(self, output: PipelineOutput) -> None:
        with self._lock:
            self._track.append(output.track)
            for event in output.events:
                latest_s = self._event_times_s[-1] if self._event_times_s else 0.0
                self._events.append(event)
                self._event_times_s.append(max(latest_s, event.t_s))

    def events(self) -> tuple[Event, ...]:
        """All so far."""
        with self._lock:
            return tuple(self._events)

    def alert_after(self, t_s: float) -> float | None:
        """The stream time of the first alert after `t_s`."""
        return next((at_s for at_s in self._alerts_s() if at_s > t_s), None)

    def alert_before(self, t_s: float) -> float | None:
        """The stream time of the last alert before `t_s`."""
        return next((at_s for at_s in reversed(self._alerts_s()) if at_s < t_s), None)

    def until(self, t_s: float, *, last_events: bool = False) -> tuple[PostureTrack, Digest]:
        """The ticks that ended by `t_s` and what the events up to then leave behind; `last_events`: of all events, also those that
        were told after the last whole tick."""
        with self._lock:
            n_events = len(self._events) if last_events else bisect_right(self._event_times_s, t_s + 1e-9)
            if n_events != self._digest[0]:
                self._digest = (n_events, digest(self._events[:n_events], self._info))
            return self._track.until(t_s), self._digest[1]

    def _alerts_s(self) -> list[float]:
        with self._lock:
            return [event.t_s for event in self._events if isinstance(event, AlertRaised)]
