"""Calibration from a stream: stand (or sit) still, then bow a few times. That gives the wearer's own upright and forward,
however the sensor is clipped, with a quality figure, or a refusal with what to repeat.

Up is the mean acceleration over the still stretch, never a filter that has not converged. Forward is the direction in which
gravity moved during the deep half of each bow: as good as a PCA of the gyroscope on simulated wearers (docs/accuracy.md), and it
needs no gyroscope and knows which way is forward.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from sensorcore.errors import CalibrationRefused
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, FloatArray, IntArray, SampleBlock, Vector3
from sensorcore.motion import tilt
from sensorcore.motion.body import lean
from sensorcore.motion.vectors import angle_deg, unit

STILL_S = 3.0
STILL_GYR_SD_DPS = 0.7
STILL_ACC_SD_MPS2 = 0.020 * STANDARD_GRAVITY_MPS2
STILL_DRIFT_MPS2 = 0.040 * STANDARD_GRAVITY_MPS2
"""2.3° from where the stretch began: sinking slowly looks still in every half second of it."""
GRAVITY_WITHIN = 0.08
"""Cheap accelerometers are off by up to 4 %; twice that is not gravity alone."""
BOW_DEG = 20.0
BOW_ENDS_DEG = 10.0
ENOUGH_BOWS = 2
SPREAD_DEG = 8.0
"""Bows that disagree more than this are asked for again."""


@dataclass(frozen=True, slots=True)
class Bow:
    """One bow: `start_s` to `end_s`, how deep, and the horizontal direction it took (unit vector in sensor axes, forward)."""

    start_s: float
    end_s: float
    depth_deg: float
    direction: Vector3


def upright_of(block: SampleBlock, where: str = "the still stretch") -> Vector3:
    """World-up in sensor axes from the longest still stretch of `block`. Raises CalibrationRefused."""
    begin, end = still_stretch(block, where)
    return unit(block.acc_mps2[begin:end].mean(axis=0))


def mean_upright(acc_mps2: FloatArray, where: str) -> Vector3:
    """World-up from acceleration (n, 3) known to be still. Raises CalibrationRefused if it cannot be gravity."""
    mean = acc_mps2.mean(axis=0) if len(acc_mps2) else np.zeros(3)
    size = float(np.linalg.norm(mean))
    if abs(size / STANDARD_GRAVITY_MPS2 - 1) > 3 * GRAVITY_WITHIN:
        hint = "Choose a stretch in which the wearer keeps still."
        raise CalibrationRefused(f"the mean acceleration is {size:.1f} m/s², not gravity", where=where, hint=hint)
    return unit(mean)


def still_stretch(block: SampleBlock, where: str) -> tuple[int, int]:
    """The first and past-the-last sample of the longest still stretch of at least STILL_S. Raises CalibrationRefused."""
    return max(still_stretches(block, where), key=lambda stretch: float(block.t_s[stretch[1] - 1] - block.t_s[stretch[0]]))


def still_stretches(block: SampleBlock, where: str) -> list[tuple[int, int]]:
    """Every still stretch of at least STILL_S in which gravity alone is felt, in order. Raises CalibrationRefused without any."""
    if not len(block):
        raise CalibrationRefused("no samples arrived", where=where, hint="Check that the sensor is on and in range.")
    bin_s = 0.5
    bins = np.floor((block.t_s - block.t_s[0]) / bin_s).astype(np.int64)
    first = np.flatnonzero(np.diff(bins, prepend=-1))
    count = np.diff(first, append=len(block))[:, None]
    calm = _sd(block.acc_mps2, first, count) < STILL_ACC_SD_MPS2
    if block.gyr_radps is not None:
        calm &= _sd(np.degrees(block.gyr_radps), first, count) < STILL_GYR_SD_DPS
    follows = ~np.logical_or.reduceat(block.after_gap, first) & (np.diff(bins[first], prepend=-1) == 1)
    mean = np.add.reduceat(block.acc_mps2, first, axis=0) / count
    runs: list[tuple[int, int]] = []
    for i in np.flatnonzero(calm).tolist():
        begin, end = runs[-1] if runs else (i, i)
        if end == i and i > begin and follows[i] and np.linalg.norm(mean[i] - mean[begin]) < STILL_DRIFT_MPS2:
            runs[-1] = (begin, i + 1)
        else:
            runs.append((i, i + 1))
    longest_s = max((end - begin for begin, end in runs), default=0) * bin_s
    if longest_s < STILL_S:
        hint = f"Keep still for {STILL_S:.0f} seconds and try again."
        raise CalibrationRefused(f"the longest still stretch is {longest_s:.1f} s", where=where, hint=hint)
    ends = [*first.tolist(), len(block)]
    long = [(ends[begin], ends[end]) for begin, end in runs if (end - begin) * bin_s >= STILL_S]
    for begin, end in long:
        size = float(np.linalg.norm(block.acc_mps2[begin:end].mean(axis=0)))
        if abs(size / STANDARD_GRAVITY_MPS2 - 1) > GRAVITY_WITHIN:
            hint = "The accelerometer's scale or unit is wrong; check the sensor's range setting."
            raise CalibrationRefused(f"at rest it measures {size:.2f} m/s² instead of 9.81", where=where, hint=hint)
    return long


def bows(device: DeviceProfile, block: SampleBlock, upright: Vector3) -> list[Bow]:
    """The bows in `block`: leaving upright by more than BOW_DEG and coming back."""
    return _bows(block, tilt.step(tilt.TiltParams(device), tilt.TiltState(), block)[1].up, upright)


def _bows(block: SampleBlock, up: FloatArray, upright: Vector3) -> list[Bow]:
    angle = lean(up, upright, None).inclination_deg
    found: list[Bow] = []
    start, inside = 0, False
    for i in np.flatnonzero(np.diff((angle > BOW_ENDS_DEG).astype(np.int8), prepend=0)).tolist():
        if angle[i] > BOW_ENDS_DEG:
            start, inside = i, True
        elif inside:
            inside = False
            depth = float(angle[start:i].max())
            if depth >= BOW_DEG:
                deep = up[start:i][angle[start:i] > depth / 2]
                across = deep - np.outer(deep @ np.asarray(upright), upright)
                found.append(Bow(float(block.t_s[start]), float(block.t_s[i]), depth, unit(-across.sum(axis=0))))
    return found


def calibrate(device: DeviceProfile, block: SampleBlock, state: str = "standing") -> Calibration:
    """The body frame from one stretch: still upright first, then at least two bows forward. The first still stretch that bows
    follow is taken, so the sensor may lie on the table before, and a bow may be held. Raises CalibrationRefused."""
    up = tilt.step(tilt.TiltParams(device), tilt.TiltState(), block)[1].up
    most = 0
    for begin, end in still_stretches(block, f"calibration ({state})"):
        upright = unit(block.acc_mps2[begin:end].mean(axis=0))
        seen = _bows(block[begin:], up[begin:], upright)
        most = max(most, len(seen))
        if len(seen) >= ENOUGH_BOWS:
            break
    else:
        deep = f"{most} bow{'' if most == 1 else 's'} deeper than {BOW_DEG:.0f}°"
        hint = f"After keeping still, bow forward {ENOUGH_BOWS + 1} times, by about 30° or more, and come up straight."
        raise CalibrationRefused(f"found {deep}, at least {ENOUGH_BOWS} are needed", where="calibration", hint=hint)
    forward, spread_deg = forward_of(seen)
    if spread_deg > SPREAD_DEG:
        hint = "Bow once more, straight forward, hands at your sides."
        raise CalibrationRefused(f"the bows point {spread_deg:.0f}° from their mean", where="calibration", hint=hint)
    return Calibration({state: upright}, forward, round(spread_deg, 2))


def forward_of(seen: list[Bow]) -> tuple[Vector3, float]:
    """The mean direction of the bows, and their mean angle from it in degrees. The first bow says which way is forward."""
    first = np.asarray(seen[0].direction)
    directions = np.asarray([np.asarray(bow.direction) * (1 if first @ np.asarray(bow.direction) >= 0 else -1) for bow in seen])
    mean = unit(directions.sum(axis=0))
    return mean, float(np.mean([angle_deg(each, mean) for each in directions]))


def with_upright(calibration: Calibration, state: str, upright: Vector3) -> Calibration:
    """The same body frame with another state's upright added."""
    return Calibration({**calibration.upright, state: upright}, calibration.forward, calibration.quality_deg, calibration.assumed)


def _sd(values: FloatArray, first: IntArray, count: IntArray) -> FloatArray:
    """Norm over the axes of the standard deviation within each bin."""
    mean = np.add.reduceat(values, first, axis=0) / count
    square = np.add.reduceat(values * values, first, axis=0) / count
    return np.asarray(np.sqrt(np.maximum(square - mean * mean, 0.0).sum(axis=1)))
