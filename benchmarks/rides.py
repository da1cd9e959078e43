"""`python -m benchmarks.rides [--seeds 22] [--data FOLDER]`: posture alerts in a vehicle, and what else is taken for one.

Random wearers (place and mount of the sensor by seed), calibrated as a wearer would, walk out, sit down in a car or a bus and are
driven for four minutes, slouched by 22°; with and without the setting `alerts.while_riding`. Then simulated workdays of 60 min,
and, with the folder of the public sets, people (hapt, uci_chest_acc): the share of their time that is taken for a ride."""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np

from benchmarks.days import Day, live
from sensorcore.devices import driver_named
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.errors import CalibrationRefused
from sensorcore.events import AlertRaised
from sensorcore.model import STANDARD_GRAVITY_MPS2, BoolArray, DeviceProfile, FloatArray, SampleBlock
from sensorcore.motion import activity, ticks, tilt
from sensorcore.motion import vehicle as ride
from sensorcore.motion.ticks import TICK_HZ
from sensorcore.motion.tilt import TiltParams, TiltState
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.calibration import measured
from sensorcore.simulator.link import notifications
from sensorcore.simulator.phases import Bends, Phase
from sensorcore.simulator.scenario import Scenario
from sensorcore.simulator.workday import random_wearer, random_workday
from sensorcore.track.posture_track import CONTEXTS

HAPT = {1: "walking", 2: "stairs", 3: "stairs", 4: "sitting", 5: "standing", 6: "lying"}
UCI = {1: "at a computer", 2: "standing up, walking, stairs", 3: "standing", 4: "walking", 5: "stairs", 6: "walking and talking",
       7: "standing and talking"}  # fmt: skip
WORKDAYS = 3


def slouched_ride(seed: int, vehicle: str) -> Scenario:
    """Somebody who calibrates, walks to the vehicle, and slouches in it."""
    wearer, _ = random_wearer(np.random.default_rng(seed))
    bows = Bends(count=3, flexion_deg=45.0, down_s=1.3, hold_s=0.5, up_s=1.3, rest_s=1.2)
    phases = (
        Phase("stand still", 6.0, state="standing", still=True, calibrates="standing"),
        Phase("three bows", 14.0, still=True, bends=bows, calibrates="bows"),
        Phase("sit still", 11.0, state="sitting", still=True, calibrates="sitting"),
        Phase("walk out", 25.0, state="walking", flexion_deg=3.0),
        Phase("get in", 8.0, state="sitting", flexion_deg=0.0),
        Phase("ride", 240.0, ride="bus" if vehicle == "bus" else "car", flexion_deg=22.0, move_s=4.0, turn_deg=270.0,
              fidgets_per_min=2.0, talking=bool(seed % 2)),
        Phase("out", 25.0, state="walking", flexion_deg=3.0),
    )  # fmt: skip
    return Scenario(f"ride-{seed}", "a slouched rider", phases, wearer)


def riding(block: SampleBlock, rate_hz: float) -> BoolArray:
    """Whether a ride is detected, at each sample."""
    profile = DeviceProfile("rides", rate_hz, None if block.gyr_radps is None else "point")
    tilted = tilt.step(TiltParams.of(profile, Settings().motion), TiltState(), block)[1]
    complete = ticks.step(ticks.initial(), block, tilted)[1]
    moving = activity.step(activity.initial(), complete)[1]
    rides = ride.step(ride.initial(), complete.index, moving.shake_mps2, moving.rocks)[1]
    at = np.searchsorted(complete.index, np.floor(block.t_s * TICK_HZ))
    return np.asarray(rides[np.minimum(at, len(rides) - 1)])


def simulated(simulation: Simulation, settings: Settings) -> Day | None:
    try:
        return live(simulation, measured(simulation), settings)
    except CalibrationRefused:
        return None


def alerts_in(vehicle: str, seeds: range, chosen: str) -> tuple[int, int]:
    """How many rides, and how many alerts in them."""
    settings = Settings().with_value("alerts.while_riding", chosen, "the benchmark")
    days = [simulated(Simulation(slouched_ride(seed, vehicle), seed), settings) for seed in seeds]
    done = [day for day in days if day is not None]
    return len(done), sum(isinstance(event, AlertRaised) for day in done for event in day.said)


def workday(simulation: Simulation, taken: dict[str, Counter[bool]]) -> None:
    """Add a simulated day, by what its wearer truly did."""
    driver = driver_named(SpinaeSensor.name, simulation.info.device)
    decoding = driver.initial()
    blocks, states = [], []
    for piece, arrived in notifications(simulation):
        decoding, decoded = driver.decode(decoding, arrived)
        blocks.append(decoded.block)
        states.append(piece.truth.state)
    block = SampleBlock.joined(blocks)
    state = np.concatenate(states)  # a lost frame shifts it by at most some seconds
    at = np.minimum((block.t_s * simulation.model.sample_rate_hz).astype(np.int64), len(state) - 1)
    rides = riding(block, simulation.model.sample_rate_hz)
    for doing in ("sitting", "standing", "walking", "lying"):
        taken.setdefault(f"simulated workday: {doing}", Counter()).update(rides[state[at] == CONTEXTS.index(doing)].tolist())


def people(folder: Path) -> dict[str, Counter[bool]]:
    found: dict[str, Counter[bool]] = {}

    def add(name: str, labels: dict[int, str], label: FloatArray, rides: BoolArray) -> None:
        for value, doing in labels.items():
            found.setdefault(f"{name}: {doing}", Counter()).update(rides[label == value].tolist())

    for path in sorted((folder / "hapt").glob("exp*.npz")):
        read = np.load(path)
        acc, rate_hz = read["acc_g"].astype(np.float64) * STANDARD_GRAVITY_MPS2, float(read["fs"])
        gyr = read["gyr_rad"].astype(np.float64)
        block = SampleBlock.checked(np.arange(len(acc)) / rate_hz, acc, gyr, where=path.name)
        add("hapt", HAPT, read["label"], riding(block, rate_hz))
    for path in sorted((folder / "uci_chest_acc").glob("subject*.npz")):
        read = np.load(path)
        counts, rate_hz = (
            read["acc_raw"].astype(np.float64) - 2048,
            float(read["fs"]),
        )  # as in sensorcore/validation/uci_chest_acc.py
        one_g = float(np.median(np.sqrt((counts[read["label"] == 1] ** 2).sum(axis=1))))
        acc = counts / one_g * STANDARD_GRAVITY_MPS2
        block = SampleBlock.checked(np.arange(len(acc)) / rate_hz, acc, where=path.name)
        add("uci_chest_acc", UCI, read["label"], riding(block, rate_hz))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, default=22)
    parser.add_argument("--data", type=Path)
    given = parser.parse_args()
    print("| four minutes, slouched by 22° | rides | alerts | alerts if judged all the same |\n|---|---|---|---|")
    for vehicle in ("car", "bus"):
        rides, alerts = alerts_in(vehicle, range(100, 100 + given.seeds), "off")
        print(f"| {vehicle} | {rides} | {alerts} | {alerts_in(vehicle, range(100, 100 + given.seeds), 'on')[1]} |")
    print("\n| taken for a ride | of |\n|---|---|")
    taken: dict[str, Counter[bool]] = people(given.data) if given.data else {}
    for seed in range(WORKDAYS):
        workday(Simulation(random_workday(seed, minutes=60.0), seed), taken)
    for name, seconds in taken.items():
        print(f"| {seconds[True] / max(sum(seconds.values()), 1):.1%} | {name} |")


if __name__ == "__main__":
    main()
