"""Ports for sources of samples: a radio, a recording, a file of another program, the simulator."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol, TypeAlias

from sensorcore.commands import Command
from sensorcore.events import LinkEvent
from sensorcore.model import DeviceReport, Notification, Pairing, SampleBlock, Second, StreamInfo

StreamItem: TypeAlias = SampleBlock | Command | DeviceReport | Second[SampleBlock | DeviceReport] | Pairing

Arrival: TypeAlias = Notification | Command | Second[Notification] | Pairing
"""Input of the driver and the pipeline, live or from a recording."""

Incoming: TypeAlias = Arrival | LinkEvent
"""A live source also reports on its link. Sinks get that as an event, with the stream time that was reached."""


class FileSource(Protocol):
    """A finished stream. Opening it (the constructor or factory) reads only what `info` needs and raises BadInput or
    StorageError when the file cannot be used at all."""

    info: StreamInfo

    @property
    def duration_hint_s(self) -> float | None:
        """Roughly how long the stream is, for progress bars; None when only reading it would show that."""

    @property
    def warnings(self) -> Sequence[str]:
        """Notes on the file for its reader, a sentence each; complete after one pass of `items`."""

    def items(self) -> Iterator[StreamItem]:
        """Blocks of samples (thousands at a time; memory stays flat) and the wearer's commands, in stream order."""
