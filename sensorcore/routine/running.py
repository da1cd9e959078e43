"""A running routine: sensor events go into the guide, the exercise that the guide wants counted goes to the sensor's pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sensorcore.commands import CommandKind
from sensorcore.events import Event
from sensorcore.routine import guide, pace
from sensorcore.routine.breath_following import Following
from sensorcore.routine.guide import Asked, GuideState, SensorInput
from sensorcore.routine.pace import PaceState
from sensorcore.routine.programme import Programme
from sensorcore.routine.shown import Shown, show
from sensorcore.view.snapshot import Snapshot


class Feed(Protocol):
    """A worn sensor (`sensorcore.session.live.Live`)."""

    @property
    def finished(self) -> bool: ...

    def snapshot(self) -> Snapshot: ...

    def events(self) -> tuple[Event, ...]: ...

    def say(self, kind: CommandKind, value: str = "") -> bool: ...


class Running:
    """One run of `programme`, with `feed` or (None) by the timer alone. It begins with the first data, or when the wearer skips
    waiting for it. `is_present`: whether the feed has caught up with the present."""

    def __init__(self, programme: Programme, feed: Feed | None, is_present: Callable[[], bool] = lambda: True) -> None:
        self.programme = programme
        self.state: GuideState = guide.initial(programme)
        self.begun = feed is None
        self.with_sensor = False
        self.events: list[Event] = []
        """Events since it began."""
        self._feed = feed
        self._is_present = is_present
        self._read_events = 0
        self._opened = ""
        self._pace: PaceState | None = None

    def advance(self, now_s: float, asked: Asked | None = None) -> Shown:
        """Advance to `now_s` (any monotonic clock), with what the wearer asked for; returns what to show."""
        heard = self._sensor_input()
        if not self.begun and heard.signal:
            self.begun = self.with_sensor = True
        elif not self.begun:
            if asked != "next" or self.programme.needs_sensor:
                return show(self.programme, self.state, SensorInput(sensor=True))
            self.begun, self._feed, heard, asked = True, None, SensorInput(), None
        before, self.state = self.state, guide.step(self.programme, self.state, now_s, heard, asked)
        shown = show(self.programme, self.state, heard, before)
        self._open(shown.opened)
        return shown

    @property
    def problem(self) -> str | None:
        """The sensor's problem, in a sentence."""
        return None if self._feed is None else self._feed.snapshot().progress.problem

    def listen(self) -> None:
        """Collect events after the end: the last set is counted when it is closed."""
        self._sensor_input()

    def close(self) -> None:
        """Stop counting; the session goes on."""
        self._open("")

    def _open(self, name: str) -> None:
        if name != self._opened and self._feed is not None:
            for each in ("", name) if self._opened and name else (name,):
                self._feed.say("exercise", each)
        self._opened = name

    def _sensor_input(self) -> SensorInput:
        feed = self._feed
        if feed is None or feed.finished:
            return SensorInput()
        s = feed.snapshot()
        events = feed.events()
        if not self.begun or len(events) < self._read_events:  # what was before; or another stream began
            self._read_events = len(events)
        new, self._read_events = events[self._read_events :], len(events)
        self.events += new
        return SensorInput(True, s.has_signal and self._is_present(), new, s.flexion_deg, s.lateral_deg, self._following(s))

    def _following(self, s: Snapshot) -> Following | None:
        at = self.state.at
        pattern = self.programme.steps[at].pattern if self.state.phase == "doing" and not self.state.paused else None
        if pattern is None:
            return None
        self._pace = pace.step(pattern, self._pace, s.t_s, self.state.tallies[at].gone_s, s.trace)
        return self._pace.found
