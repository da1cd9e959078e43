"""Programmes of a few minutes as TOML: bundled ones (`programmes/*.toml`) and the wearer's own, a file each.

title = "Desk break"
about = "Two minutes beside your chair."

[[step]]                  # repetitions: `exercise` and `pose` as in the catalogue of exercises
exercise = "side_bend"
pose = "standing"
repetitions = 6
cues = ["…"]              # in place of the catalogue's

[[step]]                  # a hold
exercise = "childs_pose"
pose = "all_fours"
hold_s = 20

[[step]]                  # paced breathing
breathe = "slow"
pose = "sitting"
for_s = 60

[[step]]                  # staying still, breathing as one does
rest_s = 30
pose = "standing"

`needs_sensor = true` beside the title refuses to run by the timer alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, TypeVar

from sensorcore.errors import BadInput, StorageError
from sensorcore.exercise.catalogue import POSES, Exercise, Pose, catalogue
from sensorcore.routine.breath_patterns import Pattern, patterns
from sensorcore.storage.plain import toml_table
from sensorcore.storage.read import read_text
from sensorcore.text.escape import one_line
from sensorcore.text.nearest import did_you_mean

READY_S: Final = 5.0
"""Time to take the start pose where no sensor sees it, and to read the step."""
SETTLE_S: Final = 3.0
"""Time after a step to leave the pose and to finish the last repetition before counting ends."""
BETWEEN_S: Final = 1.0
"""Between two repetitions."""
SHORTEST_REST_S: Final = 5.0
MOST_REPETITIONS, LONGEST_HOLD_S, LONGEST_BREATHING_S = 50, 120.0, 600.0
_FILES: Final = "sensorcore.routine"
_PERMISSIONS: Final = "Check its permissions."
_KINDS: Final = ("exercise", "breathe", "rest_s")
_Entry = TypeVar("_Entry")


@dataclass(frozen=True, slots=True)
class Step:
    """One step in `pose`: `repetitions` of an exercise, a hold of `hold_s`, breathing by a pattern for `for_s`, or (without either)
    rest for `for_s`; the others are 0 or None. Repetitions of an exercise with sides count both sides, half on each."""

    pose: Pose
    exercise: Exercise | None = None
    repetitions: int = 0
    hold_s: float = 0.0
    pattern: Pattern | None = None
    for_s: float = 0.0
    cues: tuple[str, ...] = ()

    @property
    def title(self) -> str:
        return self.exercise.title if self.exercise is not None else "Be still" if self.is_rest else "Breathe"

    @property
    def is_rest(self) -> bool:
        return self.exercise is None and self.pattern is None

    @property
    def has_sides(self) -> bool:
        return self.exercise is not None and self.exercise.right is not None and self.repetitions > 0

    @property
    def repetition_s(self) -> float:
        """Duration of a repetition at an easy pace: there, hold, back, and a pause."""
        assert self.exercise is not None
        fastest_s, slowest_s = self.exercise.tempo_s
        return (fastest_s + slowest_s) / 1.5 + self.exercise.hold_s + BETWEEN_S

    @property
    def lasts_s(self) -> float:
        """Duration of the step at that pace."""
        return self.repetitions * self.repetition_s if self.repetitions else self.hold_s or self.for_s


@dataclass(frozen=True)
class Programme:
    """A routine, called by `name`; `about` is one sentence."""

    name: str
    title: str
    about: str
    steps: tuple[Step, ...]
    needs_sensor: bool = False

    @cached_property
    def lasts_s(self) -> float:
        """About how long it takes."""
        return sum(READY_S + step.lasts_s + SETTLE_S for step in self.steps)


def programmes(own: Path | None = None) -> dict[str, Programme]:
    """All programmes by name: the bundled ones, then those in the folder `own`, which take the place of bundled ones of the same
    name. Raises BadInput naming file, entry and allowed values, or StorageError."""
    return {name: _read(file) for name, file in _files(own).items()}


def named(name: str, own: Path | None = None) -> Programme:
    """The programme of that name; mistakes in others do not matter. Raises as `programmes`, and BadInput with the nearest known
    name."""
    known = _files(own)
    if name not in known:
        raise _unknown("routine", "routine", name, known)
    return _read(known[name])


def parsed(text: str, name: str, where: str) -> Programme:
    """A programme from TOML. Raises BadInput."""
    table = toml_table(text, where)
    _only(table, ("title", "about", "needs_sensor", "step"), where)
    needs_sensor = table.get("needs_sensor", False)
    if not isinstance(needs_sensor, bool):
        raise BadInput(f"'needs_sensor' must be true or false, not {needs_sensor!r}", where=where)
    steps = table.get("step")
    if not isinstance(steps, list) or not steps or not all(isinstance(step, dict) for step in steps):
        raise BadInput("a routine consists of steps", where=where, hint="Begin each with [[step]].")
    made = tuple(_step(step, f"{where}, step {number}") for number, step in enumerate(steps, start=1))
    return Programme(name, _text(table, "title", where, name), _text(table, "about", where, ""), made, needs_sensor)


def _files(own: Path | None) -> dict[str, Path | Traversable]:
    folders: list[Path | Traversable] = [resources.files(_FILES).joinpath("programmes"), *([own] if own is not None else [])]
    found: dict[str, Path | Traversable] = {}
    for folder in folders:
        try:
            files = sorted(folder.iterdir(), key=lambda each: each.name) if folder.is_dir() else []
        except OSError as error:
            raise StorageError(f"cannot look into it ({error.strerror})", where=str(folder), hint=_PERMISSIONS) from None
        found |= {file.name.removesuffix(".toml"): file for file in files if file.name.endswith(".toml")}
    return found


def _read(file: Path | Traversable) -> Programme:
    text = read_text(file, "read the routine") if isinstance(file, Path) else file.read_text(encoding="utf-8")
    return parsed(text, file.name.removesuffix(".toml"), str(file))


def _step(table: Mapping[str, Any], where: str) -> Step:
    kinds = [kind for kind in _KINDS if kind in table]
    if len(kinds) != 1:
        hint = "Write exercise = …, breathe = … or rest_s = …."
        raise BadInput("a step is an exercise, breathing or a rest", where=where, hint=hint)
    pose = table.get("pose")
    cues = table.get("cues", [])
    if not isinstance(cues, list) or not all(isinstance(cue, str) and cue for cue in cues):
        raise BadInput("'cues' must be a list of texts", where=where, hint='Write cues = ["Slowly.", "Breathe on."].')
    cues = [one_line(cue) for cue in cues]
    if kinds == ["breathe"]:
        _only(table, ("breathe", "pose", "for_s", "cues"), where)
        pattern = _known(table["breathe"], "breathe", "breathing pattern", patterns(), where)
        pose = _one_of(pose if pose is not None else "sitting", "pose", POSES, where)
        for_s = _number(table, "for_s", pattern.cycle_s, LONGEST_BREATHING_S, where)
        return Step(pose, pattern=pattern, for_s=for_s, cues=tuple(cues) or (pattern.about,))
    if kinds == ["rest_s"]:
        _only(table, ("rest_s", "pose", "cues"), where)
        pose = _one_of(pose if pose is not None else "sitting", "pose", POSES, where)
        rest_s = _number(table, "rest_s", SHORTEST_REST_S, LONGEST_BREATHING_S, where)
        return Step(pose, for_s=rest_s, cues=tuple(cues) or ("Stay as you are.",))
    exercise = _known(table["exercise"], "exercise", "exercise", catalogue(), where)
    amount = "hold_s" if exercise.is_hold else "repetitions"
    _only(table, ("exercise", "pose", amount, "cues"), where)
    pose = _one_of(pose if pose is not None else exercise.start[0], "pose", exercise.start, where)
    if exercise.is_hold:
        least_s = exercise.hold_s / 3.0  # what is held for less does not count
        hold_s = _number(table, "hold_s", least_s, LONGEST_HOLD_S, where)
        return Step(pose, exercise, hold_s=hold_s, cues=tuple(cues) or exercise.cues)
    repetitions = _number(table, "repetitions", 1, MOST_REPETITIONS, where)
    if repetitions != int(repetitions):
        raise BadInput(f"'repetitions' must be a whole number, not {repetitions:g}", where=where)
    return Step(pose, exercise, repetitions=int(repetitions), cues=tuple(cues) or exercise.cues)


def _only(table: Mapping[str, Any], allowed: Sequence[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise BadInput(f"there is no entry '{key}' here", where=where, hint=f"Allowed are {', '.join(allowed)}.")


def _text(table: Mapping[str, Any], key: str, where: str, default: str) -> str:
    value = table.get(key, default)
    if not isinstance(value, str):
        raise BadInput(f"'{key}' must be text, not {value!r}", where=where, hint=f'Write {key} = "…".')
    return one_line(value)


def _number(table: Mapping[str, Any], key: str, least: float, most: float, where: str) -> float:
    value = table.get(key)
    hint = f"It can be {least:g} to {most:g}."
    if value is None:
        raise BadInput(f"'{key}' is missing", where=where, hint=hint)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise BadInput(f"'{key}' cannot be {value!r}", where=where, hint=hint)
    return float(value)


def _one_of(value: Any, key: str, allowed: Sequence[Pose], where: str) -> Pose:
    for each in allowed:
        if each == value:
            return each
    raise BadInput(f"'{key}' cannot be {value!r}", where=where, hint=f"Allowed are {', '.join(allowed)}.")


def _known(value: Any, key: str, what: str, known: Mapping[str, _Entry], where: str) -> _Entry:
    if not isinstance(value, str):
        raise BadInput(f"'{key}' must be text, not {value!r}", where=where, hint=f"Known are {', '.join(known)}.")
    if value not in known:
        raise _unknown(where, what, value, known)
    return known[value]


def _unknown(where: str, what: str, name: str, known: Mapping[str, Any]) -> BadInput:
    listed = f"Known are {', '.join(known)}."
    near = did_you_mean(name, known, "")
    return BadInput(f"there is no {what} '{name}'", where=where, hint=f"{near} {listed}".strip())
