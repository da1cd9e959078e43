"""Imported files as a `FileSource`: blocks of 8192 samples with time, gaps and saturation worked out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.importers.checks import check_values
from sensorcore.importers.samples import SiSamples, cut, saturated
from sensorcore.importers.thinning import thinned
from sensorcore.importers.timing import DEVICE_TIME, TimeRules, check_rate, find_gaps, measure_period, snap, thinning
from sensorcore.importers.zones import this_computers_offset_s
from sensorcore.model import DeviceProfile, GyroSampling, SampleBlock, StreamInfo
from sensorcore.ports import StreamItem

BLOCK_ROWS: Final = 8192
MIN_DURATION_S: Final = 1.0
"""Shorter than this there is no rest to find an upright in; windows of 2 s still open."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """Description of a file by its format's reader. `samples(notes)` reads it from the start; `bytes_per_row` and `size` give the
    length; `full_scale` (acc m/s^2, gyr rad/s) is None where the sensor's range is unknown. `utc_offset_s` is the wearer's local
    time minus UTC, None where the file does not say it; `local_time`: `start_unix_ns` is a wall clock of an unnamed zone, as if it
    were UTC. `notes`: what a person should know."""

    where: str
    name: str
    device: str
    samples: Callable[[list[str]], Iterator[SiSamples]]
    rules: TimeRules = DEVICE_TIME
    start_unix_ns: int | None = None
    size: int = 0
    bytes_per_row: float = 0.0
    full_scale: tuple[float, float] | None = None
    gyr_in_degrees: bool = False
    utc_offset_s: int | None = None
    local_time: bool = False
    notes: tuple[str, ...] = ()


class ImportedSource:
    """A file of another program as a stream (a `FileSource`).

    `warnings` holds what a person should know (a cut line, duplicates left out); it is filled while `items()` reads and starts
    empty with each reading. Raises BadInput when opened on a file that is too short, too slow or in the wrong units.
    """

    def __init__(self, recipe: Recipe) -> None:
        self.warnings: list[str] = []
        self._recipe = recipe
        said: list[str] = []
        first = next(cut(recipe.samples(said), BLOCK_ROWS), None)
        if first is None:
            raise BadInput("holds no samples, only a header", where=recipe.where, hint="Record for a few seconds at least")
        rows, following = first
        if len(rows) < 3:
            why = said[-1].removeprefix(f"{recipe.where}: ") if said else "Record for a few seconds at least"
            count = f"{len(rows)} sample" + "s" * (len(rows) != 1)
            raise BadInput(f"holds {count}", where=recipe.where, hint=why[0].upper() + why[1:])
        self._period_s = measure_period(rows.t_s, recipe.rules)
        rate_hz = check_rate(self._period_s, recipe.where)
        if following is None and len(rows) * self._period_s < MIN_DURATION_S:
            held = f"holds {len(rows) * self._period_s:.2g} s of samples"
            raise BadInput(held, where=recipe.where, hint="Record for a few seconds at least")
        self._oddities = [*recipe.notes, *check_values(rows.acc_mps2, rows.gyr_radps, recipe.where, recipe.gyr_in_degrees)]
        self._duration_s = float(rows.t_s[-1] - rows.t_s[0])
        if following is not None and recipe.bytes_per_row > 0:
            self._duration_s = recipe.size / recipe.bytes_per_row * self._period_s
        self._raw_period_s, self._factor = self._period_s, thinning(rate_hz)
        if self._factor > 1:
            self._period_s *= self._factor
            thinned_hz = f"{rate_hz:.0f} samples a second were thinned to {rate_hz / self._factor:.0f} (low-passed first)"
            self._oddities.append(f"{recipe.where}: {thinned_hz}")
        gyro: GyroSampling | None = None if rows.gyr_radps is None else "point"
        device = DeviceProfile(recipe.device, round(1 / self._period_s, 3), gyro, *(recipe.full_scale or ()))
        start_unix_ns, offset_s = self._wall_clock()
        self.info = StreamInfo(device, start_unix_ns=start_unix_ns, utc_offset_s=offset_s, name=recipe.name)

    def _wall_clock(self) -> tuple[int | None, int]:
        """Start of the stream, and the wearer's local time minus UTC; where the file does not name it, this computer's."""
        start_ns, offset_s = self._recipe.start_unix_ns, self._recipe.utc_offset_s
        if start_ns is None or offset_s is not None:
            return start_ns, offset_s or 0
        offset_s = this_computers_offset_s(start_ns / 1e9, self._recipe.local_time)
        zone = f"this computer's (UTC{offset_s // 60 / 60:+g} h)"
        self._oddities.append(f"{self._recipe.where}: the times name no time zone and are taken as {zone}")
        return start_ns - (offset_s * 10**9 if self._recipe.local_time else 0), offset_s

    @property
    def duration_hint_s(self) -> float | None:
        """Roughly how long the stream is, from the file's size."""
        return self._duration_s

    def items(self) -> Iterator[StreamItem]:
        """Blocks of 8192 samples. Raises BadInput at the end when most of the rows could not be used."""
        self.warnings[:] = self._oddities
        before_s = np.empty(0)
        shift_s, previous_s = 0.0, -np.inf
        for rows, next_s in cut(self._samples(), BLOCK_ROWS):
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
                saturated=saturated(rows, self._recipe.full_scale),
                where=self._recipe.where,
            )

    def _samples(self) -> Iterator[SiSamples]:
        rows = self._recipe.samples(self.warnings)
        if self._factor == 1:
            return rows
        return thinned(rows, self._factor, self._raw_period_s, self._recipe.full_scale, self._recipe.rules.gap_floor_s)
