"""The rate of breathing against a belt around the chest, sitting and standing.

RR-HR: orientations of two sensors on the body at about 10.4 Hz, breaths labelled by hand on the belt's signal. The world's vertical
is the y axis of these orientations (the sensors' x axis stays along it from session to session, while z turns with the wearer).
"Up" goes through our own ticks and stage; nothing is known of context, so sitting and standing count as still, and only the stage's
own limit of speed silences movement. A window is 30 s, every 4.8 s, wherever labelled breaths enclose it; its true rate is the
breaths' phase gained in it. It is covered where the stage's quality is good.

The authors publish their labels as a Python pickle, which could run code and is not opened: read from their own files, the breaths
are the belt's peaks instead (`belt_peaks_s`).
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np
from scipy import signal

from sensorcore.columns import Columns
from sensorcore.errors import BadInput
from sensorcore.events import BreathMeasured
from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, FloatArray, SampleBlock, StreamInfo
from sensorcore.motion import breathing, ticks
from sensorcore.motion.breathing import GOOD, HOP_BINS, WINDOW_S
from sensorcore.motion.tilt import Tilt
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.validation import archives
from sensorcore.validation.archives import Arrays, Published
from sensorcore.validation.table import ResultTable

NAME = "rrhr_breathing"
ACTIVITIES: Final = {"sit": "sitting", "stand": "standing"}
CLOSE_PER_MIN: Final = 2.0
_FILE: Final = re.compile(r"(?P<person>.+)__(?P<activity>sit|stand)_\d")
_HOP_S: Final = HOP_BINS * breathing.BIN_S
_QUALITIES: Final = (GOOD, 0.7, 0.8, 0.9, 1.01)
_ENOUGH: Final = 0.9
_COLUMNS: Final = ("Timestamp", *(f"imu{k}_q_{axis}" for k in (1, 2) for axis in "xyzw"), "Force")
_BELT_HZ: Final = 10.0
_FASTEST_HZ: Final = 0.7
"""42 breaths a minute, more than anybody who sits or stands."""


def recordings(folder: Path) -> list[archives.ArchiveRecording]:
    """All recordings in `folder` (t, q1_wxyz, q2_wxyz, peaks_t), named PERSON__ACTIVITY_…. Raises BadInput when there is none."""
    return archives.recordings(folder, "recordings", PUBLISHED, "*__*.npz")


def _find(folder: Path) -> list[archives.ArchiveRecording]:
    """One folder a person in data/all; the same recordings lie in other folders again, by the authors' experiments."""
    paths = [path for path in archives.below(folder, "*.csv") if path.parent.parent.name == "all" or path.parent.parent == folder]
    return [archives.ArchiveRecording(f"{path.parent.name}__{path.stem}", path, partial(_read, path)) for path in paths]


def _read(path: Path) -> Arrays:
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if all(row.get(name) not in ("", None) for name in _COLUMNS)]
    at_s = np.asarray([datetime.fromisoformat(row["Timestamp"]).timestamp() for row in rows])
    numbers = {name: np.asarray([float(row[name]) for row in rows]) for name in _COLUMNS[1:]}
    quats = {f"q{k}_wxyz": np.stack([numbers[f"imu{k}_q_{axis}"] for axis in "wxyz"], axis=1) for k in (1, 2)}
    t_s = at_s - at_s[0]
    return {"t": t_s, **quats, "peaks_t": belt_peaks_s(t_s, numbers["Force"])}


def belt_peaks_s(t_s: FloatArray, force_n: FloatArray) -> FloatArray:
    """When each breath of a belt's force (n,) was fullest: peaks at least 1.5 s apart that stand out by a third of the spread from
    the 10th to the 90th percentile, of the force below 0.7 Hz. Against the authors' labels: 0.04 s apart in
    the median, 0.12 s at the 95th percentile (the test of this module)."""
    known = np.isfinite(force_n) & np.append(True, np.diff(t_s) > 0)
    grid_s = np.arange(t_s[0], t_s[-1], 1 / _BELT_HZ)
    force = np.interp(grid_s, t_s[known], force_n[known])
    smooth = signal.sosfiltfilt(signal.butter(2, _FASTEST_HZ, fs=_BELT_HZ, output="sos"), force)
    low, high = np.quantile(smooth, [0.1, 0.9])
    peaks, _ = signal.find_peaks(smooth, distance=round(1.5 * _BELT_HZ), prominence=(high - low) / 3)
    return np.asarray(grid_s[peaks])


PUBLISHED = Published("data/all/PERSON/sit_….csv and stand_….csv", _find)


@dataclass(frozen=True, slots=True)
class Windows(Columns):
    """Of one sensor, (n,) each: the person, what they did, quality (0 where the stage was silent) and error."""

    person: FloatArray
    activity: FloatArray
    quality: FloatArray
    error_per_min: FloatArray


def up_of_world_y(quat: FloatArray) -> FloatArray:
    """The world's y axis in sensor axes (n, 3), from sensor-to-world quaternions (n, 4)."""
    w, x, y, z = quat.T
    return np.stack([2 * (x * y + w * z), w * w - x * x + y * y - z * z, 2 * (y * z - w * x)], axis=1)


@dataclass(frozen=True, slots=True)
class BreathRecording:
    """One recording of one sensor: "up" as an accelerometer that feels nothing else would (`block`), and when each breath began."""

    person: str
    activity: str
    block: SampleBlock
    up: FloatArray
    breaths_s: FloatArray

    def rate_per_min(self, start_s: FloatArray) -> FloatArray:
        """The true mean rate over the windows that begin at `start_s`; NaN where breaths do not enclose them."""
        count = np.arange(len(self.breaths_s))
        begin, end = (np.interp(at_s, self.breaths_s, count, left=np.nan, right=np.nan) for at_s in (start_s, start_s + WINDOW_S))
        return np.asarray(60 * (end - begin) / WINDOW_S)

    def windows(self, start_s: FloatArray, measured: dict[float, tuple[float, float]]) -> Windows:
        """Those that begin at `start_s` (n,); `measured` holds rate and quality of some, by their start."""
        true = self.rate_per_min(start_s)
        rows = [measured.get(round(start, 1), (np.nan, 0.0)) for start in start_s.tolist()]
        found = np.array(rows).reshape(-1, 2)[~np.isnan(true)]
        n = len(found)
        names = np.full(n, self.person), np.full(n, self.activity)
        return Windows(*names, found[:, 1], np.abs(found[:, 0] - true[~np.isnan(true)]))


def recording(each: archives.ArchiveRecording, sensor: int, person: str, activity: str) -> BreathRecording:
    """Read one. Raises BadInput."""
    read = each.arrays("t", f"q{sensor}_wxyz", "peaks_t")
    t_s = np.asarray(read["t"], dtype=np.float64)
    later = np.append(True, np.diff(t_s) > 0)
    quat = np.asarray(read[f"q{sensor}_wxyz"], dtype=np.float64)[later]
    up = up_of_world_y(quat / np.linalg.norm(quat, axis=1, keepdims=True))
    block = SampleBlock.checked(t_s[later] - t_s[0], up * STANDARD_GRAVITY_MPS2, where=each.path.name)
    return BreathRecording(person, activity, block, up, np.asarray(read["peaks_t"], dtype=np.float64) - t_s[0])


def by_stage(one: BreathRecording) -> Windows:
    """Every window, by ticks and the breathing stage alone."""
    n = len(one.block)
    _, whole = ticks.step(ticks.initial(), one.block, Tilt(one.up, np.zeros(n), np.zeros(n, dtype=np.bool_)))
    _, found = breathing.estimate(breathing.initial(), whole, np.ones(len(whole), dtype=np.bool_))
    last = int(one.block.t_s[-1] / _HOP_S)
    starts_s: FloatArray = np.arange(int(np.ceil(WINDOW_S / _HOP_S)), last + 1).astype(np.float64) * _HOP_S - WINDOW_S
    rows = zip(found.end_s.tolist(), found.breaths.rate_per_min.tolist(), found.breaths.quality.tolist(), strict=True)
    return one.windows(starts_s, {round(end_s - WINDOW_S, 1): (rate, quality) for end_s, rate, quality in rows})


def by_line(one: BreathRecording) -> Windows:
    """The windows that the whole pipeline emits for the recording as an accelerometer's, none overlapping, as in
    `spinae analyze`; and as many silent ones as would have had room."""
    device = DeviceProfile("RR-HR", float(1 / np.median(np.diff(one.block.t_s))), None)
    pipeline = Pipeline(StreamInfo(device), Settings())
    _, output = pipeline.step(pipeline.initial(), one.block)
    measured: dict[float, tuple[float, float]] = {}
    for event in output.events:
        if isinstance(event, BreathMeasured) and (not measured or event.start_s >= max(measured) + WINDOW_S):
            measured[round(event.start_s, 1)] = (event.rate_per_min, event.quality)
    found = one.windows(np.array(sorted(measured)), measured)
    silent = max(0, int((one.breaths_s[-1] - one.breaths_s[0]) / WINDOW_S) - len(found.quality))
    none = np.zeros(silent)
    return joined([found, Windows(np.full(silent, one.person), np.full(silent, one.activity), none, none + np.nan)])


def joined(parts: list[Windows]) -> Windows:
    return Windows.joined(parts)


def collected(
    folder: Path, sensor: int, report: Callable[[str], None], by: Callable[[BreathRecording], Windows] = by_stage
) -> Windows:
    """The windows of all recordings of somebody who sat or stood."""
    found = []
    for each in recordings(folder):
        if match := _FILE.match(each.name):
            report(f"{each.name}, sensor {sensor}")
            found.append(by(recording(each, sensor, match["person"], match["activity"])))
    if not found:
        raise BadInput("no recording (PERSON__sit_… or PERSON__stand_…) is of somebody who sat or stood", where=str(folder))
    return joined(found)


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


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """Error and coverage of both sensors, sitting and standing; by quality; and with the threshold chosen on other people."""
    rows: list[tuple[str, ...]] = []
    sensors = {sensor: collected(folder, sensor, report) for sensor in (1, 2)}
    for sensor, found in sensors.items():
        rows.append(_row(f"**imu{sensor}**", found))
        rows += [_row(f"imu{sensor}, {word}", found[found.activity == code]) for code, word in ACTIVITIES.items()]
    first = sensors[1]
    rows.append(_row("imu1, through the whole line", collected(folder, 1, report, by_line)))
    rows.append(_row("imu1, threshold from the other people", left_out(first), low=1.0))
    rows += [
        _row(f"imu1, quality {low:g}–{min(high, 1.0):g}", first, low, high)
        for low, high in zip(_QUALITIES, _QUALITIES[1:], strict=False)  # noqa: RUF007
    ]
    return ResultTable(
        f"RR-HR: rate of breathing, {len(np.unique(first.person))} people",
        ("", "windows", "coverage", "median error, /min", "within 2 /min", "the same, mean and least of the people"),
        tuple(rows),
        (
            "A window: 30 s, every 4.8 s, enclosed by breaths labelled on the belt's signal; truth: their phase gained in it.",
            f"Coverage: the share of windows whose quality is at least {GOOD:g}; errors are those of covered windows.",
            "Through the whole line: as an accelerometer's recording, windows that do not overlap, as `spinae analyze` tells them.",
            "Threshold from the other people: the least quality at which 90 % of the others' windows are within 2 /min.",
            "Where the sensors sat is not documented; the authors use imu2 as a reference for noise. Neither need be the back.",
        ),
    )
