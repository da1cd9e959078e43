"""Tilt against optical motion capture, on a board moved by hand.

BROAD: Laidig et al., Data 6(7):72, 2021, CC BY 4.0. How a trial is turned into what a cheap sensor would have delivered, and how an
estimate is scored. Protocol: the optical reference is delayed by 4.04 ms (the IMU lags it by that much); signals are low-passed
(zero-phase FIR, −6 dB at 0.45 of the rate), resampled, and quantised to 16 bits at ±16 g and ±2000 °/s. The error is the angle
between the true and the estimated up-vector in sensor axes: its root mean square over the samples in which the board moves, then
the mean over trials.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np
from scipy import io, signal

from sensorcore.errors import BadInput
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import tilt
from sensorcore.motion.smooth import smooth_up
from sensorcore.motion.vectors import angles_deg, up_of
from sensorcore.validation import archives
from sensorcore.validation.archives import ArchiveRecording, Arrays, Published
from sensorcore.validation.table import ResultTable

NAME = "broad"
RATES_HZ = (104.0, 52.0, 25.0)
FRAME_S = 16 / 104
"""What one packet of our sensor holds."""

REFERENCE_LATE_S = 0.00404
ACC_RANGE_MPS2 = 16 * STANDARD_GRAVITY_MPS2
GYR_RANGE_RADPS = float(np.deg2rad(2000.0))
FIR_PERIODS = 8
"""Length of the anti-alias filter, in periods of the new rate."""


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial as a sensor at `rate_hz` would have seen it. `up` (n, 3): true world-up in sensor axes (NaN where the cameras
    lost the board); `moving` (n,): samples to score."""

    name: str
    rate_hz: float
    block: SampleBlock
    up: FloatArray
    moving: BoolArray

    @property
    def device(self) -> DeviceProfile:
        return DeviceProfile("BROAD", self.rate_hz, "point", ACC_RANGE_MPS2, GYR_RANGE_RADPS)

    @property
    def gyr_radps(self) -> FloatArray:
        assert self.block.gyr_radps is not None
        return self.block.gyr_radps


_NAMES = {"acc": "imu_acc", "gyr": "imu_gyr", "quat": "opt_quat", "movement": "movement", "fs": "sampling_rate"}
"""Our arrays, by their names in the authors' files."""


def trials(folder: Path) -> list[ArchiveRecording]:
    """The trials in `folder` (acc, gyr, quat, movement, fs), in order. Raises BadInput when there is none."""
    return archives.recordings(folder, "trials", PUBLISHED, "[0-9]*.npz")


def _find(folder: Path) -> list[ArchiveRecording]:
    """The authors' Matlab files, and HDF5 files of those trials that have no Matlab file; the two hold the same."""
    readers = {".mat": _matlab, ".hdf5": _hdf5}
    found = {path.stem: path for path in reversed(archives.below(folder, "[0-9][0-9]_*.hdf5", "[0-9][0-9]_*.mat"))}
    return [ArchiveRecording(name, path, partial(readers[path.suffix], path)) for name, path in sorted(found.items())]


def _matlab(path: Path) -> Arrays:
    read = io.loadmat(path, squeeze_me=True)
    return {ours: np.asarray(read[theirs]) for ours, theirs in _NAMES.items()}


def _hdf5(path: Path) -> Arrays:
    try:
        import h5py  # noqa: PLC0415 - only these files need it; the Matlab ones hold the same
    except ImportError:
        hint = "Name the folder of data_mat, which holds the same trials, or install h5py."
        raise BadInput("HDF5 files need the package h5py, which is not installed", where=str(path), hint=hint) from None
    with h5py.File(path, "r") as read:
        arrays = {ours: np.asarray(read[theirs]) for ours, theirs in _NAMES.items() if theirs in read}
        return {"fs": np.asarray(read.attrs.get("sampling_rate")), **arrays}


PUBLISHED = Published("data_mat/NN_….mat or data_hdf5/NN_….hdf5", _find)


def load(trial: ArchiveRecording, rate_hz: float) -> Trial:
    """Read one trial and resample it to `rate_hz`. Raises BadInput."""
    read = trial.arrays("acc", "gyr", "quat", "movement", "fs")
    raw = {name: np.asarray(values, dtype=np.float64) for name, values in read.items()}
    raw_hz = float(raw["fs"])
    raw_s = np.arange(len(raw["acc"])) / raw_hz
    t_s = np.arange(int(raw_s[-1] * rate_hz)) / rate_hz
    taps = int(FIR_PERIODS * raw_hz / rate_hz) | 1
    fir = signal.firwin(taps, 0.45 * rate_hz, fs=raw_hz)[:, None]

    def resampled(values: FloatArray, full_scale: float) -> FloatArray:
        padded = np.pad(values, ((taps // 2, taps // 2), (0, 0)), mode="edge")
        low = signal.oaconvolve(padded, fir, mode="valid", axes=0)
        step = full_scale / 32768
        return np.asarray(np.clip(np.rint(_at(t_s, raw_s, low) / step), -32768, 32767) * step)

    acc, gyr = resampled(raw["acc"], ACC_RANGE_MPS2), resampled(raw["gyr"], GYR_RANGE_RADPS)
    up = _at(t_s - REFERENCE_LATE_S, raw_s, up_of(raw["quat"]))
    nearest = np.clip(np.rint(t_s * raw_hz).astype(np.int64), 0, len(raw_s) - 1)
    used = np.maximum(np.abs(acc).max(axis=1) / ACC_RANGE_MPS2, np.abs(gyr).max(axis=1) / GYR_RANGE_RADPS)
    block = SampleBlock.checked(t_s, acc, gyr, saturated=np.asarray(used > 0.9999), where=trial.path.name)
    return Trial(trial.name, rate_hz, block, up, raw["movement"][nearest] > 0)


def rmse_deg(trial: Trial, up: FloatArray) -> float:
    """The score of one trial."""
    return float(np.sqrt(np.nanmean(angles_deg(up, trial.up)[trial.moving] ** 2)))


def _at(t_s: FloatArray, known_s: FloatArray, values: FloatArray) -> FloatArray:
    return np.stack([np.interp(t_s, known_s, values[:, k]) for k in range(values.shape[1])], axis=1)


def ours(trial: Trial, *, gyroscope: bool = True, **params: float) -> FloatArray:
    """spinae on a trial."""
    device, block = trial.device, trial.block
    if not gyroscope:
        device, block = replace(device, gyro_sampling=None), replace(block, gyr_radps=None)
    return run(tilt.TiltParams(device, **params), block)


def ahead(trial: Trial) -> FloatArray:
    """spinae looking ahead (`--smooth`)."""
    return smooth_up(tilt.TiltParams(trial.device), trial.block)


def run(params: tilt.TiltParams, block: SampleBlock) -> FloatArray:
    """`up` (n, 3), causal, in packets as they would arrive."""
    state, found = tilt.TiltState(), []
    frame = round(FRAME_S * params.device.sample_rate_hz)
    for begin in range(0, len(block), frame):
        state, pose = tilt.step(params, state, block[begin : begin + frame])
        found.append(pose.up)
    return np.concatenate(found)


def evaluate(folder: Path, report: Callable[[str], None]) -> ResultTable:
    """The error of each trial and their mean: live and looking ahead, and live without a gyroscope."""
    found = trials(folder)
    rows: dict[str, list[float]] = {}
    for recording in found:
        report(recording.name)
        each = {rate: load(recording, rate) for rate in RATES_HZ}
        rows[recording.name] = [
            *(rmse_deg(trial, ours(trial)) for trial in each.values()),
            rmse_deg(each[RATES_HZ[0]], ahead(each[RATES_HZ[0]])),
            rmse_deg(each[RATES_HZ[0]], ours(each[RATES_HZ[0]], gyroscope=False)),
        ]
    rows[f"**mean of {len(found)}**"] = np.mean(list(rows.values()), axis=0).tolist()
    top = f"{RATES_HZ[0]:g} Hz"
    return ResultTable(
        "BROAD: error of tilt, degrees",
        ("trial", *(f"live, {rate:g} Hz" for rate in RATES_HZ), f"looking ahead, {top}", f"accelerometer only, {top}"),
        tuple((name, *(f"{error:.2f}" for error in errors)) for name, errors in rows.items()),
        (
            "The angle between the true and the estimated up-vector: root mean square over the samples in which the board moves.",
            "The reference is delayed by 4.04 ms; signals are low-passed, resampled and quantised as by a cheap sensor (16 bits).",
            "A board in somebody's hands is not a back.",
        ),
    )
