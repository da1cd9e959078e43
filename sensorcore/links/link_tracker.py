"""State machine of one sensor's link. Every transition has a name and is made only here:

    search   any state -> SEARCHING                            an attempt begins
    found    SEARCHING -> CONNECTING                           the sensor was found
    accepted CONNECTING, PAUSED, STREAMING -> STREAMING        a frame was accepted: the only sign of life
    idle     CONNECTING, STREAMING, PAUSED -> PAUSED           the sensor says that it takes no samples
    broke    any state -> SEARCHING                            the attempt ended

`LinkLost` and `LinkBack` follow from the transitions, so they always come in turn. What comes after the link broke (a radio stack
may call back late) changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from sensorcore.errors import SourceError
from sensorcore.events import LinkBack, LinkEvent, LinkLost
from sensorcore.link import LinkState


class LinkTracker:
    """Times are by a clock that nobody sets (`host_clock.steady_s`). `alive_at_s`: when a frame was accepted last, the sensor was
    known to rest, or no frame could be expected. `problem`: the sentence to show. `connects`: how often frames began to be
    accepted."""

    def __init__(self, tell: Callable[[Iterable[LinkEvent]], None]) -> None:
        self._tell = tell
        self._state = LinkState.SEARCHING
        self._lost_at_s: float | None = None
        self.alive_at_s = 0.0
        self.problem: str | None = None
        self.connects = 0

    @property
    def state(self) -> LinkState:
        return self._state

    @property
    def is_live(self) -> bool:
        """Whether frames are accepted or the sensor rests."""
        return self._state in (LinkState.STREAMING, LinkState.PAUSED)

    @property
    def reconnects(self) -> int:
        return max(0, self.connects - 1)

    def search(self) -> None:
        """An attempt begins."""
        self._state = LinkState.SEARCHING

    def found(self) -> None:
        """The sensor was found."""
        if self._state is LinkState.SEARCHING:
            self._state = LinkState.CONNECTING

    def wait(self, now_s: float) -> None:
        """Frames may be waited for from now on: it was set up, or there was no room for what it sent."""
        self.alive_at_s = now_s

    def accepted(self, now_s: float) -> None:
        """A frame was accepted."""
        self._live(LinkState.STREAMING, now_s)

    def idle(self, now_s: float) -> None:
        """The sensor says that it takes no samples."""
        self._live(LinkState.PAUSED, now_s)

    def broke(self, problem: SourceError, now_s: float) -> None:
        """The attempt ended, always for a reason."""
        was_live = self.is_live
        self._state = LinkState.SEARCHING
        self.problem = str(problem)
        if was_live:
            self._lost_at_s = now_s
            self._tell([LinkLost(0.0, problem.what)])

    def _live(self, state: LinkState, now_s: float) -> None:
        if self._state is LinkState.SEARCHING:
            return
        was_live, self._state, self.alive_at_s = self.is_live, state, now_s
        if was_live:
            return
        self.connects += 1
        self.problem = None
        if self._lost_at_s is not None:
            self._tell([LinkBack(0.0, now_s - self._lost_at_s)])
            self._lost_at_s = None
