"""Division of a day by posture: names, shares and whole percents."""

from __future__ import annotations

from dataclasses import dataclass

from sensorcore.text.percentages import percentages
from sensorcore.view.snapshot import Snapshot
from tui.text.looks import Role


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the split: name, its glyph (so that no colour is needed), role, seconds, and share of the whole; `percent` is
    that in whole numbers, which add up to 100 over all parts."""

    name: str
    glyph: str
    role: Role
    seconds: float
    share: float
    percent: int = 0


def split(s: Snapshot) -> tuple[Part, ...]:
    """Upright, slouched, unknown and (when it occurred) not worn. Shares add up to 1, or are all 0 at the very start."""
    t, _ = s.so_far
    rows: tuple[tuple[str, str, Role, float], ...] = (
        ("upright", "█", "good", t.upright_s),
        ("slouched", "▓", "slouched", t.slouched_s),
        ("unknown", "░", "absent", t.unknown_s),
        ("not worn", "·", "absent", t.not_worn_s),
    )
    whole = sum(row[3] for row in rows)
    percents = percentages([row[3] for row in rows])
    parts = (
        Part(name, glyph, role, sec, sec / whole if whole > 0 else 0.0, percent)
        for (name, glyph, role, sec), percent in zip(rows, percents, strict=True)
    )
    return tuple(part for part in parts if part.name != "not worn" or part.seconds > 0)
