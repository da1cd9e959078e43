"""Alerts where none belong: walking, turning over in bed, knee bends, bends, getting into a car.

SisFall (Sucerquia, López, Vargas-Bonilla, Sensors 17:198, 2017): a box on the belt, 200 Hz. Of its everyday activities D01
(walking), D14 (lying, turning over), D15 (bending the knees), D16 (bending over) and D17 (getting into a car, sitting, getting
out), without a calibration: the upright is what was assumed. The delay of alerts is 5 s, for most recordings last only 12 s.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from sensorcore.settings import AlertSettings, Settings
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.running import explained, wear
from sensorcore.validation.table import ResultTable

NAME = "sisfall"
RATE_HZ = 200.0
ACTIVITIES = {
    "D01": "walking",
    "D14": "lying, turning over",
    "D15": "knee bend",
    "D16": "bend",
    "D17": "into a car, out of it",
}
SETTINGS = replace(Settings(), alerts=AlertSettings(delay_s=5.0))


def people(folder: Path) -> list[ArchiveRecording]:
    """A recording a person, each with their trials (n, 6) by activity and number. Raises BadInput when there is none."""
    return archives.recordings(folder, "people", PUBLISHED, "S*.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    trials: dict[str, dict[str, Path]] = {}
    for path in archives.below(folder, "D[0-9][0-9]_S[AE][0-9][0-9]_R[0-9][0-9].txt"):
        code, person, trial = path.stem.split("_")
        if code in ACTIVITIES:
            trials.setdefault(person, {})[f"{code}_{trial}"] = path
    return [ArchiveRecording(who, next(iter(of.values())).parent, partial(_read, of)) for who, of in sorted(trials.items())]


def _read(trials: dict[str, Path]) -> Arrays:
    """Nine counts a line, ended by a semicolon; the first six are ADXL345 acceleration and ITG3200 angular rate."""
    return {key: np.loadtxt(path, delimiter=",", usecols=range(6), ndmin=2) for key, path in trials.items()}


PUBLISHED = Published("SA01/D01_SA01_R01.txt and so on", _find)


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """Alerts of each activity, and what the wearers were thought to do."""
    seconds = {code: np.zeros(len(CONTEXTS)) for code in ACTIVITIES}
    trials, alerts = dict.fromkeys(ACTIVITIES, 0), dict.fromkeys(ACTIVITIES, 0)
    reasons: list[str] = []
    for person in people(folder):
        report(person.name)
        for key, raw in person.every().items():
            code = key[:3]
            if code not in ACTIVITIES:
                continue
            if raw.ndim != 2 or raw.shape[1] != 6:
                raise BadInput(f"'{key}' has the shape {raw.shape}, not (n, 6)", where=str(person.path), hint=archives.HINT)
            counts = raw.astype(np.float64)
            acc, gyr = counts[:, :3] * 32 / 8192 * STANDARD_GRAVITY_MPS2, np.radians(counts[:, 3:] * 4000 / 65536)
            block = SampleBlock.checked(np.arange(len(raw)) / RATE_HZ, acc, gyr, where=f"{person.path.name} {key}")
            worn = wear(key, block, RATE_HZ, nominal_up=(0.0, -1.0, 0.0), placement="waist", settings=SETTINGS)
            seconds[code] += np.bincount(worn.track.context, minlength=len(CONTEXTS)) / 10
            trials[code] += 1
            alerts[code] += len(worn.alerts)
            reasons += [explained(alert, f"{person.name} {key}, ") for alert in worn.alerts]
    order = [CONTEXTS.index(name) for name in ("sitting", "standing", "walking", "lying", "moving", "unknown")]
    return ResultTable(
        "SisFall: alerts where none belong",
        ("activity", "trials", "alerts", *(f"said {CONTEXTS[code]}, s" for code in order)),
        tuple(
            (f"{code} {what}", str(trials[code]), str(alerts[code]), *(f"{seconds[code][which]:.0f}" for which in order))
            for code, what in ACTIVITIES.items()
        ),
        ("No calibration; an alert speaks after 5 s. Unknown is the time before the wearer was first still for 3 s.", *reasons),
    )
