"""Layout of an EDF+ file: the place of each sample and annotation. Pure: no file, no EDF library."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from sensorcore.model import DeviceProfile, FloatArray, SampleBlock

Annotation = tuple[float, float | None, str]
"""Onset and duration in s of stream time, text."""

_COUNTS = 32768


@dataclass(slots=True)
class Survey:
    """Statistics of one pass over the samples. `acc_count`, `gyr_count`: the sensor's full scale / 32768 when every value is a
    whole multiple of it, else None. `runs`: (first sample, its time, time of the last sample) of each stretch without a gap."""

    samples: int = 0
    acc_max: float = 0.0
    gyr_max: float = 0.0
    acc_count: float | None = None
    gyr_count: float | None = None
    period_s: float = 0.0
    runs: list[tuple[int, float, float]] = field(default_factory=list)


def survey(blocks: Iterable[SampleBlock], device: DeviceProfile) -> Survey:
    """Ranges, rate and gaps of the samples."""
    found = Survey(acc_count=device.acc_range_mps2 / _COUNTS, gyr_count=device.gyr_range_radps / _COUNTS)
    for block in blocks:
        found.acc_max = max(found.acc_max, float(np.abs(block.acc_mps2).max()))
        found.acc_count = _still(found.acc_count, block.acc_mps2)
        if block.gyr_radps is not None:
            found.gyr_max = max(found.gyr_max, float(np.abs(block.gyr_radps).max()))
            found.gyr_count = _still(found.gyr_count, block.gyr_radps)
        gaps = np.flatnonzero(block.after_gap)
        starts = sorted({*gaps.tolist(), *([] if found.samples else [0])})
        if found.runs:
            before = starts[0] if starts else len(block)
            if before:
                found.runs[-1] = (*found.runs[-1][:2], float(block.t_s[before - 1]))
        for start, end in zip(starts, [*starts[1:], len(block)], strict=False):
            found.runs.append((found.samples + start, float(block.t_s[start]), float(block.t_s[end - 1])))
        found.samples += len(block)
    steps = found.samples - len(found.runs)
    found.period_s = sum(end - start for _, start, end in found.runs) / steps if steps else 1 / device.sample_rate_hz
    return found


def _still(count: float | None, values: FloatArray) -> float | None:
    if count is None:
        return None
    scaled = values / count
    whole = np.rint(scaled)
    return count if np.abs(scaled - whole).max() < 1e-6 and whole.max() < _COUNTS and whole.min() >= -_COUNTS else None


@dataclass(frozen=True, slots=True)
class Layout:
    """`filled`: slots of zeros before the sample of that number. `segments`: (first slot, onset in s) of each stretch of records
    that follow each other without a break. `placed`: the annotations of each record, as bytes."""

    samples_per_record: int
    record_duration: str
    records: int
    filled: dict[int, int]
    segments: tuple[tuple[int, float], ...]
    fraction_s: float
    annotation_bytes: int
    placed: dict[int, bytes]

    @property
    def continuous(self) -> bool:
        return len(self.segments) == 1

    @property
    def slot_s(self) -> float:
        return float(self.record_duration) / self.samples_per_record

    def slot_times_s(self, slot: int, count: int) -> FloatArray:
        """Stream time of `count` slots of one segment from `slot` on."""
        first, onset_s = self._segment(slot)
        return np.float64(onset_s) + (slot - first + np.arange(count)) * np.float64(self.slot_s)

    def annotations(self, record: int) -> bytes:
        """The annotation bytes of a record: its own onset first, as EDF+ demands."""
        first, onset_s = self._segment(record * self.samples_per_record)
        own_s = onset_s + (record * self.samples_per_record - first) * self.slot_s
        return (_tal(own_s + self.fraction_s, None, "") + self.placed.get(record, b"")).ljust(self.annotation_bytes, b"\0")

    def _segment(self, slot: int) -> tuple[int, float]:
        low, high = 0, len(self.segments)
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if self.segments[middle][0] <= slot else (low, middle)
        return self.segments[low]


def lay_out(found: Survey, fraction_s: float, events: list[Annotation]) -> Layout:
    """Records of about a second. `fraction_s`: what the header's start time, in whole seconds, leaves out."""
    n = max(1, round(1 / found.period_s))
    duration = f"{n * found.period_s:.7f}"[:8].rstrip("0").rstrip(".")
    slot_s = float(duration) / n
    filled: dict[int, int] = {}
    segments: list[tuple[int, float]] = []
    annotations = list(events)
    slot = 0
    for number, (first, start_s, _) in enumerate(found.runs):
        if not segments:
            segments.append((0, start_s))
        else:
            began, onset_s = segments[-1]
            free_s = onset_s + (slot - began) * slot_s
            missing, left = max(0, round((start_s - free_s) / slot_s)), -slot % n
            fill = min(missing, left)
            if fill:
                filled[first] = fill
                annotations.append((free_s, fill * slot_s, "no data"))
            slot += fill
            if missing > left:
                segments.append((slot, start_s))
        next_first = found.runs[number + 1][0] if number + 1 < len(found.runs) else found.samples
        slot += next_first - first
    if slot % n:
        began, onset_s = segments[-1]
        annotations.append((onset_s + (slot - began) * slot_s, (-slot % n) * slot_s, "no data"))
    records = math.ceil(slot / n)
    layout = Layout(n, duration, records, filled, tuple(segments), fraction_s, 0, {})
    size, placed = _place(layout, annotations)
    return Layout(n, duration, records, filled, tuple(segments), fraction_s, size, placed)


def _place(layout: Layout, annotations: list[Annotation]) -> tuple[int, dict[int, bytes]]:
    """Each annotation into the record of its time or the next with room, starting over at the first record: EDF+ allows any."""
    onsets = np.array([onset_s for _, onset_s in layout.segments])
    tals = []
    for t_s, duration_s, text in sorted(annotations, key=lambda a: a[0]):
        first, onset_s = layout.segments[max(0, int(np.searchsorted(onsets, t_s, side="right")) - 1)]
        record = (first + int(max(0.0, t_s - onset_s) / layout.slot_s)) // layout.samples_per_record
        tals.append((min(record, layout.records - 1), _tal(max(0.0, t_s + layout.fraction_s), duration_s, text)))
    own = 32  # a record's own onset
    size = own + max(32, *(len(tal) for _, tal in tals), 0)
    size = max(size, own + 2 * math.ceil(sum(len(tal) for _, tal in tals) / layout.records))
    while True:
        size += size % 2
        placed = _fit(tals, layout.records, size - own)
        if placed is not None:
            return size, placed
        size *= 2


def _fit(tals: list[tuple[int, bytes]], records: int, room: int) -> dict[int, bytes] | None:
    placed: dict[int, bytes] = {}
    cursor, turns = 0, 0
    for wanted, tal in tals:
        cursor = max(cursor, wanted) if not turns else cursor
        while len(placed.get(cursor, b"")) + len(tal) > room:
            cursor += 1
            if cursor == records:
                cursor, turns = 0, turns + 1
                if turns > 1:
                    return None
        placed[cursor] = placed.get(cursor, b"") + tal
    return placed


def _tal(onset_s: float, duration_s: float | None, text: str) -> bytes:
    """A time-stamped annotation list of one entry, microseconds exact."""
    length = "" if duration_s is None else "\x15" + _decimal(duration_s)
    return f"+{_decimal(onset_s)}{length}\x14{text}\x14\0".encode()


def _decimal(value: float) -> str:
    return f"{value:.6f}".rstrip("0").rstrip(".")
