"""Message of every widget that shows time."""

from __future__ import annotations

from textual.message import Message


class Jump(Message):
    """The wearer pointed at a moment, in stream time."""

    def __init__(self, t_s: float) -> None:
        self.t_s = t_s
        super().__init__()
