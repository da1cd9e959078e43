"""`spinae analyze DIR --jobs N`: a folder of recordings into one table."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Final

from sensorcore.batch.rows import Job
from sensorcore.batch.running import Dask, Processes, run_batch
from sensorcore.batch.table import RowTable
from sensorcore.errors import BadInput
from tui.cli.options import chosen_settings
from tui.cli.progress import progress

ROWS: Final = Path("rows.parquet")


def run(args: argparse.Namespace) -> int:
    """Returns the exit code: 1 when some recordings could not be used (their rows say why)."""
    if len(args.files) != 1 or args.json or args.series:
        raise BadInput("a batch takes one folder and writes one table", hint="Leave out --json and --series, and name one folder.")
    jobs = (os.cpu_count() or 1) if args.jobs is None else args.jobs
    if not 1 <= jobs <= 1024:
        raise BadInput(f"{jobs} processes are not possible", where="--jobs", hint="Give 1 to 1024.")
    job = Job(chosen_settings(args).to_record(), args.placement, args.mount, tuple(args.baseline), tuple(args.exercise))
    workers = Processes(jobs) if args.scheduler is None else Dask(args.scheduler)
    table = RowTable(args.rows or ROWS)
    with progress(f"analyzing {args.files[0]}", None) as tell:
        rows = run_batch(args.files[0], job, table, workers, lambda done, _: tell(done))
    refused = [row for row in rows if row["error"] is not None]
    print(f"{len(rows)} recordings in {table.path}.")
    if refused:
        print(
            f"spinae: {len(refused)} of them could not be used, such as {refused[0]['file']}: {refused[0]['error']}.",
            file=sys.stderr,
        )
    return 1 if refused else 0
