"""Routine on a terminal that can only print lines (`TERM=dumb`): a line for each cue, count and note. Letters are typed with
enter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TextIO

from sensorcore.routine.guide import Asked
from sensorcore.routine.running import Running
from sensorcore.routine.shown import Shown
from sensorcore.session.live import Live
from tui.terminal.line_io import listening, writing
from tui.text.routine_text import RoutineMoments

EVERY_S: Final = 0.1
AFTER_S: Final = 3.0
"""Wait for the sensor's events of the last set."""
HELP: Final = "Type a letter, then enter: space pause, n next exercise, p this one again or the one before, q quit."
_ASKED: Final[dict[str, Asked]] = {"": "pause", "n": "next", "p": "previous"}


class PlainRoutine:
    """Pure but for `write`: lines for each new moment."""

    def __init__(self, write: Callable[[str], None]) -> None:
        self._write = write
        self._before: Shown | None = None

    def show(self, now: Shown) -> None:
        """Print what is new in `now`."""
        before, self._before = self._before, now
        if before is None or (now.number, now.name) != (before.number, before.name):
            self._write(f"{now.title}, {now.number} of {now.steps}: {now.name}, {now.big} {now.unit}")
        elif now.ring == "counted" or (now.side != before.side and now.phase == "doing"):
            self._write(f"  {now.big} {now.unit}{f', {now.side}' if now.side else ''}")
        if before is None or now.cue != before.cue:
            self._write(f"  {now.cue}")
        if now.note and (before is None or now.note != before.note):
            self._write(f"  ({now.note})")


def run(running: Running, live: Live | None, typed: TextIO, printed: TextIO) -> None:
    """Run until the routine is over, or `q` is typed. `live` is worn between start and end."""
    write, lines = writing(printed), listening(typed)
    view = PlainRoutine(write)
    write(HELP)
    if live is not None:
        live.start()
    try:
        moments = RoutineMoments(running)
        while not moments.is_over(AFTER_S * running.with_sensor):
            letter = None if lines.empty() else lines.get().strip()
            if letter == "q":
                break
            if letter is not None and letter not in _ASKED:
                write(HELP)
            view.show(moments.advance(None if letter is None else _ASKED.get(letter)))
            time.sleep(EVERY_S)
    finally:
        running.close()
        if live is not None:
            live.stop()
