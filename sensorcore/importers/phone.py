"""Phones write a file per sensor, each with its own times: the others are interpolated onto the accelerometer's clock, never
beyond their ends and never across a gap. Our sign is Android's: at rest, +1 g along the axis that points up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.importers.arrival import time_rules
from sensorcore.importers.channel import SensorChannel
from sensorcore.importers.rows import row_bytes
from sensorcore.importers.samples import SiSamples
from sensorcore.importers.stream import BLOCK_ROWS, Recipe
from sensorcore.importers.timing import DEVICE_TIME, check_rate, measure_period
from sensorcore.model import BoolArray, FloatArray
from sensorcore.timing.interpolation import WIDEST_STEP, followed

LEAST_COVER: Final = 0.5
"""A gyroscope of the same export that covers less of the accelerometer's time costs more than it brings: samples without it are
left out."""
NEIGHBOUR_COVER: Final = 0.9
"""A file that merely lies beside the accelerometer's is of the same recording only if both begin and end together."""


@dataclass(slots=True)
class _Follower:
    """A sensor read along another's clock; keeps only the rows that are still needed."""

    rows: Iterator[tuple[FloatArray, FloatArray]]
    widest_s: float
    t_s: FloatArray = field(default_factory=lambda: np.empty(0))
    values: FloatArray = field(default_factory=lambda: np.empty((0, 3)))
    ended: bool = False

    def at(self, t_s: FloatArray) -> tuple[FloatArray, BoolArray]:
        """Values (n, 3) at increasing times, and where there are any."""
        while not self.ended and (not len(self.t_s) or self.t_s[-1] < t_s[-1]):
            more = next(self.rows, None)
            if more is None:
                self.ended = True
                break
            self.t_s = np.concatenate([self.t_s, more[0]])
            self.values = np.concatenate([self.values, more[1]])
        out, usable = followed(self.t_s, self.values, t_s, self.widest_s)
        keep = max(int(np.searchsorted(self.t_s, t_s[-1], side="left")) - 1, 0)
        self.t_s, self.values = self.t_s[keep:], self.values[keep:]
        return out, usable

    def drain(self) -> None:
        """Read to the end, so that the notes on the file are complete."""
        for _ in self.rows:
            pass


def merged(acc: SensorChannel, gravity: SensorChannel | None, gyr: SensorChannel | None, **about: Any) -> Recipe:
    """A recipe for a phone's export: `acc` (with gravity, or without it and `gravity` beside it), and a gyroscope if there is
    one. `about` holds the other fields of `Recipe`. Raises BadInput where a sensor's rate is out of range."""
    origin = acc.origin()
    time_rules(acc)  # raises where the times were rounded
    others = {name: channel for name, channel in (("gravity", gravity), ("gyroscope", gyr)) if channel is not None}
    widest = {name: WIDEST_STEP * _period(channel) for name, channel in others.items()}

    def samples(notes: list[str]) -> Iterator[SiSamples]:
        followers = {name: _Follower(c.read(origin, notes), widest[name]) for name, c in others.items()}
        left_out = total = 0
        for t_s, values in acc.read(origin, notes):
            if not len(t_s):
                continue
            usable, acc_mps2, gyr_radps = np.ones(len(t_s), dtype=np.bool_), values, None
            for name, follower in followers.items():
                other, there = follower.at(t_s)
                usable &= there
                if name == "gravity":
                    acc_mps2 = values + other
                else:
                    gyr_radps = other
            total += len(t_s)
            left_out += int((~usable).sum())
            if usable.any():
                yield SiSamples(t_s[usable], acc_mps2[usable], None if gyr_radps is None else gyr_radps[usable])
        for follower in followers.values():
            follower.drain()
        if left_out == total and others:
            hint = "Are the files of one recording? Export it again"
            raise BadInput(f"the accelerometer and the {' and '.join(others)} share no time", where=acc.where, hint=hint)
        if left_out:
            notes.append(f"{acc.where}: {left_out} of {total} samples without {' and '.join(others)} data are left out")

    return Recipe(
        where=acc.where,
        samples=samples,
        size=acc.table.file.size,
        bytes_per_row=row_bytes(acc.table),
        **{"start_unix_ns": acc.start_unix_ns(origin), **about},
    )


def fitting_gyroscope(
    acc: SensorChannel, found: Sequence[SensorChannel], *, same_export: bool
) -> tuple[SensorChannel | None, list[str]]:
    """The gyroscope that can be used with this accelerometer, if there is one, and what a person should know of that: one that
    merely lies beside it is used only if it covers the same time."""
    why_not = [(channel, _misfit(acc, channel, same_export=same_export)) for channel in found]
    fits = [channel for channel, why in why_not if not why]
    if len(fits) > 1:
        several = " and ".join(channel.table.file.name for channel in fits[:2])
        return None, [f"{acc.where}: more than one gyroscope file beside it fits ({several}); acceleration alone is used"]
    if fits:
        taken = f"{fits[0].where}: the gyroscope data were taken from this file, which covers the same time"
        return fits[0], [] if same_export else [taken]
    return None, [f"{channel.where}: not used for its gyroscope: {why}" for channel, why in why_not[:2]]


def _misfit(acc: SensorChannel, gyr: SensorChannel, *, same_export: bool) -> str:
    """Why a gyroscope cannot be used; empty when it can."""
    try:
        origin = acc.origin()
        begin_s = float(gyr.origin()) / gyr.per_second - float(origin) / acc.per_second
        _period(gyr)
    except BadInput as error:
        return error.what
    acc_s, gyr_s = acc.end_s(origin), gyr.end_s(gyr.origin())
    if acc_s is None or gyr_s is None or acc_s <= 0:
        return ""
    together_s = max(0.0, min(acc_s, begin_s + gyr_s) - max(0.0, begin_s))
    if together_s >= (LEAST_COVER * acc_s if same_export else NEIGHBOUR_COVER * max(acc_s, gyr_s)):
        return ""
    return f"it covers {together_s:.0f} of the accelerometer's {acc_s:.0f} s and is {gyr_s:.0f} s long"


def _period(channel: SensorChannel) -> float:
    t_s, _ = next(channel.read(channel.origin(), []), (np.empty(0), None))
    if len(t_s) < 3:
        raise BadInput(f"holds {len(t_s)} samples", where=channel.where, hint="Record for a few seconds at least")
    period_s = measure_period(t_s[:BLOCK_ROWS], DEVICE_TIME)
    check_rate(period_s, channel.where)
    return period_s


def first_values(channel: SensorChannel) -> FloatArray:
    """Values (n, k) of the first rows, in SI units, to judge what the channel is."""
    _, values = next(channel.read(channel.origin(), []), (None, np.empty((0, 3))))
    return values[:BLOCK_ROWS]
