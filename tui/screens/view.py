"""Base of the dashboard's screens: the bar on top, the sentence when something is wrong, the keys below."""

from __future__ import annotations

from typing import Final, Protocol, cast

from textual.app import ComposeResult
from textual.screen import Screen
from textual.widgets import Footer

from sensorcore.model import Calibration
from sensorcore.view.cursor import Cursor
from sensorcore.view.snapshot import Snapshot
from tui.terminal.partial_compositor import PartialCompositor
from tui.terminal.textual_private import use_compositor
from tui.widgets.jump import Jump
from tui.widgets.redraw import is_whole
from tui.widgets.topbar import Problem, TopBar


class Shell(Protocol):
    """Dashboard as its screens see it."""

    player: Cursor
    title: str
    first: str
    calibration: Calibration | None
    practised: str

    def draw(self) -> None: ...

    def action_show(self, name: str) -> None: ...

    def begin_routine(self, name: str) -> None: ...

    def look_at_practice(self) -> None: ...

    def use_theme(self, wanted: str = "") -> None: ...


_DISTINCT: Final = tuple(name for name in Snapshot.__slots__ if name != "trace")
"""The trace follows from the moment; all else may change while that stands still: a note, the day so far, a setting."""


class View(Screen[None]):
    """Screen on the newest snapshot. A view composes its widgets in `body` and shows a moment in `show_snapshot`, which is called
    at most `FRAMES_HZ` times a second while the view can be seen, and once when it appears."""

    AUTO_FOCUS = ""
    NAME = ""
    """Name for `Dashboard.action_show` and the tabs."""

    _taken: Snapshot | None = None

    def __init__(self) -> None:
        super().__init__()
        use_compositor(self, PartialCompositor())

    @property
    def dashboard(self) -> Shell:
        """The application this screen belongs to."""
        return cast("Shell", self.app)

    @property
    def feed(self) -> Cursor:
        """Recording that plays, or worn sensor."""
        return self.dashboard.player

    def body(self) -> ComposeResult:
        """The widgets between bar and keys."""
        raise NotImplementedError

    def show_snapshot(self, s: Snapshot) -> None:
        """Hand the moment to the widgets."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        yield TopBar(self.dashboard.title, self.NAME)
        yield Problem()
        yield from self.body()
        yield Footer(show_command_palette=False, compact=True)

    def take(self, s: Snapshot) -> None:
        """Show `s`, unless it is the moment that is shown, or the view is not wholly there."""
        if not is_whole(self):
            return
        before, self._taken = self._taken, s
        if before is not None and all(getattr(before, name) == getattr(s, name) for name in _DISTINCT):
            return
        self.query_one(TopBar).show(s)
        self.query_one(Problem).show(s)
        self.show_snapshot(s)

    def on_jump(self, message: Jump) -> None:
        self.feed.seek(message.t_s)

    def on_screen_resume(self) -> None:
        self._taken = None
        self.dashboard.draw()
