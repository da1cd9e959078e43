"""The catalogue of exercises: `catalogue.toml`, read and checked once."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any, Final, Literal, TypeAlias

from sensorcore.errors import BadInput
from sensorcore.storage.plain import from_plain, toml_table
from sensorcore.text.nearest import did_you_mean

Pose: TypeAlias = Literal["standing", "sitting", "kneeling", "supine", "all_fours"]
Signal: TypeAlias = Literal["flexion", "lateral", "turn", "height"]
HELD_S: Final = 2.0
POSES: Final[tuple[Pose, ...]] = ("standing", "sitting", "kneeling", "supine", "all_fours")


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise; the fields as explained at the top of `catalogue.toml`. `least` and `most` in degrees, for height in
    centimetres."""

    name: str
    title: str
    start: tuple[Pose, ...]
    signal: Signal
    goes: Literal["+", "-", "either", "both"]
    kind: Literal["repetition", "hold"]
    least: float
    most: float
    hold_s: float
    tempo_s: tuple[float, float]
    cues: tuple[str, ...]
    sources: tuple[str, ...]
    right: Literal["+", "-"] | None = None
    side_signal: Signal | None = None

    @property
    def is_hold(self) -> bool:
        return self.kind == "hold"

    @property
    def steady_ticks(self) -> int:
        """Over how many ticks the signal is averaged: what is held for seconds is allowed to shake."""
        return 5 if self.hold_s >= HELD_S else 1

    @property
    def longest_s(self) -> float:
        """No repetition takes longer: the issue's 12 s and what it is held for; five minutes for a hold."""
        return 300.0 if self.is_hold else 12.0 + self.hold_s


@cache
def catalogue() -> Mapping[str, Exercise]:
    """All exercises by name, in the order of the file. Raises BadInput for a file that is not a catalogue."""
    text = resources.files("sensorcore.exercise").joinpath("catalogue.toml").read_text(encoding="utf-8")
    return MappingProxyType(parse(text, "sensorcore/exercise/catalogue.toml"))


def parse(text: str, where: str) -> dict[str, Exercise]:
    """A catalogue from TOML. Raises BadInput naming the exercise and the entry."""
    return {name: _exercise(name, table, f"{where} [{name}]") for name, table in toml_table(text, where).items()}


def named(name: str) -> Exercise:
    """The exercise of that name. Raises BadInput with the nearest known name."""
    known = catalogue()
    if name in known:
        return known[name]
    raise BadInput(f"there is no exercise '{name}'", where="exercise", hint=did_you_mean(name, known))


def _exercise(name: str, table: Any, where: str) -> Exercise:
    hint = "The comments at the top of the catalogue say what each entry means."
    entry = from_plain(Exercise, {"name": name, **table} if isinstance(table, dict) else table, where)
    sided = entry.goes == "both" or entry.side_signal is not None
    wrong = {
        "start": not entry.start,
        "right": (entry.right is not None) is not sided,
        "least": not 0 < entry.least < entry.most,
        "tempo_s": not 0 < entry.tempo_s[0] < entry.tempo_s[1],
    }
    for key, bad in wrong.items():
        if bad:
            raise BadInput(f"'{key}' is not one of the values it can have", where=where, hint=hint)
    return entry
