"""A day as an earlier version's daemon sent it: read to the same ticks and events, and sent in the same bytes today."""

from __future__ import annotations

import os

import numpy as np
import pytest

from sensorcore.commands import Command
from sensorcore.daemon import messages
from sensorcore.daemon.hub import Hub
from sensorcore.link import LinkState, LinkStatus
from sensorcore.model import Notification, Second
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.opening import open_source
from sensorcore.settings import Settings
from sensorcore.track.minutes import DailyTotals, Minute
from sensorcore.view.results import Results
from tests.contracts.conftest import GOLDEN
from tests.contracts.test_recordings import RECORDINGS

ITEMS = 2
"""Blocks of the recording: three minutes, with a slouch and its alert."""
NAME = "daemon-session.jsonl"


@pytest.fixture(scope="module")
def hub() -> Hub:
    """After the recording's first minutes."""
    source = open_source(RECORDINGS / "workday-short.mcap")
    hub, pipeline = Hub(Settings()), Pipeline(source.info, Settings())
    state = pipeline.initial()
    hub.begin(source.info)
    for _, item in zip(range(ITEMS), source.items(), strict=False):
        state, output = pipeline.step(state, item)
        hub.take((), output)
    return hub


def sent(hub: Hub) -> list[bytes]:
    """One message of each kind that hangs on no clock, and the past that a view gets when it comes."""
    with hub.watched() as (past, _):
        lines = [line for line in past if messages.parsed(line)["kind"] in ("begin", "output")]
    earlier = DailyTotals((Minute(29_000_000, 300, 200, 60, 40, 0, 0), Minute(29_000_001, 600, 0, 600, 0, 0, 0)))
    link = LinkStatus(sensor="SP-1", state=LinkState.STREAMING, battery_percent=80, worn=True, problem="far away")
    raw = Notification(1_700_000_000_000_000_000, bytes(range(20)))
    return [
        *lines,
        messages.link_line(link),
        messages.earlier_line(earlier),
        messages.raw_line(raw),
        messages.raw_line(Second(raw)),
        messages.explained_line(hub.results.explain(60.0)) if hub.results else b"",
        messages.request("view"),
        messages.command_line(Command(60.0, "snooze", "600")),
        messages.settings_line(Settings().with_value("posture.threshold_deg", 9.0, "here")),
    ]


def test_a_day_is_sent_in_the_same_bytes(hub: Hub) -> None:
    written = b"".join(sent(hub))
    if os.environ.get("WRITE_GOLDEN"):
        (GOLDEN / NAME).write_bytes(written)
    assert written == (GOLDEN / NAME).read_bytes()


def test_what_was_sent_is_read_to_the_same_ticks_and_events(hub: Hub) -> None:
    assert hub.results is not None
    said = [messages.parsed(line) for line in (GOLDEN / NAME).read_bytes().splitlines()]
    info, settings = messages.begun(said[0])
    assert (info, settings) == (hub.info, Settings())
    read = Results(info)
    for message in said:
        if message.get("kind") == "output":
            read.add(messages.output_of(message))
    track, events = hub.results.whole()
    again, read_events = read.whole()
    assert events
    assert read_events == events
    for name in ("index", "flexion_deg", "lateral_deg", "uncertainty_deg", "context", "posture"):
        np.testing.assert_array_equal(getattr(again, name), getattr(track, name))
