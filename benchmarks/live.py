"""`python -m benchmarks.live [--seconds 60]`: the engine in real time, 104 Hz, recording to disk.

Measures the CPU it takes as a share of one core, and how long a frame waits from arrival to decision. The bars: below 2 % of a
core, below 20 ms at the 95th percentile."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
import time
from pathlib import Path

import numpy as np

import recordings
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import Engine
from sensorcore.session.replay import driver_of, paced
from sensorcore.settings import Settings


async def play(seconds: float, out: Path) -> tuple[float, float, list[float]]:
    """CPU seconds, wall seconds, and the wait of each frame."""
    source = open_recording(Path(recordings.__path__[0]) / "workday-short.mcap")
    driver = driver_of(source)
    with RecordingWriter(out, RecordingInfo(source.info, driver.name)) as writer:
        engine = Engine(source.info, driver, Settings(), (RecordingSink(writer),), latency_s=[])
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        try:
            async with asyncio.timeout(seconds):
                await engine.run(paced(source, 1.0))
        except TimeoutError:
            pass
        return time.process_time() - cpu_s, time.perf_counter() - wall_s, engine.latency_s or []


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        cpu_s, wall_s, waits_s = asyncio.run(play(args.seconds, Path(folder) / "live.mcap"))
    median, high = np.percentile(waits_s, [50, 95]) * 1e3
    print("| seconds | frames | CPU, % of a core | frame to decision, median ms | 95th percentile ms |")
    print("|---|---|---|---|---|")
    print(f"| {wall_s:.0f} | {len(waits_s)} | {100 * cpu_s / wall_s:.2f} | {median:.2f} | {high:.2f} |")


if __name__ == "__main__":
    main()
