"""One sensor's columns in a table: times in the file's unit, values to SI, order checked row by row."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from sensorcore.source.importers.table import Column, Kind, Rows, Table, first_row, read

ACC_SCALE: Final = {"mps2": 1.0, "g": STANDARD_GRAVITY_MPS2}
GYR_SCALE: Final = {"radps": 1.0, "dps": float(np.deg2rad(1.0))}
SECONDS_PER: Final = {"s": 1.0, "ms": 1e3, "us": 1e6, "ns": 1e9}
_LARGEST_SI: Final = 1e5
"""Larger accelerations (m/s^2) and rates (rad/s) are damage, not motion."""
_LARGEST_TIME: Final = 4e18
_EPOCH_S: Final = (946_684_800.0, 4_102_444_800.0)
"""Unix seconds of the years 2000 and 2100: a time column between them counts from 1970."""


@dataclass(frozen=True, slots=True)
class Channel:
    """Columns of a table: `time_index` counted `per_second`, and `values` (index, factor to SI).

    `parse_time` turns text cells into int64 ns (WitMotion); `drop_repeats` leaves out rows that repeat the one before in
    every cell read, as phones write at the start; `increasing` is False for times of arrival, which may repeat.
    """

    table: Table
    time_index: int
    time_kind: Kind
    per_second: float
    values: tuple[tuple[int, float], ...]
    drop_repeats: bool = False
    increasing: bool = True
    parse_time: Callable[[Rows, NDArray[Any]], NDArray[np.int64]] | None = None
    extra: tuple[int, ...] = ()

    @property
    def where(self) -> str:
        return self.table.file.where

    def origin(self) -> Any:
        """The first row's time, in the file's unit."""
        rows = first_row(self.table, self._columns())
        if rows is None:
            raise BadInput("holds no samples, only a header", where=self.where, hint="Record for a few seconds at least")
        return self._raw_time(rows)[0]

    def start_unix_ns(self, origin: Any) -> int | None:
        """The wall clock at `origin`, when the time column counts from 1970."""
        if _EPOCH_S[0] <= float(origin) / self.per_second <= _EPOCH_S[1]:
            return round(float(origin) * self._ns) if origin.dtype.kind == "f" else int(origin) * self._ns
        return None

    def read(
        self, origin: Any, notes: list[str], check: Callable[[Rows], None] | None = None
    ) -> Iterator[tuple[FloatArray, FloatArray]]:
        """Times in seconds since `origin` (n,) and values in SI units (n, k). Raises BadInput for time out of order."""
        last_t, last_row, dropped = -np.inf, np.full(len(self.values), np.nan), 0
        for rows in read(self.table, self._columns(), notes):
            if check is not None:
                check(rows)
            t_s = _since(self._raw_time(rows), origin) / self.per_second
            factors = [factor for _, factor in self.values]
            values = np.column_stack(rows.columns[1 : 1 + len(factors)]).astype(np.float64, copy=False) * factors
            steps = np.diff(t_s, prepend=last_t)
            bad = steps < 0 if not self.increasing else steps <= 0
            repeats = np.zeros(len(t_s), dtype=np.bool_)
            if self.drop_repeats and (steps == 0).any():
                repeats = (steps == 0) & (np.vstack([last_row, values[:-1]]) == values).all(axis=1)
                bad &= ~repeats
            if bad.any():
                raise self._disorder(rows, int(np.flatnonzero(bad)[0]), bool(steps[bad][0] == 0))
            last_t, last_row = float(t_s[-1]), values[-1]
            dropped += int(repeats.sum())
            yield t_s[~repeats], values[~repeats]
        if dropped:
            notes.append(f"{self.where}: {dropped} rows that repeat the one before are left out")

    @property
    def _ns(self) -> int:
        return round(1e9 / self.per_second)

    def _columns(self) -> list[Column]:
        time = Column(self.time_index, self.time_kind, _LARGEST_TIME if self.time_kind in ("float", "int") else np.inf)
        values = [Column(index, "float", _LARGEST_SI / abs(factor)) for index, factor in self.values]
        return [time, *values, *(Column(index, "text") for index in self.extra)]

    def _raw_time(self, rows: Rows) -> NDArray[Any]:
        return rows.columns[0] if self.parse_time is None else self.parse_time(rows, rows.columns[0])

    def _disorder(self, rows: Rows, row: int, repeats: bool) -> BadInput:
        name = self.table.names[self.time_index] or "time"
        what = "time repeats" if repeats else "time runs backwards"
        hint = "Write more digits" if repeats else "Sort the rows by time, or give one recording at a time"
        return BadInput(what, where=f"{self.where}, line {rows.line_of(row)}, column {name}", hint=hint)


def _since(raw: NDArray[Any], origin: Any) -> FloatArray:
    """`raw - origin` as float64; exact for whole numbers, which nanoseconds since 1970 need."""
    if raw.dtype.kind == "i" and isinstance(origin, np.integer):
        return (raw - origin).astype(np.float64)
    return raw.astype(np.float64) - float(origin)
