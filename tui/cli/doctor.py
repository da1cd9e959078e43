"""`spinae doctor`: what is wrong, and how to mend it."""

from __future__ import annotations

import argparse

from sensorcore.doctor import SCAN_S, examine
from sensorcore.source.ble.radio import Radio
from tui.cli.options import settings_path
from tui.cli.sensors import data_folder

EPILOG = """example:
  spinae doctor       exits with 1 when something needs mending"""

FRESH_RADIO = Radio()


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--seconds", type=float, default=SCAN_S, metavar="S", help=f"how long to listen (default {SCAN_S:g})")


def run(args: argparse.Namespace, radio: Radio = FRESH_RADIO) -> int:
    well = True
    for finding in examine(data_folder(), settings_path(), radio, scan_s=max(0.5, args.seconds)):
        well &= finding.is_well
        print(f"{'●' if finding.is_well else '×'} {finding.about}: {finding.what}", flush=True)
        if not finding.is_well:
            print(f"    {finding.hint}.", flush=True)
    return 0 if well else 1
