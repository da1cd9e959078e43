"""The engine's recording: what arrived, byte for byte, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable

from sensorcore.model import Arrival, Command, Notification, Pairing, Second
from sensorcore.pipeline import PipelineOutput
from sensorcore.record.writer import RecordingWriter


class RecordingSink:
    """Hands an engine's arrivals and outputs to a writer."""

    def __init__(self, writer: RecordingWriter) -> None:
        self._writer = writer

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        for each in arrived:
            match each:
                case Notification():
                    self._writer.notification(each)
                case Second(sent=sent):
                    self._writer.second(sent)
                case Command():
                    self._writer.command(each)
                case Pairing():
                    self._writer.pairing(each)
        if len(output.track):
            self._writer.posture(output.track)
        for event in output.events:
            self._writer.event(event)
