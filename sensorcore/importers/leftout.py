"""Rows that a reader leaves out of a file, counted by reason, with the first place, for the notes. Bad rows never cost the rest
of a file, unless they are most of it: then the file is not what it seems, and what little would remain says nothing of the
day."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from sensorcore.errors import BadInput

MOST: Final = 0.5
"""A file is refused when more than this share of its rows cannot be used: what is kept must outweigh what is not."""
HOPELESS_ROWS: Final = 200_000
HOPELESS_SHARE: Final = 0.95
"""So many rows of no use at such a share (half an hour at 100 Hz) are no damage: reading on is in vain."""
STALL_BYTES: Final = 64 << 20
"""Text without one usable row after which reading stops: half a day at 25 Hz. A zip of one row repeated unpacks to gigabytes."""


@dataclass(slots=True)
class Reason:
    """Why rows are left out: how many, and where and how the first of them is odd."""

    rows: int
    where: str
    what: str


@dataclass(slots=True)
class LeftOut:
    """Counts of one file. `kept` are rows that became samples; `allowed` reasons say nothing against the file (rows that are there
    twice) and do not count towards refusing it."""

    where: str
    kept: int = 0
    reasons: dict[str, Reason] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    _harmless: int = 0
    _idle_bytes: int = 0

    def add(self, reason: str, rows: int, where: str, what: str = "", *, harmless: bool = False) -> None:
        """Count rows under a reason, which completes the sentence "3 rows are left out: they …"."""
        if not rows:
            return
        known = self.reasons.setdefault(reason, Reason(0, where, what))
        known.rows += rows
        self._harmless += rows if harmless else 0

    @property
    def rows(self) -> int:
        """All rows that were left out."""
        return sum(reason.rows for reason in self.reasons.values())

    def went_on(self, n_bytes: int, kept: int) -> bool:
        """Count rows that became samples out of `n_bytes` of text. False when reading on is in vain."""
        self.kept += kept
        self._idle_bytes = 0 if kept else self._idle_bytes + n_bytes
        if self.rows > HOPELESS_ROWS and self.rows > HOPELESS_SHARE * (self.rows + self.kept):
            self.remarks.append(f"{self.where}: nearly all rows so far are of no use, so the rest of it was not read")
            return False
        if self._idle_bytes <= STALL_BYTES:
            return True
        self.remarks.append(f"{self.where}: nothing usable in {STALL_BYTES >> 20} MB of text, so the rest of it was not read")
        return False

    def refusal(self) -> BadInput:
        """Why the file is of no use, by its most common fault."""
        if not self.reasons:
            return BadInput("holds no samples", where=self.where, hint="Record for a few seconds at least")
        reason, worst = max(self.reasons.items(), key=lambda item: item[1].rows)
        first = f", {worst.what}" if worst.what else ""
        total = self.rows + self.kept
        if worst.rows == total == 1:
            return BadInput(worst.what or f"its only row {reason}", where=worst.where, hint="Record or export it again")
        odd = f"{worst.rows} of {total} rows {reason} (the first here{first})"
        return BadInput(odd, where=worst.where, hint="Is it a whole recording of one sensor? Export it again")

    def finish(self, notes: list[str]) -> None:
        """Tell what was left out, a sentence a reason. Raises BadInput when it was most of the file."""
        bad = self.rows - self._harmless
        if bad > MOST * (bad + self.kept) or (not self.kept and self.reasons):
            raise self.refusal()
        notes += self.remarks
        for reason, found in self.reasons.items():
            first = f"{found.where}: {found.what}" if found.what else found.where
            if found.rows == 1:
                notes.append(f"{first}: 1 row is left out, it {_singular(reason)}")
            else:
                notes.append(f"{self.where}: {found.rows} rows are left out, they {reason} (the first: {first})")


def _singular(reason: str) -> str:
    verb, _, rest = reason.partition(" ")
    return f"{_SINGULAR.get(verb, verb)} {rest}"


_SINGULAR: Final = {"cannot": "cannot", "repeat": "repeats", "share": "shares", "are": "is", "were": "was", "have": "has"}
