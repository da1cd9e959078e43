"""A folder of recordings into a table: the same rows whoever makes them, none twice, none lost."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sensorcore.batch.rows import Job, Lot, Row, rows_of
from sensorcore.batch.running import Dask, Processes, run_batch
from sensorcore.batch.table import RowTable
from sensorcore.errors import SourceError, StorageError
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.opening import open_source
from sensorcore.settings import Settings

JOB = Job(Settings().to_record())


class Here:
    """Workers that count, in this process; `fail_after` lots they fail."""

    def __init__(self, fail_after: int = 10**9) -> None:
        self.made = 0
        self._fail_after = fail_after

    def run(self, job: Job, lots: Iterable[Lot]) -> Iterator[list[Row]]:
        for i, lot in enumerate(lots):
            if i == self._fail_after:
                raise SourceError("broken off")
            self.made += len(lot)
            yield rows_of(job, lot)


def make(folder: Path, n: int, seconds: float = 20.0) -> Path:
    """Recordings of somebody who sits and leans a little, each another way."""
    folder.mkdir(parents=True, exist_ok=True)
    t_s = np.arange(0, seconds, 0.04)
    for i in range(n):
        rng = np.random.default_rng(i)
        lean = np.radians(20 * rng.random()) * (t_s > seconds / 2)
        acc = np.column_stack([t_s, np.sin(lean), 0 * t_s, np.cos(lean)]) + rng.normal(0, 0.005, (len(t_s), 4)) * [0, 1, 1, 1]
        np.savetxt(folder / f"r{i:05}.csv", acc, delimiter=",", header="t_s,ax_g,ay_g,az_g", comments="", fmt="%.5f")
    return folder


def test_rows_say_what_analyze_says(tmp_path: Path) -> None:
    folder = make(tmp_path / "study" / "a", 3)
    (folder / "copy.csv").write_bytes((folder / "r00001.csv").read_bytes())
    (folder / "broken.csv").write_text("nonsense\n")
    (folder / ".hidden.csv").write_text("nonsense\n")
    rows = run_batch(tmp_path / "study", JOB, RowTable(tmp_path / "rows.parquet"), Here())
    assert [row["file"] for row in rows] == ["a/broken.csv", "a/copy.csv", "a/r00000.csv", "a/r00001.csv", "a/r00002.csv"]
    found = analyze(open_source(folder / "r00001.csv"), Settings()).to_json()
    assert rows[3]["duration_s"] == found["duration_s"]
    assert rows[3]["upright_s"] + rows[3]["slouched_s"] + rows[3]["unknown_s"] == found["wear_s"]
    assert {**rows[1], "file": ""} == {**rows[3], "file": ""}
    assert "of no known kind" in rows[0]["error"]
    assert rows[0]["wear_s"] is None


def test_nothing_is_made_twice_unless_settings_or_content_change(tmp_path: Path) -> None:
    folder, path = make(tmp_path / "study", 5), tmp_path / "rows.parquet"
    first, again, renamed, changed, stricter = (Here() for _ in range(5))
    rows = run_batch(folder, JOB, RowTable(path), first)
    assert run_batch(folder, JOB, RowTable(path), again) == rows
    (folder / "r00000.csv").rename(folder / "z.csv")
    assert [row["file"] for row in run_batch(folder, JOB, RowTable(path), renamed)][-1] == "z.csv"
    (folder / "z.csv").write_text((folder / "z.csv").read_text() + "20.1,0,0,1\n")
    run_batch(folder, JOB, RowTable(path), changed)
    strict = replace(JOB, settings={**JOB.settings, "posture.threshold_deg": 5.0})
    run_batch(folder, strict, RowTable(path), stricter)
    assert [each.made for each in (first, again, renamed, changed, stricter)] == [5, 0, 0, 1, 5]


def test_a_run_broken_off_goes_on_where_it_was(tmp_path: Path) -> None:
    folder = make(tmp_path / "study", 40, seconds=5.0)
    whole = run_batch(folder, JOB, RowTable(tmp_path / "whole.parquet"), Here())
    with pytest.raises(SourceError):
        run_batch(folder, JOB, RowTable(tmp_path / "rows.parquet"), Here(fail_after=2))
    rest = Here()
    assert run_batch(folder, JOB, RowTable(tmp_path / "rows.parquet"), rest) == whole
    assert rest.made == 8
    assert sorted(each.name for each in tmp_path.iterdir()) == ["rows.parquet", "study", "whole.parquet"]


@pytest.mark.slow
def test_processes_make_the_same_rows(tmp_path: Path) -> None:
    folder = make(tmp_path / "study", 40, seconds=5.0)
    here = run_batch(folder, JOB, RowTable(tmp_path / "a.parquet"), Here())
    assert run_batch(folder, JOB, RowTable(tmp_path / "b.parquet"), Processes(2)) == here


def test_what_is_no_folder_or_no_table_is_told(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="not a folder"):
        run_batch(tmp_path / "absent", JOB, RowTable(tmp_path / "rows.parquet"), Here())
    (tmp_path / "rows.parquet").write_bytes(b"no table")
    with pytest.raises(StorageError, match="no table of ours"):
        RowTable(tmp_path / "rows.parquet")
    with pytest.raises(SourceError, match="no Dask scheduler answers"):
        run_batch(make(tmp_path / "study", 1), JOB, RowTable(tmp_path / "c.parquet"), Dask("nonsense"))


@pytest.mark.slow
def test_a_dask_cluster_makes_the_same_rows_though_a_worker_is_killed(tmp_path: Path) -> None:
    folder = make(tmp_path / "study", 200, seconds=10.0)
    here = run_batch(folder, JOB, RowTable(tmp_path / "a.parquet"), Processes(2))
    with cluster(tmp_path) as (address, workers):

        def kill(done: int, _: int) -> None:
            if done > 30 and workers[0].poll() is None:
                workers[0].send_signal(signal.SIGKILL)

        table = RowTable(tmp_path / "b.parquet")
        assert run_batch(folder, JOB, table, Dask(address), kill) == here
        assert workers[0].poll() == -signal.SIGKILL


class cluster:  # noqa: N801 - used like a function
    """A scheduler and two workers on this machine, as processes of their own: (address, workers)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._started: list[subprocess.Popen[bytes]] = []

    def __enter__(self) -> tuple[str, list[subprocess.Popen[bytes]]]:
        address_file = self._folder / "scheduler.json"
        self._start("scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(address_file))
        give_up_s = time.monotonic() + 30
        while not address_file.exists():
            assert time.monotonic() < give_up_s
            time.sleep(0.1)
        worker = ("--scheduler-file", str(address_file), "--nthreads", "1", "--no-nanny", "--no-dashboard")
        workers = [self._start("worker", *worker, "--local-directory", str(self._folder / f"worker-{i}")) for i in range(2)]
        import json  # noqa: PLC0415

        return json.loads(address_file.read_text())["address"], workers

    def _start(self, kind: str, *arguments: str) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", f"distributed.cli.dask_{kind}", *arguments]
        log = (self._folder / f"{kind}-{len(self._started)}.log").open("wb")
        with log:
            process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)})
        self._started.append(process)
        return process

    def __exit__(self, *_: object) -> None:
        for process in reversed(self._started):
            process.kill()
            process.wait()
