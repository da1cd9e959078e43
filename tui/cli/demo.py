"""`spinae demo`: the dashboard on a bundled recording."""

from __future__ import annotations

import argparse
from importlib import resources
from pathlib import Path

from sensorcore.recording.reader import open_recording
from tui.cli.options import add_settings, chosen_settings, speed

EPILOG = """example:
  spinae demo               ten minutes at a desk; space pauses, arrows seek, q quits
  spinae demo --speed 10"""
RECORDING = "workday-short.mcap"


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--speed", type=speed, default=1.0, metavar="X", help="how many times faster than life (0.25 to 100)")
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    settings = chosen_settings(args)
    from tui.app.show import run_replay  # noqa: PLC0415 - the screen is loaded only when it is shown

    with resources.as_file(resources.files("recordings") / RECORDING) as path:
        return run_replay(open_recording(Path(path)), settings, speed=args.speed, title="demo")
