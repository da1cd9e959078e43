"""`spinae stream`: the day as JSON lines, for other programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import math
import sys
from collections.abc import Iterable
from typing import Final

from sensorcore.daemon.address import daemon_socket
from sensorcore.daemon.remote import RemoteSession
from sensorcore.devices.spinae_sensor import profile_of
from sensorcore.errors import SpinaeError
from sensorcore.events import EVENT_SCHEMA
from sensorcore.link import LinkStatus
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival
from sensorcore.session.live import Live
from sensorcore.settings import Settings
from sensorcore.timing.host_clock import steady_s
from sensorcore.view.status import status_of
from tui.places.folders import data_folder

EPILOG = """examples:
  spinae stream                    events as they happen, and ten moments a second
  spinae stream --events           events only
  spinae stream | jq .inclination_deg
While nothing comes from the sensor a moment a second says so: "has_signal": false."""

LOOK_EVERY_S: Final = 0.25
SILENT_EVERY_S: Final = 1.0


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON lines (the only form; accepted so that scripts can say so)")
    parser.add_argument("--events", action="store_true", help="events only, no moments")


def run(args: argparse.Namespace) -> int:
    printer = _Printer(RemoteSession(daemon_socket(data_folder()), StreamInfo(profile_of()), Settings()), moments=not args.events)
    asyncio.run(_until_the_end(printer))
    if printer.failed is not None:
        raise SpinaeError(printer.failed.rstrip("."))
    return 0


async def _until_the_end(printer: _Printer) -> None:
    telling = asyncio.create_task(printer.tell_silence())
    try:
        await printer.run()
    finally:
        telling.cancel()
    if printer.failed is None:
        printer.tell()


class _Printer(Live):
    """Viewer that prints what is new since it came; and a moment without a signal when nothing comes any more, for readers would
    go on showing the last one."""

    def __init__(self, wear: RemoteSession, *, moments: bool) -> None:
        super().__init__(wear)
        self._moments = moments
        self._printed_s = -math.inf

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:
        super().take(arrived, output)
        if not self.is_present:
            return
        for event in output.events:
            print(json.dumps({"schema": EVENT_SCHEMA, **event.to_json()}))
        if len(output.track):
            self.tell()
        sys.stdout.flush()

    async def tell_silence(self) -> None:
        """Check for changes while nothing comes."""
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            if self.is_present and steady_s() - self._printed_s >= SILENT_EVERY_S and not self.snapshot().has_signal:
                self.tell()

    def tell(self) -> None:
        """The present moment."""
        if self._moments:
            self._printed_s = steady_s()
            s = self.snapshot()
            print(json.dumps(status_of(s, s.link or LinkStatus())), flush=True)
