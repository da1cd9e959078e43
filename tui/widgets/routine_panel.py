"""Panel of a routine: the exercise as a moving figure, a big count or time, one cue, and progress. For `spinae routine` and the
dashboard."""

from __future__ import annotations

import math
from itertools import groupby
from typing import ClassVar, Final

from rich.segment import Segment
from rich.style import Style
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import Static

from sensorcore.routine.shown import Shown
from tui.drawing import bigtext, braille
from tui.drawing.exercise_figure import STEPS, drawn

SMALL_BELOW: Final = (60, 16)
LARGE_FROM: Final = (110, 34)
"""Cells and rows of the terminal."""
DOUBLE_FROM: Final = 24
"""Rows of room for digits of double height."""


_ONE_LINE: Final = ("#programme", "#what", "#unit", "#progress")


class ExerciseFigure(Widget):
    """Figure that is redrawn only when it moves."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {"exercise--body", "exercise--around"}

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(id=id)
        self._key: tuple[str, str, int, bool] = ("standing", "", 0, False)
        self._styles: tuple[Style, Style] | None = None

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles = None

    def show(self, now: Shown) -> None:
        """The pose of the moment."""
        key = (now.pose, now.exercise, round(now.motion * STEPS), now.side == "left")
        if key != self._key:
            self._key = key
            self.refresh()

    def render_line(self, y: int) -> Strip:
        width, height = self.size
        found = drawn(width, height, *self._key)
        if self._styles is None:  # looked up once: it costs more than the drawing
            body, around = (self.get_component_rich_style(f"exercise--{name}") for name in ("body", "around"))
            self._styles = body, around
        body, around = self._styles
        rows = slice(4 * y, 4 * y + 4)
        return Strip(
            _segments(braille.codes(found.body[rows])[0].tolist(), braille.codes(found.guides[rows])[0].tolist(), body, around)
        )


def _segments(body: list[int], around: list[int], body_style: Style, around_style: Style) -> list[Segment]:
    cells = [(front != 0x2800, chr(front | behind)) for front, behind in zip(body, around, strict=True)]
    return [
        Segment("".join(text for _, text in run), body_style if solid else around_style)
        for solid, run in groupby(cells, key=lambda cell: cell[0])
    ]


class RoutinePanel(Container):
    """Panel that shows a routine's moment."""

    def __init__(self) -> None:
        super().__init__()
        self._shown: Shown | None = None
        self._contents: dict[str, Content] = {}

    def compose(self) -> ComposeResult:
        with Container(id="top"):
            yield Static("", id="programme", markup=False)
            yield Static("", id="sensor", markup=False)
        with Container(id="doing"):
            yield ExerciseFigure(id="exercise")
            with Vertical(id="words"):
                yield Static("", id="what", markup=False)
                yield Static("", id="count", markup=False)
                yield Static("", id="unit", markup=False)
                yield Static("", id="cue", markup=False)
                yield Static("", id="note", markup=False)
        yield Static("", id="progress", markup=False)

    def on_resize(self) -> None:
        width, height = self.app.size
        self.set_class(width < SMALL_BELOW[0] or height < SMALL_BELOW[1], "-small")
        self.set_class(width >= LARGE_FROM[0] and height >= LARGE_FROM[1], "-large")
        shown, self._shown, self._contents = self._shown, None, {}
        if shown is not None:
            self.show(shown)

    def name_sensor(self, name: str) -> None:
        """Name of what counts, in a word or two."""
        self.query_one("#sensor", Static).update(name)

    def show(self, now: Shown) -> None:
        """Show the moment `now`, unless it is shown already."""
        if now == self._shown:
            return
        self._shown = now
        self.query_one(ExerciseFigure).show(now)
        small = self.has_class("-small")
        step = f"{now.number} of {now.steps}"
        name = f"{now.name} {now.side}" if now.side and small else f"{now.name}, {now.side}" if now.side else now.name
        self._put("#programme", Content.assemble((now.title, "bold $good"), (f"  {step}", "$quiet")))
        self._put("#what", Content.styled(name, "bold"))
        role = "$good" if now.phase in ("settling", "over") else "$quiet" if now.phase == "ready" or now.paused else "$foreground"
        self._put("#count", Content.styled(f"{now.big} {now.unit}" if small else "\n".join(self._big(now.big)), f"bold {role}"))
        self._put("#unit", Content.styled(now.unit, "$quiet"))
        ahead = "First: " if now.phase == "ready" and not small else ""
        self._put("#cue", Content.styled(f"{ahead}{now.cue}", "bold" if small else ""))
        self._put("#note", Content.styled(now.note, "$drifting"))
        self._put("#progress", self._progress(now, small=small))

    def _put(self, name: str, content: Content) -> None:
        """Update a line if it is new: layout costs more than all else. A line with its own room needs no new layout."""
        if self._contents.get(name) != content:
            self._contents[name] = content
            self.query_one(name, Static).update(content, layout=name not in _ONE_LINE)

    def _big(self, text: str) -> tuple[str, ...]:
        room = self.query_one("#words").size
        wide = max(len(row) for row in bigtext.big(text))
        return bigtext.big(text, double=room.width >= 2 * wide and room.height >= DOUBLE_FROM)

    def _progress(self, now: Shown, *, small: bool) -> Content:
        following = "" if small or not now.following else f"  then {now.following}"
        width = max(4, self.size.width - (2 if small else 4) - len(following))
        done = min(width, math.floor(now.share * width + 1e-9))
        return Content.assemble(("━" * done, "$good"), ("─" * (width - done), "$line"), (following, "$quiet"))
