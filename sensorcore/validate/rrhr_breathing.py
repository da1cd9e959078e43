"""The rate of breathing against a belt around the chest, sitting and standing.

RR-HR: orientations of two sensors on the body at about 10.4 Hz, breaths labelled by hand on the belt's signal. The world's vertical
is the y axis of these orientations (the sensors' x axis stays along it from session to session, while z turns with the wearer).
"Up" goes through our own ticks and stage; nothing is known of context, so sitting and standing count as still, and only the stage's
own limit of speed silences movement. A window is 30 s, every 4.8 s, wherever labelled breaths enclose it; its true rate is the
breaths' phase gained in it. It is covered where the stage's quality is good.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray, SampleBlock
from sensorcore.motion import breathing, ticks
from sensorcore.motion.breathing import GOOD, HOP_BINS, WINDOW_S
from sensorcore.motion.tilt import Tilt
from sensorcore.validate import archives
from sensorcore.validate.table import Table

NAME = "rrhr_breathing"
ACTIVITIES: Final = {"sit": "sitting", "stand": "standing"}
CLOSE_PER_MIN: Final = 2.0
_FILE: Final = re.compile(r"(?P<person>.+)__(?P<activity>sit|stand)_\d")
_HOP_S: Final = HOP_BINS * breathing.BIN_S
_QUALITIES: Final = (GOOD, 0.7, 0.8, 0.9, 1.01)
_ENOUGH: Final = 0.9


@dataclass(frozen=True, slots=True)
class Windows:
    """Of one sensor, (n,) each: the person, what they did, quality (0 where the stage was silent) and error."""

    person: FloatArray
    activity: FloatArray
    quality: FloatArray
    error_per_min: FloatArray

    def __getitem__(self, part: FloatArray) -> Windows:
        return Windows(*(getattr(self, name)[part] for name in self.__slots__))


def up_of_world_y(quat: FloatArray) -> FloatArray:
    """The world's y axis in sensor axes (n, 3), from sensor-to-world quaternions (n, 4)."""
    w, x, y, z = quat.T
    return np.stack([2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)], axis=1)


def windows(path: Path, sensor: int, person: str, activity: str) -> Windows:
    """All windows of one recording that labelled breaths enclose."""
    read = archives.arrays(path, "t", f"q{sensor}_wxyz", "peaks_t")
    t_s = np.asarray(read["t"], dtype=np.float64)
    breaths_s = np.asarray(read["peaks_t"], dtype=np.float64) - t_s[0]
    quat = np.asarray(read[f"q{sensor}_wxyz"], dtype=np.float64)
    later = np.append(True, np.diff(t_s) > 0)
    up = up_of_world_y(quat[later] / np.linalg.norm(quat[later], axis=1, keepdims=True))
    block = SampleBlock.checked(t_s[later] - t_s[0], up * STANDARD_GRAVITY_MPS2, where=path.name)
    n = len(block)
    _, whole = ticks.step(ticks.initial(), block, Tilt(up, np.zeros(n), np.zeros(n, dtype=np.bool_)))
    _, found = breathing.estimate(breathing.initial(), whole, np.ones(len(whole), dtype=np.bool_))
    ends_s = np.arange(np.ceil(WINDOW_S / _HOP_S), np.floor(block.t_s[-1] / _HOP_S) + 1) * _HOP_S
    ends_s = ends_s[(ends_s - WINDOW_S >= breaths_s[0]) & (ends_s <= breaths_s[-1])]
    count = np.arange(len(breaths_s))
    turns = np.interp(ends_s, breaths_s, count) - np.interp(ends_s - WINDOW_S, breaths_s, count)
    quality, error = np.zeros(len(ends_s)), np.full(len(ends_s), np.nan)
    for i, end_s in enumerate(ends_s.tolist()):
        same = np.flatnonzero(np.abs(found.end_s - end_s) < 0.05)
        if len(same):
            quality[i] = found.breaths.quality[same[0]]
            error[i] = abs(found.breaths.rate_per_min[same[0]] - 60 * turns[i] / WINDOW_S)
    names = np.full(len(ends_s), person), np.full(len(ends_s), activity)
    return Windows(*names, quality, error)


def collected(folder: Path, sensor: int, report: Callable[[str], None]) -> Windows:
    """The windows of all recordings of somebody who sat or stood."""
    found = []
    for path in archives.found(folder, "*__*.npz", "recordings"):
        if match := _FILE.match(path.stem):
            report(f"{path.stem}, sensor {sensor}")
            found.append(windows(path, sensor, match["person"], match["activity"]))
    if not found:
        raise BadInput("no recording (PERSON__sit_… or PERSON__stand_…) is of somebody who sat or stood", where=str(folder))
    return Windows(*(np.concatenate([getattr(each, name) for each in found]) for name in Windows.__slots__))


def left_out(all_windows: Windows) -> Windows:
    """Each person with the least quality at which 90 % of the other people's windows are close: 1 where covered by that, 0 else."""
    quality = np.zeros(len(all_windows.quality))
    for person in np.unique(all_windows.person):
        theirs = all_windows.person == person
        others = all_windows[~theirs & (all_windows.quality > 0)]
        order = np.argsort(-others.quality)
        share = np.cumsum(others.error_per_min[order] <= CLOSE_PER_MIN) / np.arange(1, len(order) + 1)
        enough = np.flatnonzero(share >= _ENOUGH)
        limit = others.quality[order][enough[-1]] if len(enough) else 1.0
        quality[theirs] = all_windows.quality[theirs] >= limit
    return Windows(all_windows.person, all_windows.activity, quality, all_windows.error_per_min)


def _row(name: str, part: Windows, low: float = GOOD, high: float = np.inf) -> tuple[str, ...]:
    good = (part.quality >= low) & (part.quality < high)
    if not good.any():
        return (name, str(len(good)), "0 %", "–", "–", "–")
    error = part.error_per_min[good]
    people = [float(np.mean(error[part.person[good] == person] <= CLOSE_PER_MIN)) for person in np.unique(part.person[good])]
    return (
        name,
        str(len(good)),
        f"{good.mean():.0%}",
        f"{np.median(error):.2f}",
        f"{np.mean(error <= CLOSE_PER_MIN):.1%}",
        f"{np.mean(people):.1%}, {min(people):.0%}",
    )


def evaluate(folder: Path, report: Callable[[str], None]) -> Table:
    """Error and coverage of both sensors, sitting and standing; by quality; and with the threshold chosen on other people."""
    rows: list[tuple[str, ...]] = []
    sensors = {sensor: collected(folder, sensor, report) for sensor in (1, 2)}
    for sensor, found in sensors.items():
        rows.append(_row(f"**imu{sensor}**", found))
        rows += [_row(f"imu{sensor}, {word}", found[found.activity == code]) for code, word in ACTIVITIES.items()]
    first = sensors[1]
    rows.append(_row("imu1, threshold from the other people", left_out(first), low=1.0))
    rows += [
        _row(f"imu1, quality {low:g}–{min(high, 1.0):g}", first, low, high)
        for low, high in zip(_QUALITIES, _QUALITIES[1:], strict=False)  # noqa: RUF007
    ]
    return Table(
        f"RR-HR: rate of breathing, {len(np.unique(first.person))} people",
        ("", "windows", "coverage", "median error, /min", "within 2 /min", "the same, mean and least of the people"),
        tuple(rows),
        (
            "A window: 30 s, every 4.8 s, enclosed by breaths labelled on the belt's signal; truth: their phase gained in it.",
            f"Coverage: the share of windows whose quality is at least {GOOD:g}; errors are those of covered windows.",
            "Threshold from the other people: the least quality at which 90 % of the others' windows are within 2 /min.",
            "Where the sensors sat is not documented; the authors use imu2 as a reference for noise. Neither need be the back.",
        ),
    )
