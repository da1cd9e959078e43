"""Moments of a routine, for every view: with a note while it waits, and for how long it has been over."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sensorcore.routine.guide import Asked
from sensorcore.routine.running import Running
from sensorcore.routine.shown import Shown

LOOKING: Final = "Looking for the sensor …"
WITHOUT: Final = "n begins with the timer only."


class RoutineMoments:
    """One run, by a clock that does not go back."""

    def __init__(self, running: Running, clock: Callable[[], float] = time.monotonic) -> None:
        self.running = running
        self._clock = clock
        self._over_s: float | None = None

    def advance(self, asked: Asked | None = None) -> Shown:
        """Moment to show now, after the wearer asked for something."""
        now_s = self._clock()
        shown = self.running.advance(now_s, asked)
        if shown.phase != "over":
            self._over_s = None
        elif self._over_s is None:
            self._over_s = now_s
        return shown if self.running.begun else replace(shown, note=waiting_note(self.running))

    def is_over(self, for_s: float) -> bool:
        """Whether it has been over for so long."""
        return self._over_s is not None and self._clock() - self._over_s >= for_s


def waiting_note(running: Running) -> str:
    """Note while it waits for the sensor, and the way to begin without one."""
    return " ".join([running.problem or LOOKING, *(() if running.programme.needs_sensor else (WITHOUT,))])
