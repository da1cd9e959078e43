"""Week screen: seven days, what was judged and what is unknown, and what was practised."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from sensorcore.history.store import History
from sensorcore.report.gather import Report, gather
from sensorcore.report.span import week_of
from sensorcore.track.local_day import monday_of
from tui.keys import actions
from tui.past import week
from tui.screens.past import PastView


class WeekScreen(PastView):
    """The week that was chosen; this one at first."""

    NAME = "week"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.WEEK]
    found: Report | None

    def __init__(self) -> None:
        super().__init__()
        self._back = 0

    def read(self, history: History) -> Report:
        return gather(history, week_of(monday_of(self.today) - 7 * self._back))

    def lines(self, width: int) -> list[Content]:
        return week.lines(self.found, self.today, width) if self.found is not None else []

    def action_turn(self, step: int) -> None:
        """A week back (-1) or on (1); not beyond this one."""
        self._back = max(0, self._back - step)
        self.look()

    def action_this_week(self) -> None:
        self._back = 0
        self.look()
