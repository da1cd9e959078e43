"""Now: one number, one word, one colour, as large as the space allows."""

from __future__ import annotations

from typing import TypeAlias

from textual.content import Content
from textual.strip import Strip
from textual.visual import Visual

from sensorcore.snapshot import Snapshot
from tui import bigtext, presenter
from tui.presenter import Look
from tui.widgets.drawn import Drawn

Shown: TypeAlias = tuple[Look, str, str, str, str, str]
"""Look, angle, direction, detail, hint, nudge."""


class NowPanel(Drawn):
    """The state at a glance. With fewer than seven rows the big digits give way to text; with one row all stands on it."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=f"-{presenter.STARTING.role}")
        self._shown: Shown = (presenter.STARTING, "–", "", "", "", "")
        self._angle_deg = 0
        self._jump = 0

    def show(self, s: Snapshot) -> None:
        """Take what this view needs from the snapshot."""
        if s.inclination_deg is not None:
            still = s.progress.jump == self._jump
            self._angle_deg = presenter.steady_deg(self._angle_deg, s.inclination_deg) if still else round(s.inclination_deg)
            self._jump = s.progress.jump
        now = (
            presenter.look(s),
            presenter.angle_text(None if s.inclination_deg is None else self._angle_deg),
            presenter.direction_text(s),
            presenter.detail_text(s),
            presenter.hint_text(s),
            presenter.nudge_text(s),
        )
        before, self._shown = self._shown, now
        if before[0].role != now[0].role:
            self.update_classes({f"-{before[0].role}": False, f"-{now[0].role}": True})
        if before != now:
            self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        enough = height >= bigtext.ROWS + 2 and width >= len(bigtext.big(self._shown[1])[0])
        content = self._large(height, width) if enough else self._small(height, width)
        strips = Visual.to_strips(self, content, width, height, self.visual_style, pad=True)[:height]
        blank = Strip.blank(width, self.visual_style.rich_style)
        return [*strips, *[blank] * (height - len(strips))]

    def _head(self) -> Content:
        state, _, direction, *_ = self._shown
        return Content.assemble(
            (f"{state.symbol} {state.word.upper()}", "bold"), (f"  {direction}" if direction else "", "not bold")
        )

    def _small(self, rows: int, width: int) -> Content:
        state, angle, direction, detail, hint, nudge = self._shown
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
        _, angle, _, detail, hint, nudge = self._shown
        doubled = bigtext.big(angle, double=True)
        double = rows >= len(doubled) + 5 and width >= len(doubled[0])
        digits = [Content(row) for row in (doubled if double else bigtext.big(angle))]
        spare = rows - len(digits) - 2
        below = Content.styled(detail if len(detail) <= width else detail.replace("for ", ""), "$foreground")
        # What to know before trusting the number comes first; when the next alert would come, last.
        head = self._head()
        lines = [head if head.cell_length <= width else head[: len(f"{self._shown[0].symbol} {self._shown[0].word}")]]
        lines += [Content("")] if spare >= 3 else []
        lines += [*digits]
        lines += [Content("")] if spare >= 4 else []
        lines += [below]
        notes = [text for text in (hint, nudge) if text][: 2 if spare >= 2 else 1 if spare >= 1 else 0]
        lines += [Content.styled(note, "$foreground" if note == hint else "$quiet") for note in notes]
        return Content("\n").join(lines)
