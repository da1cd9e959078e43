"""A recording of a data set through the pipeline, as a wearer would have had it live."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from sensorcore.events import AlertRaised, ContextChanged, Event
from sensorcore.model import BoolArray, Calibration, DeviceProfile, FloatArray, Placement, SampleBlock, StreamInfo, Vector3
from sensorcore.motion.vectors import unit
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS, TICK_HZ, PostureTrack, joined


@dataclass(frozen=True, slots=True)
class Judged:
    """What came out: the ticks and the events."""

    track: PostureTrack
    events: tuple[Event, ...]

    @property
    def alerts(self) -> list[AlertRaised]:
        return [event for event in self.events if isinstance(event, AlertRaised)]

    def contexts_at(self, t_s: FloatArray) -> NDArray[np.int8]:
        """The context (code into CONTEXTS) that was said at each time (n,); unknown where there is no tick."""
        last = int(self.track.index[-1])
        by_tick = np.full(last + 1, CONTEXTS.index("unknown"), dtype=np.int8)
        by_tick[self.track.index] = self.track.context
        return np.asarray(by_tick[np.minimum(np.floor(t_s * TICK_HZ + 1e-6).astype(np.int64), last)])

    def confidence_at(self, t_s: FloatArray) -> FloatArray:
        """The confidence (n,) of that context, as it was said when it began."""
        changes = [event for event in self.events if isinstance(event, ContextChanged)]
        starts = np.asarray([change.t_s - 1 / TICK_HZ for change in changes])
        which = np.searchsorted(starts, t_s + 1e-6, side="right") - 1
        known = np.asarray([0.0, *(change.confidence for change in changes)])
        return np.asarray(known[which + 1])


def wear(
    name: str,
    block: SampleBlock,
    rate_hz: float,
    *,
    calibration: Calibration | None = None,
    nominal_up: Vector3 | None = None,
    placement: Placement = "lower_back",
    settings: Settings | None = None,
) -> Judged:
    """Run it all."""
    device = DeviceProfile(name, rate_hz, None if block.gyr_radps is None else "point")
    info = StreamInfo(device, placement=placement, nominal_up=nominal_up, calibration=calibration, name=name)
    pipeline = Pipeline(info, settings or Settings())
    state, output = pipeline.step(pipeline.initial(), block)
    _, rest = pipeline.finish(state)
    return Judged(joined([output.track, rest.track]), (*output.events, *rest.events))


def runs(label: NDArray[np.int64]) -> list[tuple[int, int, int]]:
    """(value, first, past the last) of each stretch of equal labels."""
    first = np.flatnonzero(np.diff(label, prepend=label[:1] - 1))
    return [(int(label[a]), int(a), int(b)) for a, b in zip(first, np.append(first[1:], len(label)), strict=True)]


def upright_in(acc: FloatArray, within: BoolArray) -> Vector3:
    """The mean direction of the acceleration where `within` (n,) is true."""
    return unit(acc[within].mean(axis=0))


def explained(alert: AlertRaised, before: str = "") -> str:
    """One alert in words."""
    why = alert.why
    whose = "an assumed" if why.baseline_assumed else "the"
    return (
        f"{before}{alert.t_s:.0f} s: {why.state}, {why.direction} {why.angle_deg:g}° (limit {why.threshold_deg:g}°) from {whose} "
        f"{why.baseline} upright, for {why.dwell_s:g} s, level {alert.level}"
    )
