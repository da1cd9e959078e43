"""Counted repetitions and holds, and the quality of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Side: TypeAlias = Literal["left", "right"]


@dataclass(frozen=True, slots=True)
class Quality:
    """How a repetition was done. `out_s`, `hold_s`, `back_s`: seconds going, at the end, and coming back. `smoothness`: spectral
    arc length of the speed (0 would be perfect, −1.6 is a smooth movement, −3 a jerky one). `wobble_deg`: shaking about the other
    axes (RMS). `symmetry`: this side's range against the other side's in the set (1: alike; None without sides). `hints`: for each
    of range, tempo, hold, smoothness, wobble and symmetry, what it means in plain words."""

    out_s: float
    hold_s: float
    back_s: float
    smoothness: float
    wobble_deg: float
    symmetry: float | None
    hints: dict[str, str]


@dataclass(frozen=True, slots=True)
class Repetition:
    """One repetition or hold, `[start_s, end_s)` of stream time. `range_deg`: how far the trunk at the sensor turned; `rise_cm`:
    how far it was lifted, where height is the signal (else None)."""

    exercise: str
    start_s: float
    end_s: float
    range_deg: float
    side: Side | None
    rise_cm: float | None
    quality: Quality

    def to_json(self) -> dict[str, Any]:
        """As `spinae analyze --json` has it."""
        quality = self.quality
        return {
            "exercise": self.exercise,
            "start_s": round(self.start_s, 2),
            "end_s": round(self.end_s, 2),
            "range_deg": round(self.range_deg, 1),
            "side": self.side,
            "rise_cm": None if self.rise_cm is None else round(self.rise_cm, 1),
            "out_s": round(quality.out_s, 2),
            "hold_s": round(quality.hold_s, 2),
            "back_s": round(quality.back_s, 2),
            "smoothness": round(quality.smoothness, 2),
            "wobble_deg": round(quality.wobble_deg, 2),
            "symmetry": None if quality.symmetry is None else round(quality.symmetry, 2),
            "hints": quality.hints,
        }
