"""A scenario: what a simulated wearer does, as data: read from a small TOML file and checked, errors naming file and phase."""

from __future__ import annotations

import tomllib
import types
from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, TypeAlias, get_args, get_origin, get_type_hints

from sensorcore.errors import BadInput, StorageError
from sensorcore.model import Placement
from sensorcore.source.simulate.faults import Fault, settled
from sensorcore.source.simulate.sensor import SensorModel

BUNDLED = Path(__file__).parent / "scenarios"

BodyState: TypeAlias = Literal["sitting", "standing", "walking"]


@dataclass(frozen=True, slots=True)
class Bends:
    """Excursions out of the current posture and back: bows, reaches, picking something up."""

    count: int = 1
    flexion_deg: float = 0.0
    lateral_deg: float = 0.0
    turn_deg: float = 0.0
    down_s: float = 1.2
    hold_s: float = 0.6
    up_s: float = 1.2
    rest_s: float = 1.0


@dataclass(frozen=True, slots=True)
class Phase:
    """One stretch of the script.

    `state` changes at the start of the phase, with the transition that takes; unset, it stays. `flexion_deg` (+ forward) and
    `lateral_deg` (+ right) are the posture reached `move_s` after that, from the wearer's upright of the state, and kept;
    unset, they stay. `turn_deg` turns while walking (+ left), in even turns spread over the phase. `still` is somebody asked to
    hold still. `calibrates` marks the stretch a calibration would use: the upright of a state, or the bows.
    """

    name: str
    duration_s: float
    state: BodyState | None = None
    flexion_deg: float | None = None
    lateral_deg: float | None = None
    move_s: float = 1.5
    bends: Bends | None = None
    typing: bool = False
    still: bool = False
    fidgets_per_min: float = 0.0
    speed_mps: float = 1.2
    turn_deg: float = 0.0
    calibrates: Literal["sitting", "standing", "bows"] | None = None


@dataclass(frozen=True, slots=True)
class Wearer:
    """Whose body it is, and where and how the sensor sits on it (`mount_deg`: turns about the body's x, then y, then z)."""

    placement: Placement = "lower_back"
    height_m: float = 1.72
    breaths_per_min: float = 15.0
    breath_deg: float = 0.2
    sway_deg: float = 0.35
    steps_per_s: float = 1.8
    mount_deg: tuple[float, float, float] = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class LinkModel:
    """A sound link between sensor and host (what goes wrong on it are faults). `jitter_ms` is the range by which a delivery comes
    late, `holds_per_min` how often the radio holds frames back for a moment and then delivers them together. The sensor runs
    since `booted_s_ago`."""

    jitter_ms: tuple[float, float] = (1.0, 48.0)
    holds_per_min: float = 1.0
    booted_s_ago: float = 20.0


@dataclass(frozen=True, slots=True)
class Scenario:
    """A whole script; the wearer stands when it begins. `loop_from` names the phase a longer stream
    repeats from: after the set-up."""

    name: str
    about: str
    phases: tuple[Phase, ...]
    wearer: Wearer = field(default_factory=Wearer)
    sensor: SensorModel = field(default_factory=SensorModel)
    link: LinkModel = field(default_factory=LinkModel)
    faults: tuple[Fault, ...] = ()
    start: str = "2026-01-05T09:00:00Z"
    loop_from: str | None = None

    @property
    def duration_s(self) -> float:
        return sum(phase.duration_s for phase in self.phases)


def bundled() -> tuple[str, ...]:
    """Names of the scenarios that come with spinae."""
    return tuple(sorted(path.stem for path in BUNDLED.glob("*.toml")))


def load(scenario: str | Path) -> Scenario:
    """A bundled scenario by name, or one from a TOML file. Raises BadInput or StorageError."""
    path = BUNDLED / f"{scenario}.toml" if scenario in bundled() else Path(scenario)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        hint = f"Bundled scenarios: {', '.join(bundled())}; or name a TOML file"
        raise BadInput("no such scenario", where=str(scenario), hint=hint) from error
    except UnicodeDecodeError as error:
        raise BadInput("this is not a text file", where=str(path), hint="A scenario is a TOML file") from error
    except OSError as error:
        raise StorageError(f"cannot be read: {error.strerror}", where=str(path)) from error
    return parse(text, where=str(path))


def parse(text: str, *, where: str) -> Scenario:
    """A scenario from TOML text. Raises BadInput naming `where` and the phase and key at fault."""
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise BadInput(f"not valid TOML: {error}", where=where) from error
    scenario: Scenario = _build(Scenario, {"phases": table.pop("phase", []), "faults": table.pop("fault", []), **table}, where)
    if not scenario.phases:
        raise BadInput("a scenario needs at least one [[phase]]", where=where)
    _check(scenario, where)
    return scenario


def _check(scenario: Scenario, where: str) -> None:
    try:
        datetime.fromisoformat(scenario.start)
    except ValueError as error:
        raise BadInput(
            f"start is not a date and time: {scenario.start!r}", where=where, hint="Write 2026-01-05T09:00:00Z"
        ) from error
    settled(scenario.faults, where)
    for number, phase in enumerate(scenario.phases, start=1):
        at = f"{where}: phase {number} ({phase.name})"
        if phase.duration_s <= 0 or phase.move_s <= 0:
            raise BadInput("duration_s and move_s must be greater than 0", where=at)
        angles = (phase.flexion_deg, phase.lateral_deg) + (
            (phase.bends.flexion_deg, phase.bends.lateral_deg) if phase.bends else ()
        )
        if any(angle is not None and abs(angle) > 85 for angle in angles):
            raise BadInput("an angle is beyond ±85°", where=at, hint="Lying and hanging are not simulated yet")
        if phase.bends and min(phase.bends.down_s, phase.bends.up_s) <= 0:
            raise BadInput("down_s and up_s of bends must be greater than 0", where=at)
    if scenario.loop_from is not None and scenario.loop_from not in [phase.name for phase in scenario.phases]:
        raise BadInput(f"loop_from names no phase: {scenario.loop_from!r}", where=where)


def _build(cls: Any, table: Any, where: str) -> Any:
    """`cls` from a table, by its type hints; unknown, missing and mistyped keys are named."""
    if not isinstance(table, dict):
        raise BadInput(f"expected a table, found {table!r}", where=where)
    hints = get_type_hints(cls)
    known = {f.name: f for f in fields(cls)}
    for key in table:
        if key not in known:
            raise BadInput(f"unknown key {key!r}", where=where, hint=f"Known keys: {', '.join(known)}")
    for name, entry in known.items():
        if name not in table and entry.default is MISSING and entry.default_factory is MISSING:
            raise BadInput(f"the key {name!r} is missing", where=where)
    return cls(**{key: _value(hints[key], value, f"{where}: {key}") for key, value in table.items()})


def _value(hint: Any, value: Any, where: str) -> Any:
    options = get_args(hint)
    if get_origin(hint) is Literal:
        if value not in options:
            raise BadInput(f"{value!r} is not one of {', '.join(map(str, options))}", where=where)
        return value
    if get_origin(hint) is types.UnionType or type(None) in options:
        return _value(next(option for option in options if option is not type(None)), value, where)
    if get_origin(hint) is tuple:
        return _tuple(options, value, where)
    if isinstance(hint, type) and hasattr(hint, "__dataclass_fields__"):
        return _build(hint, value, where)
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if type(value) is not hint:
        raise BadInput(f"expected {hint.__name__}, found {value!r}", where=where)
    return value


def _tuple(options: tuple[Any, ...], value: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise BadInput(f"expected a list, found {value!r}", where=where)
    if options[-1] is Ellipsis:
        options = (options[0],) * len(value)
    if len(value) != len(options):
        raise BadInput(f"expected {len(options)} values, found {len(value)}", where=where)
    return tuple(_value(option, item, f"{where} {n}") for n, (option, item) in enumerate(zip(options, value, strict=True), start=1))
