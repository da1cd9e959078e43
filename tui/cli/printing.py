"""Events as JSON lines, each flushed: somebody may be waiting for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable

from sensorcore.events import EVENT_SCHEMA, Event
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival


class EventPrinter:
    """A sink."""

    def begin(self, info: StreamInfo) -> None:
        """Nothing to tell of that."""

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        if output.events:
            print_events(output.events)
            sys.stdout.flush()


def print_events(events: Iterable[Event]) -> None:
    for event in events:
        print(json.dumps({"schema": EVENT_SCHEMA, **event.to_json()}))
