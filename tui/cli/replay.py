"""`spinae replay`: a recording through the dashboard, or through the engine without a screen."""

from __future__ import annotations

import argparse
import asyncio
import math
import os
import signal
import sys
from collections.abc import AsyncGenerator
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path

from sensorcore.pipeline.analysis import run as run_through
from sensorcore.ports import Arrival, FileSource
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import Recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import Engine, Sink
from sensorcore.session.replay import driver_of, paced, second_driver_of
from sensorcore.settings import Settings
from sensorcore.text.escape import one_line
from tui.cli.options import add_settings, add_wearing, chosen_settings, chosen_source, speed
from tui.cli.printing import EventPrinter, print_events

EPILOG = """examples:
  spinae replay today.mcap --speed 20
  spinae replay phone.zip --placement lower_back
  spinae replay today.mcap --headless > events.jsonl
  spinae replay today.mcap --headless --speed 1 --record again.mcap"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, metavar="FILE", help="a recording, a CSV file, or an export of a phone application")
    parser.add_argument(
        "--speed", type=speed, metavar="X", help="times life: 1 on the dashboard, as fast as it goes with --headless"
    )
    parser.add_argument("--headless", action="store_true", help="print events as JSON lines instead of showing the dashboard")
    parser.add_argument("--record", type=Path, metavar="OUT.mcap", help="with --headless: record the stream as it plays")
    add_wearing(parser)
    add_settings(parser)


def run(args: argparse.Namespace) -> int:
    if args.record and not args.headless:
        print("spinae replay: --record goes with --headless", file=sys.stderr)
        return 2
    settings = chosen_settings(args)
    source = chosen_source(args.file, args)
    as_worn = not args.overrides  # as the wearer saw it; --set tries something else throughout
    settings = settings.as_recorded(source.info.settings) if as_worn else settings
    if not args.headless:
        from tui.app.show import run_replay  # noqa: PLC0415 - the screen is loaded only when it is shown

        own = isinstance(source, Recording) and os.access(args.file, os.W_OK)
        notes_to = args.file if own else None
        return run_replay(
            source, settings, speed=args.speed or 1.0, title=args.file.name, first="replay", notes_to=notes_to, as_worn=as_worn
        )
    if args.record is None and args.speed is None:
        for _, events, _, _ in run_through(source, settings, as_worn=as_worn):
            print_events(events)
        return _say_notes(source)
    code = asyncio.run(_play(source, settings, paced(source, args.speed or math.inf, as_worn=as_worn), args.record, args.mount))
    return code or _say_notes(source)


def _say_notes(source: FileSource) -> int:
    """Print warnings about the file; not among the events, which are for programs."""
    for note in source.warnings:
        print(f"note: {one_line(note)}", file=sys.stderr)
    return 0


async def _play(
    source: FileSource, settings: Settings, arriving: AsyncGenerator[Arrival, None], out: Path | None, mount: str | None
) -> int:
    driver, second = driver_of(source), second_driver_of(source)
    sinks: list[Sink] = [EventPrinter()]
    with ExitStack() as stack:
        if out is not None:
            mounting = mount or (source.recorded.mounting if isinstance(source, Recording) else "")
            info = replace(source.info, settings=settings.to_record())
            writer = stack.enter_context(
                RecordingWriter(out, RecordingInfo(info, driver.name, mounting, second.name if second else ""))
            )
            sinks.insert(0, RecordingSink(writer))
        engine = Engine(source.info, driver, settings, tuple(sinks), second=second)
        playing = asyncio.ensure_future(engine.run(arriving))
        with suppress(NotImplementedError):  # Windows has no such handlers
            asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, playing.cancel)
        try:
            await playing
        except asyncio.CancelledError:
            return 0  # asked to stop: what was recorded is sealed on the way out
    return 0
