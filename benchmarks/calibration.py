"""How well still upright + bows find the wearer's forward, on simulated wearers with the sensor clipped on any way:
`python -m benchmarks.calibration`, prints a Markdown table. Real people were not measured.
"""

from __future__ import annotations

import argparse
from dataclasses import replace

import numpy as np

from sensorcore.errors import CalibrationRefused
from sensorcore.model import FloatArray
from sensorcore.motion.calibration import bows, calibrate
from sensorcore.motion.vectors import angles_deg
from sensorcore.simulator import Simulated, random_mount, simulate
from sensorcore.simulator.scenario import parse

RATE_HZ = 52.0
STAND_S = 6
SCRIPT = """
name = "calibration"
about = "stands still, then bows"
[[phase]]
name = "stand"
duration_s = {stand_s}.0
state = "standing"
still = true
[[phase]]
name = "bow"
duration_s = {bows_s}
still = true
bends = {{ count = {count}, flexion_deg = 40.0 }}
"""


def wearer(seed: int, count: int) -> tuple[Simulated, FloatArray]:
    """Somebody who stands still, then bows `count` times; and the mount (3, 3), sensor to trunk."""
    mount = random_mount(np.random.default_rng(1000 + seed))
    scenario = parse(SCRIPT.format(stand_s=STAND_S, bows_s=1.0 + 4.4 * count, count=count), where="calibration")
    return simulate(scenario, seed, sample_rate_hz=RATE_HZ, mount=mount), mount


def apart_deg(a: FloatArray, b: FloatArray) -> float:
    return float(angles_deg(a[None], b[None])[0])


def gyroscope_pca(run: Simulated) -> FloatArray:
    """The peer: the axis the gyroscope turned about most during the same bows, made level; forward is at right angles to it, with
    the sign taken from the truth (a present: PCA has none)."""
    begin = int(STAND_S * RATE_HZ)
    up = run.block.acc_mps2[26 : begin - 26].mean(axis=0)
    up /= np.linalg.norm(up)
    assert run.block.gyr_radps is not None
    turn = run.block.gyr_radps[begin:] - run.block.gyr_radps[26 : begin - 26].mean(axis=0)
    axis = np.linalg.svd(turn - turn.mean(axis=0), full_matrices=False)[2][0]
    forward = np.cross(axis, up)
    return np.asarray(forward / np.linalg.norm(forward))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wearers", type=int, default=50)
    wearers = parser.parse_args().wearers
    print(f"| {wearers} simulated wearers, random mounts; degrees | median | 90th percentile | refused |\n|---|---|---|---|")
    for count in (2, 3):
        ours: list[float] = []
        no_gyroscope: list[float] = []
        upright: list[float] = []
        pca: list[float] = []
        refused = 0
        for seed in range(wearers):
            run, mount = wearer(seed, count)
            other = gyroscope_pca(run)
            pca.append(min(apart_deg(other, mount[0]), apart_deg(-other, mount[0])))
            try:
                found = calibrate(run.info.device, run.block)
            except CalibrationRefused:
                refused += 1
                continue
            lesser = replace(run.info.device, gyro_sampling=None)
            without = calibrate(lesser, replace(run.block, gyr_radps=None))
            assert found.forward is not None
            assert without.forward is not None
            no_gyroscope.append(apart_deg(np.asarray(without.forward), mount[0]))
            assert len(bows(run.info.device, run.block, found.upright["standing"])) == count
            ours.append(apart_deg(np.asarray(found.forward), mount[0]))
            upright.append(apart_deg(np.asarray(found.upright["standing"]), mount[2]))
        for name, errors, no in (
            (f"forward after {count} bows, by where gravity moved (spinae)", ours, str(refused)),
            (f"the same, {count} bows, sensor without a gyroscope", no_gyroscope, "0"),
            (f"forward after {count} bows, by PCA of the gyroscope, sign given", pca, "–"),
            (f"upright, {count} bows after it", upright, str(refused)),
        ):
            print(f"| {name} | {np.median(errors):.1f} | {np.percentile(errors, 90):.1f} | {no} |")


if __name__ == "__main__":
    main()
