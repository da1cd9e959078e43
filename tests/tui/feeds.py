"""A sensor that a test acts: what a routine hears of one that is worn."""

from __future__ import annotations

from dataclasses import dataclass, field

from sensorcore.commands import CommandKind
from sensorcore.events import Event, RepCounted
from sensorcore.repetition import Quality, Repetition
from sensorcore.view.snapshot import Snapshot
from tests.tui.moments import moment


@dataclass
class Acted:
    """Nothing comes before `has_signal` is set."""

    flexion_deg: float | None = None
    has_signal: bool = False
    finished: bool = False
    problem: str | None = None
    happened: list[Event] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    def snapshot(self) -> Snapshot:
        return moment(has_signal=self.has_signal, flexion_deg=self.flexion_deg, lateral_deg=0.0, problem=self.problem)

    def events(self) -> tuple[Event, ...]:
        return tuple(self.happened)

    def say(self, kind: CommandKind, value: str = "") -> bool:
        self.said.append((kind, value))
        return True

    def count(self, exercise: str) -> None:
        """The wearer does one."""
        rep = Repetition(exercise, 0.0, 1.0, 10.0, None, None, Quality(1.0, 1.0, 1.0, -1.6, 0.2, None, {}))
        self.happened.append(RepCounted(0.0, len(self.happened) + 1, rep))
