"""Now: one number, one word, one colour, as large as the space allows."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.snapshot import Snapshot
from tui import bigtext, presenter
from tui.presenter import Look


class NowPanel(Widget):
    """The state at a glance. With fewer than seven rows the big digits give way to one line of text."""

    shown: reactive[tuple[Look, str, str, str, str]] = reactive((presenter.STARTING, "–", "", "", ""))
    """Look, angle, direction, detail, hint."""

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        self.shown = (
            presenter.look(s),
            presenter.angle_text(s),
            presenter.direction_text(s),
            presenter.detail_text(s),
            presenter.hint_text(s),
        )

    def watch_shown(self, before: tuple[Look, str, str, str, str], now: tuple[Look, str, str, str, str]) -> None:
        self.remove_class(f"-{before[0].role}")
        self.add_class(f"-{now[0].role}")

    def render(self) -> Content:
        state, angle, direction, detail, hint = self.shown
        rows = self.content_size.height
        head = Content.assemble(
            (f"{state.symbol} {state.word.upper()}", "bold"), (f"  {direction}" if direction else "", "not bold")
        )
        if rows < bigtext.ROWS + 2 or self.content_size.width < 16:
            lines = [Content.assemble((f"{angle} ", "bold"), head), Content(detail), Content(hint)]
            return Content("\n").join(lines[: max(1, rows)])
        doubled = bigtext.big(angle, double=True)
        double = rows >= len(doubled) + 5 and self.content_size.width >= len(doubled[0])
        digits = [Content(row) for row in (doubled if double else bigtext.big(angle))]
        below, beside = Content.styled(detail, "$foreground"), Content.styled(hint, "$quiet")
        if double:
            return Content("\n").join([head, beside, Content(""), *digits, Content(""), below])
        if rows >= bigtext.ROWS + 4:
            return Content("\n").join([head, beside, *digits, Content(""), below])
        if rows >= bigtext.ROWS + 3:
            return Content("\n").join([head, beside, *digits, below])
        return Content("\n").join([head, *digits, below])
