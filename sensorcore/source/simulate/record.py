"""Writes a simulated stream as a recording: the bytes as they reached the host, and the truth on a channel of its own."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from sensorcore.model import Calibration
from sensorcore.record.info import RecordingInfo
from sensorcore.record.writer import RecordingWriter
from sensorcore.source.drivers.spinae_sensor import SpinaeSensor
from sensorcore.source.simulate.link import notifications
from sensorcore.source.simulate.simulation import Simulation
from sensorcore.source.simulate.truth import phase_record, ticks


def write(simulation: Simulation, path: Path, *, calibration: Calibration | None = None) -> None:
    """The whole stream as a recording at `path`, with a calibration in its metadata if given (see `calibration.measured`). Raises
    StorageError, also when the file exists."""
    info = RecordingInfo(replace(simulation.info, calibration=calibration), SpinaeSensor.name)
    spans = list(simulation.trunk.phases)
    with RecordingWriter(path, info, sync=False) as writer:
        for piece, arrived in notifications(simulation):
            while spans and spans[0].start_s <= piece.truth.t_s[-1]:
                writer.truth(phase_record(spans.pop(0)))
            for value in ticks(piece.truth):
                writer.truth(value)
            writer.notifications(arrived)
