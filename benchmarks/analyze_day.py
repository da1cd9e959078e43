"""`python -m benchmarks.analyze_day [--hours 8] [--keep FILE]`: a whole day through `spinae analyze`.

Makes a day of the simulated wearer (104 Hz, frames as the radio delivers them, posture at 10 Hz beside them, as a day of wearing
leaves it), then measures, on one core: `spinae analyze --json` of it as a fresh process, and `vqf` batch alone on the same arrays.
The bar: at most 4 × vqf plus 3 s; memory flat in the length (below 250 MB for 24 h)."""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from vqf import VQF

from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.model import SampleBlock
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.link import notifications


def make(path: Path, hours: float, seed: int) -> None:
    """A day as it would have been recorded while wearing."""
    simulation = Simulation("workday-short", seed, duration_s=hours * 3600)
    pipeline = Pipeline(simulation.info, Settings())
    state = pipeline.initial()
    with RecordingWriter(path, RecordingInfo(simulation.info, SpinaeSensor.name), sync=False) as writer:
        for piece, arrived in notifications(simulation):
            writer.notifications(arrived)
            state, output = pipeline.step(state, piece.block)
            writer.posture(output.track)
            for event in output.events:
                writer.event(event)


def vqf_alone(path: Path) -> tuple[int, float]:
    """Samples, and seconds that `vqf` batch takes on all of them at once (best of three)."""
    blocks = [item for item in open_recording(path).items() if isinstance(item, SampleBlock)]
    acc = np.concatenate([block.acc_mps2 for block in blocks])
    gyr = np.concatenate([block.gyr_radps for block in blocks if block.gyr_radps is not None])
    took_s = []
    for _ in range(3):
        vqf = VQF(1 / 104)
        start_s = time.perf_counter()
        vqf.updateBatch(gyr, acc)
        took_s.append(time.perf_counter() - start_s)
    return len(acc), min(took_s)


_MEASURE = """
import resource, subprocess, sys, time
start = time.perf_counter()
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(time.perf_counter() - start, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024)
"""


def analyze(path: Path) -> tuple[float, float]:
    """Wall seconds and peak memory in MB of `spinae analyze --json` (best of two runs)."""
    command = [str(Path(sys.executable).parent / "spinae"), "analyze", "--json", str(path)]
    runs = []
    for _ in range(2):
        # through a small process of its own: Linux counts the memory of the forking process into the child's peak
        said = subprocess.run([sys.executable, "-c", _MEASURE, *command], check=True, capture_output=True, text=True).stdout
        took_s, peak_mb = map(float, said.split())
        runs.append((took_s, peak_mb))
    return min(runs)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hours", type=float, nargs="+", default=[1, 8])
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    print("| hours | samples | file, MB | vqf batch, s | analyze, s | bar (4 × vqf + 3), s | peak memory, MB |")
    print("|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for hours in args.hours:
            path = Path(folder) / f"{hours:g}h.mcap"
            make(path, hours, args.seed)
            took_s, peak_mb = analyze(path)
            samples, alone_s = vqf_alone(path)
            size_mb, bar_s = path.stat().st_size / 1e6, 4 * alone_s + 3
            print(f"| {hours:g} | {samples:,} | {size_mb:.0f} | {alone_s:.2f} | {took_s:.2f} | {bar_s:.2f} | {peak_mb:.0f} |")


if __name__ == "__main__":
    main()
