"""What the wearer does (sitting, standing, walking, lying), and alerts where none belong, on 30 people's recordings.

HAPT: a phone at the waist, 50 Hz, labels from video (Reyes-Ortiz et al., Neurocomputing 171, 2016). The uprights of sitting and
standing are the mean acceleration of the first 10 s labelled so, which are left out of the score. A second counts as detected when
the live context of its tick is the label's; the three kinds of walking (level, up and down stairs) are one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, Calibration, FloatArray, SampleBlock
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.running import Judged, explained, runs, upright_in, wear
from sensorcore.validation.table import ResultTable

NAME = "hapt"
LABELS = {1: "walking", 2: "walking", 3: "walking", 4: "sitting", 5: "standing", 6: "lying"}
TRUTHS = ("sitting", "standing", "walking", "lying")
SAID = ("sitting", "standing", "walking", "lying", "moving", "unknown")
UP = (1.0, 0.0, 0.0)
BASELINE_S = 10.0
SURE = 0.9
RATE_HZ = 50.0


def sessions(folder: Path) -> list[ArchiveRecording]:
    """The sessions in `folder` (acc_g, gyr_rad, label, fs), in order. Raises BadInput when there is none."""
    return archives.recordings(folder, "sessions", PUBLISHED, "exp*.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    return [
        ArchiveRecording(path.stem.removeprefix("acc_"), path, partial(_read, path))
        for path in archives.below(folder, "acc_exp[0-9]*_user[0-9]*.txt")
    ]


def _read(acc_path: Path) -> Arrays:
    """The three files of one session: acceleration in g, angular rate in rad/s, and its rows of labels.txt (experiment, user,
    activity, first and last sample, counted from 1)."""
    acc_g = np.loadtxt(acc_path, ndmin=2)
    gyr_rad = np.loadtxt(acc_path.with_name(acc_path.name.replace("acc_", "gyro_")), ndmin=2)
    label = np.zeros(len(acc_g), dtype=np.int64)
    experiment = int(acc_path.name.split("_")[1].removeprefix("exp"))
    for number, _, activity, first, last in np.loadtxt(acc_path.with_name("labels.txt"), dtype=np.int64, ndmin=2).tolist():
        if number == experiment:
            label[first - 1 : last] = activity
    n = min(len(acc_g), len(gyr_rad))
    return {"acc_g": acc_g[:n], "gyr_rad": gyr_rad[:n], "label": label[:n], "fs": np.asarray(RATE_HZ)}


PUBLISHED = Published("RawData/acc_expNN_userNN.txt, gyro_… and labels.txt", _find)


def session(
    recording: ArchiveRecording, *, uprights: Collection[str] = ("sitting", "standing"), gyroscope: bool = True
) -> tuple[NDArray[np.int64], BoolArray, float, Judged]:
    """One session, with those `uprights` known: labels (n,), which samples to score (n,), the rate, and what came out."""
    read = recording.arrays("acc_g", "gyr_rad", "label", "fs")
    label, rate_hz = read["label"].astype(np.int64), float(read["fs"])
    acc = np.asarray(read["acc_g"], dtype=np.float64) * STANDARD_GRAVITY_MPS2
    t_s = np.arange(len(acc)) / rate_hz
    scored = np.isin(label, list(LABELS))
    upright = {}
    for value, state in ((4, "sitting"), (5, "standing")):
        first = next(((a, b) for each, a, b in runs(label) if each == value), None)
        if first is not None:
            start_s = first[0] / rate_hz + 0.5
            within = (t_s >= start_s) & (t_s < min(first[1] / rate_hz - 0.5, start_s + BASELINE_S))
            upright[state] = upright_in(acc, within)
            scored &= ~within
    gyr = np.asarray(read["gyr_rad"], dtype=np.float64) if gyroscope else None
    block = SampleBlock.checked(t_s, acc, gyr, where=recording.path.name)
    known = {state: up for state, up in upright.items() if state in uprights}
    calibration = Calibration(known) if known else None
    return label, scored, rate_hz, wear(recording.name, block, rate_hz, calibration=calibration, nominal_up=UP, placement="waist")


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """Seconds of each label by detected context; shares detected; latencies; the alerts."""
    pairs: Counter[tuple[str, str]] = Counter()
    late_s: dict[str, list[float]] = {truth: [] for truth in TRUTHS}
    sure: Counter[tuple[bool, bool]] = Counter()
    alerts: list[str] = []
    misplaced, hours = 0, 0.0
    found = sessions(folder)
    for recording in found:
        report(recording.name)
        label, scored, rate_hz, worn = session(recording)
        t_s = np.arange(len(label)) / rate_hz
        said = worn.contexts_at(t_s)
        truth = np.asarray([CONTEXTS.index(LABELS[value]) if value in LABELS else -1 for value in range(13)])[label]
        for a, b in zip(truth[scored].tolist(), said[scored].tolist(), strict=True):
            pairs[CONTEXTS[a], CONTEXTS[b]] += 1 / rate_hz  # type: ignore[assignment]
        upright = scored & np.isin(said, [CONTEXTS.index(name) for name in TRUTHS[:2]]) & np.isin(label, [4, 5])
        for sure_of_it, right in zip((worn.confidence_at(t_s) >= SURE)[upright], (truth == said)[upright], strict=True):
            sure[bool(sure_of_it), bool(right)] += 1
        _latencies(truth, said, rate_hz, late_s)
        for alert in worn.alerts:
            at = label[min(int(alert.t_s * rate_hz), len(label) - 1)]
            misplaced += LABELS.get(int(at)) in ("walking", "lying")
            alerts.append(explained(alert, f"{recording.name}, labelled {LABELS.get(int(at), 'nothing')}, "))
        hours += len(label) / rate_hz / 3600
    return ResultTable(
        f"HAPT: what {len(found)} sessions' wearers do, seconds",
        ("label", *SAID, "told", "told after: median, 90 %"),
        tuple(_row(truth, pairs, late_s[truth]) for truth in TRUTHS),
        (
            *_summary(pairs),
            f"Of sitting and standing said with a confidence of {SURE:g} or more {_share(sure, True)} is right, of the rest "
            f"{_share(sure, False)}.",
            f"Posture alerts at default settings: {len(alerts)} in {hours:.2f} h; while walking or lying: {misplaced}.",
            *alerts,
        ),
    )


def _latencies(truth: NDArray[np.int64], said: NDArray[np.int8], rate_hz: float, late_s: dict[str, list[float]]) -> None:
    """Add how long after the start of each labelled stretch its state was first said."""
    for value, a, b in runs(truth):
        if value >= 0:
            hits: FloatArray = np.flatnonzero(said[a:b] == value).astype(np.float64)
            late_s[CONTEXTS[value]].append(float(hits[0]) / rate_hz if len(hits) else np.inf)


def _detected(pairs: Mapping[tuple[str, str], float], truths: tuple[str, ...]) -> float:
    of = {key: n for key, n in pairs.items() if key[0] in truths}
    return sum(n for (_, said), n in of.items() if said in truths) / max(sum(of.values()), 1e-9)


def balanced(pairs: Mapping[tuple[str, str], float]) -> tuple[float, float]:
    """The balanced shares of {sitting or standing, walking, lying} detected and of sitting against standing, from (truth, said)."""
    three, two = _shares(pairs)
    return float(np.mean(three)), float(np.mean(two))


def _shares(pairs: Mapping[tuple[str, str], float]) -> tuple[list[float], list[float]]:
    three = [_detected(pairs, TRUTHS[:2]), _detected(pairs, ("walking",)), _detected(pairs, ("lying",))]
    return three, [_detected(pairs, (state,)) for state in TRUTHS[:2]]


def _summary(pairs: Counter[tuple[str, str]]) -> tuple[str, str]:
    three, two = _shares(pairs)
    shares = ", ".join(f"{share:.3f}" for share in three)
    return (
        f"Sitting or standing, walking, lying: {shares}; balanced {np.mean(three):.3f}.",
        f"Sitting against standing: {two[0]:.3f}, {two[1]:.3f}; balanced {np.mean(two):.3f}.",
    )


def _share(sure: Counter[tuple[bool, bool]], which: bool) -> str:
    total = sure[which, True] + sure[which, False]
    return f"{sure[which, True] / total:.1%}" if total else "nothing"


def _row(truth: str, pairs: Counter[tuple[str, str]], late_s: list[float]) -> tuple[str, ...]:
    seconds = [pairs[truth, said] for said in SAID]
    late = "–" if not late_s else ", ".join(f"{np.quantile(late_s, q, method='higher'):.1f} s" for q in (0.5, 0.9))
    return (truth, *(f"{value:.0f}" for value in seconds), f"{_detected(pairs, (truth,)):.1%}", late)
