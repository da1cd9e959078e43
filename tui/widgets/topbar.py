"""Top bar of every screen: the tabs, and the state of the sensor or the recording; and the line for trouble."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sensorcore.view.snapshot import Snapshot
from tui.text import sensor_text

TABS: Final = (
    ("today", "1 Today"), ("replay", "2 Replay"), ("calibrate", "3 Calibrate"), ("settings", "4 Settings"), ("week", "5 Week"),
    ("exercises", "6 Exercises"), ("progress", "7 Progress"), ("routine", "8 Routine"),
)  # fmt: skip
CUTS: Final = (99, 6, 5, 4, 3)
"""Cells of a tab: its key, and as much of its name as there is room for."""
WIDE_FROM: Final = 96
"""From here on the name stands before the tabs (`-wide` in app.tcss), and the title where it has room."""
_NAME_CELLS: Final = 8


class TopBar(Horizontal):
    """One row."""

    def __init__(self, title: str, here: str) -> None:
        super().__init__(id="header")
        self._title = title
        self._here = here
        self._clock = ""

    def compose(self) -> ComposeResult:
        yield Static(Content.styled("spinae", "bold $good"), id="name")
        yield Static(self._title, id="title", markup=False)
        with Horizontal(id="tabs"):
            for name, label in TABS:
                yield Tab(name, label, here=name == self._here)
        yield Static("", id="clock", markup=False)

    def on_resize(self) -> None:
        self._fit()

    def show(self, s: Snapshot) -> None:
        """Clock, and how it plays or what the link does."""
        text = sensor_text.header_text(s)
        if text != self._clock:
            fits, self._clock = len(text) == len(self._clock), text
            self.query_one("#clock", Static).update(text, layout=not fits)
            if not fits:
                self._fit()

    def _fit(self) -> None:
        """Names of tabs as long as they have room beside the clock; the one of this screen is whole."""
        wide = self.size.width >= WIDE_FROM
        room = self.size.width - len(self._clock) - 1 - (_NAME_CELLS if wide else 0)
        tabs = list(self.query(Tab))
        cut = next((n for n in CUTS if sum(len(tab.shortened(n)) + 1 for tab in tabs) <= room), CUTS[-1])
        for tab in tabs:
            tab.shorten(cut)
        left = room - sum(len(tab.shortened(cut)) + 1 for tab in tabs)
        self.query_one("#title").visible = wide and len(self._title) < left  # what is played is known; half a name says nothing


class Tab(Static):
    """The name of a screen, to point at."""

    def __init__(self, screen_name: str, label: str, *, here: bool) -> None:
        super().__init__(label, classes="tab -here" if here else "tab", markup=False)
        self._screen_name = screen_name
        self._label = self._text = label

    def shortened(self, cells: int) -> str:
        """The label in so many cells; one that lacks one only, or is of this screen, is whole."""
        return self._label if self.has_class("-here") or len(self._label) <= cells + 1 else self._label[:cells]

    def shorten(self, cells: int) -> None:
        """Show it so."""
        label = self.shortened(cells)
        if label != self._text:
            self._text = label
            self.update(label)

    async def on_click(self) -> None:
        await self.run_action(f"app.show('{self._screen_name}')")


class Problem(Static):
    """Sentence on what went wrong, with the next step; no row while nothing is."""

    def __init__(self) -> None:
        super().__init__("", id="problem", markup=False)
        self._text = ""

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        text = sensor_text.problem_text(s)
        if text != self._text:
            self._text = text
            self.update(text)
            self.display = bool(text)
            self.set_class(s.progress.feed == "ended", "-ended")  # nothing went wrong
