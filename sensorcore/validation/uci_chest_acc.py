"""Alerts per hour of work at a computer, and what desk work is taken for, with an accelerometer on the chest alone.

UCI 287, Casale, Pujol, Radeva (2012): a chest accelerometer, 52 Hz, no gyroscope, uncalibrated counts of 12 bits. Zero is taken
to be the middle of the range and one g the median length at the desk. No calibration: the upright is the first still stretch.
Nobody labelled posture, so these are rates, not errors: what counts is that each alert can be explained and that desk work is not
taken for a walk.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from sensorcore.track.posture_track import CONTEXTS, SLOUCHED
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.running import explained, runs, wear
from sensorcore.validation.table import ResultTable

NAME = "uci_chest_acc"
MIDDLE = 2048
DESK, WALKING = 1, 4
RATE_HZ = 52.0


def people(folder: Path) -> list[ArchiveRecording]:
    """The people in `folder` (acc_raw, label, fs), in order. Raises BadInput when there is none."""
    return archives.recordings(folder, "people", PUBLISHED, "subject*.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    numbered = [path for path in archives.below(folder, "[0-9]*.csv") if path.stem.isdigit()]
    found = sorted(numbered, key=lambda path: int(path.stem))
    return [ArchiveRecording(f"subject{int(path.stem):02}", path, partial(_read, path)) for path in found]


def _read(path: Path) -> Arrays:
    """Five columns without a header: sequence number, x, y and z in counts, label."""
    read = np.loadtxt(path, delimiter=",", ndmin=2)
    return {"acc_raw": read[:, 1:4], "label": read[:, 4].astype(np.int64), "fs": np.asarray(RATE_HZ)}


PUBLISHED = Published("1.csv to 15.csv", _find)


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """Of each person's desk time and of their labelled walking."""
    rows: list[tuple[str, ...]] = []
    reasons: list[str] = []
    desk_h, alerts_at_desk = 0.0, 0
    for person in people(folder):
        report(person.name)
        read = person.arrays("acc_raw", "label", "fs")
        label, rate_hz = read["label"].astype(np.int64), float(read["fs"])
        counts = read["acc_raw"].astype(np.float64) - MIDDLE
        one_g = float(np.median(np.sqrt((counts[label == DESK] ** 2).sum(axis=1))))
        t_s = np.arange(len(counts)) / rate_hz
        block = SampleBlock.checked(t_s, counts / one_g * STANDARD_GRAVITY_MPS2, where=person.path.name)
        worn = wear(person.name, block, rate_hz, placement="chest")
        ticks = np.minimum((worn.track.end_s * rate_hz).astype(np.int64), len(label) - 1)
        at_desk = label[ticks] == DESK
        hours = at_desk.sum() / 36000
        alerts = [alert for alert in worn.alerts if label[min(int(alert.t_s * rate_hz), len(label) - 1)] == DESK]
        elsewhere = len(worn.alerts) - len(alerts)
        code = CONTEXTS.index("walking")
        shares = (
            (worn.track.posture[at_desk] == SLOUCHED).mean(),
            (worn.track.context[at_desk] == code).mean(),
            (worn.track.context[at_desk] == CONTEXTS.index("standing")).mean(),
            (worn.track.context[label[ticks] == WALKING] == code).mean(),
        )
        rows.append((person.name, f"{hours:.2f}", f"{len(alerts) / hours:.1f}", str(elsewhere), *(f"{s:.1%}" for s in shares)))
        first = next(begin for value, begin, _ in runs(label) if value == DESK) / rate_hz
        reasons += [explained(alert, f"{person.name}, {(alert.t_s - first) / 60:.1f} min into the desk work, ") for alert in alerts]
        desk_h, alerts_at_desk = desk_h + hours, alerts_at_desk + len(alerts)
    heads = ("slouched at the desk", "desk taken for walking", "desk taken for standing", "walking told")
    return ResultTable(
        f"UCI chest accelerometer: {desk_h:.1f} h at the desk, {alerts_at_desk / max(desk_h, 1e-9):.1f} alerts per hour",
        ("person", "desk, h", "alerts per hour", "alerts elsewhere", *heads),
        tuple(rows),
        ("Default settings: 15° for 15 s. Posture was not labelled: a rate, not an error.", *reasons),
    )
