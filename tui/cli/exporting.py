"""`spinae export`: recordings for other programs."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from sensorcore.pipeline.analysis import run as run_through
from sensorcore.ports import FileSource
from sensorcore.recording.export import EdfReport, ExportReport, export_csv, export_edf, export_parquet
from sensorcore.settings import Settings
from tui.cli.options import add_settings, add_wearing, chosen_settings, chosen_source
from tui.cli.progress import progress

EPILOG = """examples:
  spinae export today.mcap --to csv             samples at full precision, and the events beside them
  spinae export today.mcap --to parquet -o today.parquet
  spinae export today.mcap --to edf             EDF+, events as annotations"""
FORMATS: Final[dict[str, Callable[..., ExportReport | EdfReport]]] = {
    "csv": export_csv,
    "parquet": export_parquet,
    "edf": export_edf,
}


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a recording, or whatever 'spinae import' reads")
    parser.add_argument("--to", choices=FORMATS, required=True, help="the format")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT", help="the file to write (default: NAME.FORMAT beside FILE)")
    add_wearing(parser)
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = chosen_settings(args)
    source = chosen_source(args.file, args)
    out = args.output or args.file.resolve().with_suffix(f".{args.to}")
    with progress(f"exporting {args.file.name}", source.duration_hint_s) as tell:
        report = FORMATS[args.to](source, out, _events(source, settings), tell)
    print(f"{out}: {report.samples} samples")
    if isinstance(report, ExportReport) and report.events_path is not None:
        print(f"  events: {report.events_path}")
    for note in getattr(report, "notes", ()):
        print(f"  note: {note}")
    return 0


def _events(source: FileSource, settings: Settings) -> Iterator[dict[str, Any]]:
    for _, events, _, _ in run_through(source, settings):
        for event in events:
            yield event.to_json()
