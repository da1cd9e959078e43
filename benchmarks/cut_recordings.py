"""Cuts of a recording at every byte of its last 64 KiB, each piece read: `python -m benchmarks.cut_recordings`.

Each piece must open and give exactly the notifications of the chunks that are complete in it; mcap's own `StreamReader` lists those
from the whole file.
"""

from __future__ import annotations

import argparse
import bisect
import os
import random
import shutil
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import accumulate
from pathlib import Path

from mcap.data_stream import ReadDataStream
from mcap.records import Channel, Chunk, Message
from mcap.stream_reader import StreamReader, breakup_chunk

from sensorcore.model import DeviceProfile, Notification, StreamInfo
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.topics import RAW
from sensorcore.recording.writer import RecordingWriter

TAIL_BYTES = 64 * 1024


def make_recording(path: Path, size_bytes: int = TAIL_BYTES + 4096, seed: int = 1) -> list[Notification]:
    """A recording a little larger than the tail, of chunks such as two seconds of the radio make."""
    random_bytes = random.Random(seed).randbytes
    written: list[Notification] = []
    info = RecordingInfo(StreamInfo(DeviceProfile("cut test", 104.0), start_unix_ns=10**18), "opaque")
    with RecordingWriter(path, info, sync=False) as writer:
        while path.stat().st_size < size_bytes:
            for _ in range(13):
                written.append(Notification(10**18 + len(written) * 153_846_153, random_bytes(207)))
                writer.notification(written[-1])
            writer.flush()
    return written


def chunk_ends(path: Path) -> tuple[list[int], list[int]]:
    """Where each chunk ends in the file, and how many notifications there are up to that place."""
    ends, counts, raw_ids = [], [], set()
    with path.open("rb") as file:
        reader = StreamReader(file, emit_chunks=True)
        stream: ReadDataStream = reader._stream
        for record in reader.records:
            if isinstance(record, Chunk):
                inside = breakup_chunk(record, validate_crc=True)
                raw_ids |= {r.id for r in inside if isinstance(r, Channel) and r.topic == RAW}
                ends.append(stream.count)
                counts.append(sum(isinstance(r, Message) and r.channel_id in raw_ids for r in inside))
    return ends, list(accumulate(counts, initial=0))


def check_cuts(path: Path, written: list[Notification], lengths: range) -> int:
    """Shorten the file to these lengths (falling) and read each piece. Returns how many were read and found right."""
    ends, counts = chunk_ends(path)
    for length in lengths:
        os.truncate(path, length)
        found = list(open_recording(path).notifications())
        if found != written[: counts[bisect.bisect_right(ends, length)]]:
            raise AssertionError(f"cut after {length} bytes, it gives {len(found)} notifications, and not the right ones")
    return len(lengths)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=1, help="only every STEP-th byte")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor() as pool:
        path = Path(folder) / "cut.mcap"
        written = make_recording(path)
        start, size, workers = time.perf_counter(), path.stat().st_size, os.cpu_count() or 1
        jobs = []
        for worker in range(workers):
            copy = path.with_stem(f"cut-{worker}")
            shutil.copy(path, copy)
            lengths = range(size - 1 - worker * arguments.step, size - TAIL_BYTES - 1, -workers * arguments.step)
            jobs.append(pool.submit(check_cuts, copy, written, lengths))
        checked = sum(job.result() for job in jobs)
        elapsed_s = time.perf_counter() - start
    print(f"{checked} cuts, each read and right, in {elapsed_s:.1f} s on {workers} processors")


if __name__ == "__main__":
    main()
