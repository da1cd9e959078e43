"""Last filter before the screen: nothing in the text of a line may steer the terminal."""

from __future__ import annotations

from typing import Final

from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from sensorcore.text.escape import without_harmful


class SafeLines(LineFilter):
    """Removes harmful characters from the text that widgets drew. They have no width for Textual, so the cells stay where they
    are; text from outside is made visible where it enters (`sensorcore.text.escape`), so this finds nothing."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:  # noqa: ARG002 - a LineFilter
        """The same segments, with text that does nothing but show."""
        if all(segment.text.isprintable() for segment in segments):  # quick, and nothing that steers is printable
            return segments
        return [segment if segment.control else Segment(without_harmful(segment.text), segment.style) for segment in segments]


SAFE_LINES: Final = SafeLines()
