"""Ticks and events of a pipeline so far, for views that look at any moment of them."""

from __future__ import annotations

import math
import threading
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from sensorcore.events import ActivationWithheld, AlertRaised, BreathMeasured, ContextChanged, Event, ForwardFound, SlouchEnded
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.posture.decision_log import DecisionLog
from sensorcore.posture.explain import Explanation
from sensorcore.posture.speaking import PolicyChange
from sensorcore.track.correction import Correction, corrected
from sensorcore.track.local_day import tick_of
from sensorcore.track.posture_track import PostureTrack
from sensorcore.track.tick_counts import TickCounts, count, gap_before
from sensorcore.track.track_log import TrackLog
from sensorcore.view import mmap_columns
from sensorcore.view.event_summary import EventSummarizer, EventSummary

MINOR: Final = (ActivationWithheld, ContextChanged, SlouchEnded, ForwardFound, BreathMeasured)
"""Kinds of events that nobody jumps to: too many, or implied by another."""


class Results:
    """Ticks and events in order. Added to in one thread, read in others. `explain_s`: how far back moments can be explained;
    their decision inputs are kept in memory."""

    def __init__(self, info: StreamInfo, *, explain_s: float = math.inf) -> None:
        self._info = info
        self._lock = threading.RLock()
        self._track = TrackLog(mmap_columns.allocate)
        self._events: list[Event] = []
        self._event_times_s: list[float] = []
        self._journal = DecisionLog(explain_s)
        self._asked: list[PolicyChange] = []
        self._summarizer = EventSummarizer(info)
        self._late_events: tuple[Correction, ...] = ()
        self._late_counts: dict[int | None, TickCounts] = {}
        self._alerts: list[tuple[float, int]] = []

    def __len__(self) -> int:
        return len(self._track)

    @property
    def end_s(self) -> float:
        """The end of the newest tick; 0 before the first."""
        return self._track.end_s

    def add(self, output: PipelineOutput) -> None:
        with self._lock:
            self._track.append(output.track)
            self._journal.add(output.decision_inputs)
            self._asked += output.policy_changes
            for event in output.events:
                latest_s = self._event_times_s[-1] if self._event_times_s else 0.0
                self._events.append(event)
                self._event_times_s.append(max(latest_s, event.t_s))
                if isinstance(event, AlertRaised):
                    self._alerts.append((max(latest_s, event.t_s), tick_of(event.t_s)))

    def insert(self, event: Event) -> None:
        """An event added later than it happened: the wearer's note while looking back."""
        with self._lock:
            place = bisect_right(self._event_times_s, event.t_s)
            self._events.insert(place, event)
            self._event_times_s.insert(place, event.t_s)
            if place < self._summarizer.seen:
                self._summarizer = EventSummarizer(self._info)

    def events(self) -> tuple[Event, ...]:
        """All so far."""
        with self._lock:
            return tuple(self._events)

    def asked(self) -> tuple[PolicyChange, ...]:
        """Changes of the alert policy's state so far."""
        with self._lock:
            return tuple(self._asked)

    def whole(self) -> tuple[PostureTrack, tuple[Event, ...]]:
        """All ticks and events so far."""
        with self._lock:
            return self._track.until(self._track.end_s), tuple(self._events)

    def explain(self, t_s: float) -> Explanation:
        """Why there was an alert, or none, at `t_s`."""
        with self._lock:
            return self._journal.explain(t_s)

    def alert_from(self, t_s: float, step: int) -> float | None:
        """The stream time of the first alert after `t_s` (`step` 1), or of the last before it (-1)."""
        return _nearest([at_s for at_s, event in self._timed() if isinstance(event, AlertRaised)], t_s, step)

    def event_from(self, t_s: float, step: int) -> float | None:
        """The same for any event but minor ones."""
        return _nearest([at_s for at_s, event in self._timed() if not isinstance(event, MINOR)], t_s, step)

    def until(self, t_s: float, *, last_events: bool = False) -> tuple[PostureTrack, EventSummary, TickCounts]:
        """The ticks that ended by `t_s`, the summary of the events up to then, and how the ticks divide; `last_events`: all
        events count, also those after the last whole tick."""
        with self._lock:
            n_events = len(self._events) if last_events else bisect_right(self._event_times_s, t_s + 1e-9)
            track = self._track.until(t_s)
            if n_events < self._summarizer.seen:  # looked back
                self._summarizer = EventSummarizer(self._info)
            self._summarizer.add(self._events[self._summarizer.seen : n_events])
            place = bisect_right(self._asked, t_s + 1e-9, key=lambda asked: asked.t_s)
            past = replace(self._summarizer.summary, policy=self._asked[place - 1].state) if place else self._summarizer.summary
            return track, past, self._track.counts(len(track)) + self._late(len(track), track, past)

    def within(self, spans: Sequence[tuple[int, int]], t_s: float, past: EventSummary) -> tuple[TickCounts, int]:
        """How the ticks of `spans` (begin, end) that ended by `t_s` divide, with the corrections in `past`, and the number of their
        alerts."""
        with self._lock:
            track, found, alerts = self._track.until(t_s), TickCounts(), 0
            raised = self._alerts[: bisect_right(self._alerts, (t_s + 1e-9, math.inf))]
            for begin, end in spans:
                found += self._upto(end, track, past) - self._upto(begin, track, past)
                alerts += sum(begin <= tick < end for _, tick in raised)
            return found, alerts

    def _upto(self, tick: int, track: PostureTrack, past: EventSummary) -> TickCounts:
        """How the ticks of `track` before `tick` divide, with the part before it of a gap around it."""
        n = int(np.searchsorted(track.index, tick))
        counts = self._track.counts(n) + self._late(n, track, past)
        if n == len(track):
            return counts
        _, missing = gap_before(track.index[n : n + 1], int(track.index[n - 1]) if n else -1)
        inside = max(0, tick - int(track.index[n]) + int(missing[0])) if missing[0] else 0
        return counts + TickCounts(unknown=inside)

    def _late(self, n: int, track: PostureTrack, past: EventSummary) -> TickCounts:
        """By how much late events correct the counts of the first `n` ticks. Of all ticks that holds until the next late event, for
        each is about ticks before itself."""
        if not past.corrections:
            return TickCounts()
        if past.corrections != self._late_events:
            self._late_events, self._late_counts = past.corrections, {}
        key = None if n == len(track) else n
        if key not in self._late_counts:
            part = track[:n]
            self._late_counts[key] = count(corrected(part, past.corrections)) - count(part)
        return self._late_counts[key]

    def _timed(self) -> list[tuple[float, Event]]:
        with self._lock:
            return list(zip(self._event_times_s, self._events, strict=True))


def _nearest(times_s: list[float], t_s: float, step: int) -> float | None:
    place = bisect_right(times_s, t_s) if step > 0 else bisect_left(times_s, t_s) - 1
    return times_s[place] if 0 <= place < len(times_s) else None
