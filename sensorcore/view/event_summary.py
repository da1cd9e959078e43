"""Event summary: what the events so far leave behind, updated event by event."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from sensorcore.events import (
    ActivationAsked,
    ActivationDone,
    AlertRaised,
    AlertWithheld,
    BaselineSet,
    BreathMeasured,
    Corrected,
    Event,
    ExerciseOpened,
    ForwardFound,
    HoldEnded,
    Marked,
    MoveReminder,
    OneSensor,
    PainNoted,
    RepCounted,
    SensorSlipped,
    SetEnded,
    SettingsChanged,
    SlipMended,
    SlouchEnded,
    SlouchStarted,
    Snoozed,
    SnoozeEnded,
    TwoSensors,
    ZoneChanged,
)
from sensorcore.model import StreamInfo
from sensorcore.posture.policy import PolicyState
from sensorcore.track.correction import Correction, correction_of

ALERTS_KEPT: Final = 20
NOTICES_KEPT: Final = 20
NEWS_KEPT: Final = 20
NOTICES: Final = (
    ActivationAsked,
    ActivationDone,
    AlertWithheld,
    Marked,
    MoveReminder,
    OneSensor,
    PainNoted,
    SensorSlipped,
    Snoozed,
    SnoozeEnded,
)
"""Kinds of events that get a line, beside alerts."""
NEWS: Final = (AlertRaised, Corrected, *(kind for kind in NOTICES if kind is not AlertWithheld))
"""Kinds of events that are announced when they happen. Withheld alerts are not: they only stand in the list."""


_FRESH: Final = PolicyState()


@dataclass(frozen=True, slots=True)
class Alert:
    """An alert and the stream time at which the wearer sat up again, if so."""

    raised: AlertRaised
    corrected_s: float | None = None


@dataclass(frozen=True, slots=True)
class EventSummary:
    """What the events so far leave behind. `alerts`: newest first. `slouch_since_s`: when the slouch under way began; `slipped`:
    the slip that was not put right yet; `corrections`: what late events change in time that had passed. `notices`: other events
    with a line (withheld alerts, marks, notes, snoozes), newest first. `exercises`: the open ones, each with the count of its set
    under way. `missing`: of two sensors the one without data now. `changed`: settings that the wearer changed, by key; `zones`:
    changes of the local clock: stream time and offset. `policy`: the alert policy's state then. `news`: the latest of the
    announced kinds, oldest first, of `news_total`."""

    alerts: tuple[Alert, ...] = ()
    baselines: tuple[BaselineSet, ...] = ()
    forward_known: bool = False
    snoozed_until_s: float | None = None
    slouch_since_s: float | None = None
    alerts_total: int = 0
    slipped: SensorSlipped | None = None
    corrections: tuple[Correction, ...] = ()
    notices: tuple[Event, ...] = ()
    notices_total: int = 0
    breath: BreathMeasured | None = None
    exercises: tuple[tuple[str, int], ...] = ()
    missing: OneSensor | None = None
    changed: tuple[tuple[str, str | float | int | bool], ...] = ()
    zones: tuple[tuple[float, int], ...] = ()
    policy: PolicyState = _FRESH
    news: tuple[Event, ...] = ()
    news_total: int = 0

    @property
    def utc_offset_s(self) -> int | None:
        """Offset of the wall clock, once it was changed."""
        return self.zones[-1][1] if self.zones else None


class EventSummarizer:
    """Builds the summary event by event. A view asks fifteen times a second, and a day has thousands of events: each is looked at
    once."""

    def __init__(self, info: StreamInfo) -> None:
        self.seen = 0
        self.summary = EventSummary(forward_known=info.calibration is not None and info.calibration.forward is not None)
        self._alerts: deque[Alert] = deque(maxlen=ALERTS_KEPT)
        self._notices: deque[Event] = deque(maxlen=NOTICES_KEPT)
        self._news: deque[Event] = deque(maxlen=NEWS_KEPT)
        self._baselines: dict[str, BaselineSet] = {}

    def add(self, events: Iterable[Event]) -> None:
        """Add events that follow those already seen."""
        for event in events:
            self.seen += 1
            self._add(event)

    def _add(self, event: Event) -> None:  # noqa: PLR0912 - a branch for each kind of event
        past = self.summary
        if isinstance(event, NOTICES):
            self._notices.append(event)
            past = replace(past, notices=tuple(reversed(self._notices)), notices_total=past.notices_total + 1)
        if isinstance(event, NEWS):
            self._news.append(event)
            past = replace(past, news=tuple(self._news), news_total=past.news_total + 1)
        late = correction_of(event)
        if late is not None:
            past = replace(past, corrections=(*past.corrections, late))
        match event:
            case AlertRaised():
                self._alerts.append(Alert(event))
                past = replace(past, alerts_total=past.alerts_total + 1, alerts=self._newest())
            case Corrected():
                if self._alerts and self._alerts[-1].corrected_s is None:
                    self._alerts[-1] = replace(self._alerts[-1], corrected_s=event.t_s)
                past = replace(past, alerts=self._newest())
            case SlouchStarted():
                past = replace(past, slouch_since_s=event.since_s)
            case SlouchEnded():
                past = replace(past, slouch_since_s=None)
            case BaselineSet():
                self._baselines[event.state] = event
                past = replace(past, baselines=tuple(sorted(self._baselines.values(), key=lambda b: b.t_s)))
            case ForwardFound():
                past = replace(past, forward_known=True)
            case Snoozed() | SnoozeEnded():
                past = replace(past, snoozed_until_s=event.until_s if isinstance(event, Snoozed) else None)
            case OneSensor() | TwoSensors():
                past = replace(past, missing=event if isinstance(event, OneSensor) else None)
            case SensorSlipped() | SlipMended():
                past = replace(past, slipped=event if isinstance(event, SensorSlipped) else None)
            case BreathMeasured():
                past = replace(past, breath=event)
            case ExerciseOpened() | RepCounted() | HoldEnded() | SetEnded():
                past = replace(past, exercises=_exercises(past.exercises, event))
            case SettingsChanged():
                past = replace(past, changed=tuple({**dict(past.changed), **event.values}.items()))
            case ZoneChanged():
                past = replace(past, zones=(*past.zones, (event.t_s, event.utc_offset_s)))
            case _:
                pass
        self.summary = past

    def _newest(self) -> tuple[Alert, ...]:
        return tuple(reversed(self._alerts))


def _exercises(
    before: tuple[tuple[str, int], ...], event: ExerciseOpened | RepCounted | HoldEnded | SetEnded
) -> tuple[tuple[str, int], ...]:
    now = dict(before)
    match event:
        case RepCounted() | HoldEnded():
            now[event.rep.exercise] = event.number
        case SetEnded(closed=True):
            now.pop(event.exercise, None)
        case _:
            now[event.exercise] = 0  # opened, or the next set may begin
    return tuple(now.items())
