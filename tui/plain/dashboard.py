"""Dashboard for a terminal that can only print lines (`TERM=dumb`): a line when the state changes, for an alert, and for a
notice. The wearer types a letter and enter."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final, TextIO

from sensorcore.commands import CommandKind
from sensorcore.errors import BadInput
from sensorcore.view.cursor import Cursor
from sensorcore.view.snapshot import Snapshot
from sensorcore.whatif.tune import WRONG
from tui.terminal.line_io import listening, ringing, writing
from tui.text import alert_text, looks, presenter, sensor_text, times
from tui.text.announcer import announce

EVERY_S: Final = 0.25
HELP: Final = (
    "Type a letter, then enter: s snooze or wake, x that was wrong, c 4 words (pain 0 to 10), z upright now, ? state, q quit."
)


class PlainView:
    """Pure but for `write` and `ring`: lines for each new moment, and the response to a typed line."""

    def __init__(self, player: Cursor, write: Callable[[str], None], ring: Callable[[], None]) -> None:
        self._player = player
        self._write, self._ring = write, ring
        self._before: Snapshot | None = None
        self._word = ""
        self._said: tuple[object, str] = (None, "")

    def show(self, s: Snapshot) -> None:
        """Print what is new in `s`."""
        news = announce(self._before, s)
        problem = sensor_text.problem_text(s) if s.progress.problem else ""
        said = (s.progress.feed, "" if s.progress.feed == "unheard" else problem)  # the seconds in it need no line each
        if problem and said != self._said:
            self._write(problem)
        self._said = said
        state = looks.look(s)
        if state.word != self._word:
            self._word = state.word
            self._write(_state(s))
        for raised in news.alerts:
            self._ring()
            self._write(f"{times.moment(s, raised.t_s)} ▲ Time to sit up: {alert_text.alert_sentence(raised)}")
        if news.corrected is not None:
            self._write(f"{times.moment(s, news.corrected.t_s)} ● Good again {times.span(news.corrected.after_s)} after the alert")
        if news.asked is not None:
            self._write(f"{times.moment(s, news.asked.t_s)} {alert_text.notice_line(news.asked)}")
        for notice in news.notices:
            self._write(f"{times.moment(s, notice.t_s)} {alert_text.notice_line(notice)}")
        self._before = s

    def obey(self, line: str) -> bool:
        """Obey a typed line; False to quit."""
        letter, _, rest = line.strip().partition(" ")
        s = self._before
        snoozed = self._player.present().snoozed_until_s is not None
        said: dict[str, tuple[CommandKind, str]] = {
            "s": ("resume" if snoozed else "snooze", ""),
            "x": ("mark", WRONG),
            "c": ("pain", rest.strip()),
            "z": ("zero", ""),
        }
        if letter == "q":
            return False
        if letter in said:
            self._say(*said[letter])
        elif letter == "?" and s is not None:
            self._write(_state(s))
        else:
            self._write(HELP)
        return True

    def _say(self, kind: CommandKind, value: str) -> None:
        try:
            heard = self._player.say(kind, value)
        except BadInput as error:
            self._write(str(error))
            return
        if not heard:
            self._write("Only a sensor that is worn can hear that; this is a recording, or the day has ended, or nothing answers.")


def _state(s: Snapshot) -> str:
    state = looks.look(s)
    parts = [
        presenter.angle_text(s.inclination_deg) if s.inclination_deg is not None else "",
        presenter.direction_text(s),
        presenter.curvature_text(s),
        presenter.hint_text(s),
    ]
    parts += [alert_text.nudge_text(s), sensor_text.status_text(s)]
    return f"{times.moment(s, s.t_s, seconds=True)} {state.symbol} {state.word}  " + " · ".join(part for part in parts if part)


def run(player: Cursor, typed: TextIO, printed: TextIO) -> None:
    """Run until the recording or the sensor's stream ends, or `q` is typed."""
    write, lines = writing(printed), listening(typed)
    view = PlainView(player, write, ringing(printed))
    write(HELP)
    player.start()
    try:
        before_s, going = time.monotonic(), True
        while going:
            time.sleep(EVERY_S)
            now_s = time.monotonic()
            player.advance(now_s - before_s)
            before_s = now_s
            view.show(player.snapshot())
            while going and not lines.empty():
                going = view.obey(lines.get())
            going = going and not player.finished
        view.show(player.snapshot())  # how it ended
    finally:
        player.stop()
