"""`spinae stream`: the day as JSON lines, for other programs."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Iterable
from dataclasses import replace

from sensorcore.daemon.address import daemon_socket
from sensorcore.daemon.remote import RemoteWear
from sensorcore.events import EVENT_SCHEMA
from sensorcore.model import Arrival, StreamInfo
from sensorcore.pipeline import PipelineOutput
from sensorcore.publish.status import status_of
from sensorcore.results import Results
from sensorcore.settings import Settings
from sensorcore.snapshot import Progress, build_snapshot
from sensorcore.sofar import with_today
from sensorcore.source.drivers.spinae_sensor import profile_of
from tui.cli.places import data_folder

EPILOG = """examples:
  spinae stream                    events as they happen, and ten moments a second
  spinae stream --events           events only
  spinae stream | jq .inclination_deg"""


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="JSON lines (the only form; accepted so that scripts can say so)")
    parser.add_argument("--events", action="store_true", help="events only, no moments")


def run(args: argparse.Namespace) -> int:
    wear = RemoteWear(daemon_socket(data_folder()), StreamInfo(profile_of()), Settings())
    asyncio.run(wear.run(_Printer(wear, moments=not args.events)))
    return 0


class _Printer:
    """A viewer that prints what is new since it came."""

    def __init__(self, wear: RemoteWear, *, moments: bool) -> None:
        self._wear = wear
        self._moments = moments
        self._results = Results(wear.about, explain_s=0.0)
        self._info = wear.about
        self._told_past = False

    def begin(self, info: StreamInfo) -> None:
        self._info = info
        self._results = Results(info, explain_s=0.0)

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        self._results.add(output)
        if self._wear.catching_up:
            return
        for event in output.events:
            print(json.dumps({"schema": EVENT_SCHEMA, **event.to_json()}))
        if self._moments and len(output.track):
            print(json.dumps(self._moment()))
        sys.stdout.flush()

    def _moment(self) -> dict[str, object]:
        track, past, counts = self._results.until(self._results.end_s)
        settings = Settings().as_recorded(self._info.settings)
        info = replace(self._info, start_unix_ns=self._wear.clock.start_unix_ns or self._info.start_unix_ns)
        moment = build_snapshot(track, past, counts, t_s=self._results.end_s, info=info, settings=settings, progress=Progress())
        moment = with_today(moment, self._results, past, info, self._wear.earlier)
        return status_of(moment, self._wear.source.status)
