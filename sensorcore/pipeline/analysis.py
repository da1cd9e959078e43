"""A whole recording through the pipeline: what `spinae analyze` reports. Memory stays flat in the recording's length."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from sensorcore.commands import ChangeSettings, Command, OpenExercise
from sensorcore.events import (
    AlertRaised,
    BaselineSet,
    BreathMeasured,
    ContextChanged,
    Event,
    GapFound,
    MoveReminder,
    SensorSlipped,
    SetEnded,
    SlipMended,
    TakenOff,
)
from sensorcore.exercise import catalogue
from sensorcore.model import SampleBlock
from sensorcore.motion.smooth import smooth_up
from sensorcore.motion.tilt import TiltParams
from sensorcore.pipeline.dual import stages
from sensorcore.pipeline.single import Series
from sensorcore.ports import FileSource, StreamItem
from sensorcore.posture.judge import ReferenceRun
from sensorcore.repetition import Repetition
from sensorcore.settings import Settings
from sensorcore.track.correction import correction_of
from sensorcore.track.exposure_report import ExposureReport
from sensorcore.track.posture_track import TICK_HZ, PostureTrack
from sensorcore.track.totals import TickTotals

SCHEMA = "spinae.analysis/1"


@dataclass(slots=True)
class Analysis:
    """The result; `to_json` is the contract of `spinae analyze --json`."""

    recording: str
    sample_rate_hz: float
    duration_s: float = 0.0
    samples: int = 0
    totals: TickTotals = field(default_factory=TickTotals)
    gaps: list[GapFound] = field(default_factory=list)
    alerts: list[AlertRaised] = field(default_factory=list)
    contexts: list[ContextChanged] = field(default_factory=list)
    baselines: list[BaselineSet] = field(default_factory=list)
    breathing: list[BreathMeasured] = field(default_factory=list)
    reminders: list[MoveReminder] = field(default_factory=list)
    exposure: ExposureReport = field(default_factory=ExposureReport)
    reps: list[Repetition] = field(default_factory=list)
    slips: list[tuple[SensorSlipped, float | None]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, event: Event) -> None:
        """Add an event; a correction recounts ticks that were already counted."""
        if (correction := correction_of(event)) is not None:
            self.totals.correct(correction)
        self.exposure.hear(event)
        if isinstance(event, GapFound):
            self.gaps.append(event)
        elif isinstance(event, AlertRaised):
            self.alerts.append(event)
        elif isinstance(event, ContextChanged):
            if not self.contexts or self.contexts[-1].state != event.state:  # turning over in bed is lying on
                self.contexts.append(event)
        elif isinstance(event, TakenOff):
            self.contexts = [change for change in self.contexts if change.t_s - 1 / TICK_HZ < event.since_s]
            self.contexts.append(ContextChanged(event.since_s + 1 / TICK_HZ, "not_worn", 0.9))
        elif isinstance(event, SensorSlipped):
            self.slips.append((event, None))
        elif isinstance(event, SlipMended) and self.slips:
            self.slips[-1] = self.slips[-1][0], event.t_s
        elif isinstance(event, BaselineSet):
            self.baselines.append(event)
        elif isinstance(event, MoveReminder):
            self.reminders.append(event)
        elif isinstance(event, BreathMeasured) and (not self.breathing or event.start_s >= self.breathing[-1].t_s):
            self.breathing.append(event)  # the windows of live figures overlap; a report counts no second twice
        elif isinstance(event, SetEnded):
            self.reps += event.reps

    def to_json(self) -> dict[str, Any]:
        """One object, schema `spinae.analysis/1`; times in seconds of the stream."""
        counts = self.totals.counts
        # an event is dated at the end of the tick that showed it; the state holds from that tick's start
        starts = [round(change.t_s - 1 / TICK_HZ, 1) for change in self.contexts]
        ends = [*starts[1:], counts.total / TICK_HZ] if starts else []
        return {
            "schema": SCHEMA,
            "recording": self.recording,
            "duration_s": round(self.duration_s, 6),
            "sample_rate_hz": round(self.sample_rate_hz, 3),
            "samples": self.samples,
            "gaps": [{"start_s": round(g.t_s - g.missing_s, 6), "end_s": round(g.t_s, 6)} for g in self.gaps],
            "wear_s": counts.worn / TICK_HZ,
            "posture": {
                **{f"{kind}_s": counts.seconds[kind] for kind in ("upright", "slouched", "unknown", "not_worn")},
                "inclination_percentiles_deg": self.totals.percentiles_deg(),
            },
            "alerts": [{"t_s": a.t_s, "kind": a.kind, "level": a.level, "why": a.to_json()["why"]} for a in self.alerts],
            "contexts": [
                {"start_s": start, "end_s": end, "state": change.state, "confidence": change.confidence}
                for change, start, end in zip(self.contexts, starts, ends, strict=True)
            ],
            "reps": [rep.to_json() for rep in sorted(self.reps, key=lambda rep: rep.start_s)],
            "breathing": [
                {"start_s": b.start_s, "end_s": b.t_s, "rate_per_min": b.rate_per_min, "quality": b.quality} for b in self.breathing
            ],
            "exposure": {**self.exposure.summary(), "move_reminders_s": [each.t_s for each in self.reminders]},
            "slips": [
                {"since_s": slip.since_s, "t_s": slip.t_s, "until_s": until_s, "angle_deg": slip.angle_deg}
                for slip, until_s in self.slips
            ],
            "notes": self.notes,
        }


def analyze(
    source: FileSource,
    settings: Settings,
    *,
    name: str = "",
    exercises: Sequence[str] = (),
    on_series: Callable[[Series], None] | None = None,
    on_progress: Callable[[float], None] | None = None,
) -> Analysis:
    """Run `source` to its end. `exercises` are counted as if each were open throughout (see `run`). `on_series` gets the tilt at
    the sensor's rate piece by piece, `on_progress` the stream time."""
    result = Analysis(name or source.info.name, source.info.device.sample_rate_hz)
    first_s: float | None = None
    for track, events, series, block in run(source, settings, series=on_series is not None, exercises=exercises):
        if block is not None and len(block):
            first_s = float(block.t_s[0]) if first_s is None else first_s
            result.samples += len(block)
            result.duration_s = float(block.t_s[-1]) - first_s + 1 / result.sample_rate_hz
            if on_progress:
                on_progress(float(block.t_s[-1]))
        result.totals.add(track)
        result.exposure.add(track)
        for event in events:
            result.add(event)
        if on_series and series is not None:
            on_series(series)
    result.notes += source.warnings
    if not result.samples:
        result.notes.append("it holds no samples")
    elif not result.baselines:
        result.notes.append("no upright is known: the wearer was never still for 3 s; --baseline sitting=FROM:TO names one")
    elif result.baselines[0].assumed:
        result.notes.append("upright was assumed: no calibration in the file; --baseline sitting=FROM:TO names one")
    return result


def smooth_series(source: FileSource, settings: Settings) -> Series:
    """The series with the tilt that looks ahead, measured against the upright that held at each moment, like the live one. The
    whole recording is held in memory."""
    blocks: list[SampleBlock] = []
    references: list[ReferenceRun] = []
    for _, _, series, block in run(source, settings, series=True):
        blocks += [block] if block is not None else []
        references += series.references if series is not None else ()
    if not blocks:
        return Series(np.zeros(0), np.zeros((0, 3)), ())
    whole = SampleBlock.joined(blocks)
    params = TiltParams.of(source.info.device, settings.motion)
    return Series(whole.t_s, smooth_up(params, whole), tuple(references))


def run(
    source: FileSource, settings: Settings, *, series: bool = False, exercises: Sequence[str] = (), as_worn: bool = False
) -> Iterator[tuple[PostureTrack, tuple[Event, ...], Series | None, SampleBlock | None]]:
    """The pipeline's outputs over the whole stream, in order, with the block each came from. With `exercises`, these are open
    throughout, and what the recording says of opening and closing is passed over. `as_worn`: settings that the wearer changed on
    the way are obeyed; otherwise `settings` hold throughout. Raises BadInput for an exercise that is not in the catalogue."""
    pipeline: Any = stages(source.info, settings, series=series)
    state = pipeline.initial()
    for item in _items(source, exercises, as_worn):
        state, output = pipeline.step(state, item)
        yield output.track, output.events, output.series, item if isinstance(item, SampleBlock) else None
    _, output = pipeline.finish(state)
    yield output.track, output.events, output.series, None


def _items(source: FileSource, exercises: Sequence[str], as_worn: bool) -> Iterator[StreamItem]:
    passed_over = (*((OpenExercise,) if exercises else ()), *(() if as_worn else (ChangeSettings,)))
    for name in exercises:
        yield Command(0.0, "exercise", catalogue.named(name).name)
    for item in source.items():
        if not (isinstance(item, Command) and isinstance(item.action, passed_over)):
            yield item
