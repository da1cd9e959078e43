"""Age of a stream, and its time now.

Age is measured by this machine's steady clock, never by the sensor's or the wall clock, so that a stalled stream is noticed
whichever end has failed."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from sensorcore.timing.host_clock import steady_s

Feed: TypeAlias = Literal["current", "silent", "unheard", "ended", "failed"]
"""State of the data behind a view: "current" (also of a recording: its cursor's moment), "silent" (no samples come), "unheard"
(nothing comes from the daemon), "ended" (in order), "failed" (with a problem to show)."""

ENDED: Final = "The day has ended. `spinae wear` begins the next one."
GONE: Final = "The background process that keeps your day has gone. `spinae wear` starts it again."
NO_SIGNAL_AFTER_S: Final = 1.0
"""A radio drops a packet now and then; a second without any tick is worth showing."""
ARRIVALS_MISSED: Final = 2.5
"""A sensor that sends seconds at once (a phone) is silent after missing its turn twice …"""
LATE_S: Final = 3.0
"""… or once by so much: nothing shown is older than it should be by more."""


def silent_after_s(every_s: float) -> float:
    """Time without a tick after which a stream is silent whose sensor sends every `every_s` seconds."""
    return max(NO_SIGNAL_AFTER_S, min(ARRIVALS_MISSED * every_s, every_s + LATE_S))


class Presence:
    """Arrival of the newest tick, and the stream time now."""

    def __init__(self) -> None:
        self._arrived_s = steady_s()
        self._now_s = 0.0

    @property
    def silent_s(self) -> float:
        """Seconds since the newest tick came (before the first: since creation)."""
        return steady_s() - self._arrived_s

    def arrived(self, ago_s: float = 0.0) -> None:
        """The newest tick came `ago_s` seconds ago."""
        self._arrived_s = steady_s() - ago_s

    def is_silent(self, every_s: float) -> bool:
        """Whether no tick has come for longer than the usual pause."""
        return self.silent_s >= silent_after_s(every_s)

    def now_s(self, end_s: float, every_s: float = 0.0) -> float:
        """Stream time now, which never goes back: the end of the newest tick, plus, while the stream is silent, the time since it
        came."""
        self._now_s = max(self._now_s, end_s + (self.silent_s if self.is_silent(every_s) else 0.0))
        return self._now_s

    def last_s(self, end_s: float) -> float:
        """The same of a stream that is over: time stands still."""
        self._now_s = max(self._now_s, end_s)
        return self._now_s
