"""From rows of several formats to the one `FileSource`: blocks of 8192 samples with time, gaps and saturation worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import BoolArray, DeviceProfile, FloatArray, GyroSampling, SampleBlock, StreamInfo, StreamItem
from sensorcore.source.importers.checks import check_values
from sensorcore.source.importers.timing import DEVICE_TIME, TimeRules, check_rate, find_gaps, measure_period, snap

BLOCK_ROWS: Final = 8192
MIN_DURATION_S: Final = 1.0
"""Shorter than this there is no rest to find an upright in; windows of 2 s still open."""


@dataclass(frozen=True, slots=True)
class Samples:
    """Rows in SI units with the file's own times (strictly increasing, from the first row on): `t_s` (n,), `acc_mps2` (n, 3),
    `gyr_radps` (n, 3) or None."""

    t_s: FloatArray
    acc_mps2: FloatArray
    gyr_radps: FloatArray | None

    def __len__(self) -> int:
        return len(self.t_s)

    def __getitem__(self, part: slice) -> Samples:
        return Samples(self.t_s[part], self.acc_mps2[part], None if self.gyr_radps is None else self.gyr_radps[part])


def _join(parts: list[Samples]) -> Samples:
    gyr = [p.gyr_radps for p in parts if p.gyr_radps is not None]
    return Samples(
        np.concatenate([p.t_s for p in parts]),
        np.concatenate([p.acc_mps2 for p in parts]),
        np.concatenate(gyr) if gyr else None,
    )


def cut(parts: Iterator[Samples], n_rows: int) -> Iterator[tuple[Samples, float | None]]:
    """Blocks of exactly `n_rows` (the last may be shorter), each with the time of the row after it."""
    held: list[Samples] = []
    for part in parts:
        held.append(part)
        if sum(map(len, held)) <= n_rows:
            continue
        rows = _join(held)
        while len(rows) > n_rows:
            yield rows[:n_rows], float(rows.t_s[n_rows])
            rows = rows[n_rows:]
        held = [rows]
    if held and sum(map(len, held)):
        yield _join(held), None


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a format found out about a file. `samples(notes)` reads it from the start; `bytes_per_row` and `size` give the
    length; `full_scale` (acc m/s^2, gyr rad/s) is None where the sensor's range is unknown."""

    where: str
    name: str
    device: str
    samples: Callable[[list[str]], Iterator[Samples]]
    rules: TimeRules = DEVICE_TIME
    start_unix_ns: int | None = None
    size: int = 0
    bytes_per_row: float = 0.0
    full_scale: tuple[float, float] | None = None
    gyr_in_degrees: bool = False


class ImportedSource:
    """A file of another program as a stream (a `FileSource`).

    `warnings` holds what a person should know (a cut line, duplicates left out); it is filled while `items()` reads and starts
    anew with each reading. Raises BadInput when opened on a file that is too short, too slow or in the wrong units.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.warnings: list[str] = []
        self._recipe = recipe
        first = next(cut(recipe.samples([]), BLOCK_ROWS), None)
        if first is None:
            raise BadInput("holds no samples, only a header", where=recipe.where, hint="Record for a few seconds at least")
        rows, following = first
        if len(rows) < 3:
            raise BadInput(f"holds {len(rows)} samples", where=recipe.where, hint="Record for a few seconds at least")
        self._period_s = measure_period(rows.t_s, recipe.rules)
        rate_hz = check_rate(self._period_s, recipe.where)
        if following is None and len(rows) * self._period_s < MIN_DURATION_S:
            held = f"holds {len(rows) * self._period_s:.2g} s of samples"
            raise BadInput(held, where=recipe.where, hint="Record for a few seconds at least")
        self._oddities = check_values(rows.acc_mps2, rows.gyr_radps, recipe.where, recipe.gyr_in_degrees)
        gyro: GyroSampling | None = None if rows.gyr_radps is None else "point"
        device = DeviceProfile(recipe.device, round(rate_hz, 3), gyro, *(recipe.full_scale or ()))
        self.info = StreamInfo(device, start_unix_ns=recipe.start_unix_ns, name=recipe.name)
        self._duration_s = float(rows.t_s[-1] - rows.t_s[0])
        if following is not None and recipe.bytes_per_row > 0:
            self._duration_s = recipe.size / recipe.bytes_per_row * self._period_s

    @property
    def duration_hint_s(self) -> float | None:
        """Roughly how long the stream is, from the file's size."""
        return self._duration_s

    def items(self) -> Iterator[StreamItem]:
        """Blocks of 8192 samples. Raises BadInput naming the line for a row that cannot be used."""
        self.warnings[:] = self._oddities
        before_s = np.empty(0)
        shift_s, previous_s = 0.0, -np.inf
        for rows, next_s in cut(self._recipe.samples(self.warnings), BLOCK_ROWS):
            after_gap = find_gaps(rows.t_s, before_s, next_s, self._period_s, self._recipe.rules)
            floor_s = previous_s if np.isfinite(previous_s) else float(rows.t_s[0]) - self._period_s
            t_s = snap(rows.t_s, after_gap, floor_s, self._period_s, self._recipe.rules)
            if not len(before_s):
                shift_s = float(t_s[0])
            before_s = np.concatenate([before_s, rows.t_s])[-2:]
            previous_s = float(t_s[-1])
            yield SampleBlock.checked(
                t_s - shift_s,
                rows.acc_mps2,
                rows.gyr_radps,
                after_gap=after_gap,
                saturated=self._saturated(rows),
                where=self._recipe.where,
            )

    def _saturated(self, rows: Samples) -> BoolArray:
        """At full scale where that is known. Where it is not: an axis that stays for three samples or more at exactly the
        largest magnitude of its block, beyond 1.95 g or 245 deg/s, the smallest ranges that sensors have."""
        out = np.zeros(len(rows), dtype=np.bool_)
        for values, i, least in ((rows.acc_mps2, 0, 1.95 * 9.80665), (rows.gyr_radps, 1, np.deg2rad(245.0))):
            if values is None:
                continue
            size = np.abs(values)
            if self._recipe.full_scale is not None:
                out |= (size >= 0.9999 * self._recipe.full_scale[i]).any(axis=1)
                continue
            top = (size == size.max(axis=0)) & (size >= least)
            for axis in np.flatnonzero(top.sum(axis=0) >= 3):
                run = top[:, axis] & np.append(False, values[1:, axis] == values[:-1, axis])  # same as the sample before
                triple = np.zeros(len(rows), dtype=np.bool_)
                triple[2:] = run[2:] & run[1:-1]
                out |= triple | np.append(triple[1:], False) | np.append(triple[2:], [False, False])
        return out
