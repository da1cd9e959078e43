"""Simulated stream as a recording: the bytes as they reached the host, and the truth on a channel of its own."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

import numpy as np

from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.model import Calibration, Notification, Second
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.pair_clock import PairClock
from sensorcore.session.wall_clock import LiveClock
from sensorcore.simulator.faults import fault_record
from sensorcore.simulator.link import notifications
from sensorcore.simulator.sensor import celsius
from sensorcore.simulator.simulation import Simulated, Simulation
from sensorcore.simulator.truth import body_records, ticks
from sensorcore.storage.write import whole_or_nothing
from sensorcore.track.track_log import empty_track

TEMPERATURE_EVERY_S: Final = 60.0
_NEVER_S: Final = 1e9


def write(
    simulation: Simulation,
    path: Path,
    *,
    calibration: Calibration | None = None,
    tell: Callable[[float], None] | None = None,
    beside: tuple[Simulation, Calibration | None] | None = None,
) -> None:
    """The whole stream as a recording at `path`, with a calibration in its metadata if given (see `calibration.calibrated`). `tell`
    hears how many seconds are done; `beside` is a second, lower sensor and its calibration. The file appears when it is complete.
    The same simulation makes the same bytes: nothing is flushed by the wall clock. Raises StorageError, also if the file exists."""
    lower = None if beside is None else replace(beside[0].info, calibration=beside[1])
    info = RecordingInfo(replace(simulation.info, calibration=calibration, second=lower), SpinaeSensor.name, "", SpinaeSensor.name)
    once = sorted(_once(simulation), key=lambda value: float(value["t_s"]), reverse=True)
    with (
        whole_or_nothing(path) as unfinished,
        RecordingWriter(unfinished, info, flush_after_s=_NEVER_S, sync=False) as writer,
    ):
        now_s = 0.0
        sink, nothing = RecordingSink(writer), PipelineOutput(empty_track(), ())
        for piece, arrived in arrivals(simulation, None if beside is None else beside[0]):
            now_s = now_s if piece is None else float(piece.truth.t_s[-1])
            for value in () if piece is None else ticks(piece.truth):
                while once and once[-1]["t_s"] <= value["t_s"]:
                    writer.truth(once.pop())
                writer.truth(value)
            sink.take(arrived, nothing)
            if tell is not None:
                tell(now_s)
        for value in reversed(once):
            if value["t_s"] <= now_s:
                writer.truth(value)


def arrivals(simulation: Simulation, beside: Simulation | None = None) -> Iterator[tuple[Simulated | None, Sequence[Arrival]]]:
    """Each piece of the stream and what reached the host of it; of two sensors together with what came in between of the other."""
    if beside is None:
        yield from notifications(simulation)
        return
    pair_clock = PairClock(LiveClock(), LiveClock())
    waiting = deque[Notification]()
    lower = (each for _, arrived in notifications(beside) for each in arrived)
    waiting.extend(islice(lower, 1))
    for piece, arrived in notifications(simulation):
        both: list[Arrival] = []
        for each in arrived:
            while waiting and waiting[0].arrival_unix_ns < each.arrival_unix_ns:
                both += pair_clock.over(Second(waiting.popleft()))
                waiting.extend(islice(lower, 1))
            both += pair_clock.over(each)
        yield piece, both
    yield None, [each for left in chain(waiting, lower) for each in pair_clock.over(Second(left))]


def _once(simulation: Simulation) -> Iterator[dict[str, Any]]:
    """Truth records beside the ticks: phases, faults, and the sensor's temperature once a minute."""
    yield from body_records(simulation.trunk)
    for fault in simulation.faults:
        if fault.at_s < simulation.duration_s:
            yield fault_record(fault, simulation.duration_s)
    times_s = np.arange(0.0, simulation.duration_s, TEMPERATURE_EVERY_S)
    for t_s, temperature in zip(times_s.tolist(), celsius(simulation.model, simulation.faults, times_s).tolist(), strict=True):
        yield {"t_s": t_s, "temperature_c": round(temperature, 2)}
