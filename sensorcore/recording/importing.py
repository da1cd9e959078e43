"""Import of a finished stream into a recording: full precision, gaps and commands kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

import numpy as np

from sensorcore.commands import Command
from sensorcore.devices.float_samples import FloatSamples, pack
from sensorcore.errors import BadInput
from sensorcore.model import Notification, Pairing, SampleBlock, Second, StreamInfo
from sensorcore.ports import FileSource
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.writer import RecordingWriter
from sensorcore.storage.write import whole_or_nothing

Progress: TypeAlias = Callable[[float], None]
"""Called with the seconds of the stream that are done."""

_SAMPLES_PER_MESSAGE: Final = 4096


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Result of an import. `duration_s`: from the first to the last sample, gaps included."""

    path: Path
    samples: int
    duration_s: float
    gaps: int


def import_file(source: FileSource, out: Path, progress: Progress | None = None, *, mounting: str = "") -> ImportReport:
    """Write the stream to a new recording, which appears under its name only when complete.

    Raises BadInput when the source turns out to be unreadable or empty, StorageError when the recording cannot be written.
    """
    info = source.info
    samples = gaps = 0
    first_s = last_s = 0.0
    with whole_or_nothing(out) as unfinished:
        with RecordingWriter(unfinished, RecordingInfo(info, FloatSamples.name, mounting, FloatSamples.name), sync=False) as writer:
            for item in source.items():
                if isinstance(item, Command):
                    writer.command(item)
                if isinstance(item, Pairing):
                    writer.pairing(item)
                if isinstance(item, Second) and isinstance(item.sent, SampleBlock) and len(item.sent):
                    writer.second(Notification(_end_unix_ns(info.second, item.sent), pack(item.sent)))
                if not isinstance(item, SampleBlock):  # no other program's file holds what our sensors say of themselves
                    continue
                for start in range(0, len(item), _SAMPLES_PER_MESSAGE):
                    piece = item[start : start + _SAMPLES_PER_MESSAGE]
                    last_s = float(piece.t_s[-1])
                    writer.notification(Notification(_end_unix_ns(info, piece), pack(piece)))
                if len(item):
                    first_s = first_s if samples else float(item.t_s[0])
                    samples += len(item)
                    gaps += int(np.count_nonzero(item.after_gap))
                    if progress is not None:
                        progress(last_s)
        if not samples:
            raise BadInput("it holds no samples", where=info.name, hint="There is nothing to import")
    return ImportReport(out, samples, last_s - first_s, gaps)


def _end_unix_ns(info: StreamInfo | None, block: SampleBlock) -> int:
    """Arrival of its last sample, as if by radio."""
    return ((info.start_unix_ns if info else None) or 0) + round(float(block.t_s[-1]) * 1e9)
