"""CSV and Parquet export: every sample at full float64 precision, events beside them as JSON lines.

The CSV is the generic one that `spinae import` reads; its numbers are the shortest that read back bit for bit.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import SampleBlock
from sensorcore.ports import FileSource
from sensorcore.recording.info import RecordingInfo
from sensorcore.storage.write import in_words, whole_file

Events: TypeAlias = Iterable[Mapping[str, Any]]
Progress: TypeAlias = Callable[[float], None]

_ACC: Final = ("ax_mps2", "ay_mps2", "az_mps2")
_GYR: Final = ("gx_radps", "gy_radps", "gz_radps")
_ROW_GROUP: Final = 1 << 17
"""Rows written at once: large enough for Parquet to compress well, 10 MB of memory."""


@dataclass(frozen=True, slots=True)
class ExportReport:
    """Result of an export; `events_path` is None without events."""

    path: Path
    samples: int
    events_path: Path | None


def export_csv(source: FileSource, out: Path, events: Events = (), progress: Progress | None = None) -> ExportReport:
    """Columns t_s, ax_mps2 … az_mps2 and, with a gyroscope, gx_radps … gz_radps. Gaps are gaps in `t_s`.

    Raises StorageError when `out` exists or cannot be written, BadInput when the source cannot be read or is empty.
    """
    import pyarrow as pa  # noqa: PLC0415 - takes 0.1 s, needed by nobody else
    import pyarrow.csv as pa_csv  # noqa: PLC0415

    names = _names(source)
    schema = pa.schema([(name, pa.float64()) for name in names])
    with whole_file(out) as file:
        file.write((",".join(names) + "\n").encode())
        with pa_csv.CSVWriter(file, schema, write_options=pa_csv.WriteOptions(include_header=False)) as writer:
            samples = 0
            for block in _groups(source, progress):
                writer.write_batch(pa.record_batch(_columns(block), schema=schema))
                samples += len(block)
        written = _write_events(events, out)
    return ExportReport(out, samples, written)


def export_parquet(source: FileSource, out: Path, events: Events = (), progress: Progress | None = None) -> ExportReport:
    """The CSV's columns and `after_gap`, `saturated`; the metadata key `spinae.recording` describes the recording.

    Raises as `export_csv` does.
    """
    import pyarrow as pa  # noqa: PLC0415
    import pyarrow.parquet as pa_parquet  # noqa: PLC0415

    fields = [(name, pa.float64()) for name in _names(source)] + [("after_gap", pa.bool_()), ("saturated", pa.bool_())]
    described = json.dumps(RecordingInfo(source.info, "").to_metadata())
    schema = pa.schema(fields, metadata={"spinae.recording": described})
    with whole_file(out) as file:
        with pa_parquet.ParquetWriter(file, schema, compression="zstd") as writer:
            samples = 0
            for block in _groups(source, progress):
                writer.write_batch(pa.record_batch([*_columns(block), block.after_gap, block.saturated], schema=schema))
                samples += len(block)
        written = _write_events(events, out)
    return ExportReport(out, samples, written)


def _names(source: FileSource) -> tuple[str, ...]:
    return ("t_s", *_ACC, *(_GYR if source.info.device.has_gyroscope else ()))


def _columns(block: SampleBlock) -> list[Any]:
    vectors = [block.acc_mps2] if block.gyr_radps is None else [block.acc_mps2, block.gyr_radps]
    return [block.t_s, *(np.ascontiguousarray(axis) for vector in vectors for axis in vector.T)]


def _groups(source: FileSource, progress: Progress | None) -> Iterator[SampleBlock]:
    held: list[SampleBlock] = []
    samples = 0
    for item in source.items():
        if isinstance(item, SampleBlock) and len(item):
            held.append(item)
            samples += len(item)
            if sum(map(len, held)) >= _ROW_GROUP:
                yield SampleBlock.joined(held)
                held = []
            if progress is not None:
                progress(float(item.t_s[-1]))
    if held:
        yield SampleBlock.joined(held)
    if not samples:
        raise BadInput("it holds no samples", where=source.info.name, hint="There is nothing to export")


def _write_events(events: Events, out: Path) -> Path | None:
    """One event a line in `NAME.events.jsonl`, which all formats of one recording share; where that holds other events (of a day
    that went on, or other settings), in `NAME.FORMAT.events.jsonl`."""
    text = "".join(json.dumps(dict(event)) + "\n" for event in events)
    if not text:
        return None
    shared, own = (out.with_name(f"{name}.events.jsonl") for name in (out.stem, out.name))
    for path in (shared, own):
        if _holds(path, text):
            return path
    path = own if os.path.lexists(shared) else shared
    with whole_file(path) as file:
        file.write(text.encode())
    return path


def _holds(path: Path, text: str) -> bool:
    """Whether that is a file of its own with exactly this text."""
    data = text.encode()
    with in_words("look at the events that are there", path):
        status = path.lstat() if os.path.lexists(path) else None
        return status is not None and stat.S_ISREG(status.st_mode) and status.st_size == len(data) and path.read_bytes() == data
