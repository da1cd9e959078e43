"""What a benchmark on people's recordings hands back: one table, with its definition in words."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ResultTable:
    """`rows` hold as many cells as `headers`, ready to print (figures already rounded). `notes` say how the figures come from the
    data and what they do not show."""

    title: str
    headers: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    notes: tuple[str, ...] = ()

    def markdown(self) -> str:
        """The table as the documentation shows it."""
        lines = [f"**{self.title}**", "", f"| {' | '.join(self.headers)} |", "|---" * len(self.headers) + "|"]
        lines += [f"| {' | '.join(row)} |" for row in self.rows]
        return "\n".join([*lines, *(["", *(f"- {note}" for note in self.notes)] if self.notes else [])])
