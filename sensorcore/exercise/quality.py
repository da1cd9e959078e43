"""How well a repetition was done, and what to say about it in plain words. It reminds; it does not treat."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import fmean, median
from typing import Final

import numpy as np

from sensorcore.exercise.catalogue import Exercise
from sensorcore.exercise.excursion import ANGLES, COLUMN, Excursion, stretches
from sensorcore.exercise.trace import APART, FELT_LEAN, FLEXION, INDEX, LATERAL, Row
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.repetition import Quality, Repetition, Side

HELD: Final = 0.85
HELD_IN_HOLDS: Final = 0.6
"""Held is what is spent beyond this share of the way out; in a long hold people sink a little."""
SHORT: Final = 0.75
FAR: Final = 1.35
"""Against the median of the set."""
HOLD_SHARE: Final = 0.6
JERKY: Final = -3.0
"""Spectral arc length below which a movement is called jerky: healthy reaches lie between −1.4 and −2 (Balasubramanian 2015), and a
hold in the middle takes one more away."""
WOBBLY_DEG: Final = 1.0
UNEVEN: Final = 0.8
WOBBLE_TICKS: Final = TICK_HZ
CONTRADICTED_DEG: Final = 25.0
"""Tilt further than this from the felt gravity on average: the gyroscope's rates are wrong; then gravity alone tells the lean."""
SPARC_HZ: Final = 5.0
SPARC_SHARE: Final = 0.05
CALM: Final = "calm and even"
_WELL: Final = (CALM, "as far as", "held for", "in one even", "steady", "both sides", "one side only")
"""How hints begin that ask for nothing."""


def describe(exercise: Exercise, rows: Sequence[Row], found: Excursion) -> Repetition:
    """The repetition that `found` (positions in `rows`) is, with the quality that it has by itself."""
    column = COLUMN[exercise.signal]
    first, last = stretches(rows, found, column, found.sign)
    signal = found.sign * np.asarray([row[column] for row in rows[first : last + 1]])
    top = found.peak - first
    held = signal >= signal[top] - (1.0 - (HELD_IN_HOLDS if exercise.is_hold else HELD)) * found.size
    at = np.flatnonzero(held)
    out_s, hold_s, back_s = int(at[0]) / TICK_HZ, (int(at[-1]) - int(at[0])) / TICK_HZ, (len(signal) - 1 - int(at[-1])) / TICK_HZ
    quality = Quality(out_s, hold_s, back_s, smoothness(np.diff(signal)), _wobble_deg(exercise, rows[first : last + 1]), None, {})
    return Repetition(
        exercise.name,
        rows[first][INDEX] / TICK_HZ,
        (rows[last][INDEX] + 1) / TICK_HZ,
        _range_deg(exercise, rows[first : last + 1], found),
        side_of(exercise, rows, found),
        found.size if exercise.signal == "height" else None,
        quality,
    )


def side_of(exercise: Exercise, rows: Sequence[Row], found: Excursion) -> Side | None:
    """Which side it was done to."""
    if exercise.right is None:
        return None
    sign = found.sign
    if exercise.side_signal is not None:
        column = COLUMN[exercise.side_signal]
        level = (rows[found.first][column] + rows[found.last][column]) / 2
        sign = 1 if rows[found.peak][column] >= level else -1
    return "right" if (sign > 0) == (exercise.right == "+") else "left"


def with_hints(exercise: Exercise, reps: Sequence[Repetition]) -> tuple[Repetition, ...]:
    """The repetitions of a set, each compared with the others."""
    ranges = {side: median(rep.range_deg for rep in reps if rep.side == side) for side in {rep.side for rep in reps}}
    usual = median(rep.range_deg for rep in reps) if reps else 0.0
    even = min(ranges.values()) / max(ranges.values()) if len(ranges) == 2 and max(ranges.values()) > 0 else None
    weaker = min(ranges, key=lambda side: ranges[side]) if even is not None else None
    return tuple(_hinted(exercise, rep, usual, even, weaker) for rep in reps)


def well_done(exercise: Exercise, rep: Repetition) -> float:
    """Share of a single repetition's qualities that were good, 0 to 1: tempo, hold, smooth, steady."""
    quality = rep.quality
    return fmean(
        (
            _tempo(quality, *exercise.tempo_s) == CALM,
            quality.hold_s >= HOLD_SHARE * exercise.hold_s,
            quality.smoothness >= JERKY,
            quality.wobble_deg <= WOBBLY_DEG,
        )
    )


def advice(reps: Sequence[Repetition]) -> str:
    """What to mind in a set, in plain words: the hint that most of its repetitions got, if a third of them did."""
    hints = Counter(hint for rep in reps for hint in rep.quality.hints.values() if not hint.startswith(_WELL))
    hint, times = hints.most_common(1)[0] if hints else (CALM, len(reps))
    return hint if 3 * times >= len(reps) else CALM


def smoothness(speed: np.ndarray) -> float:
    """Spectral arc length of a speed profile at TICK_HZ (SPARC; Balasubramanian et al., J Neuroeng Rehabil 12:112, 2015): 0 is the
    limit, more negative is less smooth."""
    size = max(64, 4 * 2 ** int(np.ceil(np.log2(max(len(speed), 2)))))
    spectrum = np.abs(np.fft.rfft(np.abs(speed), size))
    if not spectrum[0] > 0:
        return 0.0
    spectrum = spectrum / spectrum.max()
    hz = np.fft.rfftfreq(size, 1.0 / TICK_HZ)
    inside = np.flatnonzero((hz <= SPARC_HZ) & (spectrum >= SPARC_SHARE))
    part = slice(0, int(inside[-1]) + 1)
    across = np.diff(hz[part]) / max(float(hz[part][-1] - hz[0]), 1e-9)
    return float(-np.sqrt(across**2 + np.diff(spectrum[part]) ** 2).sum())


def _range_deg(exercise: Exercise, rows: Sequence[Row], found: Excursion) -> float:
    if exercise.signal != "height":
        return found.size
    columns = np.asarray(rows)
    if columns[:, APART].mean() > CONTRADICTED_DEG:
        return float(np.ptp(columns[:, FELT_LEAN]))
    return float(np.hypot(np.ptp(columns[:, FLEXION]), np.ptp(columns[:, LATERAL])))


def _wobble_deg(exercise: Exercise, rows: Sequence[Row]) -> float:
    """What is left of the axes that are not the exercise's without their slow part, RMS."""
    others = [axis for axis in ANGLES if exercise.signal == "height" or axis != COLUMN[exercise.signal]]
    angles = np.asarray(rows)[:, others]
    if len(angles) < 3:
        return 0.0
    width = min(WOBBLE_TICKS, len(angles)) | 1
    padded = np.pad(angles, ((width // 2, width // 2), (0, 0)), mode="edge")
    slow = np.lib.stride_tricks.sliding_window_view(padded, width, axis=0).mean(axis=-1)[: len(angles)]
    return float(np.sqrt(np.mean((angles - slow) ** 2)))


def _hinted(exercise: Exercise, rep: Repetition, usual: float, even: float | None, weaker: Side | None) -> Repetition:
    quality = rep.quality
    share = rep.range_deg / usual if usual > 0 else 1.0
    fastest_s, slowest_s = exercise.tempo_s
    hints = {
        "range": f"{'shorter than' if share < SHORT else 'further than' if share > FAR else 'as far as'} your others",
        "tempo": _tempo(quality, fastest_s, slowest_s),
        "hold": f"held {quality.hold_s:.0f} s of {exercise.hold_s:g} s"
        if quality.hold_s < HOLD_SHARE * exercise.hold_s
        else f"held for {quality.hold_s:.1f} s",
        "smoothness": "in one even movement" if quality.smoothness >= JERKY else "jerky: slower, in one movement",
        "wobble": "steady" if quality.wobble_deg <= WOBBLY_DEG else f"it shook by {quality.wobble_deg:.1f}°: steady before far",
        "symmetry": "one side only"
        if even is None
        else "both sides alike"
        if even >= UNEVEN
        else f"the {weaker} side goes {100 * even:.0f} % as far as the other",
    }
    return replace(rep, quality=replace(quality, symmetry=even, hints=hints))


def _tempo(quality: Quality, fastest_s: float, slowest_s: float) -> str:
    shorter, longer = min(quality.out_s, quality.back_s), max(quality.out_s, quality.back_s)
    if shorter < 0.6 * fastest_s:
        return f"hasty: take {fastest_s:g} s or more each way"
    if longer > 1.5 * slowest_s:
        return f"slow: {slowest_s:g} s each way is enough"
    if longer > 2.0 * shorter and longer - shorter > 1.0:
        return "uneven: take as long back as out"
    return CALM
