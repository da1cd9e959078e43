"""Wires the pure stages: samples → tilt → ticks → posture and alerts. Live, replay and analysis all run this.

The output is the same, to the bit, however the stream is cut into blocks; the state can be saved and carried on
(`tests.saved_state`).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import lru_cache

import numpy as np

from sensorcore.commands import ChangeSettings, Command, OpenExercise, SetZone
from sensorcore.events import Event, GapFound, SettingsChanged, ZoneChanged
from sensorcore.exercise import stage, trace
from sensorcore.habit import faded_feedback
from sensorcore.habit import stage as habit
from sensorcore.model import BoolArray, Calibration, DeviceReport, FloatArray, SampleBlock, StreamInfo
from sensorcore.motion import breathing, ticks, tilt
from sensorcore.motion.body import lean
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.ports import StreamItem
from sensorcore.posture import judge, reminder, scoring, wearer_commands
from sensorcore.posture.policy import LocalClock
from sensorcore.posture.speaking import PolicyChange
from sensorcore.settings import Settings, parse_quiet_hours
from sensorcore.track.posture_track import PostureTrack, among
from sensorcore.track.track_log import empty_track

_STILL = among("sitting", "standing", "lying")
"""Contexts in which breathing can be measured."""


@dataclass(frozen=True, slots=True)
class Series:
    """At the sensor's rate: `up` (n, 3) world-up in sensor axes, and what it was measured against."""

    t_s: FloatArray
    up: FloatArray
    references: tuple[judge.ReferenceRun, ...]

    def lean_deg(self) -> tuple[FloatArray, FloatArray]:
        """Flexion and lateral (n,) from the upright in force; NaN while none was known."""
        flexion, lateral = np.full(len(self.t_s), np.nan), np.full(len(self.t_s), np.nan)
        begin = 0
        for reference in self.references:
            part = slice(begin, begin + reference.count)
            if reference.upright is not None:
                leaning = lean(self.up[part], reference.upright, reference.forward)
                flexion[part], lateral[part] = leaning.flexion_deg, leaning.lateral_deg
            begin += reference.count
        return flexion, lateral


@dataclass(frozen=True, slots=True)
class PipelineOutput:
    """Output for one item of the stream: the ticks it completed, the events, (when asked for) the series of the samples in
    those ticks, what decided about them, and how the policy's state changed."""

    track: PostureTrack
    events: tuple[Event, ...]
    series: Series | None = None
    decision_inputs: judge.DecisionInputs | None = None
    policy_changes: tuple[PolicyChange, ...] = ()


@dataclass(frozen=True, slots=True)
class PipelineState:
    """The states of the stages; `last_s` the newest sample; `gaps` found and `waiting_*` samples (series only) whose tick is not
    complete. `changed`: settings that the wearer changed since the beginning, by key; `utc_offset_s`: the wall clock's, once it was
    changed."""

    tilt: tilt.TiltState
    ticks: ticks.TickState
    judge: scoring.JudgeState
    last_s: float = 0.0
    gaps: tuple[GapFound, ...] = ()
    waiting_t_s: FloatArray | None = None
    waiting_up: FloatArray | None = None
    breathing: breathing.BreathState = field(default_factory=breathing.initial)
    reminder: reminder.ReminderState = field(default_factory=reminder.ReminderState)
    exercise: stage.ExerciseState = field(default_factory=stage.ExerciseState)
    habit: habit.HabitState = field(default_factory=habit.HabitState)
    changed: tuple[tuple[str, str | float | int | bool], ...] = ()
    utc_offset_s: int | None = None


class Pipeline:
    """`state = pipeline.initial()`, then `state, output = pipeline.step(state, item)` for each item, then `finish`.

    Holds nothing that changes: the settings and stream information that it begins with. `series=True` also yields the tilt of every
    sample; `decides=False` stops before posture and alerts: only `decision_inputs` then, for settings to be tried on.
    """

    def __init__(self, info: StreamInfo, settings: Settings, *, series: bool = False, decides: bool = True) -> None:
        self.info = info
        self._given = settings
        self.settings = settings = faded_feedback.faded_settings(settings, info.carried.feedback)
        self._series = series
        self._decides = decides
        self._tilt = tilt.TiltParams.of(info.device, settings.motion)
        parse_quiet_hours(settings.alerts.quiet_hours)  # a bad value is refused at once, not at the first alert

    def initial(self) -> PipelineState:
        return PipelineState(tilt.TiltState(), ticks.initial(), scoring.initial(self.info), habit=habit.initial(self.info.carried))

    def step(self, state: PipelineState, item: StreamItem) -> tuple[PipelineState, PipelineOutput]:
        if isinstance(item, Command):
            return self._command(state, item)
        if isinstance(item, DeviceReport):
            return replace(state, judge=scoring.report(state.judge, item)), PipelineOutput(empty_track(), ())
        if not isinstance(item, SampleBlock):  # of a second sensor: this is the line of one
            return state, PipelineOutput(empty_track(), ())
        state, complete = self.sense(state, item)
        return self.judge(state, complete)

    def sense(self, state: PipelineState, block: SampleBlock) -> tuple[PipelineState, ticks.Ticks]:
        """The first half of a step: the ticks that `block` completes."""
        params = tilt.TiltParams.of(self.info.device, self._settings(state).motion) if state.changed else self._tilt
        tilted, pose = tilt.step(params, state.tilt, block)
        open_ticks, complete = ticks.step(state.ticks, block, pose)
        gaps = (*state.gaps, *_gaps(block, pose.starts, state.last_s))
        waiting_t_s, waiting_up = state.waiting_t_s, state.waiting_up
        if self._series:
            waiting_t_s = block.t_s if waiting_t_s is None else np.concatenate([waiting_t_s, block.t_s])
            waiting_up = pose.up if waiting_up is None else np.concatenate([waiting_up, pose.up])
        last_s = float(block.t_s[-1]) if len(block) else state.last_s
        state = replace(
            state, tilt=tilted, ticks=open_ticks, last_s=last_s, gaps=gaps, waiting_t_s=waiting_t_s, waiting_up=waiting_up
        )
        return state, complete

    def finish(self, state: PipelineState) -> tuple[PipelineState, PipelineOutput]:
        """The stream has ended: judge its last, possibly partial tick."""
        rest = ticks.finish(state.ticks)
        state, output = self.judge(replace(state, ticks=ticks.initial()), rest)
        exercising, sets = stage.closed(state.exercise, state.judge.now_s)
        return replace(state, exercise=exercising), replace(output, events=(*output.events, *sets))

    def _settings(self, state: PipelineState) -> Settings:
        """Those in force."""
        if not state.changed:
            return self.settings
        return faded_feedback.faded_settings(_changed(self._given, state.changed), self.info.carried.feedback)

    def _command(self, state: PipelineState, said: Command) -> tuple[PipelineState, PipelineOutput]:
        """Obeyed from the next samples on."""
        judged, now_s = state.judge, state.judge.now_s
        match said.action:
            case SetZone(utc_offset_s):
                return replace(state, utc_offset_s=utc_offset_s), _output(ZoneChanged(now_s, utc_offset_s))
            case ChangeSettings(changes):
                changed = tuple({**dict(state.changed), **changes}.items())
                return replace(state, changed=changed), _output(SettingsChanged(now_s, changes))
            case OpenExercise(name):
                exercising, events = self._exercise(state, name)
                state, judged = replace(state, exercise=exercising), replace(judged, exercising=exercising.open)
            case _:
                judged, events = wearer_commands.command(self._settings(state), judged, said)
        now = (PolicyChange(judged.now_s, judged.policy),)
        return replace(state, judge=judged), PipelineOutput(empty_track(), tuple(events), policy_changes=now)

    def _exercise(self, state: PipelineState, name: str) -> tuple[stage.ExerciseState, list[Event]]:
        """Open an exercise, or close all that are."""
        now_s = state.judge.now_s
        if not name:
            return stage.closed(state.exercise, now_s)
        return stage.opened(state.exercise, name, self._frame(state.judge.reference.calibration), now_s)

    def _frame(self, known: Calibration | None) -> trace.Frame | None:
        """The wearer's axes by that calibration."""
        upright = known.upright.get("standing") or next(iter(known.upright.values()), None) if known else None
        return trace.frame_of(self.info, upright, known.forward if known else None, known is None or known.assumed)

    def judge(self, state: PipelineState, complete: ticks.Ticks) -> tuple[PipelineState, PipelineOutput]:
        """The second half of a step: what `complete` shows."""
        settings = self._settings(state)
        offset_s = self.info.utc_offset_s if state.utc_offset_s is None else state.utc_offset_s
        clock = LocalClock.of(self.info.start_unix_ns, offset_s)
        if not self._decides:
            judged, inputs = judge.gather(settings, clock, state.judge, complete)
            return replace(state, judge=judged, gaps=()), PipelineOutput(empty_track(), (), decision_inputs=inputs)
        judged, track, events, inputs = judge.step(settings, clock, state.judge, complete)
        # a gap is reported with the tick it ends in; so are events of the tick before the gap, which come first
        past = 0 if not len(track) else sum(math.floor(gap.t_s * TICK_HZ) <= track.index[-1] for gap in state.gaps)
        breath, breaths = breathing.step(state.breathing, complete, _STILL[track.context])
        # a snooze ends by itself at a known time; how it stood before these ticks is what holds in them
        snoozed_until_s = state.judge.policy.snoozed_until_s
        riding = (
            np.concatenate([seen.riding for seen in inputs.scored_ticks]) if inputs.scored_ticks else np.zeros(0, dtype=np.bool_)
        )
        reminding, reminders = reminder.step(settings.alerts, clock, snoozed_until_s, state.reminder, track, events, riding)
        around = habit.Around(settings, clock, snoozed_until_s, state.exercise.open, riding)
        exercising, counted = stage.step(state.exercise, complete)
        ordered = sorted([*events, *state.gaps[:past], *breaths, *reminders, *counted], key=lambda event: event.t_s)

        def frame_at(place: int) -> trace.Frame | None:
            for seen in inputs.scored_ticks:
                if place < len(seen.index):
                    return self._frame(seen.calibration)
                place -= len(seen.index)
            return None

        asking, asked = habit.step(around, state.habit, track, complete, frame_at, ordered)
        ordered = sorted([*ordered, *asked], key=lambda event: event.t_s) if asked else ordered
        state = replace(
            state, judge=judged, gaps=state.gaps[past:], breathing=breath, reminder=reminding, exercise=exercising, habit=asking
        )
        series = None
        if self._series:
            state, series = _series(state, track, judge.runs_of(inputs.scored_ticks))
        return state, PipelineOutput(track, tuple(ordered), series, inputs, inputs.policy_changes)


@lru_cache(maxsize=64)
def _changed(settings: Settings, values: tuple[tuple[str, str | float | int | bool], ...]) -> Settings:
    return settings.as_recorded(dict(values))


def _output(event: Event) -> PipelineOutput:
    return PipelineOutput(empty_track(), (event,))


def _gaps(block: SampleBlock, starts: BoolArray, last_s: float) -> list[GapFound]:
    found: list[GapFound] = []
    for i in np.flatnonzero(starts).tolist():
        before_s = float(block.t_s[i - 1]) if i else last_s
        t_s = float(block.t_s[i])
        if t_s > before_s:
            found.append(GapFound(t_s, t_s - before_s))
    return found


def _series(state: PipelineState, track: PostureTrack, runs: list[judge.ReferenceRun]) -> tuple[PipelineState, Series]:
    t_s, up = state.waiting_t_s, state.waiting_up
    if t_s is None or up is None:
        return state, Series(np.zeros(0), np.zeros((0, 3)), ())
    tick = np.floor(t_s * TICK_HZ).astype(np.int64)
    references: list[judge.ReferenceRun] = []
    begin, ticks_seen = 0, 0
    for run in runs:
        ticks_seen += run.count
        end = int(np.searchsorted(tick, track.index[ticks_seen - 1], side="right"))
        references.append(replace(run, count=end - begin))
        begin = end
    series = Series(t_s[:begin], up[:begin], tuple(references))
    return replace(state, waiting_t_s=t_s[begin:], waiting_up=up[begin:]), series
