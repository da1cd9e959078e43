"""Now: one number, one word, one colour, as large as the space allows."""

from __future__ import annotations

from typing import ClassVar, TypeAlias

from textual.strip import Strip

from sensorcore.view.snapshot import Snapshot
from tui.drawing import bigtext
from tui.text import alert_text, looks, presenter
from tui.text.looks import Look
from tui.widgets.drawn import Drawn, TextLine

Shown: TypeAlias = tuple[Look, str, str, str, str, str, str]
"""Look, angle, direction, detail, hint, nudge, curvature."""


class NowPanel(Drawn):
    """State at a glance. With fewer than seven rows the big digits give way to text; with one row all stands on it."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"now--head", "now--text", "now--plain", "now--quiet"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id, classes=f"-{looks.STARTING.role}")
        self._shown: Shown = (looks.STARTING, "–", "", "", "", "", "")
        self._angle_deg = 0
        self._jump = 0

    def show(self, s: Snapshot) -> None:
        """Update from the snapshot."""
        if s.inclination_deg is not None:
            still = s.progress.jump == self._jump
            self._angle_deg = presenter.steady_deg(self._angle_deg, s.inclination_deg) if still else round(s.inclination_deg)
            self._jump = s.progress.jump
        now = (
            looks.look(s),
            presenter.angle_text(None if s.inclination_deg is None else self._angle_deg),
            presenter.direction_text(s),
            presenter.detail_text(s),
            presenter.hint_text(s),
            alert_text.nudge_text(s),
            presenter.curvature_text(s),
        )
        before, self._shown = self._shown, now
        if before[0].role != now[0].role:
            # the card that it stands on changes its colours, too, and once is enough
            self.update_classes({f"-{before[0].role}": False, f"-{now[0].role}": True}, update=False)
        if before != now:
            self.draw_changes()

    def _draw(self, width: int, height: int) -> list[Strip]:
        enough = height >= bigtext.ROWS + 2 and width >= len(bigtext.big(self._shown[1])[0])
        lines = self._large(height, width) if enough else self._small(height, width)
        above = (height - len(lines)) // 2 if self.styles.content_align_vertical == "middle" else 0
        lines = [*[()] * above, *lines, *[()] * (height - len(lines) - above)]
        return [self._text(line, width) for line in lines[:height]]

    def _small(self, rows: int, width: int) -> list[TextLine]:
        state, angle, direction, detail, hint, nudge, curved = self._shown
        head: TextLine = ((f"{angle} {state.symbol} {state.word.upper()}", "now--head"), (f" {direction}" if direction else "", ""))
        rest = [text for text in (curved, hint, detail, nudge) if text]
        if rows > 1:
            return [head, *(((text, ""),) for text in rest)][:rows]
        for text in rest:
            if sum(len(part) for part, _ in head) + 3 + len(text) <= width:
                head = (*head, (f" · {text}", ""))
        return [head]

    def _large(self, rows: int, width: int) -> list[TextLine]:
        state, angle, direction, detail, hint, nudge, curved = self._shown
        doubled = bigtext.big(angle, double=True)
        double = rows >= len(doubled) + 5 and width >= len(doubled[0])
        digits = doubled if double else bigtext.big(angle)
        spare = rows - len(digits) - 2
        word, towards = f"{state.symbol} {state.word.upper()}", f"  {direction}" if direction else ""
        lines: list[TextLine] = [((word, "now--head"), (towards if len(word) + len(towards) <= width else "", ""))]
        lines += [()] if spare >= 3 else []
        lines += [((row, ""),) for row in digits]
        lines += [()] if spare >= 4 else []
        lines += [((detail if len(detail) <= width else detail.replace("for ", ""), "now--plain"),)]
        # What to know before trusting the number comes first; when the next alert would come, last.
        kinds = ((curved, "now--plain"), (hint, "now--plain"), (nudge, "now--quiet"))
        notes: list[TextLine] = [((text, kind),) for text, kind in kinds if text]
        return [*lines, *notes[: 2 if spare >= 2 else 1 if spare >= 1 else 0]]
