"""The age of a stream, and its time now.

What a view shows has an age. It is counted here, by this machine's steady clock, and by no clock of the sensor or of the wall, so
that a stream that stops is noticed whatever became of its other end."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from sensorcore.timing.host_clock import steady_s

Feed: TypeAlias = Literal["current", "silent", "unheard", "ended", "failed"]
"""What stands behind a view: "current" (also of a recording: its cursor's moment), "silent" (no samples come), "unheard" (nothing
comes from the daemon), "ended" (in order), "failed" (what went wrong is told)."""

ENDED: Final = "The day has ended. `spinae wear` begins the next one."
GONE: Final = "The background process that keeps your day has gone. `spinae wear` starts it again."
NO_SIGNAL_AFTER_S: Final = 1.0
"""A radio drops a packet now and then; a second without any tick is what a wearer should know of."""
ARRIVALS_MISSED: Final = 2.5
"""A sensor that sends seconds at once (a phone) is silent when it has missed its turn twice …"""
LATE_S: Final = 3.0
"""… or once by so much: nothing shown is older than it should be by more."""


def silent_after_s(every_s: float) -> float:
    """After how long without a tick a stream is silent whose sensor sends every `every_s` seconds."""
    return max(NO_SIGNAL_AFTER_S, min(ARRIVALS_MISSED * every_s, every_s + LATE_S))


class Presence:
    """When the newest tick came, and what stream time it must be by now."""

    def __init__(self) -> None:
        self._arrived_s = steady_s()
        self._now_s = 0.0

    @property
    def silent_s(self) -> float:
        """Seconds since the newest tick came (before the first: since the beginning)."""
        return steady_s() - self._arrived_s

    def arrived(self, ago_s: float = 0.0) -> None:
        """The newest tick came so long ago."""
        self._arrived_s = steady_s() - ago_s

    def is_silent(self, every_s: float) -> bool:
        """Whether no tick has come for longer than there should be between two."""
        return self.silent_s >= silent_after_s(every_s)

    def now_s(self, end_s: float, every_s: float = 0.0) -> float:
        """Stream time now, which never goes back: the end of the newest tick, or while the stream is silent, the time that must
        have passed since."""
        self._now_s = max(self._now_s, end_s + (self.silent_s if self.is_silent(every_s) else 0.0))
        return self._now_s

    def last_s(self, end_s: float) -> float:
        """The same of a stream that is over: time has stopped."""
        self._now_s = max(self._now_s, end_s)
        return self._now_s
