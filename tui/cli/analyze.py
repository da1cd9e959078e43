"""`spinae analyze`: what a recording says about posture."""

from __future__ import annotations

import argparse
import json
import sys
from contextlib import ExitStack
from pathlib import Path

from sensorcore.errors import SpinaeError, contained
from sensorcore.exercise.catalogue import catalogue
from sensorcore.pipeline.analysis import Analysis, analyze, smooth_series
from sensorcore.ports import FileSource
from sensorcore.settings import Settings
from tui.cli import complain_of
from tui.cli.analysis_text import as_text
from tui.cli.options import add_settings, add_wearing, chosen_settings, chosen_source
from tui.cli.progress import progress

EPILOG = """examples:
  spinae analyze today.mcap
  spinae analyze phone.zip --placement lower_back --json
  spinae analyze bends.csv --exercise forward_bend --exercise side_bend --mount up=-x,forward=-z
  spinae analyze walk.csv --mount up=-x,forward=-z --baseline sitting=3.0:12.5 --set alerts.delay_s=5 --series tilt.csv
  spinae analyze study/ --jobs 4 --rows study.parquet"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="recordings, CSV files, or exports of phone applications"
    )
    add_wearing(parser)
    parser.add_argument(
        "--exercise",
        action="append",
        default=[],
        choices=tuple(catalogue()),
        metavar="E",
        help=f"count its repetitions, as if it were open throughout; may be given several times: {', '.join(catalogue())}",
    )
    add_settings(parser)
    parser.add_argument("--json", action="store_true", help="one JSON object per file (schema spinae.analysis/1)")
    parser.add_argument("--series", type=Path, metavar="OUT.csv", help="write the tilt at the recording's rate")
    parser.add_argument("--smooth", action="store_true", help="with --series: the estimate that looks ahead, not the live one")
    batch = parser.add_argument_group("a folder of recordings into one Parquet table")
    batch.add_argument("--jobs", type=int, metavar="N", help="analyse the recordings below FILE, a folder, in N processes")
    batch.add_argument("--scheduler", metavar="ADDRESS", help="the same on a Dask cluster, such as tcp://127.0.0.1:8786")
    batch.add_argument(
        "--rows", type=Path, metavar="OUT.parquet", help="the table (default rows.parquet); a run goes on where it was"
    )


def run(args: argparse.Namespace) -> int:
    if (args.jobs, args.scheduler, args.rows) != (None, None, None):
        from tui.cli import batch  # noqa: PLC0415 - only paid for when asked for

        return batch.run(args)
    if args.series and len(args.files) > 1:
        print("spinae analyze: --series takes one FILE at a time", file=sys.stderr)
        return 2
    if args.smooth and not args.series:
        print("spinae analyze: --smooth goes with --series", file=sys.stderr)
        return 2
    settings = chosen_settings(args)
    failed = False
    for path in args.files:
        try:
            with contained(path):
                result = _analyze(path, args, settings)
        except SpinaeError as error:
            complain_of(error)
            failed = True
            continue
        print(json.dumps(result.to_json(), allow_nan=False) if args.json else as_text(result))
    return 1 if failed else 0


def _analyze(path: Path, args: argparse.Namespace, settings: Settings) -> Analysis:
    source = chosen_source(path, args)
    with ExitStack() as stack:
        tell = stack.enter_context(progress(f"analyzing {path.name}", source.duration_hint_s))
        if args.series is None:
            return analyze(source, settings, name=path.name, exercises=args.exercise, on_progress=tell)
        return _with_series(source, settings, path.name, args, stack)


def _with_series(source: FileSource, settings: Settings, name: str, args: argparse.Namespace, stack: ExitStack) -> Analysis:
    from tui.cli.series import series_file  # noqa: PLC0415 - only paid for when asked for

    write = stack.enter_context(series_file(args.series))
    if not args.smooth:
        return analyze(source, settings, name=name, exercises=args.exercise, on_series=write)
    result = analyze(source, settings, name=name, exercises=args.exercise)
    write(smooth_series(source, settings))
    return result
