"""Breathing patterns: in, hold, out, hold. Pure; the patterns are data (`breath_patterns.toml`)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any, Final, Literal, TypeAlias

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import FloatArray
from sensorcore.storage.plain import from_plain, toml_table

PhaseName: TypeAlias = Literal["in", "hold full", "out", "hold empty"]
SHORTEST_S: Final = 1.0
"""Of a paced breath in or out."""
LONGEST_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class BreathPhase:
    """Position in a pattern: the phase, seconds gone and left of it, and the number of the breath (from 0)."""

    name: PhaseName
    gone_s: float
    left_s: float
    breath: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Seconds of breathing in, holding, breathing out, holding; over and over. Raises BadInput for what no lung can follow."""

    key: str
    name: str
    in_s: float
    out_s: float
    hold_full_s: float = 0.0
    hold_empty_s: float = 0.0
    about: str = ""
    source: str = ""

    def __post_init__(self) -> None:
        moved, held = (self.in_s, self.out_s), (self.hold_full_s, self.hold_empty_s)
        if not all(SHORTEST_S <= each <= LONGEST_S for each in moved) or not all(0 <= each <= LONGEST_S for each in held):
            hint = f"In and out take {SHORTEST_S:g} to {LONGEST_S:g} s, holds 0 to {LONGEST_S:g} s."
            raise BadInput("these phases cannot be breathed", where=f"breathing pattern '{self.key}'", hint=hint)

    @property
    def phases(self) -> tuple[tuple[PhaseName, float], ...]:
        """Those that last, in order."""
        every: tuple[tuple[PhaseName, float], ...] = (
            ("in", self.in_s),
            ("hold full", self.hold_full_s),
            ("out", self.out_s),
            ("hold empty", self.hold_empty_s),
        )
        return tuple((name, lasts_s) for name, lasts_s in every if lasts_s > 0)

    @property
    def cycle_s(self) -> float:
        return self.in_s + self.hold_full_s + self.out_s + self.hold_empty_s

    @property
    def breaths_per_min(self) -> float:
        return 60.0 / self.cycle_s

    def phase_at(self, t_s: float) -> BreathPhase:
        """The phase `t_s` seconds after the first breath began (0 or later)."""
        breath = int(t_s // self.cycle_s)
        rest_s = t_s - breath * self.cycle_s
        for name, lasts_s in self.phases:
            if rest_s < lasts_s:
                return BreathPhase(name, rest_s, lasts_s - rest_s, breath)
            rest_s -= lasts_s
        return BreathPhase(self.phases[0][0], 0.0, self.phases[0][1], breath + 1)  # rounding: the next begins

    def fullness(self, t_s: FloatArray) -> FloatArray:
        """Fullness of the chest at `t_s` (n,), 0 to 1: smooth in and out, level while holding."""
        into_s = np.mod(t_s, self.cycle_s)
        rising = np.clip(into_s / self.in_s, 0.0, 1.0)
        falling = np.clip((into_s - self.in_s - self.hold_full_s) / self.out_s, 0.0, 1.0)
        return np.asarray((np.cos(np.pi * falling) - np.cos(np.pi * rising)) / 2)


@cache
def patterns() -> dict[str, Pattern]:
    """The bundled patterns by key."""
    return parsed(
        resources.files("sensorcore.routine").joinpath("breath_patterns.toml").read_text(encoding="utf-8"), "patterns.toml"
    )


def parsed(text: str, where: str) -> dict[str, Pattern]:
    """Patterns from TOML text. Raises BadInput naming `where` and the entry."""
    tables = from_plain(dict[str, dict[str, Any]], toml_table(text, where), where)
    return {key: from_plain(Pattern, {"key": key, **table}, f"{where}: {key}") for key, table in tables.items()}
