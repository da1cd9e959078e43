"""Does the lean from upright tell sitting badly from sitting upright? Labelled windows of a sensor in a vest.

260 windows of 2 s, 100 Hz (a student project, Edge Impulse; wearers and order unknown). The upright is the mean over the windows
labelled 'Upright'; a window's lean is the median inclination from it that our tilt and lean give, each window alone from a cold
start. AUC: the probability that a window labelled 'Bad' leans further than one labelled 'Upright'. The board's sensor (LSM9DS1)
has left-handed axes, which the windows show too: for right-handed ones the angular rate is negated.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from sensorcore.model import DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import tilt
from sensorcore.motion.body import lean, unit
from sensorcore.motion.tilt import TiltParams, TiltState
from sensorcore.settings import PostureSettings
from sensorcore.validate import archives
from sensorcore.validate.table import Table

NAME = "posture_vest"
RATE_HZ = 100.0


def evaluate(folder: Path, report: Callable[[str], None]) -> Table:
    """Leans by label, and the AUC."""
    ups: dict[str, list[FloatArray]] = {}
    for path in archives.found(folder, "windows.npz", "windows"):
        report(path.stem)
        for key, window in archives.every(path).items():
            raw = np.asarray(window, dtype=np.float64)
            block = SampleBlock.checked(np.arange(len(raw)) / RATE_HZ, raw[:, :3], -np.radians(raw[:, 3:6]), where=key)
            ups.setdefault(key.split("__")[1], []).append(
                tilt.step(TiltParams(DeviceProfile("vest", RATE_HZ)), TiltState(), block)[1].up
            )
    upright = unit(np.mean([up.mean(axis=0) for up in ups["Upright"]], axis=0))
    leans = {name: np.asarray([np.median(lean(up, upright, None).inclination_deg) for up in each]) for name, each in ups.items()}
    beyond = PostureSettings().threshold_deg
    return Table(
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
