"""Every key of the dashboard, as data. Each has a name, by which the wearer's own key map can change it (`tui.keys.key_map`)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from textual.binding import Binding

_SEEK: Final = Binding.Group("10 s", compact=True)
_FAR: Final = Binding.Group("60 s", compact=True)
_SPEED: Final = Binding.Group("Speed", compact=True)

EVERYWHERE: Final = (
    Binding("1", "show('today')", "Today", show=False, id="today"),
    Binding("2", "show('replay')", "Replay", show=False, id="replay"),
    Binding("3", "show('calibrate')", "Calibrate", show=False, id="calibrate"),
    Binding("4", "show('settings')", "Settings", show=False, id="settings"),
    Binding("5", "show('week')", "Week", show=False, id="week"),
    Binding("6", "show('exercises')", "Exercises", show=False, id="exercises"),
    Binding("7", "show('progress')", "Progress", show=False, id="progress"),
    Binding("8", "show('routine')", "Routine", show=False, id="routine"),
    Binding("question_mark,f1", "help", "Help", key_display="?", id="help"),
    Binding("d", "theme", "Dark, light, high contrast", show=False, id="theme"),
    Binding("q,ctrl+c", "quit", "Quit", key_display="q", id="quit"),
)
"""On every screen; the actions are the application's."""

WEARER: Final = (
    Binding("s", "app.snooze", "Snooze", id="snooze"),
    Binding("x", "app.wrong", "Wrong", id="wrong", tooltip="that alert was wrong"),
    Binding("c", "app.pain", "Pain", id="pain", tooltip="how is your back? 0 to 10 and a few words"),
    Binding("z", "app.zero", "Zero", id="zero", tooltip="you sit upright now: measure from here"),
    Binding("t", "app.state", "Sit/stand", id="state", tooltip="you sit when it says stand, or the other way round"),
)
"""The wearer's commands; for the bindings of a screen."""

TRANSPORT: Final = (
    Binding("space", "app.pause", "Pause", id="pause"),
    Binding("left", "app.skip(-10)", "10 s back", key_display="←", group=_SEEK, id="back"),
    Binding("right", "app.skip(10)", "10 s on", key_display="→", group=_SEEK, id="on"),
    Binding("shift+left,left_square_bracket", "app.skip(-60)", "60 s back", key_display="⇧←", group=_FAR, id="far_back"),
    Binding("shift+right,right_square_bracket", "app.skip(60)", "60 s on", key_display="⇧→", group=_FAR, id="far_on"),
    Binding("up,plus,equals_sign", "app.faster(1)", "Faster", key_display="↑", group=_SPEED, id="faster"),
    Binding("down,minus", "app.faster(-1)", "Slower", key_display="↓", group=_SPEED, id="slower"),
    Binding("home", "app.start", "Start", show=False, id="start"),
    Binding("end", "app.end", "End", show=False, id="end"),
    Binding("n", "app.alert(1)", "Next alert", show=False, id="next"),
    Binding("p", "app.alert(-1)", "Previous alert", show=False, id="previous"),
)
"""Where time is shown: for the bindings of a screen."""

LISTS: Final = (
    Binding("pageup", "scroll_alerts(-1)", "Alerts up", show=False, id="alerts_up"),
    Binding("pagedown", "scroll_alerts(1)", "Alerts down", show=False, id="alerts_down"),
)

REPLAY: Final = (
    Binding("N", "event(1)", "Next event", show=False, id="next_event"),
    Binding("P", "event(-1)", "Previous event", show=False, id="previous_event"),
    Binding("full_stop", "step(1)", "A tenth of a second on", key_display=".", show=False, id="step"),
    Binding("comma", "step(-1)", "A tenth of a second back", key_display=",", show=False, id="step_back"),
    Binding("v", "zoom", "Zoom", id="zoom", tooltip="more or less time around the cursor"),
)
SETTINGS: Final = (
    Binding("up", "choose(-1)", "Choose", key_display="↑↓", id="choose_up"),
    Binding("down", "choose(1)", "Next setting", show=False, id="choose_down"),
    Binding("pageup", "choose(-6)", "Settings up", show=False, id="choose_far_up"),
    Binding("pagedown", "choose(6)", "Settings down", show=False, id="choose_far_down"),
    Binding("left,minus", "change(-1)", "Change", key_display="←→", id="less"),
    Binding("right,plus,equals_sign", "change(1)", "Increase the setting", show=False, id="more"),
    Binding("enter", "write", "Type it", key_display="⏎", id="write"),
    Binding("backspace,delete", "default", "Default", key_display="⌫", id="default"),
    Binding("u", "undo", "As it was", id="undo"),
)
CALIBRATE: Final = (
    Binding("enter,space", "begin", "Start", key_display="⏎", id="begin_calibration"),
    Binding("escape", "leave", "Stop", key_display="esc", id="stop_calibration"),
)
PAST: Final = (
    Binding("pageup", "scroll_past(-1)", "Up", show=False, id="past_up", tooltip="scroll up"),
    Binding("pagedown", "scroll_past(1)", "More", key_display="pgdn", id="past_down", tooltip="scroll down"),
)
WEEK: Final = (
    Binding("left", "turn(-1)", "A week back", key_display="←", id="week_back"),
    Binding("right", "turn(1)", "A week on", key_display="→", id="week_on"),
    Binding("home,end", "this_week", "This week", key_display="home", id="week_now"),
    *PAST,
)
EXERCISES: Final = (
    Binding("up", "exercise(-1)", "Choose", key_display="↑↓", id="exercise_up", tooltip="the exercise above"),
    Binding("down", "exercise(1)", "Next exercise", show=False, id="exercise_down", tooltip="the exercise below"),
    *PAST,
)
PROGRESS: Final = (
    Binding("v", "span", "Weeks, year, all", id="span", tooltip="twelve weeks, a year, everything"),
    Binding("b", "baseline", "Baseline test", id="baseline", tooltip="take the one-minute baseline test"),
    *PAST,
)
ROUTINES: Final = (
    Binding("up", "routine(-1)", "Choose", key_display="↑↓", id="routine_up", tooltip="the routine above"),
    Binding("down", "routine(1)", "Next routine", show=False, id="routine_down", tooltip="the routine below"),
    Binding("enter", "begin_routine", "Begin", key_display="⏎", id="routine_begin", tooltip="begin the chosen routine"),
    Binding("space", "ask('pause')", "Pause", id="routine_pause", tooltip="pause the routine, or go on"),
    Binding("n", "ask('next')", "Next", id="routine_next", tooltip="on to the next exercise"),
    Binding("p", "ask('previous')", "Again", id="routine_previous", tooltip="this exercise again, or the one before"),
    Binding(
        "escape", "stop_routine", "Stop", key_display="esc", id="routine_stop", tooltip="end the routine; what is done is kept"
    ),
)
ROUTINE: Final = (
    Binding("space", "ask('pause')", "Pause", id="routine_pause"),
    Binding("n", "ask('next')", "Next", id="routine_next", tooltip="on to the next exercise"),
    Binding("p", "ask('previous')", "Previous", id="routine_previous", tooltip="this exercise again, or the one before"),
    Binding("d", "app.theme", "Dark, light, high contrast", show=False, id="routine_theme"),
    Binding("q,escape,ctrl+c", "app.quit", "Quit", key_display="q", id="routine_quit"),
)
"""Of `spinae routine`, which has one screen."""


def quiet(bindings: tuple[Binding, ...], *, but: tuple[str, ...] = ()) -> tuple[Binding, ...]:
    """The same keys, not shown at the foot of the screen."""
    return tuple(binding if binding.id in but else replace(binding, show=False) for binding in bindings)
