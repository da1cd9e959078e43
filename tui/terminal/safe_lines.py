"""The last look at what a screen shows: nothing in the text of a line may steer the terminal."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from sensorcore.text.escape import without_harmful


class SafeLines(LineFilter):
    """Takes harmful characters out of the text that widgets drew. They have no width for Textual, so the cells stay where they are;
    where text from outside enters the screen it is made visible (`sensorcore.text.escape`), and this finds nothing."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - a LineFilter
        """The same segments, with text that does nothing but show."""
        if all(segment.text.isprintable() for segment in segments):
            return segments
        return [segment if segment.control else Segment(without_harmful(segment.text), segment.style) for segment in segments]


SAFE_LINES: Final = SafeLines()
