"""`python -m benchmarks.sessions FOLDER_OF_HAPT`: the context on people's sessions when less is known of them than usual, and their
walking alone at other rates. Prints the two tables of docs/accuracy.md.

The first: both uprights given, one of them, none, and no gyroscope; shares as in `spinae validate hapt`. The second: from the last
label before the walking on to the end of the session, without a calibration, an alert after 5 s, at the sampling rates named (by
straight lines between the samples); told is the share of the samples labelled as walking or stairs."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray, SampleBlock
from sensorcore.settings import AlertSettings, Settings
from sensorcore.track.posture_track import CONTEXTS
from sensorcore.validation import hapt
from sensorcore.validation.archives import ArchiveRecording
from sensorcore.validation.running import wear

VARIANTS: dict[str, tuple[tuple[str, ...], bool]] = {
    "both uprights given": (("sitting", "standing"), True),
    "the upright of standing only": (("standing",), True),
    "the upright of sitting only": (("sitting",), True),
    "no calibration": ((), True),
    "both, no gyroscope": (("sitting", "standing"), False),
}
RATES_HZ = (20.0, 50.0, 100.0, 200.0, 400.0)
WALKS = (1, 2, 3)


def variants(recordings: list[ArchiveRecording]) -> None:
    print(f"| the same {len(recordings)} sessions | sitting or standing, walking, lying | sitting against standing | alerts |")
    print("|---|---|---|---|")
    for name, (uprights, gyroscope) in VARIANTS.items():
        pairs: Counter[tuple[str, str]] = Counter()
        alerts = 0
        for recording in recordings:
            label, scored, rate_hz, worn = hapt.session(recording, uprights=uprights, gyroscope=gyroscope)
            said = worn.contexts_at(np.arange(len(label)) / rate_hz)
            for value, truth in hapt.LABELS.items():
                codes, counts = np.unique(said[scored & (label == value)], return_counts=True)
                pairs.update({(truth, CONTEXTS[code]): int(count) for code, count in zip(codes, counts, strict=True)})
            alerts += len(worn.alerts)
        three, two = hapt.balanced(pairs)
        print(f"| {name} | {three:.3f} | {two:.3f} | {alerts} |", flush=True)
    print()


def walking(recordings: list[ArchiveRecording]) -> None:
    settings = Settings(alerts=AlertSettings(delay_s=5.0))
    print("| their walking alone | alerts | told | without a gyroscope: alerts | told |\n|---|---|---|---|---|")
    for rate_hz in RATES_HZ:
        cells = []
        for gyroscope in (True, False):
            alerts = detected = walked = 0
            for recording in recordings:
                read = recording.arrays("acc_g", "gyr_rad", "label", "fs")
                label, own_hz = read["label"].astype(np.int64), float(read["fs"])
                first = int(np.flatnonzero(np.isin(label, WALKS))[0])
                begin = int(np.flatnonzero(label[:first] > 0)[-1]) + 1
                t_s = np.arange(0.0, (len(label) - 1 - begin) / own_hz, 1 / rate_hz)
                at = begin + t_s * own_hz
                acc = _at(read["acc_g"] * STANDARD_GRAVITY_MPS2, at)
                block = SampleBlock.checked(t_s, acc, _at(read["gyr_rad"], at) if gyroscope else None, where=recording.path.name)
                worn = wear(recording.name, block, rate_hz, nominal_up=hapt.UP, placement="waist", settings=settings)
                walks = np.isin(label[np.rint(at).astype(np.int64)], WALKS)
                alerts, walked = alerts + len(worn.alerts), walked + int(walks.sum())
                detected += int((worn.contexts_at(t_s)[walks] == CONTEXTS.index("walking")).sum())
            cells += [str(alerts), f"{detected / walked:.1%}"]
        print(f"| {rate_hz:g} Hz | {' | '.join(cells)} |", flush=True)


def _at(values: FloatArray, at: FloatArray) -> FloatArray:
    """Rows of `values` (m, 3) at fractional positions (n,)."""
    places = np.arange(len(values))
    return np.stack([np.interp(at, places, np.asarray(values[:, axis], dtype=np.float64)) for axis in range(3)], axis=1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    recordings = hapt.sessions(parser.parse_args().folder)
    variants(recordings)
    walking(recordings)


if __name__ == "__main__":
    main()
