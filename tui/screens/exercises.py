"""Exercises screen: how each went, last and best, and what to mind."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.content import Content

from sensorcore.history.store import History
from sensorcore.report.practice import Practice, practice
from tui.keys import actions
from tui.past import exercises
from tui.screens.past import PastView


class ExercisesScreen(PastView):
    """All exercises of half a year; about the chosen one more."""

    NAME = "exercises"
    BINDINGS: ClassVar[list[BindingType]] = [*actions.EXERCISES]
    found: tuple[Practice, ...] | None

    def __init__(self) -> None:
        super().__init__()
        self._chosen = 0

    def read(self, history: History) -> tuple[Practice, ...]:
        return practice(history, self.today)

    def lines(self, width: int) -> list[Content]:
        found = self.found or ()
        return exercises.lines(found, min(self._chosen, max(0, len(found) - 1)), self.today, width)

    def action_exercise(self, step: int) -> None:
        self._chosen = min(max(0, self._chosen + step), max(0, len(self.found or ()) - 1))
        self.paint()
