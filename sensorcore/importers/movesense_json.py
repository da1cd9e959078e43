"""Movesense data as JSON, as its apps and its `sbem2json` write it: messages with `Timestamp` (ms since boot, of the first sample)
and `ArrayAcc` (m/s²), `ArrayGyro` (°/s), anywhere in the document, or one a line:

    {"Meas": {"IMU6": [{"Timestamp": 123, "ArrayAcc": [{"x": 0.1, "y": 0.2, "z": 9.8}, …], "ArrayGyro": […]}, …]}}
    {"data": [{"acc": {"Timestamp": 123, "ArrayAcc": […]}}, …]}
    {"Body": {"Timestamp": 123, "ArrayAcc": […]}, "Uri": "…/Meas/Acc/52"}

Samples are spread evenly to the next message's stamp. Angular rate that came in messages of its own is interpolated to the
acceleration's times. Messages that cannot be read are left out and counted.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.importers.files import DataFile
from sensorcore.importers.leftout import LeftOut
from sensorcore.importers.order import RowOrder
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import Recipe
from sensorcore.model import FloatArray
from sensorcore.timing.interpolation import WIDEST_STEP, followed

LARGEST_BYTES: Final = 128 << 20
"""Eight hours at 52 Hz; the document is held in memory, about ten times as large."""
DEEPEST: Final = 16
UNREADABLE: Final = "are messages that cannot be read"
RATES_DPS: Final = float(np.deg2rad(1.0))


def recognise(head: bytes) -> bool:
    """Whether this is JSON with Movesense's arrays near its beginning."""
    return head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[") and (b'"ArrayAcc"' in head or b'"ArrayGyro"' in head)


@dataclass(slots=True)
class _Stream:
    """Messages of one quantity: stamps in ms, and the samples of each."""

    stamps_ms: list[float] = field(default_factory=list)
    values: list[FloatArray] = field(default_factory=list)

    def samples(self) -> tuple[FloatArray, FloatArray]:
        """Times (n,) in seconds and values (n, 3)."""
        counts = np.array([len(each) for each in self.values])
        stamps_s = np.array(self.stamps_ms) / 1000.0
        steps = np.diff(stamps_s) / counts[:-1] if len(counts) > 1 else np.array([1 / 52.0])
        usual_s = float(np.median(steps[steps > 0])) if (steps > 0).any() else 1 / 52.0
        # a message whose successor is late or missing is spread at the usual rate
        period_s = np.append(np.where((steps > 0.5 * usual_s) & (steps < 1.5 * usual_s), steps, usual_s), usual_s)
        within = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
        return np.repeat(stamps_s, counts) + within * np.repeat(period_s[: len(counts)], counts), np.concatenate(self.values)


def open_movesense_json(file: DataFile, path: Path) -> Recipe:
    """Raises BadInput for a document that is damaged, too large, or without acceleration."""
    if file.size > LARGEST_BYTES:
        hint = "Export shorter recordings, or CSV"
        raise BadInput(f"is {file.size >> 20} MB of JSON, more than can be read at once", where=file.where, hint=hint)
    left_out = LeftOut(file.where)
    acc, gyr = _streams(file, left_out)
    if not acc.values:
        raise BadInput("is Movesense's JSON without acceleration (ArrayAcc)", where=file.where, hint="Record IMU6 or Acc as well")
    notes = [f"{file.where}: {reason.rows} messages {why}" for why, reason in left_out.reasons.items()]

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        counted = LeftOut(file.where)
        t_s, acc_mps2 = acc.samples()
        origin_s = float(t_s[0])
        rows = acc_mps2
        if gyr.values:
            gyr_s, gyr_radps = gyr.samples()
            if len(gyr_s) == len(t_s) and (gyr_s == t_s).all():
                rows = np.hstack([acc_mps2, gyr_radps])
            else:
                rate, there = followed(gyr_s, gyr_radps, t_s, WIDEST_STEP * float(np.median(np.diff(gyr_s))))
                if not there.all():
                    notes.append(f"{file.where}: {int((~there).sum())} of {len(t_s)} samples without gyroscope data are left out")
                t_s, rows = t_s[there], np.hstack([acc_mps2, rate])[there]
        order = RowOrder(counted, origin_s, file.where, True)
        for last in (False, True):
            now = slice(0, 0) if last else slice(None)
            for times, si in order.feed(t_s[now] - origin_s, rows[now], np.arange(len(t_s))[now], last=last):
                counted.went_on(1, len(times))
                yield SiSamples(times, si[:, :3], si[:, 3:] if si.shape[1] == 6 else None)
        counted.finish(notes)

    count = sum(map(len, acc.values))
    return Recipe(
        where=file.where,
        name=path.stem,
        device="Movesense",
        samples=samples,
        size=file.size,
        bytes_per_row=file.size / count,
        gyr_in_degrees=True,
        notes=tuple(notes),
    )


def _streams(file: DataFile, left_out: LeftOut) -> tuple[_Stream, _Stream]:
    acc, gyr = _Stream(), _Stream()
    for document in _documents(file, left_out):
        for message in _messages(document, 0):
            try:
                stamp_ms = float(message["Timestamp"])
                found = [
                    (stream, key, scale)
                    for stream, key, scale in ((acc, "ArrayAcc", 1.0), (gyr, "ArrayGyro", RATES_DPS))
                    if key in message
                ]
                read = [(stream, _vectors(message[key]) * scale) for stream, key, scale in found]
            except (KeyError, TypeError, ValueError, OverflowError):
                left_out.add(UNREADABLE, 1, file.where)
                continue
            for stream, values in read:
                stream.stamps_ms.append(stamp_ms)
                stream.values.append(values)
    return acc, gyr


def _vectors(array: Any) -> FloatArray:
    values = np.array([[float(each[axis]) for axis in "xyz"] for each in array], dtype=np.float64)
    if values.shape[1:] != (3,) or not np.isfinite(values).all():
        raise ValueError("not vectors")
    return values


def _messages(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    """The objects that hold arrays, in their order."""
    if depth > DEEPEST:
        return
    if isinstance(value, dict):
        if "ArrayAcc" in value or "ArrayGyro" in value:
            yield value
            return
        for each in value.values():
            yield from _messages(each, depth + 1)
    elif isinstance(value, list):
        for each in value:
            yield from _messages(each, depth + 1)


def _documents(file: DataFile, left_out: LeftOut) -> Iterator[Any]:
    """The whole file, or each of its lines."""
    text = b"".join(file.pieces(0, 1 << 20)).removeprefix(b"\xef\xbb\xbf")
    try:
        yield json.loads(text)
        return
    except (ValueError, RecursionError):
        lines = [line for line in text.split(b"\n") if line.strip()]
    read = 0
    for number, line in enumerate(lines, 1):
        try:
            document = json.loads(line.rstrip(b",\r "))
        except (ValueError, RecursionError):
            left_out.add(UNREADABLE, 1, f"{file.where}, line {number}")
            continue
        read += 1
        yield document
    if read * 2 < len(lines) or not read:
        raise BadInput("is Movesense's JSON, but damaged or cut short", where=file.where, hint="Export or copy it again")
