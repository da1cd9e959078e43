"""Repetitions of three trunk exercises in one go, counted from sensors at C7, T10 and L4/5.

TrunkyXL (Sint Maartenskliniek): people sit and do 3 forward and backward bends, then 3 side bends left and right, then 3 turns left
and right; the number is the protocol's (3, 6 and 6), nobody counted on film. Only the recordings that its authors used. Each goes
through the pipeline with all three exercises open throughout, so a bend must not be taken for a turn. A set is one exercise of one
recording at one sensor; what counts is the count at the end of the set.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.events import SetEnded
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, Placement, SampleBlock, StreamInfo
from sensorcore.pipeline.analysis import run
from sensorcore.repetition import Repetition
from sensorcore.settings import Settings
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published, archive, below, none_found
from sensorcore.validation.table import ResultTable

NAME = "trunkyxl"
EXPECTED: Final = {"forward_bend": 3, "side_bend": 6, "trunk_rotation": 6}
PLACES: Final[dict[str, Placement]] = {"upper_back": "upper_back", "lower_back": "lower_back", "pelvis": "lower_back"}
_WORDS: Final = {"upper_back": "C7 (upper back)", "lower_back": "T10 (middle)", "pelvis": "L4/5 (pelvis)"}
RATE_HZ: Final = 50.0
_LISTING: Final = "dataimport_functions.py"
_SENSORS: Final = {"upper_back": "Sensor 1.csv", "lower_back": "Sensor 2.csv", "pelvis": "Sensor 3.csv"}
_USED: Final = re.compile(r"^\s*corresponding_files\[.*=\s*'(QSM_\d+)'", re.MULTILINE)
"""A line of the authors' list that is not commented out."""


@dataclass(frozen=True, slots=True)
class CountedSet:
    """One set: what was counted of `expected`."""

    recording: str
    place: str
    exercise: str
    expected: int
    reps: tuple[Repetition, ...]

    @property
    def error(self) -> int:
        return len(self.reps) - self.expected


@dataclass
class MemorySource:
    """A FileSource over samples in memory."""

    info: StreamInfo
    block: SampleBlock
    duration_hint_s: float | None = None
    warnings: Sequence[str] = ()

    def items(self) -> Iterator[SampleBlock]:
        yield self.block


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """The table of all recordings in `folder`. Raises BadInput when there is none."""
    found = list(counted(folder, report))
    rows = []
    for place, words in _WORDS.items():
        for exercise in (*EXPECTED, "all three"):
            errors = np.abs([each.error for each in found if each.place == place and exercise in (each.exercise, "all three")])
            if len(errors):
                shares = (f"{100 * np.mean(errors <= most):.0f} %" for most in (0, 1))
                rows.append((words, exercise.replace("_", " "), str(len(errors)), *shares))
    names = {each.recording for each in found}
    people = {name.split("_QSM")[0] for name in names}
    notes = (
        f"{len(people)} people, {len(names)} recordings. A set is one exercise of one recording at one sensor.",
        "The expected number is the protocol's; who did one turn less than asked counts as our error.",
    )
    return ResultTable(
        "Repetitions counted on people: TrunkyXL", ("sensor", "exercise", "sets", "exact", "within 1"), tuple(rows), notes
    )


def counted(folder: Path, report: Callable[[str], None]) -> Iterator[CountedSet]:
    """Every set, recording by recording. Raises BadInput when there is none."""
    for recording in recordings(folder):
        report(recording.name)
        for source, place in sources(recording):
            events = [event for _, emitted, _, _ in run(source, Settings(), exercises=tuple(EXPECTED)) for event in emitted]
            sets = [event for event in events if isinstance(event, SetEnded)]
            for exercise, expected in EXPECTED.items():
                reps = tuple(rep for each in sets if each.exercise == exercise for rep in each.reps)
                yield CountedSet(recording.name, place, exercise, expected, reps)


def sources(recording: ArchiveRecording) -> Iterator[tuple[MemorySource, str]]:
    """The sensors of one recording (x down, z out of the back), each as a source."""
    every = recording.every()
    rate_hz = float(recording.arrays("fs")["fs"])
    for place, placement in PLACES.items():
        if f"{place}_acc_g" not in every:
            continue
        read = recording.arrays(f"{place}_acc_g", f"{place}_gyr_dps")
        acc, gyr = read[f"{place}_acc_g"] * STANDARD_GRAVITY_MPS2, np.radians(read[f"{place}_gyr_dps"])
        block = SampleBlock.checked(np.arange(len(acc)) / rate_hz, acc, gyr, where=str(recording.path))
        info = StreamInfo(DeviceProfile("QSense", rate_hz), placement=placement, nominal_up=(-1.0, 0.0, 0.0), name=recording.name)
        yield MemorySource(replace(info, calibration=Calibration({}, (0.0, 0.0, -1.0))), block), place


def recordings(folder: Path) -> list[ArchiveRecording]:
    """Those that its authors used, in order. Raises BadInput when there is none."""
    found = PUBLISHED.find(folder) or _archives(folder)
    if not found:
        raise none_found("recordings that its authors used", PUBLISHED, folder)
    return found


def _find(folder: Path) -> list[ArchiveRecording]:
    """Which recordings the authors used, their own program says; it lies beside the data, or one folder up."""
    listing = next((each for each in (*below(folder, _LISTING), folder.parent / _LISTING) if each.is_file()), None)
    used = set(_USED.findall(listing.read_text(encoding="utf-8", errors="replace"))) if listing else set()
    folders = sorted({path.parents[2] for path in below(folder, _SENSORS["upper_back"]) if path.parent.name == "Back"})
    return [
        ArchiveRecording(f"{each.parents[1].name}_{each.name}", each, partial(_read, each / "R" / "Back"))
        for each in folders
        if each.name in used
    ]


def _read(back: Path) -> Arrays:
    """The sensors' files: a few lines of header, then acceleration in g, angular rate in °/s and the magnetic field, by tabs, with
    a comma or a point for the decimal mark."""
    read: dict[str, np.ndarray] = {"fs": np.asarray(RATE_HZ)}
    for place, name in _SENSORS.items():
        if not (back / name).is_file():
            continue
        rows = (back / name).read_text(encoding="utf-8-sig", errors="replace").replace(",", ".").splitlines()
        cells = [row.split("\t")[:6] for row in rows if row.count("\t") >= 6 and not row.startswith("ax")]
        samples = np.asarray(cells, dtype=np.float64).reshape(len(cells), 6)
        if not len(samples):
            raise ValueError(f"{name} holds no samples")
        read |= {f"{place}_acc_g": samples[:, :3], f"{place}_gyr_dps": samples[:, 3:]}
    return read


PUBLISHED = Published(f"…/QSense/QSM_…/R/Back/Sensor 1.csv and {_LISTING}", _find)


def _archives(folder: Path) -> list[ArchiveRecording]:
    index = folder / "index.csv"
    if not index.exists():
        return []
    with index.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["authors_use"] == "used" and int(row["n"]) > 0]
    paths = [folder / f"{row['participant']}_{row['rec']}.npz" for row in rows]
    return [archive(path) for path in paths if path.exists()]
