"""Does the lean from upright tell sitting badly from sitting upright? Labelled windows of a sensor in a vest.

260 windows of 2 s, 100 Hz (a student project, Edge Impulse; wearers and order unknown). The upright is the mean over the windows
labelled 'Upright'; a window's lean is the median inclination from it that our tilt and lean give, each window alone from a cold
start. AUC: the probability that a window labelled 'Bad' leans further than one labelled 'Upright'. The board's sensor (LSM9DS1)
has left-handed axes, which the windows show too: for right-handed ones the angular rate is negated.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path, PurePosixPath

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import tilt
from sensorcore.motion.body import lean
from sensorcore.motion.tilt import TiltParams, TiltState
from sensorcore.motion.vectors import unit
from sensorcore.settings import PostureSettings
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.table import ResultTable

NAME = "posture_vest"
RATE_HZ = 100.0
AXES = ("accX", "accY", "accZ", "gyrX", "gyrY", "gyrZ")


def windows(folder: Path) -> list[ArchiveRecording]:
    """Archives of windows (n, 6), keyed PART__LABEL__NAME. Raises BadInput when there is none."""
    return archives.recordings(folder, "windows", PUBLISHED, "windows.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    """An Edge Impulse export: a zip, or the folder that it unpacks to."""
    zips = [
        ArchiveRecording(path.stem, path, partial(_read, partial(_zipped, path))) for path in archives.below(folder, "*-export.zip")
    ]
    unpacked = {path.parent.parent for path in archives.below(folder, "*.json") if path.parent.name in ("training", "testing")}
    return zips or [ArchiveRecording(path.name, path, partial(_read, partial(_unpacked, path))) for path in sorted(unpacked)]


def _zipped(path: Path) -> Iterator[tuple[str, str, bytes]]:
    with zipfile.ZipFile(path) as held:
        for name in sorted(held.namelist()):
            parts = PurePosixPath(name)
            if parts.suffix == ".json" and parts.parent.name in ("training", "testing"):
                yield parts.parent.name, parts.stem, held.read(name)


def _unpacked(folder: Path) -> Iterator[tuple[str, str, bytes]]:
    for part in ("training", "testing"):
        for path in archives.below(folder / part, "*.json"):
            yield part, path.stem, path.read_bytes()


def _read(files: Callable[[], Iterator[tuple[str, str, bytes]]]) -> Arrays:
    """Each file is one window in Edge Impulse's acquisition format; its label is the name up to the first dot."""
    found = {}
    for part, name, text in files():
        payload = json.loads(text)["payload"]
        order = [[sensor["name"] for sensor in payload["sensors"]].index(axis) for axis in AXES]
        found[f"{part}__{name.split('.')[0]}__{name}"] = np.asarray(payload["values"], dtype=np.float64)[:, order]
    return found


PUBLISHED = Published("Edge Impulse's …-export.zip, or its folders training and testing", _find)


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """Leans by label, and the AUC."""
    ups: dict[str, list[FloatArray]] = {}
    for recording in windows(folder):
        report(recording.name)
        for key, window in recording.every().items():
            raw = np.asarray(window, dtype=np.float64)
            block = SampleBlock.checked(np.arange(len(raw)) / RATE_HZ, raw[:, :3], -np.radians(raw[:, 3:6]), where=key)
            ups.setdefault(key.split("__")[1], []).append(
                tilt.step(TiltParams(DeviceProfile("vest", RATE_HZ)), TiltState(), block)[1].up
            )
    if not {"Upright", "Bad"} <= ups.keys():
        raise BadInput("no windows are labelled Upright, or none Bad", where=str(folder), hint=archives.HINT)
    upright = unit(np.mean([up.mean(axis=0) for up in ups["Upright"]], axis=0))
    leans = {name: np.asarray([np.median(lean(up, upright, None).inclination_deg) for up in each]) for name, each in ups.items()}
    beyond = PostureSettings().threshold_deg
    return ResultTable(
        f"Posture vest: AUC of 'Bad' against 'Upright' {auc(leans['Bad'], leans['Upright']):.3f}",
        ("label", "windows", "lean: median", "5 %", "95 %", f"beyond {beyond:g}°"),
        tuple(
            (name, str(len(of)), *(f"{np.quantile(of, q):.1f}°" for q in (0.5, 0.05, 0.95)), f"{(of > beyond).mean():.0%}")
            for name, of in sorted(leans.items())
            if name in ("Bad", "Upright")
        ),
        (
            "The upright comes from the same windows that it is judged by: nothing else tells whose they are.",
            "One vest, no people's names, no order: nothing of how long a posture is held, nor of alerts.",
            "'Bad' as its makers posed it: an AUC near 1 does not say that 15° is the right limit for anybody's back.",
        ),
    )


def auc(positive: FloatArray, negative: FloatArray) -> float:
    """The share of pairs in which the positive is greater; ties count half."""
    greater = (positive[:, None] > negative).mean()
    return float(greater + 0.5 * (positive[:, None] == negative).mean())
