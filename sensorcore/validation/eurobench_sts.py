"""Standing up and sitting down, counted from sensors on pelvis and trunk, against a force plate in the seat.

EUROBENCH (pi_bench): five times sit to stand. The seat's vertical force above half of its 99th percentile is sitting; each time it
falls below is one stand. The orientation of the sensors is unknown; the angular rates are taken as the files have them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.events import SetEnded
from sensorcore.model import DeviceProfile, FloatArray, Placement, SampleBlock, StreamInfo
from sensorcore.pipeline.analysis import run
from sensorcore.settings import Settings
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.table import ResultTable
from sensorcore.validation.trunkyxl import MemorySource

NAME = "eurobench_sts"
SENSORS: Final[dict[int, tuple[str, Placement]]] = {4: ("pelvis", "lower_back"), 5: ("trunk", "upper_back")}
SCALES: Final = {"as in the file": 1.0, "57 times too large": 180.0 / np.pi}
_PATTERN: Final = "*5sts*_chair*"


def five_times(folder: Path) -> list[ArchiveRecording]:
    """The recordings of five times sit to stand (columns, data, fs), in order. Raises BadInput when there is none."""
    return archives.recordings(folder, "recordings of five times sit to stand", PUBLISHED, f"{_PATTERN}.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    """The authors keep copies of a recording in several folders: the first of each name."""
    found = {path.stem: path for path in reversed(archives.below(folder, f"{_PATTERN}.csv"))}
    return [ArchiveRecording(name, path, partial(_read, path)) for name, path in sorted(found.items())]


def _read(path: Path) -> Arrays:
    """A line of names, then numbers; the first column is the time in seconds."""
    with path.open(encoding="utf-8-sig") as file:
        names = [name.strip().strip('"') for name in file.readline().split(",")]
        data = np.genfromtxt(file, delimiter=",", ndmin=2)
    return {"columns": np.asarray(names), "data": data, "fs": np.asarray((len(data) - 1) / (data[-1, 0] - data[0, 0]))}


PUBLISHED = Published("subject_NN_5sts_chair_….csv", _find)


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """The table of all five-times recordings in `folder`. Raises BadInput when there is none."""
    rows = []
    for recording in five_times(folder):
        report(recording.name)
        read = recording.arrays("columns", "data", "fs")
        names, data, rate_hz = [str(name) for name in read["columns"]], read["data"], float(read["fs"])
        true = stands(data[:, names.index("Fz_seat")])
        for sensor, (words, placement) in SENSORS.items():
            for rates, scale in SCALES.items():
                columns = [names.index(f"{kind}{axis}{sensor}") for kind in "AG" for axis in "xyz"]
                got = counted(data[:, columns], rate_hz, placement, scale)
                rows.append((recording.name.split("_5sts")[0].replace("_", " "), words, rates, str(true), str(got)))
    notes = (
        "The archives call the angular rate rad/s, but it turns gravity rightly only when read as °/s: both readings are counted.",
    )
    headers = ("person", "sensor", "angular rates", "stands (force plate)", "counted")
    return ResultTable("Sit to stand counted on people: EUROBENCH", headers, tuple(rows), notes)


def stands(seat_n: FloatArray) -> int:
    """How often the seat is left."""
    seated = (seat_n > 0.5 * np.nanpercentile(seat_n, 99)).astype(int)
    return int((np.diff(seated) == -1).sum())


def counted(samples: FloatArray, rate_hz: float, placement: Placement, scale: float) -> int:
    """Repetitions in `samples` (n, 6): acceleration in m/s², then angular rate in °/s, which is multiplied by `scale`."""
    good = np.isfinite(samples).all(axis=1)
    t_s = np.flatnonzero(good) / rate_hz
    acc, gyr = samples[good, :3], np.radians(samples[good, 3:]) * scale
    limit = DeviceProfile("", rate_hz).gyr_range_radps
    saturated = np.asarray((np.abs(gyr) >= limit).any(axis=1))
    block = SampleBlock.checked(t_s - t_s[0], acc, np.clip(gyr, -limit, limit), saturated=saturated)
    source = MemorySource(StreamInfo(DeviceProfile("Shimmer", rate_hz), placement=placement), block)
    events = [event for _, emitted, _, _ in run(source, Settings(), exercises=("sit_to_stand",)) for event in emitted]
    return sum(len(event.reps) for event in events if isinstance(event, SetEnded))
