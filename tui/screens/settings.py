"""Settings screen: every setting with its meaning, range and value. A change takes effect at once, is kept in the settings file,
and its outcome is counted on the recording that is open, or on the newest day."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path
from typing import Any, ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Input, Static
from textual.worker import Worker

from sensorcore.errors import SpinaeError
from sensorcore.settings import ENVIRONMENT_PREFIX, Settings
from sensorcore.settings_file import save_setting
from sensorcore.text.escape import one_line
from sensorcore.view.player import Player
from sensorcore.view.snapshot import Snapshot
from sensorcore.whatif.outcome import TrialDay, newest_day
from tui.keys import actions
from tui.places.folders import data_folder, settings_path
from tui.screens.preview import AlertCounts, Preview, sentence
from tui.screens.view import View
from tui.text import setting_steps
from tui.widgets.heading import Heading
from tui.widgets.redraw import when_whole
from tui.widgets.setting_list import SettingList

_BAR_CELLS: Final = 40
REST_S: Final = 0.4
"""Pause after the last step from which a change is applied and kept."""


class SettingsScreen(View):
    """List of settings, and about the chosen one: its meaning, and the outcome of a change."""

    NAME = "settings"
    CSS_PATH = "settings.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.SETTINGS]

    def __init__(self) -> None:
        super().__init__()
        self._before = Settings()
        self._changed: dict[str, Any] = {}
        self._resting: Timer | None = None
        self._preview: Preview | None = None
        self._counting: Worker[None] | None = None

    def body(self) -> ComposeResult:
        with Container(id="settings"):
            yield SettingList()
            with Vertical(id="about"):
                yield Heading("", id="setting-title")
                yield Static("", id="meaning", markup=False)
                yield Input(id="written", compact=True)
                yield Static("", id="said", markup=False)
                yield Heading("what it would have changed")
                yield Static("counting …", id="preview", markup=False)

    def show_snapshot(self, s: Snapshot) -> None:
        """Nothing here changes with time."""

    def on_mount(self) -> None:
        self.query_one("#written", Input).display = False

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self._before = self.feed.settings
        self.query_one(SettingList).settings = self._before
        self.query_one("#preview", Static).update("counting …")
        self._preview = Preview(self._recordings, self._before, self._counted)
        self._counting = self.run_worker(self._preview.run, group="preview", exclusive=True)
        self._describe()

    def on_screen_suspend(self) -> None:
        self._apply()
        if self._counting is not None:
            self._counting.cancel()

    def on_setting_list_changed(self) -> None:
        self._describe()

    def on_setting_list_stepped(self, message: SettingList.Stepped) -> None:
        self.action_change(message.direction)

    def on_setting_list_opened(self) -> None:
        self.action_write()

    def action_choose(self, step: int) -> None:
        self.query_one(SettingList).move(step)

    def action_change(self, direction: int) -> None:
        key, value, about = self._chosen()
        if "choices" in about:
            words = about["choices"]
            self._set(key, words[(words.index(value) + direction) % len(words)])
        elif isinstance(value, str):
            self.action_write()
        else:
            self._set(key, setting_steps.stepped(value, about, direction))

    def action_default(self) -> None:
        key, _, _ = self._chosen()
        self._set(key, next(value for known, value, _ in Settings().items() if known == key))

    def action_undo(self) -> None:
        """Restore the value from when the screen was opened."""
        key, _, _ = self._chosen()
        self._set(key, next(value for known, value, _ in self._before.items() if known == key))

    def action_write(self) -> None:
        """Type the value."""
        key, value, _ = self._chosen()
        written = self.query_one("#written", Input)
        written.password = key in setting_steps.SECRET
        written.value = value if isinstance(value, str) else f"{value:g}"
        written.display = True
        written.focus()

    def on_input_submitted(self, event: Input.Submitted) -> None:
        if self._set(self._chosen()[0], event.value.strip()):
            self._close_input()

    def on_key(self, event: Any) -> None:
        if event.key == "escape" and self.query_one("#written", Input).display:
            event.stop()
            self._close_input()
            self._describe()

    def _close_input(self) -> None:
        self.query_one("#written", Input).display = False
        self.set_focus(None)

    def _chosen(self) -> tuple[str, Any, Any]:
        settings = self.query_one(SettingList)
        return next((key, value, about) for key, value, about in settings.settings.items() if key == settings.key)

    def _set(self, key: str, value: Any) -> bool:
        """Change it on the screen, and soon everywhere. False, with the reason on the screen, when that is not allowed."""
        settings = self.query_one(SettingList)
        try:
            settings.settings = settings.settings.with_value(key, value, "")
        except SpinaeError as error:
            self._say(str(error), "slouched")
            return False
        self._changed[key] = next(new for known, new, _ in settings.settings.items() if known == key)
        if self._resting is not None:
            self._resting.stop()
        self._resting = self.set_timer(REST_S, self._apply)
        self._describe()
        return True

    def _apply(self) -> None:
        if self._resting is not None:
            self._resting.stop()
            self._resting = None
        if not self._changed:
            return
        changed, self._changed = self._changed, {}
        path = settings_path()
        try:
            self.feed.use(self.query_one(SettingList).settings)
            if "display.theme" in changed:
                self.dashboard.use_theme()
            for key, value in changed.items():
                save_setting(path, key, value)
        except SpinaeError as error:
            self._say(one_line(f"It holds now, but is not kept. {error}"), "slouched")
            return
        over = [key for key in changed if f"{ENVIRONMENT_PREFIX}{key.replace('.', '_').upper()}" in os.environ]
        kept = f"in force, and kept in {_short(path)}"
        self._say(f"{kept}; but the environment sets {over[0]} otherwise at the next start" if over else kept, "good")

    @when_whole
    def _describe(self) -> None:
        key, value, about = self._chosen()
        default = next(each for known, each, _ in Settings().items() if known == key)
        self.query_one("#setting-title", Heading).rename(key)
        allowed = setting_steps.allowed(about, key)
        facts = [f"now {setting_steps.shown(key, value)}", f"default {setting_steps.shown(key, default)}"]
        facts += [f"allowed {allowed}"] if allowed else []
        self.query_one("#meaning", Static).update(
            Content.assemble((f"{about['help'].capitalize()}.\n", "$foreground"), (", ".join(facts), "$quiet"))
        )
        self._say("", "good")
        if self._preview is not None:
            self._preview.want(self.query_one(SettingList).settings, key)

    def _say(self, text: str, role: str) -> None:
        self.query_one("#said", Static).update(Content.styled(text, f"${role}"))

    @when_whole
    def _counted(self, counted: AlertCounts | str) -> None:
        if isinstance(counted, str):
            self.query_one("#preview", Static).update(counted)
            return
        key, value, _ = self._chosen()
        lines = [Content(sentence(counted, self.query_one(SettingList).settings, key)), Content("")]
        most = max((count for _, count in counted.around), default=0)
        for each, count in counted.around:
            bar = "█" * round(count / max(1, most) * _BAR_CELLS)
            text = f"{'▸' if each == value else ' '} {setting_steps.shown(key, each):>9}  {count:>4} "
            lines.append(Content.assemble((text, "bold" if each == value else "$quiet"), (bar, "$slouched 70%")))
        self.query_one("#preview", Static).update(Content("\n").join(lines))

    def _recordings(self) -> TrialDay | None:
        if isinstance(self.feed, Player):
            return TrialDay("in this recording", (self.feed.source,))
        return newest_day(data_folder() / "recordings", date.today(), simulated=self.feed.info.simulated)


def _short(path: Path) -> str:
    home = str(Path.home())
    return f"~{str(path).removeprefix(home)}" if str(path).startswith(home + os.sep) else str(path)
