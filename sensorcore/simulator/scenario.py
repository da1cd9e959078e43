"""A scenario: what a simulated wearer does, as data: read from a small TOML file and checked, errors naming file and phase."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from sensorcore.errors import BadInput, StorageError
from sensorcore.simulator.faults import Fault, settled
from sensorcore.simulator.phases import Phase, Wearer, check
from sensorcore.simulator.sensor import SensorModel
from sensorcore.storage.plain import from_plain, toml_table
from sensorcore.storage.read import is_missing, read_text

BUNDLED = Path(__file__).parent / "scenarios"


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
        text = read_text(path, "read the scenario")
    except StorageError as error:
        if not is_missing(error):
            raise
        hint = f"Bundled scenarios: {', '.join(bundled())}; or name a TOML file"
        raise BadInput("no such scenario", where=str(scenario), hint=hint) from error
    return parse(text, where=str(path))


def parse(text: str, *, where: str) -> Scenario:
    """A scenario from TOML text. Raises BadInput naming `where` and the phase and key at fault."""
    table = toml_table(text, where)
    scenario = from_plain(Scenario, {"phases": table.pop("phase", []), "faults": table.pop("fault", []), **table}, where)
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
        check(phase, f"{where}: phase {number} ({phase.name})")
    if scenario.loop_from is not None and scenario.loop_from not in [phase.name for phase in scenario.phases]:
        raise BadInput(f"loop_from names no phase: {scenario.loop_from!r}", where=where)
