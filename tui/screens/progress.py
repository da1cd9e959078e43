"""Progress screen: weeks to years, and how certain their differences are."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from sensorcore.history.store import History
from sensorcore.report import progress as found_in
from sensorcore.report.progress import ProgressReport
from sensorcore.routine import baseline
from tui.keys import actions
from tui.past import progress
from tui.screens.past import PastView


class ProgressScreen(PastView):
    """Twelve weeks at first."""

    NAME = "progress"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.PROGRESS]
    found: ProgressReport | None

    def __init__(self) -> None:
        super().__init__()
        self._span = 0

    def read(self, history: History) -> ProgressReport:
        return found_in.progress(history, self.today)

    def lines(self, width: int) -> list[Content]:
        return progress.lines(self.found, self._span, width, self.size.height) if self.found is not None else []

    def action_span(self) -> None:
        """Twelve weeks, a year, all."""
        self._span = (self._span + 1) % len(progress.SPANS)
        self.paint()

    def action_baseline(self) -> None:
        self.dashboard.begin_routine(baseline.NAME)
