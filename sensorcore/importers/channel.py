"""One sensor's columns in a table: times in the file's unit, values to SI, rows in order of time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.importers.files import DataFile, printable
from sensorcore.importers.leftout import LeftOut
from sensorcore.importers.order import RowOrder
from sensorcore.importers.rows import UNREADABLE, Column, Kind, ParsedRows, read
from sensorcore.importers.table import TextTable
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, FloatArray

ACC_SCALE: Final = {"mps2": 1.0, "g": STANDARD_GRAVITY_MPS2}
GYR_SCALE: Final = {"radps": 1.0, "dps": float(np.deg2rad(1.0))}
SECONDS_PER: Final = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_LARGEST_SI: Final = 1e5
"""Larger accelerations (m/s^2) and rates (rad/s) are damage, not motion."""
_LARGEST_TIME: Final = 4e18
NOT_A_TIME: Final = int(np.iinfo(np.int64).min)
_EPOCH_S: Final = (946_684_800.0, 4_102_444_800.0)
"""Unix seconds of the years 2000 and 2100: a time column between them counts from 1970."""


@dataclass(frozen=True, slots=True)
class SensorChannel:
    """Columns of a table: `time_index` counted `per_second`, and `values` (index, factor to SI).

    `parse_time` turns text cells into int64 ns (NOT_A_TIME where there is none); `increasing` is False for times of arrival, which
    may repeat; `pauses` (seconds of the file's time, seconds to add from there on) are those that its time does not count.
    """

    table: TextTable
    time_index: int
    time_kind: Kind
    per_second: float
    values: tuple[tuple[int, float], ...]
    increasing: bool = True
    parse_time: Callable[[ParsedRows, NDArray[Any]], NDArray[np.int64]] | None = None
    extra: tuple[int, ...] = ()
    pauses: tuple[tuple[float, float], ...] = ()

    @property
    def where(self) -> str:
        return self.table.file.where

    def origin(self) -> Any:
        """The first row's time, in the file's unit. Raises BadInput when no row can be read."""
        left_out = LeftOut(self.where)
        raw = next((raw for _, raw in self._timed(left_out) if len(raw)), None)
        if raw is not None:
            return raw[0]
        if left_out.reasons:
            raise left_out.refusal()
        raise BadInput("holds no samples, only a header", where=self.where, hint="Record for a few seconds at least")

    def first_times(self) -> FloatArray:
        """Times (n,) of the first rows in seconds since the first, as they are written, each row once."""
        found = next(((rows, raw) for rows, raw in self._timed(LeftOut(self.where)) if len(raw)), None)
        if found is None:
            return np.empty(0)
        rows, raw = found
        values = np.column_stack(rows.columns[1 : 1 + len(self.values)])
        fresh = np.append(True, (np.diff(raw) != 0) | (values[1:] != values[:-1]).any(axis=1))
        return np.asarray((_since(raw, raw[0]) / self.per_second)[fresh])

    def end_s(self, origin: Any) -> float | None:
        """The last row's time in seconds since `origin`; None when the file's end does not show it."""
        tail = self.table.file.tail()
        end = DataFile.of(self.table.file.where, tail)
        if self.parse_time is not None:
            return None
        there = replace(self, table=replace(self.table, file=end, body_offset=0, body_line=1))
        times = [raw for _, raw in there._timed(LeftOut(self.where)) if len(raw)]
        last_s = float(_since(times[-1], origin)[-1]) / self.per_second if times else -1.0
        return last_s if last_s >= 0 else None

    def start_unix_ns(self, origin: Any) -> int | None:
        """The wall clock at `origin`, when the time column counts from 1970."""
        if _EPOCH_S[0] <= float(origin) / self.per_second <= _EPOCH_S[1]:
            return round(float(origin) * self._ns) if origin.dtype.kind == "f" else int(origin) * self._ns
        return None

    def read(
        self, origin: Any, notes: list[str], fits: Callable[[ParsedRows, LeftOut], BoolArray] | None = None
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Times in seconds since `origin` (n,) and values in SI units (n, k), in order of time. `notes` gets what was left out
        at the end; `fits` says which rows of a chunk are of this sensor. Raises BadInput when most of the file is left
        out."""
        left_out = LeftOut(self.where)
        order = RowOrder(left_out, float(origin) / self.per_second, self.where, self.increasing)
        factors = [factor for _, factor in self.values]
        for rows, raw in self._timed(left_out, fits):
            values = np.column_stack(rows.columns[1 : 1 + len(factors)]).astype(np.float64, copy=False) * factors
            before = left_out.rows
            t_s = self._with_pauses(_since(raw, origin) / self.per_second, origin)
            yield from order.feed(t_s, values, rows.numbers())
            # rows that are held back are not lost
            if not left_out.went_on(len(rows.text), max(0, len(t_s) - (left_out.rows - before))):
                break
        yield from order.feed(np.empty(0), np.empty((0, len(factors))), np.empty(0, dtype=np.int64), last=True)
        left_out.finish(notes)
        if order.set_back:
            places = ", ".join(str(line) for line in order.set_back[:3]) + (", …" if len(order.set_back) > 3 else "")
            times = f"{len(order.set_back)} times" if len(order.set_back) > 1 else "once"
            notes.append(f"{self.where}: the clock was set back {times} (line {places}); the rows after it follow on, after a gap")

    @property
    def _ns(self) -> int:
        return round(1e9 / self.per_second)

    def _with_pauses(self, t_s: FloatArray, origin: Any) -> FloatArray:
        origin_s = float(origin) / self.per_second
        out = t_s
        for at_s, longer_s in self.pauses:
            if at_s > origin_s:
                out = out + np.where(t_s >= at_s - origin_s, longer_s, 0.0)
        return out

    def _columns(self) -> list[Column]:
        time = Column(self.time_index, self.time_kind, _LARGEST_TIME if self.time_kind in ("float", "int") else np.inf)
        values = [Column(index, "float", _LARGEST_SI / abs(factor)) for index, factor in self.values]
        return [time, *values, *(Column(index, "text") for index in self.extra)]

    def _timed(
        self, left_out: LeftOut, fits: Callable[[ParsedRows, LeftOut], BoolArray] | None = None
    ) -> Iterator[tuple[ParsedRows, NDArray[Any]]]:
        """Chunks with their times as written."""
        for rows in read(self.table, self._columns(), left_out):
            raw = rows.columns[0] if self.parse_time is None else self.parse_time(rows, rows.columns[0])
            known = raw != NOT_A_TIME if self.parse_time is not None else np.ones(len(raw), dtype=np.bool_)
            if not known.all():
                first = int(np.flatnonzero(~known)[0])
                shown = printable(rows.columns[0][first][:40].decode("utf-8", "replace"))
                what = f"'{shown}' is not a time" if shown else "the cell is empty"
                where = f"{self.where}, line {rows.line_of(first)}, column {self.table.names[self.time_index] or 'time'}"
                left_out.add(UNREADABLE, int((~known).sum()), where, what)
            if fits is not None:
                known = known & fits(rows, left_out)
            yield (rows, raw) if known.all() else (rows.only(known), raw[known])


def _since(raw: NDArray[Any], origin: Any) -> FloatArray:
    """`raw - origin` as float64; exact for whole numbers, which nanoseconds since 1970 need."""
    if raw.dtype.kind == "i" and isinstance(origin, np.integer):
        return (raw - origin).astype(np.float64)
    return raw.astype(np.float64) - float(origin)
