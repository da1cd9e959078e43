"""People: HAPT (waist), TrunkyXL (three places on the back) and EUROBENCH (sit-to-stand), cut by what they do."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from scipy.signal import butter, filtfilt, find_peaks

from benchmarks.realism.cuts import RATE_HZ, Cut, runs, session
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray

HAPT = {
    1: "walking",
    2: "stairs up",
    3: "stairs down",
    4: "sitting",
    5: "standing",
    6: "lying",
    7: "stand to sit",
    8: "sit to stand",
}
TRUNKYXL = {"upper_back": "upper back (C7)", "lower_back": "lower back (T10)", "pelvis": "pelvis (L4/5)"}
EUROBENCH = {4: "pelvis", 5: "trunk"}
ROOM = round(1.2 * RATE_HZ)
TRIM = round(1.0 * RATE_HZ)
BENDS = 3
BEND_FROM_DEG = 20.0

Cuts = dict[str, list[Cut]]


def hapt(folder: Path) -> Cuts:
    """By activity; a second is left off both ends of what lasts."""
    cuts: Cuts = {name: [] for name in HAPT.values()}
    for path in sorted(folder.glob("exp*.npz")):
        with np.load(path) as data:
            whole = session(path.stem[-6:], data["acc_g"] * STANDARD_GRAVITY_MPS2, data["gyr_rad"], float(data["fs"]))
            label = data["label"]
        for code, name in HAPT.items():
            for start, end in runs(label == code):
                if name.endswith(("to sit", "to stand")):
                    cuts[name].append(whole.part(start, end, room=ROOM))
                elif end - start >= 6 * TRIM:
                    cuts[name].append(whole.part(start + TRIM, end - TRIM))
    return cuts


def trunkyxl(folder: Path) -> Cuts:
    """The three forward bends that each recording begins with, by place; found at C7, the same stretch for all places."""
    cuts: Cuts = {name: [] for name in TRUNKYXL.values()}
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        used = [f"{row['participant']}_{row['rec']}.npz" for row in csv.DictReader(file) if row["authors_use"] == "used"]
    for name in used:
        with np.load(folder / name) as data:
            places = {
                place: session(
                    name.split("_QSM")[0],
                    to_trunk(data[f"{place}_acc_g"]) * STANDARD_GRAVITY_MPS2,
                    np.deg2rad(to_trunk(data[f"{place}_gyr_dps"])),
                    float(data["fs"]),
                )
                for place in TRUNKYXL
            }
        for start, end in forward_bends(places["upper_back"])[:BENDS]:
            for place, label in TRUNKYXL.items():
                cuts[label].append(places[place].part(start, end, room=ROOM))
    return cuts


def to_trunk(vectors: FloatArray) -> FloatArray:
    """From x down, z outward to forward, left, up."""
    return -vectors[:, [2, 1, 0]].astype(np.float64)


def forward_bends(cut: Cut) -> list[tuple[int, int]]:
    """[start, end) of each forward excursion, from a tenth of its depth to a tenth of it; axes forward, left, up."""
    pitch = np.rad2deg(np.arctan2(-cut.up[:, 0], cut.up[:, 2]))
    pitch -= np.median(pitch[: round(RATE_HZ)])
    found: list[tuple[int, int]] = []
    for peak in find_peaks(pitch, prominence=BEND_FROM_DEG, height=BEND_FROM_DEG, distance=round(RATE_HZ))[0].tolist():
        below = pitch < 0.1 * pitch[peak]
        if not below[:peak].any() or not below[peak:].any():
            continue
        start, end = int(np.flatnonzero(below[:peak])[-1]), int(np.flatnonzero(below[peak:])[0]) + peak
        if not found or start > found[-1][0]:
            found.append((start, end))
    return found


def eurobench(folder: Path) -> Cuts:
    """The rises of five times sit-to-stand, from the middle of sitting to the middle of standing, by sensor."""
    cuts: Cuts = {name: [] for name in EUROBENCH.values()}
    for path in sorted(folder.glob("*_5sts_*.npz")):
        data, column, rate_hz = columns(path)
        off, on = seat(data[:, column["Fz_seat"]], rate_hz)
        for sensor, name in EUROBENCH.items():
            acc, gyr = imu(data, column, sensor)
            whole = session(path.stem[:10], acc, np.deg2rad(gyr), rate_hz)
            for leaves in off:
                sat, sits = [t for t in on if t < leaves], [t for t in on if t > leaves]
                start = (sat[-1] + leaves) / 2 if sat else leaves - 1.0
                end = (leaves + sits[0]) / 2 if sits else leaves + 1.0
                cuts[name].append(whole.part(max(round(start * RATE_HZ), 0), round(end * RATE_HZ)))
    return cuts


def columns(path: Path) -> tuple[FloatArray, dict[str, int], float]:
    """Data (n, 53), where each column is, and its rate."""
    with np.load(path) as archive:
        names = {str(name): number for number, name in enumerate(archive["columns"])}
        return archive["data"].astype(np.float64), names, float(archive["fs"])


def imu(data: FloatArray, column: dict[str, int], sensor: int) -> tuple[FloatArray, FloatArray]:
    """Acceleration and angular rate (n, 3) of a sensor, as they are in the file."""
    acc, gyr = (data[:, [column[f"{kind}{axis}{sensor}"] for axis in "xyz"]] for kind in "AG")
    return acc, gyr


def seat(force: FloatArray, rate_hz: float) -> tuple[list[float], list[float]]:
    """When the seat is left and when it is sat on (s), by the force's crossings of its half; smoothed, whichever sign it has."""
    smooth = filtfilt(*butter(2, 4.0, fs=rate_hz), np.abs(force - force[0]))
    standing = smooth > (smooth.max() + smooth.min()) / 2
    stretches = [(start, end) for start, end in runs(standing) if end - start > 0.2 * rate_hz]
    return [start / rate_hz for start, _ in stretches], [end / rate_hz for _, end in stretches if end < len(force)]


def gyroscope_unit(acc_mps2: FloatArray, gyr: FloatArray, rate_hz: float) -> float:
    """How many rad/s one unit of `gyr` is, by least squares from how slowly gravity turns: d(acc)/dt = −ω × acc below 1 Hz."""
    slow = butter(2, 1.0, fs=rate_hz)
    gravity, rate = filtfilt(*slow, acc_mps2, axis=0), filtfilt(*slow, gyr - np.median(gyr, axis=0), axis=0)
    turned, seen = -np.cross(rate, gravity), np.gradient(gravity, 1.0 / rate_hz, axis=0)
    return float((turned * seen).sum() / (turned**2).sum())


def gyroscope_units(folder: Path) -> list[float]:
    """The above for every sensor used of every recording."""
    files = [columns(path) for path in sorted(folder.glob("*_5sts_*.npz"))]
    return [gyroscope_unit(*imu(data, column, sensor), rate_hz) for data, column, rate_hz in files for sensor in EUROBENCH]
