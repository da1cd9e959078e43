"""`spinae validate`: how accurate it is, measured on public data sets."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from sensorcore import validation
from sensorcore.validation.table import ResultTable
from tui.terminal.guarded import steer

EPILOG = """examples:
  spinae validate --list
  spinae validate broad ~/data/broad
  spinae validate rrhr_breathing ~/data/rrhr_breathing --json"""
SCHEMA = "spinae.validation/1"
CLEAR_LINE = "\r\x1b[2K"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("dataset", nargs="?", metavar="DATASET", help="which data set; --list names them")
    parser.add_argument("path", nargs="?", type=Path, metavar="PATH", help="the folder with its recordings, or with a part of them")
    parser.add_argument("--list", action="store_true", help="the data sets, and what is measured on each")
    parser.add_argument("--json", action="store_true", help=f"one JSON object (schema {SCHEMA})")


def run(args: argparse.Namespace) -> int:
    if args.list:
        about = {name: " ".join((each.__doc__ or "").split("\n\n")[0].split()) for name, each in validation.evaluators().items()}
        width = max(map(len, about))
        print(json.dumps(about) if args.json else "\n".join(f"{name:{width}}  {text}" for name, text in about.items()))
        return 0
    if args.path is None:
        print("spinae validate: name a DATASET and the PATH of its folder, or --list", file=sys.stderr)
        return 2
    table = validation.evaluate(args.dataset, args.path, _tell)
    print(json.dumps(as_json(args.dataset, table)) if args.json else table.markdown())
    return 0


def as_json(name: str, table: ResultTable) -> dict[str, object]:
    """The table as plain values; cells are text, as printed."""
    return {"schema": SCHEMA, "dataset": name, **asdict(table)}


def _tell(text: str) -> None:
    if sys.stderr.isatty():
        steer(sys.stderr, CLEAR_LINE)
        print(text, end="", file=sys.stderr, flush=True)
