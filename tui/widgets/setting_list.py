"""All settings, a row each, by section; one is chosen. Point at a row to choose it, at its arrows to change it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from textual import events
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.widget import Widget

from sensorcore.settings import Settings
from tui.text import setting_steps

_NAME_CELLS: Final = 18
_VALUE_CELLS: Final = 13
_BESIDE_CELLS: Final = 6
"""Pointer, dot and the two arrows."""
_MEANING_FROM_CELLS: Final = 20


class SettingList(Widget):
    """As many rows as fit, around the chosen one. `•` stands before what differs from the default."""

    settings: reactive[Settings] = reactive(Settings)
    chosen: reactive[int] = reactive(0)

    class Changed(Message):
        """Another setting was chosen."""

    class Stepped(Message):
        """The wearer pointed at an arrow of the chosen setting: more (1) or less (-1)."""

        def __init__(self, direction: int) -> None:
            self.direction = direction
            super().__init__()

    class Opened(Message):
        """The wearer pointed at the value of the chosen setting: to write another."""

    @property
    def _cells(self) -> tuple[int, int]:
        """Of name and value: a pane has less room."""
        value = min(_VALUE_CELLS, max(6, (self.content_size.width - _BESIDE_CELLS) // 3))
        return min(_NAME_CELLS, max(6, self.content_size.width - _BESIDE_CELLS - value)), value

    @property
    def key(self) -> str:
        """Of the chosen setting."""
        return self._items()[self.chosen][0]

    def move(self, step: int) -> None:
        """Choose another, so many rows on."""
        self.chosen = min(max(self.chosen + step, 0), len(self._items()) - 1)

    def watch_chosen(self) -> None:
        self.post_message(self.Changed())

    def _items(self) -> list[tuple[str, Any, Mapping[str, Any]]]:
        return list(self.settings.items())

    def _rows(self) -> list[int | str]:
        """The number of a setting, or the name of the section that begins."""
        rows: list[int | str] = []
        for number, (key, *_) in enumerate(self._items()):
            section = key.partition(".")[0]
            if not number or self._items()[number - 1][0].partition(".")[0] != section:
                rows.append(section)
            rows.append(number)
        return rows

    def _visible(self) -> list[int | str]:
        rows, height = self._rows(), max(1, self.size.height)
        begin = max(0, min(rows.index(self.chosen) - height // 2, len(rows) - height))
        return rows[begin : begin + height]

    def render(self) -> Content:
        defaults = {key: value for key, value, _ in Settings().items()}
        items = self._items()
        name_cells, value_cells = self._cells
        room = self.content_size.width - name_cells - value_cells - _BESIDE_CELLS - 2
        lines = []
        for row in self._visible():
            if isinstance(row, str):
                rest = max(0, self.content_size.width - len(row) - 1)
                lines.append(Content.assemble((row, "$quiet"), (" " + "─" * rest, "$line")))
                continue
            key, value, about = items[row]
            here = row == self.chosen
            dot = "•" if value != defaults[key] else " "
            name = f"{setting_steps.title(key)[: name_cells - 1]:{name_cells}}"
            text = f"{setting_steps.shown(key, value)[:value_cells]:>{value_cells}}"
            less, more = ("◂ ", " ▸") if here and ("low" in about or "choices" in about) else ("  ", "  ")
            style = "bold $foreground on $panel" if here else "$foreground"
            mark = ("▸" if here else " ") + dot
            meaning = f"  {_short(about['help'], room)}" if room > _MEANING_FROM_CELLS else ""
            lines.append(
                Content.assemble((f"{mark}{name}{less}", style), (text, f"bold {style}"), (more, style), (meaning, "$quiet"))
            )
        return Content("\n").join(lines)

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        visible = self._visible()
        if offset is None or offset.y >= len(visible):
            return
        row = visible[offset.y]
        less = 2 + self._cells[0]
        if isinstance(row, str):
            return
        if row != self.chosen:
            self.chosen = row
        elif offset.x >= less + 2 + self._cells[1]:
            self.post_message(self.Stepped(1))
        elif less <= offset.x < less + 2:
            self.post_message(self.Stepped(-1))
        elif offset.x > less:
            self.post_message(self.Opened())

    def on_mouse_scroll_down(self) -> None:
        self.move(1)

    def on_mouse_scroll_up(self) -> None:
        self.move(-1)


def _short(text: str, cells: int) -> str:
    return text if len(text) <= cells else text[: cells - 1].rstrip() + "…"
