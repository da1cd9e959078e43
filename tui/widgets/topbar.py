"""The bar on top of every screen: which screens there are, and how the sensor or the recording does; and the line for trouble."""

from __future__ import annotations

from typing import Final

from textual.app import ComposeResult
from textual.containers import Horizontal
from textual.content import Content
from textual.widgets import Static

from sensorcore.snapshot import Snapshot
from tui import presenter

TABS: Final = (
    ("today", "1 Today"), ("replay", "2 Replay"), ("calibrate", "3 Calibrate"), ("settings", "4 Settings"), ("week", "5 Week"),
    ("exercises", "6 Exercises"), ("progress", "7 Progress"), ("routine", "8 Routine"),
)  # fmt: skip
ALL_FROM: Final = 130
"""Cells from which on all tabs have room beside title and clock."""
SHORT_CELLS: Final = 6
"""Of a tab where not all have room: its key and the beginning of its name."""


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
        for tab in self.query(Tab):
            tab.shorten(on=self.size.width < ALL_FROM)

    def show(self, s: Snapshot) -> None:
        """Clock, and how it plays or what the link does."""
        text = presenter.header_text(s)
        if text != self._clock:
            self.query_one("#clock", Static).update(text, layout=len(text) != len(self._clock))
            self._clock = text


class Tab(Static):
    """The name of a screen, to point at."""

    def __init__(self, screen_name: str, label: str, *, here: bool) -> None:
        super().__init__(label, classes="tab -here" if here else "tab", markup=False)
        self._screen_name = screen_name
        self._label = self._text = label

    def shorten(self, *, on: bool) -> None:
        """Only the beginning, or the whole; where one is, always the whole."""
        label = (
            self._label[:SHORT_CELLS] if on and len(self._label) > SHORT_CELLS + 1 and not self.has_class("-here") else self._label
        )
        if label != self._text:
            self._text = label
            self.update(label)

    async def on_click(self) -> None:
        await self.run_action(f"app.show('{self._screen_name}')")


class Problem(Static):
    """What went wrong, in a sentence with the next step; no row while nothing is."""

    def __init__(self) -> None:
        super().__init__("", id="problem", markup=False)
        self._text = ""

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        text = presenter.problem_text(s)
        if text != self._text:
            self._text = text
            self.update(text)
            self.display = bool(text)
