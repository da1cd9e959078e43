"""`python -m benchmarks.scenarios [--days 50]`: the product against the simulator's truth. Prints every figure of docs/accuracy.md
that is measured on whole simulated days.

The alerts that belong come from the same definition (ticks, context rules, detector, policy) applied to the true angles, from the
uprights the wearer showed while calibrating; what is unknown to the product is unknown there too. Wearers, mounts, sensor offsets,
noise and link are drawn by seed."""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from benchmarks.days import Day, live, matched
from sensorcore.errors import CalibrationRefused
from sensorcore.events import AlertRaised
from sensorcore.model import BoolArray, Calibration, FloatArray
from sensorcore.motion.body import lean
from sensorcore.posture.moving import UNSURE_DEG
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation, random_mount
from sensorcore.simulator.body import POSE_NAMES, POSES
from sensorcore.simulator.calibration import calibrated, measured
from sensorcore.simulator.faults import Fault
from sensorcore.simulator.workday import random_wearer, random_workday
from sensorcore.track.posture_track import CONTEXTS

SAME_SLOUCH_S = 30.0
"""Alerts closer than this are about the same slouch: the simulated slouches are minutes apart."""


def alerts(days: int, first: int) -> None:
    """Precision and recall of the alerts, and how far their onset is from the truth's."""
    said = true = hits = refused = 0
    offsets_s: list[float] = []
    worst: list[str] = []
    for seed in range(first, first + days):
        simulation = Simulation(random_workday(seed, minutes=60), seed)
        try:
            calibration = measured(simulation)
        except CalibrationRefused as refusal:
            refused += 1
            worst.append(f"seed {seed}: calibration refused: {refusal}")
            continue
        said_s, true_s = live(simulation, calibration, Settings()).alerts_s()
        said, true, hits = said + len(said_s), true + len(true_s), hits + matched(said_s, true_s, SAME_SLOUCH_S)
        for t_s in said_s:
            offset_s = float(np.min(np.abs(true_s - t_s), initial=np.inf))
            if offset_s <= SAME_SLOUCH_S:
                offsets_s.append(offset_s)
            if offset_s > 1.0:
                worst.append(f"seed {seed}, {t_s:.0f} s: {offset_s:.1f} s")
    late = np.asarray(offsets_s)
    print(f"| {days} random workdays of 60 min, {refused} calibrations refused | |\n|---|---|")
    print(f"| alerts said, alerts that belong | {said}, {true} |")
    print(f"| precision | {hits / max(said, 1):.3f} |\n| recall | {hits / max(true, 1):.3f} |")
    middle, high = np.quantile(late, [0.5, 0.95])
    print(f"| onset off by: median, 95th percentile, largest | {middle:.1f} s, {high:.1f} s, {late.max():.1f} s |")
    print(f"| onset within 1 s | {np.mean(late <= 1.0):.1%} |")
    print(f"\nFurther than 1 s, or refused: {'; '.join(worst) or 'none'}\n")


def quiet(seeds: int, first: int) -> None:
    """`walk-and-bend`: nothing in it is a slouch."""
    total = 0
    for seed in range(first, first + seeds):
        simulation = Simulation("walk-and-bend", seed)
        said = live(simulation, calibrated(simulation), Settings()).said
        total += sum(isinstance(event, AlertRaised) for event in said)
    print(f"| walk-and-bend, {seeds} seeds | {total} alerts |\n|---|---|\n")


def doing(day: Day) -> dict[str, BoolArray]:
    """What the wearer does at each sample, by the simulator's truth; the first 5 s of the day are nobody's."""
    awake = day.t_s > day.t_s[0] + 5.0

    def state(name: str) -> BoolArray:
        return np.asarray(awake & (day.true_state == CONTEXTS.index(name)))

    return {
        "desk": state("sitting"),
        "bends": state("moving") & ~day.changing,
        "sitting down, getting up, lying down": state("moving") & day.changing,
        "walking": state("walking"),
        "standing": state("standing"),
        "lying": state("lying"),
    }


def tilt(seeds: int, first: int) -> None:
    """Error of tilt by what the wearer does, with random mounts and placements, whole and with 5 % of the frames lost: as the lean
    from the wearer's own upright, which is what they see (a constant offset of the accelerometer cancels in it), and absolute."""
    seats = [POSE_NAMES.index(name) for name, pose in POSES.items() if pose.upright == "sitting"]
    head = ""
    for name, faults in (("as sent", ()), ("5 % of frames lost", (Fault("lost", share=0.05),))):
        leaning: dict[str, list[FloatArray]] = {}
        absolute: dict[str, list[FloatArray]] = {}
        unknown: dict[str, list[BoolArray]] = {}
        for seed in range(first, first + seeds):
            rng = np.random.default_rng(seed)
            wearer, _ = random_wearer(rng)
            scenario = replace(random_workday(seed, minutes=30), wearer=wearer)
            simulation = Simulation(scenario, seed, mount=random_mount(rng), faults=faults)
            measured_upright = measured(Simulation(scenario, seed, mount=simulation.mount)).upright
            exact = simulation.info.calibration.upright if simulation.info.calibration else measured_upright
            day = live(simulation, Calibration(measured_upright), Settings())
            error, seated = np.zeros(len(day.t_s)), np.isin(day.true_pose, seats)
            for upright, now in (("sitting", seated), ("standing", ~seated)):
                seen = lean(day.up[now], measured_upright[upright], None).inclination_deg
                error[now] = seen - lean(day.true_up[now], exact[upright], None).inclination_deg
            for kind, now in doing(day).items():
                leaning.setdefault(kind, []).append(error[now])
                absolute.setdefault(kind, []).append(day.error_deg()[now])
                unknown.setdefault(kind, []).append(day.uncertainty_deg[now] > UNSURE_DEG)
        if not head:
            head = f"| RMS error of tilt, {seeds} wearers × 30 min, degrees | {' | '.join(leaning)} |"
            print(head + "\n|" + "---|" * head.count("|", 1))
        for row, errors in ((f"{name}, lean from upright", leaning), (f"{name}, absolute", absolute)):
            rms = (float(np.sqrt(np.mean(np.concatenate(parts) ** 2))) for parts in errors.values())
            print(f"| {row} | " + " | ".join(f"{value:.2f}" for value in rms) + " |")
        shares = (float(np.mean(np.concatenate(parts))) for parts in unknown.values())
        print(f"| {name}, share of the time that spinae calls unknown | " + " | ".join(f"{value:.1%}" for value in shares) + " |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--days", type=int, default=50)
    parser.add_argument("--first", type=int, default=0, help="the first seed: other days than those in docs/accuracy.md")
    chosen = parser.parse_args()
    alerts(chosen.days, chosen.first)
    quiet(chosen.days, chosen.first)
    tilt(max(1, chosen.days // 4), chosen.first)


if __name__ == "__main__":
    main()
