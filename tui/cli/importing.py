"""`spinae import`: files of other programs become recordings."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from sensorcore.errors import BadInput, SpinaeError
from sensorcore.recording.importing import import_file
from sensorcore.recording.reader import Recording
from sensorcore.recording.recover import mended_copy, reseal
from tui.cli import complain
from tui.cli.options import add_wearing, chosen_source
from tui.cli.progress import progress

EPILOG = """examples:
  spinae import 2026-11-23_phone.zip --placement lower_back
  spinae import walk.csv --mount up=-x,forward=-z -o walk.mcap
  spinae import cut-short.mcap            mend a recording that was cut short, in its place
  spinae import cut-short.mcap -o whole.mcap    the same into a new file; the old one stays as it is

reads: CSV with units in its header (t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps; also _mps2, _radps, t_ms, t_us, t_ns, ISO time),
exports of the phone applications Sensor Logger and phyphox (zip, folder or CSV), WitMotion's text log"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="files or folders to import")
    parser.add_argument("-o", "--output", type=Path, metavar="OUT.mcap", help="the recording (default: NAME.mcap beside FILE)")
    add_wearing(parser)


def run(args: argparse.Namespace) -> int:
    if args.output and len(args.files) > 1:
        print("spinae import: -o takes one FILE at a time", file=sys.stderr)
        return 2
    failed = False
    for path in args.files:
        try:
            print(_import(path, args))
        except SpinaeError as error:
            complain(error)
            failed = True
    return 1 if failed else 0


def _import(path: Path, args: argparse.Namespace) -> str:
    source = chosen_source(path, args)
    if isinstance(source, Recording):
        return _mend(path, args)
    out = args.output or path.resolve().with_suffix(".mcap")
    with progress(f"importing {path.name}", source.duration_hint_s) as tell:
        done = import_file(source, out, tell, mounting=args.mount or "")
    lines = [f"{out}: {done.samples} samples, {done.duration_s:.1f} s, {done.gaps} gaps"]
    return "\n  note: ".join([*lines, *source.warnings])


def _mend(path: Path, args: argparse.Namespace) -> str:
    given = [f"--{name}" for name in ("placement", "mount", "baseline") if getattr(args, name)]
    if given:
        hint = "Leave it out here, and give it to 'spinae analyze' or 'spinae replay'."
        raise BadInput(f"{given[0]} does not go with mending a recording", where=str(path), hint=hint)
    report = reseal(path) if args.output is None else mended_copy(path, args.output)
    if report is None:
        raise BadInput("it is a recording already", where=str(path), hint="Nothing needs to be imported.")
    kept = f"; as it was: {report.kept_original}" if report.kept_original else ""
    lost = f"; the last {report.lost_bytes} bytes could not be read" if report.lost_bytes else ""
    return f"{report.path}: mended, the recording is whole again{lost}{kept}"
