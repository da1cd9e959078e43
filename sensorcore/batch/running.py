"""Batch runner: finds new recordings, hands them out in small lots, and stores rows as they come."""

from __future__ import annotations

import itertools
import multiprocessing
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Protocol

from sensorcore.batch.rows import Job, Lot, Row, content_key, recordings_in, rows_of
from sensorcore.batch.table import RowTable
from sensorcore.errors import SourceError

LOT: Final = 16
"""Recordings a lot: few enough that little is lost when a worker dies, enough that handing out costs nothing."""
KEEP_EVERY: Final = 512
"""Rows between writes."""


class Workers(Protocol):
    """A pool of workers."""

    def run(self, job: Job, lots: Iterable[Lot]) -> Iterator[list[Row]]:
        """The rows of each lot, in any order; a worker that dies costs time, never a row. Raises SourceError."""


class Processes:
    """`jobs` processes on this machine."""

    def __init__(self, jobs: int) -> None:
        self._jobs = jobs

    def run(self, job: Job, lots: Iterable[Lot]) -> Iterator[list[Row]]:
        waiting = iter(lots)
        # spawned, not forked: a fork of a process with threads may hang
        with ProcessPoolExecutor(self._jobs, mp_context=multiprocessing.get_context("spawn")) as pool:
            pending = {pool.submit(rows_of, job, lot) for lot in itertools.islice(waiting, 3 * self._jobs)}
            while pending:
                done, pending = wait(pending, return_when=FIRST_COMPLETED)
                for each in done:
                    try:
                        yield each.result()
                    except BrokenProcessPool:
                        hint = "What was done is kept: run the same command again."
                        raise SourceError("a worker process was killed (out of memory?)", hint=hint) from None
                    pending |= {pool.submit(rows_of, job, lot) for lot in itertools.islice(waiting, 1)}


class Dask:
    """A Dask cluster whose scheduler listens at `address`; its workers must see the same files and have spinae installed."""

    def __init__(self, address: str) -> None:
        self._address = address

    def run(self, job: Job, lots: Iterable[Lot]) -> Iterator[list[Row]]:
        with _client(self._address) as client:
            from distributed import as_completed  # noqa: PLC0415 - an optional extra

            waiting = iter(lots)
            ahead = 4 * max(1, sum(client.nthreads().values()))
            # not `pure`: the same lot may be asked for again after a failure and must be worked on again
            first = [client.submit(rows_of, job, lot, pure=False, retries=3) for lot in itertools.islice(waiting, ahead)]
            done = as_completed(first, loop=client.loop)
            for each in done:
                yield each.result()
                for lot in itertools.islice(waiting, 1):
                    done.add(client.submit(rows_of, job, lot, pure=False, retries=3))


@contextmanager
def _client(address: str) -> Iterator[Any]:
    try:
        from distributed import Client  # noqa: PLC0415 - an optional extra
    except ImportError:
        raise SourceError("Dask is not installed", hint="Install it with: pip install 'spinae[dask]'") from None
    try:
        client = Client(address, timeout="20s", set_as_default=False)
    except (OSError, ValueError, TimeoutError) as error:
        hint = "Start one with `dask scheduler`, and name what it says, such as tcp://127.0.0.1:8786."
        raise SourceError(f"no Dask scheduler answers ({error})", where=address, hint=hint) from None
    try:
        yield client
    finally:
        client.close()


def run_batch(
    folder: Path, job: Job, table: RowTable, workers: Workers, on_progress: Callable[[int, int], None] = lambda _done, _all: None
) -> list[Row]:
    """Rows of every recording below `folder`; those in `table` (same content, settings and code) are reused. Raises StorageError or
    SourceError; finished rows are kept."""
    named = [(path, content_key(path)) for path in recordings_in(folder)]
    fresh = {content: str(path.resolve()) for path, content in named if (content, job.key) not in table}
    lots = list(fresh.items())
    done = 0
    kept: list[Row] = []
    on_progress(0, len(lots))
    try:
        for rows in workers.run(job, (lots[i : i + LOT] for i in range(0, len(lots), LOT))):
            kept += rows
            done += len(rows)
            on_progress(done, len(lots))
            if len(kept) >= KEEP_EVERY:
                table.add(kept)
                kept = []
    finally:
        table.add(kept)
    return table.finish((path.relative_to(folder).as_posix(), content, job.key) for path, content in named)
