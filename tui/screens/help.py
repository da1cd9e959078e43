"""The keys, over the dashboard."""

from __future__ import annotations

from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from tui.presenter import DRIFTING, GOOD, LYING, MOVING, NO_SIGNAL, NOT_WORN, SLOUCHED, UNKNOWN, WALKING

KEYS: Final = (
    ("space", "pause, go on; at the end: from the start"),
    ("← →", "10 s back, forward"),
    ("shift+← →", "60 s back, forward (also [ ])"),
    ("↑ ↓  + −", "faster, slower (0.25 … 100 ×)"),
    ("home  end", "to the start, to the end"),
    ("n  p", "next, previous alert"),
    ("pgup pgdn", "scroll the alerts"),
    ("d", "dark or light"),
    ("?  esc", "open, close this help"),
    ("q", "quit"),
)
STATES: Final = (
    (GOOD, "within the release angle"),
    (DRIFTING, "beyond it, not yet slouched"),
    (SLOUCHED, "beyond the limit for a while"),
    (WALKING, "never judged"),
    (MOVING, "not judged"),
    (LYING, "not judged"),
    (NOT_WORN, "no body to measure"),
    (NO_SIGNAL, "no data: counts as unknown"),
    (UNKNOWN, "not judged yet"),
)


class HelpScreen(ModalScreen[None]):
    """Closes with the key that opened it, escape or q."""

    BINDINGS: ClassVar[list[BindingType]] = [("question_mark,escape,q,space,enter", "dismiss(None)", "close")]

    def compose(self) -> ComposeResult:
        with Vertical(id="help") as box:
            box.border_title = "help"
            yield Static(_table([(key, "$foreground", text) for key, text in KEYS]))
            yield Static(
                _table([(f"{state.symbol} {state.word}", f"${state.role}", text) for state, text in STATES]), id="help-states"
            )


def _table(rows: list[tuple[str, str, str]]) -> Content:
    return Content("\n").join(
        [Content.assemble((first.ljust(12), f"bold {style}"), (text, "$quiet")) for first, style, text in rows]
    )
