"""Pain screen: a number and, if you like, a few words."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static


class PainScreen(ModalScreen[str]):
    """Dismissed with the text of a "pain" command (`4 stiff after lunch`), or with nothing."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "dismiss('')", "close")]

    def compose(self) -> ComposeResult:
        with Vertical(id="pain") as box:
            box.border_title = "how is your back?"
            yield Static("0 no pain … 10 the worst imaginable", id="pain-question")
            with Horizontal(id="pain-levels"):
                for level in range(11):
                    yield Button(str(level), id=f"level-{level}", compact=True)
            yield Input(placeholder="a number, then words if you like; enter keeps it", id="pain-text", max_length=200)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Pointed at: the number is kept with the words that stand there."""
        words = self.query_one(Input).value.strip()
        first, _, rest = words.partition(" ")
        self.dismiss(f"{event.button.label} {rest if first.isdigit() else words}".strip())

    def on_input_submitted(self, event: Input.Submitted) -> None:
        level, _, words = event.value.strip().partition(" ")
        if level.isdigit() and int(level) <= 10:
            self.dismiss(f"{int(level)} {words.strip()}".strip())
        elif not level:
            self.dismiss("")
        else:
            self.query_one("#pain-question", Static).update("Begin with a number from 0 (no pain) to 10 (the worst imaginable).")
