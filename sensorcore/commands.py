"""Commands of the wearer and changes around them: a `Command` as recordings and messages carry it (kind and text), and its
`action`, one small class a kind. The text is decoded here alone; all other code matches on the action's type."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from sensorcore.errors import BadInput
from sensorcore.model import Calibration
from sensorcore.storage.plain import from_json, from_plain

CommandKind: TypeAlias = Literal["snooze", "resume", "state", "mark", "zero", "pain", "exercise", "calibrate", "settings", "zone"]
LONGEST_OFFSET_S: Final = 18 * 3600
"""Between local time and UTC; the world uses −12 h to +14 h."""
PAIN_LEVELS: Final = tuple(str(level) for level in range(11))
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Snooze:
    """Silence for `for_s` seconds (None: the usual time)."""

    for_s: float | None


@dataclass(frozen=True, slots=True)
class Resume:
    """The end of a snooze."""


@dataclass(frozen=True, slots=True)
class SetState:
    """The state the wearer is in now."""

    state: Literal["sitting", "standing"]


@dataclass(frozen=True, slots=True)
class AddMark:
    """A note."""

    text: str


@dataclass(frozen=True, slots=True)
class Zero:
    """The present posture is upright."""


@dataclass(frozen=True, slots=True)
class NotePain:
    """A pain level, 0 (none) to 10, and words."""

    level: int
    text: str


@dataclass(frozen=True, slots=True)
class OpenExercise:
    """An exercise to open beside those that are open; without a name, all are closed."""

    name: str


@dataclass(frozen=True, slots=True)
class Calibrate:
    """The calibration that holds from now on, of one of two sensors."""

    calibration: Calibration
    sensor: Literal[0, 1]


@dataclass(frozen=True, slots=True)
class ChangeSettings:
    """Settings that hold from now on, by key."""

    changes: dict[str, str | float | int | bool]


@dataclass(frozen=True, slots=True)
class SetZone:
    """Local time minus UTC from now on."""

    utc_offset_s: int


Action: TypeAlias = Snooze | Resume | SetState | AddMark | Zero | NotePain | OpenExercise | Calibrate | ChangeSettings | SetZone


def storable(text: str) -> str:
    """The text with every lone surrogate (half a character, as a wrongly decoded terminal or a JSON escape gives it) replaced: it
    cannot be written as UTF-8."""
    return _SURROGATE.sub("\ufffd", text)


@dataclass(frozen=True, slots=True)
class Command:
    """A command at stream time `t_s`; recorded, so that a replay obeys it too.

    `kind`: "snooze" (value: seconds, or empty for the usual time), "resume", "state" (value: "sitting" | "standing"), "mark"
    (value: text), "zero", "pain" (value: 0 to 10, then perhaps a space and words), "exercise" (value: the name of one to open
    beside those that are open; empty closes all), "calibrate" (value: a calibration as JSON), "settings" (value: those that
    changed, as a JSON object), "zone" (value: local time minus UTC from now on, in seconds). Raises BadInput for anything else.
    """

    t_s: float
    kind: CommandKind
    value: str = ""
    action: Action = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        decode = _DECODERS.get(self.kind)
        if decode is None or not math.isfinite(self.t_s):
            raise BadInput(f"'{self.kind}' at {self.t_s} s is not a command", hint=f"Known are {', '.join(_DECODERS)}")
        if self.value != storable(self.value):
            raise BadInput("its text holds half a character, which no file can keep", hint="Write it again")
        object.__setattr__(self, "action", decode(self.value, f"the command at {self.t_s:.1f} s"))

    def to_json(self) -> dict[str, Any]:
        """As recordings have it."""
        return {"t_s": self.t_s, "kind": self.kind, "value": self.value}


def _snooze(value: str, _: str) -> Snooze:
    try:
        for_s = float(value) if value else None
    except ValueError:
        for_s = math.nan
    if for_s is not None and not 0 < for_s < math.inf:
        raise BadInput(f"alerts cannot be snoozed for '{value}' seconds", hint="Give a number greater than 0")
    return Snooze(for_s)


def _state(value: str, _: str) -> SetState:
    if value not in ("sitting", "standing"):
        raise BadInput(f"'{value}' is no state to be in", hint="Say sitting or standing")
    return SetState("sitting" if value == "sitting" else "standing")


def _pain(value: str, _: str) -> NotePain:
    level, _, words = value.partition(" ")
    if level not in PAIN_LEVELS:
        raise BadInput(f"'{value}' is no level of pain", hint="Give a number from 0 (none) to 10 (the worst imaginable)")
    return NotePain(int(level), words)


def _calibration(value: str, where: str) -> Calibrate:
    try:
        plain = from_json(dict[str, Any], value)
        found = from_plain(Calibration, plain, finite=True, ignores=True)
        if found.upright:
            return Calibrate(found, 1 if plain.get("sensor") == 1 else 0)
    except BadInput:
        pass
    raise BadInput("this is not a calibration", where=where, hint="Calibrate again")


def _changes(value: str, where: str) -> ChangeSettings:
    try:
        return ChangeSettings(from_json(dict[str, str | float | int | bool], value))
    except BadInput:
        raise BadInput("these are not settings", where=where, hint="Give a JSON object") from None


def _zone(value: str, where: str) -> SetZone:
    try:
        found = int(value)
    except ValueError:
        found = LONGEST_OFFSET_S + 1
    if abs(found) > LONGEST_OFFSET_S:
        raise BadInput(f"'{value}' is no time zone", where=where, hint="Give seconds")
    return SetZone(found)


_DECODERS: Final[dict[str, Callable[[str, str], Action]]] = {
    "snooze": _snooze,
    "resume": lambda _value, _where: Resume(),
    "state": _state,
    "mark": lambda value, _: AddMark(value),
    "zero": lambda _value, _where: Zero(),
    "pain": _pain,
    "exercise": lambda value, _: OpenExercise(value),
    "calibrate": _calibration,
    "settings": _changes,
    "zone": _zone,
}
