"""A routine as it runs: what a sensor tells goes into the guide, what the guide wants counted goes to the sensor's pipeline."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from sensorcore.commands import CommandKind
from sensorcore.events import Event
from sensorcore.routine import guide, pace
from sensorcore.routine.breath_following import Following
from sensorcore.routine.guide import Asked, GuideState, Heard
from sensorcore.routine.pace import PaceState
from sensorcore.routine.programme import Programme
from sensorcore.routine.shown import Shown, show
from sensorcore.view.snapshot import Snapshot


class Feed(Protocol):
    """A sensor that is worn (`sensorcore.session.live.Live`)."""

    @property
    def finished(self) -> bool: ...

    def snapshot(self) -> Snapshot: ...

    def events(self) -> tuple[Event, ...]: ...

    def say(self, kind: CommandKind, value: str = "") -> bool: ...


class Running:
    """One run of `programme`, with `feed` or (None) by the timer alone. It begins with the first data, or when the wearer does not
    want to wait for it. `is_present` says whether the feed tells of now, and not still of what was before we came."""

    def __init__(self, programme: Programme, feed: Feed | None, is_present: Callable[[], bool] = lambda: True) -> None:
        self.programme = programme
        self.state: GuideState = guide.initial(programme)
        self.begun = feed is None
        self.with_sensor = False
        self.heard: list[Event] = []
        """What the sensor told since it began."""
        self._feed = feed
        self._is_present = is_present
        self._told = 0
        self._opened = ""
        self._pace: PaceState | None = None

    def advance(self, now_s: float, asked: Asked | None = None) -> Shown:
        """What to show at `now_s` (any clock that does not go back), after the wearer asked for something."""
        heard = self._heard()
        if not self.begun and heard.signal:
            self.begun = self.with_sensor = True
        elif not self.begun:
            if asked != "next" or self.programme.needs_sensor:
                return show(self.programme, self.state, Heard(sensor=True))
            self.begun, self._feed, heard, asked = True, None, Heard(), None
        before, self.state = self.state, guide.step(self.programme, self.state, now_s, heard, asked)
        shown = show(self.programme, self.state, heard, before)
        self._open(shown.opened)
        return shown

    @property
    def problem(self) -> str | None:
        """What is wrong with the sensor, in a sentence."""
        return None if self._feed is None else self._feed.snapshot().progress.problem

    def listen(self) -> None:
        """What is told after the end belongs to it, too: the last set is counted when it is closed."""
        self._heard()

    def close(self) -> None:
        """Nothing is counted any more; the day goes on."""
        self._open("")

    def _open(self, name: str) -> None:
        if name != self._opened and self._feed is not None:
            for each in ("", name) if self._opened and name else (name,):
                self._feed.say("exercise", each)
        self._opened = name

    def _heard(self) -> Heard:
        feed = self._feed
        if feed is None or feed.finished:
            return Heard()
        s = feed.snapshot()
        events = feed.events()
        if not self.begun or len(events) < self._told:  # what was before; or another stream began
            self._told = len(events)
        new, self._told = events[self._told :], len(events)
        self.heard += new
        return Heard(True, s.has_signal and self._is_present(), new, s.flexion_deg, s.lateral_deg, self._following(s))

    def _following(self, s: Snapshot) -> Following | None:
        at = self.state.at
        pattern = self.programme.steps[at].pattern if self.state.phase == "doing" and not self.state.paused else None
        if pattern is None:
            return None
        self._pace = pace.step(pattern, self._pace, s.t_s, self.state.tallies[at].gone_s, s.trace)
        return self._pace.found
