"""Times writing, reading, re-sealing and exporting a day's recording: `python -m benchmarks.recording_speed [--hours H]`.

The recording is as a live one would be: frames of our own sensor at 104 Hz, posture ten times a second between them, a chunk every
two seconds of stream, so that it has as many chunks as a real one. `--steps read` and so on run each step in a fresh process, for
its peak of memory.
"""

from __future__ import annotations

import argparse
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from sensorcore.devices.spinae_encode import encode_block
from sensorcore.devices.spinae_sensor import SpinaeSensor, profile_of
from sensorcore.model import Notification, SampleBlock, StreamInfo
from sensorcore.recording.export import export_csv, export_edf, export_parquet
from sensorcore.recording.importing import import_file
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import reseal
from sensorcore.recording.writer import RecordingWriter
from sensorcore.track.posture_track import TICK_HZ, PostureTrack

RATE_HZ = 104
BLOCK_S = 240
CHUNK_S = 2
START_UNIX_NS = 1_760_000_000_000_000_000


def write(path: Path, hours: float) -> float:
    """Make the recording; returns the seconds spent in the writer alone."""
    info = RecordingInfo(StreamInfo(profile_of(), start_unix_ns=START_UNIX_NS), SpinaeSensor.name)
    random = np.random.default_rng(1)
    spent_s = 0.0
    frames_per_block = RATE_HZ * BLOCK_S // 16
    with RecordingWriter(path, info, sync=False) as writer:
        for block in range(max(1, round(hours * 3600 / BLOCK_S))):
            t_s = block * BLOCK_S + np.arange(RATE_HZ * BLOCK_S) / RATE_HZ
            acc = random.normal([0, 0, 9.8], 0.5, (len(t_s), 3))
            samples = SampleBlock.checked(t_s, acc, random.normal(0, 0.2, (len(t_s), 3)))
            payloads = encode_block(samples, session_id=1, first_sequence=block * frames_per_block)
            frames = [
                Notification(START_UNIX_NS + round((block * frames_per_block + k + 1) * 16e9 / RATE_HZ), payload)
                for k, payload in enumerate(payloads)
            ]
            angles = random.normal(0, 5, (3, BLOCK_S * TICK_HZ))
            words = np.ones(BLOCK_S * TICK_HZ, dtype=np.int8)
            index = np.arange(BLOCK_S * TICK_HZ) + block * BLOCK_S * TICK_HZ
            start = time.perf_counter()
            per_chunk = RATE_HZ * CHUNK_S // 16
            for chunk in range(BLOCK_S // CHUNK_S):
                for frame in frames[chunk * per_chunk : (chunk + 1) * per_chunk]:
                    writer.notification(frame)
                part = slice(chunk * CHUNK_S * TICK_HZ, (chunk + 1) * CHUNK_S * TICK_HZ)
                flexion, lateral, uncertainty = angles[:, part]
                writer.posture(PostureTrack(index[part], flexion, lateral, uncertainty, words[part], words[part]))
                writer.flush()
            spent_s += time.perf_counter() - start
    return spent_s


def read(path: Path) -> str:
    samples = sum(len(item) for item in open_recording(path).items() if isinstance(item, SampleBlock))
    return f"{samples} samples"


def read_raw(path: Path) -> str:
    return f"{sum(1 for _ in open_recording(path).notifications())} notifications"


def read_posture(path: Path) -> str:
    return f"{sum(len(track) for track in open_recording(path).posture())} ticks"


def reseal_cut(path: Path) -> str:
    cut = path.with_stem("cut")
    shutil.copy(path, cut)
    with cut.open("r+b") as file:
        file.truncate(cut.stat().st_size - 100)
    report = reseal(cut)
    return f"{report.messages if report else 0} messages, {cut.stat().st_size / 1e6:.1f} MB"


def exported(export: Callable[..., object], ending: str) -> Callable[[Path], str]:
    def run(path: Path) -> str:
        out = path.with_suffix(ending)
        export(open_recording(path), out)
        return f"{out.stat().st_size / 1e6:.1f} MB"

    return run


STEPS: dict[str, Callable[[Path], str]] = {
    "read": read,
    "raw": read_raw,
    "posture": read_posture,
    "reseal": reseal_cut,
    "import": exported(import_file, ".import.mcap"),
    "csv": exported(export_csv, ".csv"),
    "parquet": exported(export_parquet, ".parquet"),
    "edf": exported(export_edf, ".edf"),
}


def peak_mb() -> float:
    """Most memory this process has held. Linux's `ru_maxrss` would start at the parent's."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def run_step(name: str, path: Path) -> None:
    before_mb = peak_mb()
    start, cpu_start = time.perf_counter(), time.process_time()
    result = STEPS[name](path)
    wall_s, cpu_s = time.perf_counter() - start, time.process_time() - cpu_start
    size_mb = path.stat().st_size / 1e6
    print(
        f"{name:8} {wall_s:6.2f} s ({cpu_s:.2f} s of processor time), {size_mb / wall_s:6.1f} MB/s of recording, "
        f"peak memory {peak_mb():.0f} MB ({before_mb:.0f} MB before): {result}",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=8.0)
    parser.add_argument("--steps", nargs="*", choices=STEPS, default=list(STEPS))
    parser.add_argument("--path", type=Path, help="run the steps on this recording, in this process")
    arguments = parser.parse_args()
    if arguments.path is not None:
        for name in arguments.steps:
            run_step(name, arguments.path)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.mcap"
        spent_s = write(path, arguments.hours)
        size_mb = path.stat().st_size / 1e6
        speed = f"{size_mb:.1f} MB, {size_mb / spent_s:.1f} MB/s, peak memory {peak_mb():.0f} MB"
        print(f"{arguments.hours:g} h: written in {spent_s:.2f} s, {speed}", flush=True)
        for name in arguments.steps:
            command = [sys.executable, "-m", "benchmarks.recording_speed", "--steps", name, "--path", str(path)]
            subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
