"""`python -m benchmarks.walking FOLDER_OF_HAPT`: detection of walking on people, and why its window has parts.

HAPT: a phone at the waist, 30 people in all, labels from video. A row says in which share of the ticks of each activity the bounce
is above the threshold, so that the wearer is taken for walking; the first row is what `sensorcore.posture.moving` asks."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from sensorcore.model import STANDARD_GRAVITY_MPS2, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import activity, ticks, tilt
from sensorcore.posture.moving import BURST_MPS2, SWING_DEG, WALK_MPS2

LABELS = {"walking, stairs": (1, 2, 3), "sitting, standing": (4, 5), "lying": (6,), "between postures": (7, 8, 9, 10, 11, 12)}


def recording(path: Path) -> tuple[ticks.Ticks, FloatArray]:
    """The ticks of one session, and the label in the middle of each."""
    with np.load(path) as data:
        acc, gyr, label, rate_hz = data["acc_g"] * STANDARD_GRAVITY_MPS2, data["gyr_rad"], data["label"], float(data["fs"])
    block = SampleBlock.checked(np.arange(len(acc)) / rate_hz, acc, gyr)
    pose = tilt.step(tilt.TiltParams(DeviceProfile("phone", rate_hz)), tilt.TiltState(), block)[1]
    whole = ticks.step(ticks.initial(), block, pose)[1]
    middle = np.minimum(((whole.index + 0.5) / ticks.TICK_HZ * rate_hz).astype(np.int64), len(label) - 1)
    return whole, label[middle]


def bounce(whole: ticks.Ticks, parts: tuple[tuple[int, int], ...]) -> FloatArray:
    """The stage's own figure, with other parts of its window."""
    return activity.step(activity.initial(), whole, parts)[1].bounce_mps2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    sessions = [recording(path) for path in sorted(parser.parse_args().folder.glob("exp*.npz"))]
    label = np.concatenate([labels for _, labels in sessions])
    print(f"| {len(sessions)} sessions, threshold {WALK_MPS2:g} m/s² | " + " | ".join(LABELS) + " |")
    print("|---" * (len(LABELS) + 1) + "|")
    asked = [activity.step(activity.initial(), whole)[1] for whole, _ in sessions]
    steps = [(each.bounce_mps2 > WALK_MPS2) & (each.swing_deg < SWING_DEG) | (each.burst_mps2 > BURST_MPS2) for each in asked]
    detected = np.concatenate(steps)
    shares = (f"{detected[np.isin(label, codes)].mean():.1%}" for codes in LABELS.values())
    print(
        f"| the same in 1.2 s if above {BURST_MPS2:g}, or the trunk stays where it is (what spinae does) | "
        + " | ".join(shares)
        + " |"
    )
    one = ((0, activity.BOUNCE_WINDOWS[-1][1]),)
    for name, parts in (("all three parts of 2.5 s bounce", activity.BOUNCE_WINDOWS), ("2.5 s as one", one)):
        over = np.concatenate([bounce(whole, parts) for whole, _ in sessions]) > WALK_MPS2
        print(f"| {name} | " + " | ".join(f"{over[np.isin(label, codes)].mean():.1%}" for codes in LABELS.values()) + " |")


if __name__ == "__main__":
    main()
