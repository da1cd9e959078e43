"""Plausibility check that a third-party sensor's samples are what the driver takes them for.

Frames of these sensors have no checksum that the host sees, and many layouts share a length. So no sample is delivered before the
acceleration behaves like one: about 1 g for a few samples, or on average. Samples wait for that (a few hundredths of a second when
all is well), and the stream is watched afterwards. Whole frames with values that no such sensor can measure are left out.

The result depends on the sequence of samples alone, not on how it is cut into calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np

from sensorcore.columns import Columns
from sensorcore.model import BoolArray, FloatArray, IntArray

ABOUT_1_G: Final = (0.7, 1.4)
"""A resting sensor; cheap ones are off by up to a tenth, and nobody who puts one on is quite still."""
TRUSTED_SAMPLES: Final = 2
"""So many about 1 g in a row; of noise over 16 g one in ten million pairs is."""
TRUSTED_AGAIN: Final = 50
"""The same of a stream that has been refused: chance would bring two."""
LIMIT_SAMPLES, LIMIT_S = 64, 1.25
"""Then the mean decides: somebody who runs passes through 1 g without staying there."""
MEAN_G: Final = (0.5, 2.0)
WATCHED_SAMPLES: Final = 128
"""The mean of so many is looked at again and again. Nobody falls for 2.5 s, and running has a mean of 1.1 to 1.5 g."""
BEYOND: Final = 1.05
"""Times full scale: rounding of the vendors' factors, not motion."""
NOT_YET: Final = "not about 1 g, before the acceleration could be believed"


@dataclass(frozen=True, slots=True)
class SampleRows(Columns):
    """Samples (n,): `t_s`, `acc_g` (n, 3), `gyr_dps` (n, 3) or None, which follow a gap, and which are the first of a frame."""

    t_s: FloatArray
    acc_g: FloatArray
    gyr_dps: FloatArray | None
    after_gap: BoolArray
    first: BoolArray

    @property
    def frames(self) -> int:
        return int(self.first.sum())


@dataclass(frozen=True, slots=True)
class Proof:
    """`held`: samples that wait; `refused`: why none are believed now, and `run`, how many were about 1 g in a row since.
    `total_mg` and `count`: of the span that is watched, whole numbers so that no cut changes them. `is_gap`: something was left out
    before what comes next. `last_s`: of the newest sample that was delivered, None before the first."""

    is_proven: bool = False
    held: SampleRows | None = None
    refused: str = ""
    run: int = 0
    total_mg: int = 0
    count: int = 0
    is_gap: bool = False
    last_s: float | None = None


@dataclass(slots=True)
class ProofOutcome:
    """`delivered`, each sample released by the one at that place of what was given (-1: none yet); why frames were left out, and
    how many."""

    delivered: list[SampleRows] = field(default_factory=list)
    released: list[IntArray] = field(default_factory=list)
    left_out: list[tuple[str, int]] = field(default_factory=list)

    def release(self, rows: SampleRows, places: IntArray) -> None:
        self.delivered.append(rows)
        self.released.append(places)

    def leave_out(self, why: str, rows: SampleRows) -> None:
        if rows.frames:
            self.left_out.append((why, rows.frames))


def link_began(proof: Proof) -> tuple[Proof, int]:
    """A new connection: what waits belongs to the old one (so many frames), and a refused stream gets another chance."""
    lost = 0 if proof.held is None else proof.held.frames
    return replace(proof, held=None, refused="", run=0), lost


def within_range(rows: SampleRows, largest_g: float, largest_dps: float) -> tuple[BoolArray, list[tuple[str, int]]]:
    """Which samples are of frames without a value beyond these, or none at all (not a number); why others are, and how many
    frames."""
    good_acc: BoolArray = np.all(np.abs(rows.acc_g) <= BEYOND * largest_g, axis=1)
    good: BoolArray = good_acc
    if rows.gyr_dps is not None:
        good = good_acc & np.all(np.abs(rows.gyr_dps) <= BEYOND * largest_dps, axis=1)
    if good.all():
        return good, []
    begins = np.flatnonzero(rows.first)
    acc_frames: BoolArray = np.logical_and.reduceat(good_acc, begins)
    frames: BoolArray = np.logical_and.reduceat(good, begins)
    reasons = [
        (f"acceleration beyond the sensor's range ({largest_g:g} g)", int((~acc_frames).sum())),
        (f"angular rate beyond the sensor's range ({largest_dps:g} °/s)", int((acc_frames & ~frames).sum())),
    ]
    kept: BoolArray = np.repeat(frames, np.diff(np.append(begins, len(rows))))
    return kept, [(why, count) for why, count in reasons if count]


def without(proof: Proof, rows: SampleRows, places: IntArray, kept: BoolArray, out: ProofOutcome) -> Proof:
    """`step` with the samples that are `kept`; the others are gaps."""
    if kept.all():
        return step(proof, rows, places, out)
    after_gap = rows.after_gap.copy()
    after_gap[1:] |= ~kept[:-1]
    proof = step(proof, replace(rows, after_gap=after_gap)[kept], places[kept], out)
    return proof if kept[-1] else replace(proof, is_gap=True)


def step(proof: Proof, rows: SampleRows, places: IntArray, out: ProofOutcome) -> Proof:
    """The next samples, and which of what was given each is."""
    while len(rows):
        if proof.is_proven:
            size = min(len(rows), WATCHED_SAMPLES - proof.count)
            proof = _watched(_delivered(proof, rows[:size], places[:size], out), rows[:size])
            rows, places = rows[size:], places[size:]
            continue
        if proof.refused:
            proof, size = _refused(proof, rows, out)
            rows, places = rows[size:], places[size:]
            continue
        before = 0 if proof.held is None else len(proof.held)
        seen = rows if proof.held is None else SampleRows.joined([proof.held, rows])
        end, begin, why = _judged(seen)
        if end < 0:
            return replace(proof, held=seen)
        proof = replace(proof, is_proven=not why, held=None, refused=why, run=0, is_gap=proof.is_gap or begin > 0)
        if why:
            out.leave_out(why, seen[: end + 1])
        else:
            out.leave_out(NOT_YET, seen[:begin])
            proof = _delivered(proof, seen[begin : end + 1], np.full(end + 1 - begin, places[end - before]), out)
        rows, places = rows[end + 1 - before :], places[end + 1 - before :]
    return proof


def _refused(proof: Proof, rows: SampleRows, out: ProofOutcome) -> tuple[Proof, int]:
    """Left out, up to where the stream is believed again."""
    good = _is_about_1_g(rows)
    runs = _run_lengths(good)
    runs[: int(np.argmin(good)) if not good.all() else len(good)] += proof.run
    enough = np.flatnonzero(runs >= TRUSTED_AGAIN)
    size = int(enough[0]) + 1 if len(enough) else len(rows)
    out.leave_out(proof.refused, rows[:size])
    if len(enough):
        return replace(proof, is_proven=True, refused="", run=0, is_gap=True), size
    return replace(proof, run=int(runs[-1]), is_gap=True), size


def _delivered(proof: Proof, rows: SampleRows, places: IntArray, out: ProofOutcome) -> Proof:
    if not len(rows):
        return proof
    if proof.is_gap and proof.last_s is not None:
        gap = rows.after_gap.copy()
        gap[0] = True
        rows = replace(rows, after_gap=gap)
    out.release(rows, places)
    return replace(proof, is_gap=False, last_s=float(rows.t_s[-1]))


def _watched(proof: Proof, rows: SampleRows) -> Proof:
    total_mg = proof.total_mg + int(np.rint(_norms(rows.acc_g) * 1000.0).sum())
    count = proof.count + len(rows)
    if count < WATCHED_SAMPLES:
        return replace(proof, total_mg=total_mg, count=count)
    mean_g = total_mg / count / 1000.0
    if MEAN_G[0] <= mean_g <= MEAN_G[1]:
        return replace(proof, total_mg=0, count=0)
    return replace(proof, is_proven=False, refused=_no_gravity(mean_g), run=0, total_mg=0, count=0)


def _judged(rows: SampleRows) -> tuple[int, int, str]:
    """The sample at which it shows (-1: not yet), the first one to believe, and why none is."""
    enough = np.flatnonzero(_run_lengths(_is_about_1_g(rows)) >= TRUSTED_SAMPLES)
    late = np.flatnonzero((np.arange(len(rows)) >= LIMIT_SAMPLES - 1) & (rows.t_s - rows.t_s[0] >= LIMIT_S))
    if len(enough) and not (len(late) and late[0] < enough[0]):
        return int(enough[0]), int(enough[0]) + 1 - TRUSTED_SAMPLES, ""
    if not len(late):
        return -1, 0, ""
    mean_g = float(_norms(rows.acc_g[: late[0] + 1]).mean())
    return int(late[0]), 0, "" if MEAN_G[0] <= mean_g <= MEAN_G[1] else _no_gravity(mean_g)


def _is_about_1_g(rows: SampleRows) -> BoolArray:
    sizes_g = _norms(rows.acc_g)
    good: BoolArray = (sizes_g > ABOUT_1_G[0]) & (sizes_g < ABOUT_1_G[1])
    return good


def _no_gravity(mean_g: float) -> str:
    if 7.0 < mean_g < 14.0:
        return "it sends acceleration in m/s² under the name of g (about 9.8 at rest)"
    return f"it sends no acceleration of about 1 g ({mean_g:.2g} g on average)"


def _norms(vectors: FloatArray) -> FloatArray:
    x, y, z = vectors.T
    sizes: FloatArray = np.sqrt(x * x + y * y + z * z)
    return sizes


def _run_lengths(good: BoolArray) -> IntArray:
    """How many in a row are good, up to and including each."""
    counts = np.cumsum(good)
    since: IntArray = counts - np.maximum.accumulate(np.where(good, 0, counts))
    return since
