"""What a wearer did over one recording, as far as no threshold or delay has a say in it: the dear part of the pipeline (tilt,
ticks, lean, context), done once, so that many settings can be tried on the result (`tune.py`)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from sensorcore.events import Marked
from sensorcore.model import BoolArray, Command, DeviceReport, FloatArray, IntArray, SampleBlock, StreamInfo, StreamItem
from sensorcore.motion import ticks, tilt
from sensorcore.motion.body import Lean
from sensorcore.pair.pipeline import PairPipeline
from sensorcore.posture import judge
from sensorcore.posture.policy import LocalClock
from sensorcore.posture.slouch import BRIDGED_TICKS
from sensorcore.posture.track import TICK_HZ
from sensorcore.settings import Settings


@dataclass(frozen=True, slots=True)
class Said:
    """A snooze or its end, obeyed at stream time `t_s`, before the tick at position `before`."""

    before: int
    t_s: float
    command: Command


@dataclass(frozen=True, slots=True)
class Day:
    """Arrays (n,) with one entry a tick: its number, its end, how far the wearer leaned, whether posture is judged in it, whether
    they walk, bend or lie; `curvature_deg` (n,) how far the back is rounded, of two sensors. `said` in stream order; `marks` the
    wearer's notes; `assumed` whether nobody confirmed the upright."""

    index: IntArray
    end_s: FloatArray
    lean: Lean
    scored: BoolArray
    moved: BoolArray
    said: tuple[Said, ...]
    marks: tuple[Marked, ...]
    clock: LocalClock
    assumed: bool
    curvature_deg: FloatArray | None = None

    @property
    def data_s(self) -> float:
        """Time with data. A tick or two left empty by a slow sensor count with the next, as everywhere; longer gaps do not."""
        steps = np.diff(self.index, prepend=-1)
        return int(np.where(steps - 1 <= BRIDGED_TICKS, steps, 1).sum()) / TICK_HZ


def watch(
    info: StreamInfo, items: Iterable[StreamItem], settings: Settings, on_progress: Callable[[float], None] | None = None
) -> Day:
    """Run the stream as `pipeline.Pipeline` does, up to where posture settings begin to matter. `on_progress` gets stream time."""
    if info.second is not None:
        return _watch_two(info, items, settings, on_progress)
    params = tilt.TiltParams.of(info.device, settings.motion)
    tilting, ticking, judging = tilt.TiltState(), ticks.initial(), judge.initial(info)
    parts: list[judge.Seen] = []
    said: list[Said] = []
    marks: list[Marked] = []
    for item in items:
        if isinstance(item, Command):
            judging, events = judge.command(settings, judging, item)
            marks += [event for event in events if isinstance(event, Marked)]
            if item.kind in ("snooze", "resume"):
                said.append(Said(sum(len(part.index) for part in parts), judging.now_s, item))
            continue
        if isinstance(item, DeviceReport):
            judging = judge.report(judging, item)
            continue
        if not isinstance(item, SampleBlock):
            continue
        tilting, pose = tilt.step(params, tilting, item)
        ticking, complete = ticks.step(ticking, item, pose)
        judging, seen = judge.see(settings, judging, complete)
        parts += seen
        if on_progress and len(item):
            on_progress(float(item.t_s[-1]))
    judging, seen = judge.see(settings, judging, ticks.finish(ticking))
    calibration = judging.reference.calibration
    return _joined(
        [*parts, *seen],
        tuple(said),
        tuple(marks),
        LocalClock.of(info.start_unix_ns, info.utc_offset_s),
        calibration is None or calibration.assumed,
    )


def _watch_two(
    info: StreamInfo, items: Iterable[StreamItem], settings: Settings, on_progress: Callable[[float], None] | None
) -> Day:
    """The same of two sensors: what their pipeline saw."""
    line = PairPipeline(info, settings)
    state = line.initial()
    parts: list[judge.Seen] = []
    said: list[Said] = []
    marks: list[Marked] = []
    for item in items:
        state, output = line.step(state, item)
        parts += output.thinking.seen if output.thinking is not None else ()
        marks += [event for event in output.events if isinstance(event, Marked)]
        if isinstance(item, Command) and item.kind in ("snooze", "resume"):
            said.append(Said(sum(len(part.index) for part in parts), state.judge.now_s, item))
        if on_progress and len(output.track):
            on_progress(output.track.last_end_s)
    state, output = line.finish(state)
    parts += output.thinking.seen if output.thinking is not None else ()
    known = state.lines[0].judge.reference.calibration
    clock = LocalClock.of(info.start_unix_ns, info.utc_offset_s)
    day = _joined(parts, tuple(said), tuple(marks), clock, known is None or known.assumed)
    curved = [part.curvature_deg for part in parts if part.curvature_deg is not None]
    return replace(day, curvature_deg=np.concatenate([np.zeros(0), *curved]))


def _joined(parts: list[judge.Seen], said: tuple[Said, ...], marks: tuple[Marked, ...], clock: LocalClock, assumed: bool) -> Day:
    none = np.zeros(0)
    lean = Lean(*(np.concatenate([none, *(getattr(part.lean, name) for part in parts)]) for name in Lean.__slots__))
    return Day(
        np.concatenate([none.astype(np.int64), *(part.index for part in parts)]),
        np.concatenate([none, *(part.end_s for part in parts)]),
        lean,
        np.concatenate([none.astype(np.bool_), *(part.scored for part in parts)]),
        np.concatenate([none.astype(np.bool_), *(part.moved for part in parts)]),
        said,
        marks,
        clock,
        assumed,
    )
