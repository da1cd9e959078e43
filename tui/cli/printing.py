"""Events as JSON lines, and problems of a sensor on stderr; each line is flushed, for somebody may be waiting for it."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable, Iterable

from sensorcore.events import EVENT_SCHEMA, Event
from sensorcore.model import StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.ports import Arrival

PROBLEMS_EVERY_S = 0.5


class EventPrinter:
    """Sink that prints events."""

    def begin(self, info: StreamInfo) -> None:
        """Nothing to print."""

    def take(self, arrived: Iterable[Arrival], output: PipelineOutput) -> None:  # noqa: ARG002 - a Sink
        if output.events:
            print_events(output.events)
            sys.stdout.flush()


async def print_problems(problem: Callable[[], str | None], *, solved: str = "") -> None:
    """Print every problem when it comes, and `solved` when it has gone, until cancelled."""
    before: str | None = None
    while True:
        now = problem()
        if now != before and (text := now or solved):
            print(f"spinae: {text}", file=sys.stderr, flush=True)
        before = now
        await asyncio.sleep(PROBLEMS_EVERY_S)


def print_events(events: Iterable[Event]) -> None:
    for event in events:
        print(json.dumps({"schema": EVENT_SCHEMA, **event.to_json()}))
