"""Help screen: the keys of a screen, the words and colours of all, and how to wear the sensor; over the screen it was asked
from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.keys import key_map
from tui.text.looks import DRIFTING, GOOD, LYING, MOVING, NO_SIGNAL, NOT_WORN, SLOUCHED, UNKNOWN, WALKING

_EVERYWHERE: Final = (
    (("today", "replay", "calibrate", "settings"), "screens: today … settings"),
    (("week", "exercises", "progress", "routine"), "week … routine"),
    (("help",), "this help; esc closes it"),
    (("theme",), "dark, light, high contrast"),
    (("quit",), "quit; ctrl+p all commands"),
)
_TIME: Final = (
    (("pause",), "pause; at the end: again"),
    (("back", "on"), "10 s back, on"),
    (("far_back", "far_on"), "60 s back, on"),
    (("slower", "faster"), "speed, 0.25 to 100 ×"),
    (("start", "end"), "to the start, the end"),
    (("previous", "next"), "alert before, after"),
)
ROWS: Final[dict[str, tuple[tuple[tuple[str, ...], str], ...]]] = {
    "today": (
        (("snooze",), "snooze alerts, or end it"),
        (("wrong",), "that alert was wrong"),
        (("pain",), "how is your back?"),
        (("zero",), "you sit upright now"),
        (("state",), "sit, stand: the other one"),
        *_TIME,
        (("alerts_up", "alerts_down"), "scroll the alerts"),
    ),
    "replay": (
        *_TIME,
        (("previous_event", "next_event"), "event before, after"),
        (("step_back", "step"), "one decision back, on"),
        (("zoom",), "more time around the cursor"),
    ),
    "calibrate": ((("begin_calibration",), "start, or again"), (("stop_calibration",), "stop, or leave")),
    "settings": (
        (("choose_up", "choose_down"), "choose a setting"),
        (("choose_far_up", "choose_far_down"), "further up, down"),
        (("less", "more"), "change it"),
        (("write",), "type it; esc: as it was"),
        (("default",), "its default"),
        (("undo",), "as when you came here"),
    ),
    "week": (
        (("week_back", "week_on"), "a week back, on"),
        (("week_now",), "this week"),
        (("past_up", "past_down"), "scroll"),
    ),
    "exercises": (
        (("exercise_up", "exercise_down"), "choose an exercise"),
        (("past_up", "past_down"), "scroll"),
    ),
    "progress": (
        (("span",), "12 weeks, a year, all"),
        (("baseline",), "take the baseline test"),
        (("past_up", "past_down"), "scroll"),
    ),
    "routine": (
        (("routine_up", "routine_down"), "choose a routine"),
        (("routine_begin",), "begin it"),
        (("routine_pause",), "pause, go on"),
        (("routine_next",), "on to the next exercise"),
        (("routine_previous",), "again, or the one before"),
        (("routine_stop",), "end it; what is done is kept"),
    ),
}
"""By screen: actions that share a line, and what they do."""
STATES: Final = (
    (GOOD, "near your upright"),
    (DRIFTING, "still within the limit"),
    (SLOUCHED, "beyond it for a while"),
    (WALKING, "never judged"),
    (MOVING, "not judged"),
    (LYING, "not judged"),
    (NOT_WORN, "nobody to measure"),
    (NO_SIGNAL, "counts as unknown"),
    (UNKNOWN, "not judged yet"),
)
WEARING: Final = (
    "Wear the sensor snug in the middle of your back, at the belt or between the shoulder blades, the same way round each day. "
    "Then calibrate (stand still, bow, sit): again whenever it sits elsewhere."
)
_SIGNS: Final = {
    "question_mark": "?", "left": "←", "right": "→", "up": "↑", "down": "↓", "full_stop": ".", "comma": ",", "enter": "⏎",
    "escape": "esc", "backspace": "⌫", "pageup": "pgup", "pagedown": "pgdn", "shift+left": "⇧←", "shift+right": "⇧→",
}  # fmt: skip


class HelpScreen(ModalScreen[None]):
    """Closes with the key that opened it, escape or q. `of`: the screen it is about; `own_keys`: the wearer's."""

    CSS_PATH = "help.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        ("question_mark,f1,escape,q,space,enter", "dismiss(None)", "close"),
        ("down,pagedown,j", "scroll(1)", "down"),
        ("up,pageup,k", "scroll(-1)", "up"),
    ]

    def __init__(self, of: str, own_keys: Mapping[str, str]) -> None:
        super().__init__()
        self._of = of
        self._own_keys = own_keys

    def compose(self) -> ComposeResult:
        own = self._own_keys
        with VerticalScroll(id="help") as box:
            box.border_title = f"help · {self._of}"
            with Horizontal(id="help-columns"):
                yield Static(_table([*_keys(ROWS[self._of], own), ("", ""), *_keys(_EVERYWHERE, own)]), id="help-keys")
                yield Static(_words(), id="help-words")

    def on_click(self) -> None:
        self.dismiss(None)

    def action_scroll(self, step: int) -> None:
        box = self.query_one("#help", VerticalScroll)
        (box.scroll_page_down if step > 0 else box.scroll_page_up)(animate=False)


def _keys(rows: tuple[tuple[tuple[str, ...], str], ...], own: Mapping[str, str]) -> list[tuple[str, str]]:
    known = key_map.actions()
    return [(" ".join(_sign(own.get(name, known[name].key).split(",")[0]) for name in names), text) for names, text in rows]


def _sign(key: str) -> str:
    return _SIGNS.get(key.strip(), key.strip())


def _words() -> Content:
    rows = [Content.assemble((f"{s.symbol} {s.word}".ljust(12), f"bold ${s.role}"), (text, "$quiet")) for s, text in STATES]
    return Content("\n").join([*rows, Content(""), Content.styled(WEARING, "$foreground")])


def _table(rows: list[tuple[str, str]]) -> Content:
    return Content("\n").join([Content.assemble((first.ljust(11), "bold $foreground"), (text, "$quiet")) for first, text in rows])
