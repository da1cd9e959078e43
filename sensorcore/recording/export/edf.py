"""EDF+ export (edfplus.info), for sleep and movement laboratories. Events and missing data become annotations.

EDF holds 16-bit integers on an even grid. A sensor's own counts survive exactly (they are 16-bit integers); samples of float
precision are rounded to 1/65535 of their range, and uneven times to the grid. `EdfReport` says how much either came to.
Missing time: shorter than a data record it is filled with zeros, annotated "no data"; longer, the file is discontinuous (EDF+D).

edfio lays out the header. It holds whole recordings in memory and writes no EDF+D, so the data records are written here.
"""

from __future__ import annotations

import io
import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np
from edfio import Edf, EdfAnnotation, EdfSignal, Recording
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray, SampleBlock, StreamInfo
from sensorcore.ports import FileSource
from sensorcore.recording.export.edf_layout import Layout, lay_out, survey
from sensorcore.recording.export.tabular import Events, Progress
from sensorcore.storage.write import whole_file

_AXES: Final = ("acc x", "acc y", "acc z", "gyr x", "gyr y", "gyr z")
_DEG_PER_RAD: Final = 180 / math.pi
_COUNTS: Final = 32768


@dataclass(frozen=True, slots=True)
class EdfReport:
    """Result and losses of an export. `counts_exact`: the sensor's integers survive; else each value is off by at most
    `acc_error_mps2`, `gyr_error_radps`. `time_error_s`: greatest distance of a sample from its place on the grid."""

    path: Path
    samples: int
    records: int
    counts_exact: bool
    acc_error_mps2: float
    gyr_error_radps: float
    time_error_s: float
    filled_samples: int

    @property
    def notes(self) -> tuple[str, ...]:
        """The losses, in words."""
        notes = []
        if not self.counts_exact:
            notes.append(
                f"EDF holds 16-bit integers: values are rounded by up to {self.acc_error_mps2:.2g} m/s²"
                f" and {self.gyr_error_radps * _DEG_PER_RAD:.2g} °/s; CSV and Parquet keep full precision"
            )
        if self.time_error_s > 1e-3:
            notes.append(f"EDF has an even time grid: samples are moved by up to {1000 * self.time_error_s:.1f} ms")
        return tuple(notes)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Scale of three axes: `count = rint((value - zero) / si_per_count)`, in SI. In the header's unit a count of -32768 is
    `low`, one of 32767 is `high`."""

    si_per_count: float
    zero: float
    low: str
    high: str
    exact: bool


def export_edf(source: FileSource, out: Path, events: Events = (), progress: Progress | None = None) -> EdfReport:
    """Reads the source twice: to find ranges, rate and gaps, then to write; memory stays flat. `progress` covers both passes, each
    as half the stream.

    Raises StorageError when `out` exists or cannot be written, BadInput when the source cannot be read or is empty.
    """
    found = survey(_blocks(source, progress, 0.0), source.info.device)
    if not found.samples:
        raise BadInput("it holds no samples", where=source.info.name, hint="There is nothing to export")
    scales = [_scale(found.acc_max, found.acc_count, STANDARD_GRAVITY_MPS2)]
    if source.info.device.has_gyroscope:
        scales.append(_scale(found.gyr_max, found.gyr_count, 1 / _DEG_PER_RAD))
    began, fraction_s = _began(source.info)
    layout = lay_out(found, fraction_s, [_annotation(event) for event in events])
    time_error_s = 0.0
    with whole_file(out) as file:
        file.write(_header(source.info, began, scales, layout))
        record = 0
        for counts, off_s in _grid(_blocks(source, progress, 0.5), scales, layout):
            time_error_s = max(time_error_s, off_s)
            signals = counts.reshape(-1, layout.samples_per_record, counts.shape[1]).transpose(0, 2, 1)
            rows = signals.reshape(len(signals), -1)
            texts = b"".join(layout.annotations(record + k) for k in range(len(rows)))
            rows = np.hstack((rows, np.frombuffer(texts, dtype="<i2").reshape(len(rows), -1)))
            file.write(rows.astype("<i2").tobytes())
            record += len(rows)
    return EdfReport(
        out,
        found.samples,
        record,
        all(scale.exact for scale in scales),
        0.0 if scales[0].exact else scales[0].si_per_count / 2,
        0.0 if len(scales) < 2 or scales[1].exact else scales[1].si_per_count / 2,
        time_error_s,
        sum(layout.filled.values()),
    )


def _blocks(source: FileSource, progress: Progress | None, done: float) -> Iterator[SampleBlock]:
    hint_s = source.duration_hint_s or 0.0
    for item in source.items():
        if isinstance(item, SampleBlock) and len(item):
            yield item
            if progress is not None:
                progress(done * hint_s + float(item.t_s[-1]) / 2)


def _scale(largest: float, count: float | None, unit: float) -> _Scale:
    """`largest` magnitude and, if all values are multiples of one, that `count`, both in SI; `unit`: SI per unit of the header."""
    if count is not None:
        return _Scale(count, 0.0, _eight(-_COUNTS * count / unit), _eight((_COUNTS - 1) * count / unit), exact=True)
    low = _eight(-max(largest / unit, 1e-3) * 1.0001)
    high = low.removeprefix("-")
    per_count = 2 * float(high) / (2 * _COUNTS - 1)
    return _Scale(per_count * unit, (float(high) - (_COUNTS - 1) * per_count) * unit, low, high, exact=False)


def _eight(value: float) -> str:
    """The most precise decimal in the eight characters that EDF has for it."""
    for digits in range(8, 0, -1):
        text = f"{value:.{digits}g}"
        if "e" not in text and len(text) <= 8:
            return text
    raise BadInput(f"{value} does not fit into EDF's eight characters", hint="Export to CSV or Parquet")


def _began(info: StreamInfo) -> tuple[datetime | None, float]:
    """Local time of the first sample in whole seconds, and the rest; EDF knows the years 1985 to 2084."""
    if info.start_unix_ns is None:
        return None, 0.0
    seconds, rest_ns = divmod(info.start_unix_ns, 10**9)
    local = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds + info.utc_offset_s)
    return (local, rest_ns / 1e9) if 1985 <= local.year <= 2084 else (None, 0.0)


def _annotation(event: object) -> tuple[float, float | None, str]:
    values = dict(event)  # type: ignore[call-overload]
    name, t_s = values.pop("event", "event"), float(values.pop("t_s", 0.0))
    return t_s, None, f"{name} {json.dumps(values)}" if values else str(name)


def _header(info: StreamInfo, began: datetime | None, scales: list[_Scale], layout: Layout) -> bytes:
    """edfio's header of a file with one empty record, with the numbers put in that it works out from data it holds."""
    n = layout.samples_per_record
    signals = [
        EdfSignal.from_digital(
            np.zeros(n, dtype=np.int16),
            n,
            label=_AXES[axis],
            transducer_type="".join(c if c.isascii() and c.isprintable() else "?" for c in info.device.name)[:80],
            physical_dimension=("g", "deg/s")[axis // 3],
        )
        for axis in range(3 * len(scales))
    ]
    recording = Recording(equipment_code="spinae", startdate=None if began is None else began.date())
    time = None if began is None else began.time().replace(tzinfo=None)
    template = io.BytesIO()
    Edf(signals, recording=recording, starttime=time, data_record_duration=1, annotations=[EdfAnnotation(0, None, "")]).write(
        template
    )
    count = len(signals) + 1
    header = bytearray(template.getvalue()[: 256 * (count + 1)])
    annotation_samples = 256 + count * (16 + 80 + 5 * 8 + 80) + 8 * (count - 1)
    fields = [
        (192, 44, "EDF+C" if layout.continuous else "EDF+D"),
        (236, 8, str(layout.records)),
        (244, 8, layout.record_duration),
        (annotation_samples, 8, str(layout.annotation_bytes // 2)),
    ]
    for axis in range(len(signals)):  # edfio would round these again, outwards
        low_at = 256 + count * (16 + 80 + 8) + 8 * axis
        fields += [(low_at, 8, scales[axis // 3].low), (low_at + 8 * count, 8, scales[axis // 3].high)]
    for start, width, value in fields:
        header[start : start + width] = value.ljust(width).encode("ascii")
    return bytes(header)


def _grid(blocks: Iterator[SampleBlock], scales: list[_Scale], layout: Layout) -> Iterator[tuple[NDArray[np.int16], float]]:
    """(slots, axes) counts in whole records, gaps filled with zeros, and how far (s) any sample so far is from its slot."""
    axes = 3 * len(scales)
    held = np.empty((0, axes), dtype=np.int16)
    sample = slot = 0
    off_s = 0.0
    for block in blocks:
        parts = [held]
        starts = [0, *(int(i) for i in np.flatnonzero(block.after_gap) if i), len(block)]
        for start, end in pairwise(starts):
            fill = layout.filled.get(sample, 0)
            parts.append(np.zeros((fill, axes), dtype=np.int16))
            slot += fill
            expected_s = layout.slot_times_s(slot, end - start)
            off_s = max(off_s, float(np.abs(block.t_s[start:end] - expected_s).max()))
            parts.append(_counts(block[start:end], scales))
            sample, slot = sample + end - start, slot + end - start
        joined = np.concatenate(parts)
        whole = len(joined) - len(joined) % layout.samples_per_record
        held = joined[whole:]
        if whole:
            yield joined[:whole], off_s
    if len(held):
        yield np.concatenate((held, np.zeros((layout.samples_per_record - len(held), axes), dtype=np.int16))), off_s


def _counts(block: SampleBlock, scales: list[_Scale]) -> NDArray[np.int16]:
    values: list[FloatArray] = [block.acc_mps2] if block.gyr_radps is None else [block.acc_mps2, block.gyr_radps]
    scaled = [np.rint((value - scale.zero) / scale.si_per_count) for value, scale in zip(values, scales, strict=True)]
    return np.hstack(scaled).clip(-_COUNTS, _COUNTS - 1).astype(np.int16)
