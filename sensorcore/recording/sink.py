"""Recording sinks of the engine: arrivals byte for byte, and the pipeline's output."""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sensorcore.commands import AddMark, Command, NotePain
from sensorcore.errors import StorageError
from sensorcore.model import Notification, Pairing, Second
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.recording.writer import RecordingWriter

AGAIN_AFTER_S: Final = 10.0
MOST_UNSAVED: Final = 50_000
"""Arrivals that another recording can begin with: two hours of frames at 104 Hz, some ten megabytes."""

_log = logging.getLogger(__name__)


class RecordingSink:
    """Writes an engine's arrivals and outputs."""

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


class LiveRecordingSink(RecordingSink):
    """Sink of a live stream, which goes on without a recording: when the file can take no more, or was moved, `is_over`; the next
    recording begins with `unsaved`."""

    def __init__(self, writer: RecordingWriter) -> None:
        super().__init__(writer)
        self._failed, self._failed_s = False, 0.0
        self._tail: deque[tuple[int, Arrival]] = deque(maxlen=MOST_UNSAVED)

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        arrived = tuple(arrived)
        if not self._failed:
            try:
                super().take(arrived, output)
            except StorageError as error:
                _log.warning("the recording ends here, the day goes on: %s", error)
                self._failed, self._failed_s = True, time.monotonic()
        writer = self._writer
        self._tail.extend((writer.added, each) for each in arrived)
        while not self._failed and self._tail and self._tail[0][0] <= writer.saved:
            self._tail.popleft()

    @property
    def is_over(self) -> bool:
        """Whether another recording is due; after `AGAIN_AFTER_S` where this one could not begin."""
        waited = self._writer.saved > 0 or time.monotonic() - self._failed_s > AGAIN_AFTER_S
        return self._writer.has_moved or (self._failed and waited)

    @property
    def is_empty(self) -> bool:
        """Whether the file failed while empty."""
        return self._failed and self._writer.saved == 0

    @property
    def unsaved(self) -> list[Arrival]:
        """Arrivals that reached no disk, then the marks and pain notes among them."""
        if not self._failed:
            return []
        said = [
            replace(each, t_s=0.0)
            for _, each in self._tail
            if isinstance(each, Command) and isinstance(each.action, AddMark | NotePain)
        ]
        return [*(each for _, each in self._tail if isinstance(each, Notification | Second)), *said]
