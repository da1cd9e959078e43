"""Dashboard. A timer pulls the player's newest snapshot fifteen times a second and hands it to every view; a slow screen
therefore shows fewer moments, never old ones."""

from __future__ import annotations

import asyncio
import gc
import logging
import math
import os
import sys
import time
from collections.abc import Callable, Iterable
from contextlib import suppress
from functools import partial
from importlib import import_module
from typing import Any, ClassVar, Final

from textual import events
from textual.app import ScreenStackError, SystemCommand
from textual.binding import BindingType, Keymap
from textual.geometry import Size
from textual.screen import Screen
from textual.worker import Worker

from sensorcore.commands import CommandKind
from sensorcore.errors import SpinaeError
from sensorcore.habit.activation import WORDS
from sensorcore.model import Calibration
from sensorcore.session.live import Live
from sensorcore.text.escape import one_line
from sensorcore.view.cursor import Cursor
from sensorcore.view.player import SPEED_MAX, SPEED_MIN, Player
from sensorcore.view.snapshot import Snapshot
from sensorcore.whatif.tune import WRONG
from tui.app.program import Program
from tui.drawing import themes
from tui.keys import actions, key_map
from tui.places.routine_history import practised
from tui.screens.view import View
from tui.terminal import osc, textual_private
from tui.text import alert_text, presenter, times
from tui.text.announcer import Announcement, announce

FRAMES_HZ: Final = 15
SPEEDS: Final = (SPEED_MIN, 0.5, 1.0, 2.0, 4.0, 10.0, 25.0, 50.0, SPEED_MAX)
CATCHING_UP_EVERY_S: Final = 1.0
BEAT_EVERY_S: Final = 1.0
"""A page that gets nothing for some times as long warns that it is old (`web/templates`)."""
SETTLED_S: Final = 0.3
SIZE_EVERY_S: Final = 1.0
ANNOUNCED_UP_TO: Final = 4.0
"""Times life. When a recording plays faster, alerts come as fast as toasts can pile up, and only the lists show them."""
COMPACT_BELOW: Final = (60, 16)

_log = logging.getLogger(__name__)


def lazy(module: str, name: str, *given: Any) -> Callable[[], Screen[Any]]:
    """Factory of a screen that is imported when it is first shown: the first frame waits for one screen, not for nine."""

    def screen() -> Screen[Any]:
        made: Screen[Any] = getattr(import_module(f"tui.screens.{module}"), name)(*given)
        return made

    return screen


class Dashboard(Program):
    """App on one recording that plays, or on a worn sensor. `title` names it."""

    ENABLE_COMMAND_PALETTE = True
    CALLED = "dashboard"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.EVERYWHERE]
    MODES: ClassVar[dict[str, str | Callable[[], Screen[Any]]]] = {
        "today": lazy("today", "TodayScreen"),
        "replay": lazy("replay", "ReplayScreen"),
        "calibrate": lazy("calibrate", "CalibrateScreen"),
        "settings": lazy("settings", "SettingsScreen"),
        "week": lazy("week", "WeekScreen"),
        "exercises": lazy("exercises", "ExercisesScreen"),
        "progress": lazy("progress", "ProgressScreen"),
        "routine": lazy("routines", "RoutinesScreen"),
    }
    DEFAULT_MODE = "today"

    def __init__(
        self, player: Cursor, *, title: str, theme: str = "", first: str = DEFAULT_MODE, own_keys: Keymap | None = None
    ) -> None:
        """`theme` and `own_keys` default to the wearer's settings; `first` names the screen to begin with."""
        super().__init__(theme=theme, own_keys=own_keys)
        self.player = player
        self.title = one_line(title)
        self.calibration: Calibration | None = None
        """Result of the calibrate screen."""
        self.first = first
        self._before: Snapshot | None = None
        self._drawn_at_s: float | None = None
        self._caught_up_s = -math.inf
        self._shown_title = ""
        self.practised = ""
        """Days in a row, in a few words; empty while there are none."""
        self._terminal_size: Size | None = None

    def on_mount(self) -> None:
        super().on_mount()  # the theme is there before the first frame
        if self.first != self.DEFAULT_MODE:
            self.switch_mode(self.first)
        self.write_to_terminal(osc.SAVE_TITLE if osc.speaks(os.environ) else "")
        self.call_after_refresh(self.player.start)
        if isinstance(self.player, Live):
            self.look_at_practice()
        self.set_interval(1 / FRAMES_HZ, self.draw)
        if self.is_web:
            self.set_interval(BEAT_EVERY_S, self._beat)
        if not self.is_headless and not self.is_web:
            self.set_interval(SIZE_EVERY_S, self._look_at_size)
        self.draw()
        if not self.is_headless:  # what stands now stays: looking through it for garbage would hold up every thread for long
            self.call_after_refresh(gc.freeze)

    @property
    def theme_setting(self) -> str:
        return self.player.settings.display.theme

    def on_unmount(self) -> None:
        self.player.stop()
        self.write_to_terminal(osc.RESTORE_TITLE if osc.speaks(os.environ) else "")

    def on_resize(self, event: events.Resize) -> None:
        width, height = event.size
        self.set_class(width < COMPACT_BELOW[0] or height < COMPACT_BELOW[1], "-compact")
        self.set_class(height < 22, "-short")
        self.set_class(height >= 30, "-tall")
        self.set_class(height >= 44 and width >= 130, "-huge")
        self.set_class(width >= 100, "-wide")
        self.set_class(width < 100, "-slim")
        self.set_class(width < 64, "-narrow")
        self.set_class(width < 28 or height < 6, "-tiny")
        # a terminal that shrank and grew again within a moment has lost what it showed, though its size is the same
        self.set_timer(SETTLED_S, self._repaint)

    def _repaint(self) -> None:
        with suppress(ScreenStackError):  # it is being closed
            self.screen.refresh(layout=True)

    def _look_at_size(self) -> None:
        """Terminals announce a new size by a signal, and a signal can get lost."""
        with suppress(OSError, ValueError, AttributeError):
            size = Size(*os.get_terminal_size(sys.__stderr__.fileno()))  # type: ignore[union-attr]
            before, self._terminal_size = self._terminal_size, size
            if before not in (None, size) and size != self.size:
                self.post_message(events.Resize(size, size))

    def _beat(self) -> None:
        """Sign of life for a page while nothing changes: a character that shows nothing."""
        self.write_to_terminal("\0")

    def draw(self) -> None:
        """Draw a frame: let time pass, take the newest snapshot, show what changed."""
        now_s = time.monotonic()
        if self._drawn_at_s is not None:
            self.player.advance(now_s - self._drawn_at_s)
        self._drawn_at_s = now_s
        s = self.player.snapshot()
        if s.progress.catching_up and now_s - self._caught_up_s < CATCHING_UP_EVERY_S:
            return  # every frame is wholly new then, and soon of no interest
        self._caught_up_s = now_s
        self.show_snapshot(s)

    def show_snapshot(self, s: Snapshot) -> None:
        """Hand the snapshot to every visible view and announce what is new in it."""
        before, self._before = self._before, s
        for screen in reversed(self.screen_stack):
            if isinstance(screen, View):
                screen.take(s)
            if not screen.is_modal:
                break
        if s.progress.speed <= ANNOUNCED_UP_TO:
            self._tell(announce(before, s))
        title = presenter.title_text(s)
        if title != self._shown_title and self.player.settings.display.title == "on":
            self._shown_title = title
            self.write_to_terminal(osc.window_title(os.environ, title))

    def write_to_terminal(self, sequence: str) -> None:
        """Send a sequence that is not text: notification, title."""
        if sequence and not self.is_headless:
            textual_private.write_to_terminal(self, sequence)

    def _tell(self, news: Announcement) -> None:
        # In a small pane a toast would cover the number itself, which says the same.
        room = not self.has_class("-compact")
        for raised in news.alerts:
            if self.player.settings.display.bell == "on":
                self.bell()
            if self.player.settings.display.notify == "on":
                self.write_to_terminal(osc.notification(os.environ, "Time to sit up", alert_text.alert_head(raised.why)))
            if room:
                self.notify(alert_text.alert_head(raised.why), title="▲ Time to sit up", severity="warning", markup=False)
        for notice in news.notices if room else ():
            self.notify(alert_text.notice_line(notice), markup=False)
        if room and news.corrected is not None:
            after = times.span(news.corrected.after_s)
            self.notify(f"{after} after the alert", title="● Good again", markup=False)
        if news.reminder is not None:
            self._suggest("○ Time to move a little", f"{times.span(news.reminder.sitting_s)} of sitting")
        if news.asked is not None:
            if self.player.settings.display.bell == "on":
                self.bell()
            self._suggest("◦ Something small", WORDS[news.asked.activation])

    def _suggest(self, title: str, words: str) -> None:
        """Announce something other than an alert, in the same ways but quietly."""
        if self.player.settings.display.notify == "on":
            self.write_to_terminal(osc.notification(os.environ, title[2:], words))
        if not self.has_class("-compact"):
            self.notify(words, title=title, markup=False)

    def action_pause(self) -> None:
        if isinstance(self.player, Player) and self.player.finished:
            self.player.seek(0.0)
            self.player.paused = False
        else:
            self.player.paused = not self.player.paused

    def action_skip(self, dt_s: float) -> None:
        self.player.skip(dt_s)

    def action_faster(self, steps: int) -> None:
        if isinstance(self.player, Live):
            return
        nearest = min(range(len(SPEEDS)), key=lambda i: abs(math.log(SPEEDS[i] / self.player.speed)))
        self.player.speed = SPEEDS[min(max(nearest + steps, 0), len(SPEEDS) - 1)]

    def action_start(self) -> None:
        self.player.seek(0.0)

    def action_end(self) -> None:
        self.player.seek(math.inf)

    def action_alert(self, step: int) -> None:
        self.player.seek_alert(step)

    def action_show(self, name: str) -> None:
        """Switch to another screen and close those that lie over this one."""
        while self.screen.is_modal:
            self.pop_screen()
        self.switch_mode(name)

    def begin_routine(self, name: str) -> None:
        """Show the routine of that name and begin it."""
        self.action_show("routine")
        from tui.screens.routines import RoutinesScreen  # noqa: PLC0415 - loaded with the screen

        if isinstance(self.screen, RoutinesScreen):
            self.screen.call_after_refresh(self.screen.begin, name)

    def look_at_practice(self) -> None:
        """Read the streak from the history, in a thread."""

        async def look() -> None:
            with suppress(SpinaeError):
                self.practised = await asyncio.to_thread(practised)

        self._reading: Worker[None] = self.run_worker(look, group="practice", exclusive=True)

    def action_snooze(self) -> None:
        """Snooze, or end the snooze."""
        self._say("resume" if self.player.present().snoozed_until_s is not None else "snooze")

    def action_wrong(self) -> None:
        self._say("mark", WRONG)

    def action_zero(self) -> None:
        if self._say("zero"):
            self.notify("Measured from here, from now on.", title="● Upright", markup=False)

    def action_state(self) -> None:
        """Set the other one of sitting and standing."""
        other = "sitting" if self.player.present().context == "standing" else "standing"
        if self._say("state", other):
            self.notify(f"Taken for {other}, until you walk or lie down.", markup=False)

    def action_pain(self) -> None:
        def keep(note: str | None) -> None:
            if note:
                self._say("pain", note)

        self.push_screen(lazy("pain", "PainScreen")(), keep)

    def _say(self, kind: CommandKind, value: str = "") -> bool:
        """Pass on the wearer's command. Only a worn sensor can obey; otherwise a message says why nothing happens."""
        if self.player.say(kind, value):
            return True
        self.notify(_unheard(self.player), severity="warning", markup=False)
        return False

    def get_system_commands(self, screen: Screen[Any]) -> Iterable[SystemCommand]:
        """The command palette: every key's action by name, and every theme."""
        for binding in key_map.actions().values():
            action = binding.action if "." in binding.action or binding in actions.EVERYWHERE else f"screen.{binding.action}"
            if action.startswith("screen.") and not hasattr(screen, f"action_{binding.action.partition('(')[0]}"):
                continue  # of another screen
            help_ = f"{binding.tooltip or binding.description}  ({self.own_keys.get(binding.id or '', binding.key)})"
            yield SystemCommand(binding.tooltip.capitalize() or binding.description, help_, partial(self.run_action, action))
        for theme in themes.ALL:
            yield SystemCommand(f"Theme {theme.name}", "Colours", partial(setattr, self, "theme", theme.name))

    def action_help(self) -> None:
        about = self.screen.NAME if isinstance(self.screen, View) else self.DEFAULT_MODE
        self.push_screen(lazy("help", "HelpScreen", about, self.own_keys)())


def _unheard(player: Cursor) -> str:
    """Why the wearer's command is not obeyed."""
    if not isinstance(player, Live):
        return "This is a recording: it happened already. Wear a sensor with `spinae wear`."
    if player.snapshot().progress.feed == "unheard":
        return "The background process does not answer: this is not kept. Try again when it does."
    return "No sensor is worn now. Wear a sensor with `spinae wear`."
