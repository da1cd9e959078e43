"""Throughput of `spinae analyze DIR --jobs N` and of a local Dask cluster, one of whose workers is killed half-way; the rows must
be the same."""

from __future__ import annotations

import argparse
import signal
import tempfile
import time
from pathlib import Path

from sensorcore.batch.rows import Job
from sensorcore.batch.running import Dask, Processes, run_batch
from sensorcore.batch.table import RowTable
from sensorcore.settings import Settings
from tests.sensorcore.batch.test_batch import cluster, make

SECONDS = 20.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000, help="short recordings of 20 s")
    parser.add_argument("--jobs", type=int, default=2)
    args = parser.parse_args()
    job = Job(Settings().to_record())
    with tempfile.TemporaryDirectory() as name:
        folder = make(Path(name) / "study", args.count, SECONDS)
        begin_s = time.perf_counter()
        here = run_batch(folder, job, RowTable(Path(name) / "here.parquet"), Processes(args.jobs))
        processes_s = time.perf_counter() - begin_s
        begin_s = time.perf_counter()
        assert run_batch(folder, job, RowTable(Path(name) / "here.parquet"), Processes(args.jobs)) == here
        again_s = time.perf_counter() - begin_s
        with cluster(Path(name)) as (address, workers):

            def kill(done: int, _: int) -> None:
                if done > args.count // 2 and workers[0].poll() is None:
                    workers[0].send_signal(signal.SIGKILL)

            begin_s = time.perf_counter()
            there = run_batch(folder, job, RowTable(Path(name) / "there.parquet"), Dask(address), kill)
            dask_s = time.perf_counter() - begin_s
    print(f"{args.count} recordings of {SECONDS:g} s at 25 Hz")
    print(f"--jobs {args.jobs}: {processes_s:.0f} s, {args.count / processes_s:.0f} recordings/s")
    print(f"again, nothing new: {again_s:.1f} s")
    print(f"Dask, 2 workers, 1 killed half-way: {dask_s:.0f} s, {args.count / dask_s:.0f} recordings/s")
    print(f"identical rows: {'yes' if there == here else 'NO'}")


if __name__ == "__main__":
    main()
