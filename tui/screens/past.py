"""Base of the screens of the past: they read the history in a thread, bring it up to date, and show lines."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static
from textual.worker import Worker

from sensorcore.errors import SpinaeError
from sensorcore.history.store import History
from sensorcore.report.span import today
from sensorcore.text.escape import one_line
from sensorcore.view.snapshot import Snapshot
from tui.places.folders import history_path
from tui.places.history_update import AGAIN_AFTER_S, enter_waiting
from tui.screens.view import View
from tui.widgets.redraw import when_whole


class PastView(View):
    """A subclass implements `read` and `lines`."""

    CSS_PATH = "past.tcss"

    def __init__(self) -> None:
        super().__init__()
        self.today = today().first_day
        self.found: Any = None
        self._painted: list[Content] = []
        self._looked_s = time.monotonic()

    def read(self, history: History) -> Any:
        """Read from the history, in a thread. Raises StorageError."""
        raise NotImplementedError

    def lines(self, width: int) -> list[Content]:
        """Lines of what was read, for so many cells."""
        raise NotImplementedError

    def body(self) -> ComposeResult:
        with VerticalScroll(id="past", can_focus=False):
            yield Static("reading the history …", id="past-lines", markup=False)
        yield Static("", id="entering", markup=False)

    def show_snapshot(self, s: Snapshot) -> None:  # noqa: ARG002 - as of any view
        """Nothing here changes with the moment; but the day under way goes on, and another may have begun."""
        if time.monotonic() - self._looked_s > AGAIN_AFTER_S or today().first_day != self.today:
            self.today = today().first_day
            self.look()

    def on_screen_resume(self) -> None:
        super().on_screen_resume()
        self.today = today().first_day
        self.look()

    def look(self) -> None:
        """Read and show, and again once waiting recordings are ingested."""
        self._looked_s = time.monotonic()
        self._looking: Worker[None] = self.run_worker(self._look, group="past", exclusive=True)

    async def _look(self) -> None:
        try:
            await self._read()
            if await enter_waiting(self._say):
                await self._read()
        except SpinaeError as error:
            self._say(one_line(f"× {error}"))

    async def _read(self) -> None:
        def read() -> Any:
            with History(history_path()) as history:
                return self.read(history)

        self.found = await asyncio.to_thread(read)
        self.paint()

    @when_whole
    def paint(self) -> None:
        """Show the lines, if they differ from those shown."""
        if self.found is None:
            return
        rows = self.lines(max(10, self.query_one("#past", VerticalScroll).scrollable_content_region.width))
        if rows != self._painted:
            self._painted = rows
            self.query_one("#past-lines", Static).update(Content("\n").join(rows))

    def on_resize(self) -> None:
        self.call_after_refresh(self.paint)

    def action_scroll_past(self, step: int) -> None:
        box = self.query_one("#past", VerticalScroll)
        (box.scroll_page_down if step > 0 else box.scroll_page_up)(animate=False)

    @when_whole
    def _say(self, text: str) -> None:
        line = self.query_one("#entering", Static)
        line.update(Content.styled(text, "$drifting" if text.startswith("×") else "$quiet"))
        line.display = bool(text)
