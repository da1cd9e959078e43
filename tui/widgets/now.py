"""Now: one number, one word, one colour, as large as the space allows."""

from __future__ import annotations

from textual.content import Content
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.snapshot import Snapshot
from tui import bigtext, presenter
from tui.presenter import Look


class NowPanel(Widget):
    """The state at a glance. With fewer than seven rows the big digits give way to text; with one row all stands on it."""

    shown: reactive[tuple[Look, str, str, str, str, str]] = reactive((presenter.STARTING, "–", "", "", "", ""))
    """Look, angle, direction, detail, hint, nudge."""

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        self.shown = (
            presenter.look(s),
            presenter.angle_text(s),
            presenter.direction_text(s),
            presenter.detail_text(s),
            presenter.hint_text(s),
            presenter.nudge_text(s),
        )

    def watch_shown(self, before: tuple[Look, str, str, str, str, str], now: tuple[Look, str, str, str, str, str]) -> None:
        if before[0].role != now[0].role or not self.has_class(f"-{now[0].role}"):
            self.remove_class(f"-{before[0].role}")
            self.add_class(f"-{now[0].role}")

    def render(self) -> Content:
        rows, width = self.content_size.height, self.content_size.width
        angle = self.shown[1]
        if rows < bigtext.ROWS + 2 or width < len(bigtext.big(angle)[0]):
            return self._small(rows, width)
        return self._large(rows, width)

    def _head(self) -> Content:
        state, _, direction, *_ = self.shown
        return Content.assemble(
            (f"{state.symbol} {state.word.upper()}", "bold"), (f"  {direction}" if direction else "", "not bold")
        )

    def _small(self, rows: int, width: int) -> Content:
        state, angle, direction, detail, hint, nudge = self.shown
        head = Content.assemble((f"{angle} {state.symbol} {state.word.upper()}", "bold"), f" {direction}" if direction else "")
        rest = [text for text in (hint, detail, nudge) if text]
        if rows > 1:
            return Content("\n").join([head, *map(Content, rest)][:rows])
        line = head
        for text in rest:
            if line.cell_length + 3 + len(text) <= width:
                line = Content.assemble(line, (f" · {text}", "not bold"))
        return line

    def _large(self, rows: int, width: int) -> Content:
        _, angle, _, detail, hint, nudge = self.shown
        doubled = bigtext.big(angle, double=True)
        double = rows >= len(doubled) + 5 and width >= len(doubled[0])
        digits = [Content(row) for row in (doubled if double else bigtext.big(angle))]
        spare = rows - len(digits) - 2
        below = Content.styled(detail if len(detail) <= width else detail.replace("for ", ""), "$foreground")
        # What to know before trusting the number comes first; when the next alert would come, last.
        head = self._head()
        lines = [head if head.cell_length <= width else head[: len(f"{self.shown[0].symbol} {self.shown[0].word}")]]
        lines += [Content("")] if spare >= 3 else []
        lines += [*digits]
        lines += [Content("")] if spare >= 4 else []
        lines += [below]
        notes = [text for text in (hint, nudge) if text][: 2 if spare >= 2 else 1 if spare >= 1 else 0]
        lines += [Content.styled(note, "$foreground" if note == hint else "$quiet") for note in notes]
        return Content("\n").join(lines)
