"""One recording through the pipeline up to its decisions: the part that no threshold or delay changes. It costs the most (tilt,
ticks, lean, context) and is done once, so that many settings can be tried on it (`tune.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from sensorcore.commands import ChangeSettings, Command
from sensorcore.events import Marked, Snoozed, SnoozeEnded, ZoneChanged
from sensorcore.model import IntArray, StreamInfo
from sensorcore.motion.body import Lean
from sensorcore.pipeline.dual import PairState, stages
from sensorcore.ports import StreamItem
from sensorcore.posture.policy import LocalClock
from sensorcore.posture.scored import ScoredTicks
from sensorcore.posture.speaking import Scored
from sensorcore.settings import Settings
from sensorcore.track.posture_track import TICK_HZ
from sensorcore.track.tick_counts import gap_before


@dataclass(frozen=True, slots=True)
class TickRun:
    """Ticks by one wall clock, with no command among them; `said` before the first of them: snoozes, their ends, and changed
    settings, dated when the pipeline obeyed them."""

    said: tuple[Command, ...]
    clock: LocalClock
    ticks: Scored


@dataclass(frozen=True, slots=True)
class Day:
    """`marks` are the wearer's notes; `assumed`: nobody confirmed the upright; `feedback` as in `RestartState`; `zones` as in
    `sensorcore.track.local_day`."""

    stretches: tuple[TickRun, ...]
    marks: tuple[Marked, ...]
    assumed: bool
    feedback: float = 1.0
    zones: tuple[tuple[float, int], ...] = ()

    @property
    def index(self) -> IntArray:
        """The numbers of all ticks (n,)."""
        return np.concatenate([np.zeros(0, np.int64), *(stretch.ticks.index for stretch in self.stretches)])

    def data_ticks(self, spans: Sequence[tuple[int, int]] | None = None) -> int:
        """How many ticks have data, of those in `spans` [begin, end), or of all. A tick or two left empty by a slow sensor count
        with the next, as everywhere; longer gaps do not. Times are added in ticks: sums of fractions of a second are inexact."""
        index = self.index
        weights, _ = gap_before(index, -1)
        if spans is None:
            return int(weights.sum())
        return sum(int(weights[(index >= begin) & (index < end)].sum()) for begin, end in spans)

    @property
    def data_s(self) -> float:
        """Time with data: all `data_ticks`."""
        return self.data_ticks() / TICK_HZ


def watch(
    info: StreamInfo, items: Iterable[StreamItem], settings: Settings, on_progress: Callable[[float], None] | None = None
) -> Day:
    """Run the stream through the pipeline, up to where thresholds and delays begin to matter. Settings that the wearer changed on
    the way are noted, and not obeyed. `on_progress` gets stream time."""
    line: Any = stages(info, settings, decides=False)
    state, watching = line.initial(), _Watching()
    clock = LocalClock.of(info.start_unix_ns, info.utc_offset_s)
    for item in items:
        if isinstance(item, Command) and isinstance(item.action, ChangeSettings):
            watching.add_command(replace(item, t_s=state.judge.now_s))
            continue
        state, output = line.step(state, item)
        watching.add(output.decision_inputs)
        for event in output.events:
            if isinstance(event, Snoozed | SnoozeEnded) and isinstance(item, Command):
                watching.add_command(replace(item, t_s=event.t_s))
            watching.marks += [event] if isinstance(event, Marked) else []
            watching.zones += [(event.t_s, event.utc_offset_s)] if isinstance(event, ZoneChanged) else []
        if on_progress and output.decision_inputs is not None and output.decision_inputs.scored_ticks:
            on_progress(float(output.decision_inputs.scored_ticks[-1].end_s[-1]))
    state, output = line.finish(state)
    watching.add(output.decision_inputs)
    first = state.lines[0] if isinstance(state, PairState) else state
    known = first.judge.reference.calibration
    assumed = known is None or known.assumed
    return Day(watching.stretches(clock), tuple(watching.marks), assumed, info.carried.feedback, tuple(watching.zones))


class _Watching:
    """Gathers stretches."""

    def __init__(self) -> None:
        self.marks: list[Marked] = []
        self.zones: list[tuple[float, int]] = []
        self._done: list[tuple[list[Command], LocalClock | None, list[ScoredTicks]]] = [([], None, [])]

    def add_command(self, said: Command) -> None:
        if self._done[-1][2]:
            self._done.append(([], self._done[-1][1], []))
        self._done[-1][0].append(said)

    def add(self, inputs: Any) -> None:
        if inputs is None or not inputs.scored_ticks:
            return
        said, clock, seen = self._done[-1]
        if seen and clock != inputs.clock:
            said, seen = [], []
            self._done.append((said, inputs.clock, seen))
        self._done[-1] = said, inputs.clock, seen
        seen += inputs.scored_ticks

    def stretches(self, clock: LocalClock) -> tuple[TickRun, ...]:
        """`clock`: for one without a tick."""
        return tuple(TickRun(tuple(said), now or clock, _joined(seen)) for said, now, seen in self._done)


def _joined(parts: list[ScoredTicks]) -> Scored:
    if parts:
        return Scored.joined([part.to_score() for part in parts])
    none, nobody = np.zeros(0), np.zeros(0, dtype=np.bool_)
    return Scored(none.astype(np.int64), none, Lean(none, none, none), nobody, nobody)
