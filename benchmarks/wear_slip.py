"""`python -m benchmarks.wear_slip [DATA] [--days 50]`: accuracy of wear detection and slip detection. Prints every figure of
docs/accuracy.md on them: on simulated days, where slips and absences are known, and on people's recordings in DATA, who never
took the sensor off while it recorded, so that every report on them is false (or a discovery: see the page)."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sensorcore.errors import CalibrationRefused
from sensorcore.events import AlertRaised, Event, PutOn, SensorSlipped, TakenOff
from sensorcore.model import STANDARD_GRAVITY_MPS2, Calibration, DeviceProfile, FloatArray, SampleBlock, StreamInfo
from sensorcore.motion import ticks, tilt, vectors, wear
from sensorcore.pipeline.single import Pipeline
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation, random_mount
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.faults import Fault
from sensorcore.simulator.workday import random_workday
from sensorcore.track.posture_track import CONTEXTS

RATE_HZ = 52.0
WALKING, STANDING = CONTEXTS.index("walking"), CONTEXTS.index("standing")
BINS = ((8.0, 10.0), (10.0, 15.0), (15.0, 30.0))
TABLES = (  # name, µg/√Hz, Hz, mg a count
    ("LSM6DS3, 104 Hz", 90, 104, 0.488),
    ("the same, 10 Hz", 90, 10, 0.488),
    ("MPU-6050, 100 Hz", 400, 100, 0.061),
    ("200 µg/√Hz, 2 mg a count, 400 Hz", 200, 400, 2.0),
    ("300 µg/√Hz, 1 mg a count, 20 Hz", 300, 20, 1.0),
    ("150 µg/√Hz, 4 mg a count, 50 Hz", 150, 50, 4.0),
    ("100 µg/√Hz, 8 mg a count, 25 Hz", 100, 25, 8.0),
    ("1300 µg/√Hz, 2.5 mg a count, 52 Hz (like uci_chest_acc)", 1300, 52, 2.5),
)
TABLE_S = 1800.0


@dataclass(frozen=True, slots=True)
class Day:
    """What was said of a simulated day, and when the wearer really walked."""

    events: tuple[Event, ...]
    hours: float
    walks_s: FloatArray


def simulated(seed: int, minutes: float, faults: Iterable[Fault]) -> Day | None:
    """A random workday of a random wearer; None when they would have been asked to calibrate again."""
    scenario, mount = random_workday(seed, minutes), random_mount(np.random.default_rng(seed))
    try:
        calibration = measured(Simulation(scenario, seed, mount=mount))
    except CalibrationRefused:
        return None
    simulation = Simulation(scenario, seed, mount=mount, faults=faults, sample_rate_hz=RATE_HZ)
    pieces = [(piece.block, piece.truth) for piece in simulation.pieces()]
    events = said(replace(simulation.info, calibration=calibration), SampleBlock.joined([block for block, _ in pieces]))
    t_s = np.concatenate([truth.t_s for _, truth in pieces])
    state = np.concatenate([truth.state for _, truth in pieces])
    begins = np.flatnonzero((state[1:] == WALKING) & (state[:-1] != WALKING)) + 1
    return Day(events, simulation.duration_s / 3600.0, t_s[begins])


def said(info: StreamInfo, block: SampleBlock) -> tuple[Event, ...]:
    """What the whole pipeline says."""
    pipeline = Pipeline(info, Settings())
    state, output = pipeline.step(pipeline.initial(), block)
    return (*output.events, *pipeline.finish(state)[1].events)


def quiet_days(days: int) -> None:
    """Nothing happens to the sensor."""
    found = [day for seed in range(days) if (day := simulated(seed, 60.0, ())) is not None]
    hours = sum(day.hours for day in found)
    false = [sum(isinstance(event, kind) for day in found for event in day.events) for kind in (SensorSlipped, TakenOff)]
    print(f"| {len(found)} random workdays of 60 min, nothing happens to the sensor | in all | per hour |\n|---|---|---|")
    print(f"| slips said | {false[0]} | {false[0] / hours:.3f} |\n| 'not worn' said | {false[1]} | {false[1] / hours:.3f} |\n")


def slips(days: int) -> None:
    """A slip at a random moment, about a random level axis."""
    rows: list[tuple[float, float | None, float | None]] = []
    unwalked = 0
    for seed in range(days):
        rng = np.random.default_rng(1000 + seed)
        deg = float(rng.uniform(8.0, 30.0)) if seed % 2 else float(rng.uniform(8.0, 12.0))
        fault = Fault(
            "slip",
            at_s=round(float(rng.uniform(300.0, 2000.0)), 1),
            duration_s=round(float(rng.uniform(0.2, 3.0)), 1),
            axis=("x", "y")[int(rng.integers(2))],
            deg=round(deg * (1 if rng.random() < 0.5 else -1), 1),
        )
        day = simulated(seed, 60.0, (fault,))
        if day is None:
            continue
        walks_s = day.walks_s[day.walks_s > fault.at_s]
        found = [event for event in day.events if isinstance(event, SensorSlipped) and event.t_s >= fault.at_s]
        if not len(walks_s):
            unwalked += 1
            continue
        rows.append((deg, found[0].t_s - walks_s[0] if found else None, found[0].angle_deg if found else None))
    print(
        f"| {len(rows)} slips at random (another {unwalked} were never walked on) | told | delay after the next walk began: ",
        end="",
    )
    print("median, 90th percentile | angle said off by, median |\n|---|---|---|---|")
    for low, high in BINS:
        part = [row for row in rows if low <= row[0] < high]
        delays = [delay for _, delay, _ in part if delay is not None]
        errors = [abs(angle - deg) for deg, _, angle in part if angle is not None]
        if delays:
            middle, late = np.quantile(delays, [0.5, 0.9])
            print(f"| {low:g}–{high:g}° | {len(delays)} of {len(part)} | {middle:.0f} s, {late:.0f} s | {np.median(errors):.1f}° |")
    print()


def absences(days: int) -> None:
    """Taken off for ten minutes, put back on turned by up to 30°."""
    off_s, on_s, off_by, on_by = [], [], [], []
    asked: list[tuple[float, bool]] = []
    alerts = missed = 0
    for seed in range(days):
        rng = np.random.default_rng(2000 + seed)
        deg = float(rng.choice([0.0, rng.uniform(8.0, 30.0)]))
        fault = Fault("off", at_s=round(float(rng.uniform(300.0, 1500.0)), 1), duration_s=600.0, axis="y", deg=round(deg, 1))
        day = simulated(seed, 60.0, (fault,))
        if day is None:
            continue
        taken = [event for event in day.events if isinstance(event, TakenOff)]
        put = [event for event in day.events if isinstance(event, PutOn)]
        missed += not taken
        if taken and put:
            off_s.append(taken[0].t_s - fault.at_s)
            off_by.append(taken[0].since_s - fault.at_s)
            on_s.append(put[0].t_s - fault.end_s)
            on_by.append(put[0].since_s - fault.end_s)
        alerts += sum(isinstance(event, AlertRaised) and fault.at_s <= event.t_s <= fault.end_s for event in day.events)
        asked.append((deg, any(isinstance(event, SensorSlipped) and event.t_s > fault.end_s for event in day.events)))
    found = [np.asarray(values) for values in (off_s, on_s, off_by, on_by)]
    print(f"| {len(asked)} absences of 10 min | median | largest |\n|---|---|---|")
    for name, values in zip(("off: told after", "on: told after", "off: since, off by", "on: since, off by"), found, strict=True):
        print(f"| {name} | {np.median(values):.0f} s | {values[np.argmax(np.abs(values))]:.0f} s |")
    turned, same = [hit for deg, hit in asked if deg >= 8.0], [hit for deg, hit in asked if deg == 0.0]
    print(f"| never noticed | {missed} | |\n| alerts while it lay on the table | {alerts} | |")
    print(f"| put back turned by 8–30°: asked to zero | {sum(turned)} of {len(turned)} | |")
    print(f"| put back as it was: asked to zero | {sum(same)} of {len(same)} | |\n")


def tables(repeats: int = 10) -> None:
    """A sensor that lies on a table for half an hour, warming by 5 mg of offset, its noise white."""
    print(f"| on a table, {repeats} × {TABLE_S / 60:g} min each | noticed after: median, largest | not worn after 2 min |")
    print("|---|---|---|")
    rng = np.random.default_rng(1)
    for name, noise_ug, rate_hz, count_mg in TABLES:
        found: list[float] = []
        off = 0.0
        for _ in range(repeats):
            whole = accelerometer_ticks(on_table(noise_ug, rate_hz, count_mg, rng), rate_hz)
            _, now, events = wear.step(wear.WearParams(), wear.initial(), whole)
            found += [event.t_s for event in events if isinstance(event, TakenOff)][:1]
            off += float(np.mean(now.not_worn[1200:])) / repeats
        print(f"| {name} | {np.median(found):.0f} s, {max(found):.0f} s | {off:.1%} |")
    print()


def on_table(noise_ug: float, rate_hz: float, count_mg: float, rng: np.random.Generator) -> FloatArray:
    """Acceleration (n, 3) in m/s² of a sensor at rest, any way up."""
    n, count = round(TABLE_S * rate_hz), count_mg / 1000.0
    place = rng.normal(size=3)
    drift = np.linspace(0.0, 0.005, n)[:, None] + np.cumsum(rng.normal(size=(n, 3)), axis=0) * 2e-5 / np.sqrt(rate_hz)
    noise = rng.normal(size=(n, 3)) * noise_ug * 1e-6 * np.sqrt(rate_hz / 2.0)
    counts: FloatArray = np.rint((place / np.linalg.norm(place) + drift + noise) / count)
    return counts * count * STANDARD_GRAVITY_MPS2


def accelerometer_ticks(acc_mps2: FloatArray, rate_hz: float) -> ticks.Ticks:
    """What an accelerometer alone gives."""
    block = SampleBlock.checked(np.arange(len(acc_mps2)) / rate_hz, acc_mps2)
    pose = tilt.step(tilt.TiltParams(DeviceProfile("accelerometer", rate_hz, None)), tilt.TiltState(), block)[1]
    return ticks.step(ticks.initial(), block, pose)[1]


@dataclass(frozen=True, slots=True)
class Person:
    """One recording of somebody who wears a sensor; `upright` the mean acceleration of their labelled standing, where known."""

    name: str
    rate_hz: float
    acc_mps2: FloatArray
    gyr_radps: FloatArray | None = None
    upright: FloatArray | None = None


def people(data: Path) -> Iterator[tuple[str, Iterator[Person]]]:
    """The public sets that are there, by name."""
    readers = {"hapt": hapt, "uci_chest_acc": uci, "trunkyxl": trunkyxl, "sisfall": sisfall, "rrhr_breathing": rrhr}
    for name, reader in readers.items():
        if (data / name).is_dir():
            yield name, reader(data / name)


def hapt(folder: Path) -> Iterator[Person]:
    for path in sorted(folder.glob("exp*.npz")):
        with np.load(path) as file:
            acc, label = file["acc_g"] * STANDARD_GRAVITY_MPS2, file["label"]
            first = np.flatnonzero(label == 5)
            first = first[: int(np.argmax(np.diff(first, append=10**9) > 1)) + 1]
            yield Person(path.stem, float(file["fs"]), acc, file["gyr_rad"], acc[first].mean(axis=0))


def uci(folder: Path) -> Iterator[Person]:
    for path in sorted(folder.glob("subject*.npz")):
        with np.load(path) as file:
            acc = (file["acc_raw"].astype(np.float64) - 2000.0) / 400.0 * STANDARD_GRAVITY_MPS2
            yield Person(path.stem, float(file["fs"]), acc, None, acc[file["label"] == 3].mean(axis=0))


def trunkyxl(folder: Path) -> Iterator[Person]:
    for path in sorted(folder.glob("*.npz")):
        with np.load(path) as file:
            for place in ("upper_back", "lower_back", "pelvis"):
                gyr = np.radians(file[f"{place}_gyr_dps"])
                yield Person(f"{path.stem} {place}", 50.0, file[f"{place}_acc_g"] * STANDARD_GRAVITY_MPS2, gyr)


def sisfall(folder: Path) -> Iterator[Person]:
    for path in sorted(folder.glob("S*.npz")):
        with np.load(path) as file:
            for key in file.files:
                raw = file[key].astype(np.float64)
                yield Person(
                    f"{path.stem} {key}", 200.0, raw[:, :3] / 256 * STANDARD_GRAVITY_MPS2, np.radians(raw[:, 3:] * 4000 / 65536)
                )


def rrhr(folder: Path) -> Iterator[Person]:
    """Only orientations are public: the gravity they mean, as an LSM6DS3 at their rate would see it."""
    rng = np.random.default_rng(5)
    for path in sorted(folder.glob("*.npz")):
        if "__sit" not in path.stem and "__stand" not in path.stem:
            continue
        with np.load(path) as file:
            t_s = file["t"].astype(np.float64)
            for imu in (1, 2):
                up = vectors.up_of(file[f"q{imu}_wxyz"].astype(np.float64))
                even_s = np.arange(t_s[0], t_s[-1], 0.1)
                up = np.stack([np.interp(even_s, t_s, column) for column in up.T], axis=1)
                noise = rng.normal(0.0, 90e-6 * np.sqrt(5.0), up.shape)
                yield Person(f"{path.stem} imu{imu}", 10.0, (up + noise) * STANDARD_GRAVITY_MPS2)


def on_people(data: Path) -> None:
    """False reports of "not worn" on people who wear it, and reported slips."""
    print("| on people | hours | 'not worn' said, per hour | not judged: too still | slips said, per hour | |")
    print("|---|---|---|---|---|---|")
    for name, recordings in people(data):
        hours = doubted = 0.0
        off: list[str] = []
        slipped: list[str] = []
        for person in recordings:
            whole = accelerometer_ticks(person.acc_mps2, person.rate_hz)
            _, now, _ = wear.step(wear.WearParams(), wear.initial(), whole)
            hours += len(whole) / ticks.TICK_HZ / 3600.0
            doubted += float(now.doubted.sum()) / ticks.TICK_HZ
            for event in said(*stream_of(person)):
                if isinstance(event, TakenOff):
                    off.append(f"{person.name} at {event.t_s:.0f} s")
                if isinstance(event, SensorSlipped):
                    slipped.append(f"{person.name} at {event.t_s:.0f} s by {event.angle_deg:.0f}°")
        share = doubted / 3600.0 / max(hours, 1e-9)
        which = "; ".join([*off, *slipped])
        rates = f"{len(off)}, {len(off) / hours:.2f} | {share:.2%} | {len(slipped)}, {len(slipped) / hours:.2f}"
        print(f"| {name} | {hours:.2f} | {rates} | {which} |")


def stream_of(person: Person) -> tuple[StreamInfo, SampleBlock]:
    """The recording as a stream, calibrated standing where somebody labelled that."""
    block = SampleBlock.checked(np.arange(len(person.acc_mps2)) / person.rate_hz, person.acc_mps2, person.gyr_radps)
    profile = DeviceProfile(person.name, person.rate_hz, None if person.gyr_radps is None else "point")
    if person.upright is None:
        return StreamInfo(profile), block
    x, y, z = (person.upright / np.linalg.norm(person.upright)).tolist()
    return StreamInfo(profile, calibration=Calibration({"standing": (x, y, z)})), block


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, nargs="?", help="folder with the public data sets")
    parser.add_argument("--days", type=int, default=50, help="on which nothing happens")
    parser.add_argument("--slips", type=int, default=30)
    parser.add_argument("--absences", type=int, default=15)
    args = parser.parse_args()
    tables()
    if args.data is not None:
        on_people(args.data)
        print()
    quiet_days(args.days)
    slips(args.slips)
    absences(args.absences)


if __name__ == "__main__":
    main()
