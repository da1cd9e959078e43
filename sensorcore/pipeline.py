"""Wires the pure stages: samples → tilt → body frame → posture → alerts. Live, replay and analysis all run this."""

from __future__ import annotations

from dataclasses import dataclass

from sensorcore.events import Event
from sensorcore.model import FloatArray, StreamInfo, StreamItem
from sensorcore.posture.track import PostureTrack
from sensorcore.settings import Settings


@dataclass(frozen=True, slots=True)
class PipelineOutput:
    """What one item of the stream brought about. `t_s`, `up` (n, 3; world-up in sensor axes), `flexion_deg`, `lateral_deg` are
    at the sensor's rate; `track` holds the ticks completed by this item."""

    t_s: FloatArray
    up: FloatArray
    flexion_deg: FloatArray
    lateral_deg: FloatArray
    track: PostureTrack
    events: tuple[Event, ...]


class Pipeline:
    """`state = pipeline.initial()`, then `state, output = pipeline.step(state, item)` for each item, then `finish`."""

    def __init__(self, info: StreamInfo, settings: Settings) -> None:
        self.info = info
        self.settings = settings

    def initial(self) -> object:
        raise NotImplementedError

    def step(self, state: object, item: StreamItem) -> tuple[object, PipelineOutput]:
        raise NotImplementedError

    def finish(self, state: object) -> tuple[object, PipelineOutput]:
        raise NotImplementedError
