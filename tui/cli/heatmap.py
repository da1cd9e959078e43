"""Heat map of a grid of settings: each cell has its number, a shade and a colour, so that any one of them is enough."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from rich.style import Style
from rich.text import Text

from sensorcore.whatif.tune import Setting

Signs: TypeAlias = tuple[str, str]


class Level(NamedTuple):
    """Levels: values up to `share` of the wanted one, with shade, colour and name."""

    share: float
    shade: str
    called: str
    ground: str | None


LEVELS: Final = (
    # blue to orange stays apart for all common colour visions, and black can be read on each
    Level(0.0, " ", "none", None),
    Level(0.75, "░", "fewer", "#9ec9e8"),
    Level(1.25, "▒", "about what you want", "#63c6a4"),
    Level(2.0, "▓", "up to twice", "#f0c75e"),
    Level(float("inf"), "█", "more", "#f08a5d"),
)
LABEL = 6
NARROWEST, WIDEST = 7, 11


def level_of(value: float, wanted: float) -> Level:
    """The level of a value; with nothing wanted, anything is more."""
    if not value:
        return LEVELS[0]
    return next((level for level in LEVELS[1:-1] if value <= level.share * wanted), LEVELS[-1])


def heat_map(
    rows: Sequence[float],
    columns: Sequence[float],
    values: Mapping[Setting, float],
    wanted: float,
    marked: Mapping[Setting, Signs],
    width: int,
) -> Text:
    """`values` coloured against `wanted`; `marked` puts a pair of signs around a cell."""

    def cell(setting: Setting, size: int) -> Text:
        value, level = values[setting], level_of(values[setting], wanted)
        number = f"{f'{value:.1f}' if value else '·':^5}"
        ground = Style() if level.ground is None else Style(color="#000000", bgcolor=level.ground)
        # the shade in the colour of its ground: a texture for those who see no colour, and no noise for those who do
        shaded = Style() if level.ground is None else Style(color=level.ground, bgcolor=level.ground)
        left, right = marked.get(setting, (level.shade, level.shade))
        bold = Style(bold=setting in marked)
        edge = ground + bold if setting in marked else shaded
        before, after = (size - 7) // 2 * level.shade, (size - 6) // 2 * level.shade
        return Text.assemble((left, edge), (before, shaded), (number, ground + bold), (after, shaded), (right, edge))

    return _grid(rows, columns, cell, width)


def words_map(
    rows: Sequence[float], columns: Sequence[float], words: Mapping[Setting, str], marked: Mapping[Setting, Signs], width: int
) -> Text:
    """The same grid holding short words."""

    def cell(setting: Setting, size: int) -> Text:
        left, right = marked.get(setting, (" ", " "))
        return Text(f"{left}{words[setting]:^{size - 2}}{right}", Style(bold=setting in marked))

    return _grid(rows, columns, cell, width)


def legend() -> Text:
    """What shades and colours mean."""
    text = Text(" " * LABEL + " · none  ")
    for level in LEVELS[1:]:
        text.append(level.shade * 2, Style(color=level.ground, bgcolor=level.ground))
        text.append(f" {level.called}  ")
    return text


def _grid(rows: Sequence[float], columns: Sequence[float], cell: Callable[[Setting, int], Text], width: int) -> Text:
    size = max(NARROWEST, min(WIDEST, (width - LABEL - 1) // len(columns)))
    text = Text(" " * LABEL, end="")
    text.append("".join(f"{f'{column:g} s':^{size}}" for column in columns).rstrip(), Style(dim=True))
    for row in rows:
        text.append(f"\n{row:>{LABEL - 2}g}° ")
        for column in columns:
            text.append_text(cell(Setting(row, column), size))
    return text
