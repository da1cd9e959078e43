"""Repetitions of three trunk exercises in one go, counted from sensors at C7, T10 and L4/5.

TrunkyXL (Sint Maartenskliniek): people sit and do 3 forward and backward bends, then 3 side bends left and right, then 3 turns left
and right; the number is the protocol's (3, 6 and 6), nobody counted on film. Only the recordings that its authors used. Each goes
through the pipeline with all three exercises open throughout, so a bend must not be taken for a turn. A set is one exercise of one
recording at one sensor; what counts is the count at the end of the set.
"""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.analysis import run
from sensorcore.errors import BadInput
from sensorcore.events import SetEnded
from sensorcore.exercise.repetition import Repetition
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, Placement, SampleBlock, StreamInfo
from sensorcore.settings import Settings
from sensorcore.validate import archives
from sensorcore.validate.table import Table

NAME = "trunkyxl"
EXPECTED: Final = {"forward_bend": 3, "side_bend": 6, "trunk_rotation": 6}
PLACES: Final[dict[str, Placement]] = {"upper_back": "upper_back", "lower_back": "lower_back", "pelvis": "lower_back"}
_WORDS: Final = {"upper_back": "C7 (upper back)", "lower_back": "T10 (middle)", "pelvis": "L4/5 (pelvis)"}


@dataclass(frozen=True, slots=True)
class Counted:
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
class Samples:
    """A FileSource over samples in memory."""

    info: StreamInfo
    block: SampleBlock
    duration_hint_s: float | None = None
    warnings: Sequence[str] = ()

    def items(self) -> Iterator[SampleBlock]:
        yield self.block


def evaluate(folder: Path, report: Callable[[str], None]) -> Table:
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
    return Table("Repetitions counted on people: TrunkyXL", ("sensor", "exercise", "sets", "exact", "within 1"), tuple(rows), notes)


def counted(folder: Path, report: Callable[[str], None]) -> Iterator[Counted]:
    """Every set, recording by recording. Raises BadInput when there is none."""
    for name in recordings(folder):
        report(name)
        for source, place in sources(folder / f"{name}.npz"):
            events = [event for _, told, _, _ in run(source, Settings(), exercises=tuple(EXPECTED)) for event in told]
            sets = [event for event in events if isinstance(event, SetEnded)]
            for exercise, expected in EXPECTED.items():
                reps = tuple(rep for each in sets if each.exercise == exercise for rep in each.reps)
                yield Counted(name, place, exercise, expected, reps)


def sources(path: Path) -> Iterator[tuple[Samples, str]]:
    """The sensors of one recording (x down, z out of the back), each as a source."""
    with np.load(path) as held:
        names, rate_hz = set(held.files), float(held["fs"])
    for place, placement in PLACES.items():
        if f"{place}_acc_g" not in names:
            continue
        read = archives.arrays(path, f"{place}_acc_g", f"{place}_gyr_dps")
        acc, gyr = read[f"{place}_acc_g"] * STANDARD_GRAVITY_MPS2, np.radians(read[f"{place}_gyr_dps"])
        block = SampleBlock.checked(np.arange(len(acc)) / rate_hz, acc, gyr, where=str(path))
        info = StreamInfo(DeviceProfile("QSense", rate_hz), placement=placement, nominal_up=(-1.0, 0.0, 0.0), name=path.stem)
        yield Samples(replace(info, calibration=Calibration({}, (0.0, 0.0, -1.0))), block), place


def recordings(folder: Path) -> list[str]:
    """The names of those that its authors used. Raises BadInput when there is none."""
    index = folder / "index.csv"
    if not index.exists():
        hint = "Name the folder that holds index.csv and the recordings as numpy archives."
        raise BadInput("there is no index.csv", where=str(folder), hint=hint)
    with index.open(encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["authors_use"] == "used" and int(row["n"]) > 0]
    names = [f"{row['participant']}_{row['rec']}" for row in rows]
    there = [name for name in names if (folder / f"{name}.npz").exists()]
    if not there:
        raise BadInput("none of the recordings that index.csv lists as used is there", where=str(folder), hint="Copy them there.")
    return there
