"""Settings and the wall clock's zone changed in the middle of a day: a replay judges each stretch by what was in force in it."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import settings as tries
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.errors import BadInput
from sensorcore.events import AlertRaised, Event, SettingsChanged, SlouchStarted, ZoneChanged
from sensorcore.history.ingest import ingest
from sensorcore.history.minutes import count
from sensorcore.history.store import History
from sensorcore.history.values import Session
from sensorcore.pipeline.analysis import run as run_through
from sensorcore.pipeline.single import Pipeline, PipelineOutput
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.sink import RecordingSink
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.engine import Arrival, Engine
from sensorcore.session.replay import arrivals, driver_of
from sensorcore.settings import Settings
from sensorcore.track.posture_track import PostureTrack, joined
from sensorcore.view.player import Player
from tests.saved_state import dumps, loads
from tests.sensorcore.history.test_ingest import MIDNIGHT, MIDNIGHT_UNIX_S, frames
from tests.streams import stream, summarize

QUICK = Settings().with_value("alerts.delay_s", 2.0, "here").with_value("alerts.mute_after_s", 0.0, "here")
CHANGES = (
    ("posture.threshold_deg", 4.0),
    ("posture.threshold_deg", 30.0),
    ("motion.tau_acc_s", 8.0),
    ("alerts.quiet_hours", "09:00-09:01"),
)


class Kept:
    """A sink that keeps all."""

    def __init__(self) -> None:
        self.tracks: list[PostureTrack] = []
        self.events: list[Event] = []

    def take(self, arrived: object, output: PipelineOutput) -> None:
        self.tracks.append(output.track)
        self.events += output.events


async def live_day(path: Path, changes: dict[int, tuple[str, float | str]]) -> Kept:
    """A day through the engine into a recording, with settings changed at those arrivals."""
    source, kept = stream(duration_s=100.0), Kept()
    info = replace(source.info, settings=QUICK.to_record(), start_unix_ns=MIDNIGHT_UNIX_S * 10**9)
    with RecordingWriter(path, RecordingInfo(info, driver_of(source).name), sync=False) as writer:
        engine = Engine(info, driver_of(source), QUICK, (RecordingSink(writer), kept))

        async def coming() -> AsyncGenerator[Arrival, None]:
            for at, arrived in enumerate(arrivals(source)):
                if at in changes:
                    engine.settings = engine.settings.with_value(*changes[at], "here")
                yield arrived

        await engine.run(coming())
    return kept


@tries(max_examples=4)
@given(changes=st.dictionaries(st.integers(1, 600), st.sampled_from(CHANGES), max_size=3))
async def test_a_replay_judges_each_stretch_as_it_was_judged(
    tmp_path_factory: pytest.TempPathFactory, changes: dict[int, tuple[str, float | str]]
) -> None:
    path = tmp_path_factory.mktemp("day") / "day.mcap"
    live = await live_day(path, changes)
    recording = open_recording(path)
    again = Settings().as_recorded(recording.info.settings)
    tracks, events = zip(*((track, events) for track, events, _, _ in run_through(recording, again, as_worn=True)), strict=True)
    assert [event for some in events for event in some] == live.events
    for name in PostureTrack.__slots__:
        np.testing.assert_array_equal(getattr(joined(list(tracks)), name), getattr(joined(live.tracks), name))


async def test_a_change_decides_from_then_on_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    live = await live_day(path, {300: ("posture.threshold_deg", 4.0)})
    (changed,) = (event for event in live.events if isinstance(event, SettingsChanged))
    assert changed.values == {"posture.threshold_deg": 4.0}
    limits = {event.t_s > changed.t_s: event.threshold_deg for event in live.events if isinstance(event, SlouchStarted)}
    assert limits[True] == 4.0
    assert limits.get(False, 15.0) == 15.0
    recording = open_recording(path)
    player = Player(recording, Settings().as_recorded(recording.info.settings), as_worn=True)
    for at_s, threshold_deg in ((changed.t_s - 1.0, 15.0), (changed.t_s + 1.0, 4.0)):
        player.seek(at_s)
        while player.compute():
            pass
        assert player.snapshot().threshold_deg == threshold_deg
    player.use(QUICK)  # tries something else, throughout
    while player.compute():
        pass
    assert not any(isinstance(event, SettingsChanged) for event in player.events())


async def test_the_history_judges_as_it_was_judged(tmp_path: Path) -> None:
    path = tmp_path / "day.mcap"
    live = await live_day(path, {300: ("posture.threshold_deg", 4.0)})
    with History(tmp_path / "history.sqlite", simulated=True) as history:
        ingest(history, path, Settings())
        minutes = history.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT]
    judged = count(MIDNIGHT * 24 * 36_000, joined(live.tracks))
    assert minutes.slouched_ticks == sum(minute.slouched_ticks for minute in judged) > 0
    assert minutes.alerts == sum(isinstance(event, AlertRaised) for event in live.events)


def test_a_state_with_changes_is_saved_and_carried_on() -> None:
    source = stream(duration_s=100.0)
    pipeline = Pipeline(source.info, QUICK)
    state = pipeline.initial()
    items = list(source.items())
    state, _ = pipeline.step(state, Command(0.0, "settings", json.dumps({"posture.threshold_deg": 4.0})))
    state, _ = pipeline.step(state, Command(0.0, "zone", "3600"))
    state, _ = pipeline.step(state, items[0])
    assert loads(dumps(state)).changed == (("posture.threshold_deg", 4.0),)
    outputs = [
        pipeline.step(each, items[1])[1] if len(items) > 1 else pipeline.finish(each)[1] for each in (state, loads(dumps(state)))
    ]
    assert outputs[0].events == outputs[1].events


@pytest.mark.parametrize("said", [("settings", "[]"), ("settings", '{"a": null}'), ("zone", "east"), ("zone", "99999999")])
def test_what_is_no_change_is_refused(said: tuple[str, str]) -> None:
    with pytest.raises(BadInput):
        Command(1.0, *said)  # type: ignore[arg-type]


def day_with_zone(path: Path, start_unix_s: float, before_s: int, after_s: int, at_s: float) -> Path:
    """Five minutes during which the clock on the wall is set from one offset to another, noted as pain is at the end."""
    info, arrived = frames()
    start_ns = round(start_unix_s * 1e9)
    writer = RecordingWriter(
        path, replace(info, stream=replace(info.stream, start_unix_ns=start_ns, utc_offset_s=before_s)), sync=False
    )
    first_ns = arrived[0].arrival_unix_ns
    for each in arrived:
        if each.arrival_unix_ns - first_ns >= at_s * 1e9:
            writer.command(Command(at_s, "zone", str(after_s)))
            at_s = float("inf")
        writer.notification(each)
    writer.command(Command(290.0, "pain", "3"))
    writer.close()
    return path


@pytest.mark.parametrize(("before_h", "after_h"), [(2, 1), (1, 2), (0, 9)])
def test_minutes_belong_to_the_day_on_the_wall(tmp_path: Path, before_h: int, after_h: int) -> None:
    """Two minutes before midnight by the old offset the clock is set. Turned back, what follows is of the same day, although by the
    old clock midnight has passed; set forward, it is the next day at once."""
    start_s = MIDNIGHT_UNIX_S - before_h * 3600 - 120
    path = day_with_zone(tmp_path / "a.mcap", start_s, before_h * 3600, after_h * 3600, 60.0)
    replayed = [event for _, events, _, _ in run_through(open_recording(path), Settings()) for event in events]
    (zone,) = (event for event in replayed if isinstance(event, ZoneChanged))
    assert zone.t_s == pytest.approx(60.0, abs=1.0)
    assert summarize(replayed, open_recording(path).info).utc_offset_s == after_h * 3600
    with History(tmp_path / "history.sqlite") as history:
        ingest(history, path, Settings())
        days = history.days(MIDNIGHT - 1, MIDNIGHT)
        (note,) = history.notes(MIDNIGHT - 1, MIDNIGHT)
        ingest(history, path, Settings())
        assert history.days(MIDNIGHT - 1, MIDNIGHT) == days
    ticks = {day: minute.ticks for day, minute in days.items()}
    if after_h < before_h:
        assert set(ticks) == {MIDNIGHT - 1}
        assert note.day == MIDNIGHT - 1
    else:
        assert ticks[MIDNIGHT - 1] == pytest.approx(600, abs=10)
        assert note.day == MIDNIGHT
    assert sum(ticks.values()) == pytest.approx(3000, abs=5)


@pytest.mark.parametrize(("before_h", "after_h", "hours"), [(1, 2, 23), (2, 1, 25)])
def test_a_day_of_23_or_25_hours_adds_up(tmp_path: Path, before_h: int, after_h: int, hours: int) -> None:
    """Worn from an hour before midnight to an hour after the next; at two or three in the morning the clock is set."""
    ticks = (hours + 2) * 36_000
    none = np.zeros(ticks)
    track = PostureTrack(np.arange(ticks), none, none, none, np.ones(ticks, np.int8), np.ones(ticks, np.int8))
    start_s = MIDNIGHT_UNIX_S - before_h * 3600 - 3600
    set_minute = (start_s + 4 * 3600) // 60
    session = Session("a", start_s * 10**9, before_h * 3600)
    with History(tmp_path / "history.sqlite") as history:
        history.replace(session, count(start_s * 10, track), zones={set_minute: after_h * 3600})
        found = {day: minute.ticks / 36_000 for day, minute in history.days(MIDNIGHT - 1, MIDNIGHT + 1).items()}
        by_hour = {m.minute // 60 % 24: 0 for m in history.minutes(MIDNIGHT)}
        for minute in history.minutes(MIDNIGHT):
            by_hour[minute.minute // 60 % 24] += minute.ticks
    assert found == {MIDNIGHT - 1: 1.0, MIDNIGHT: hours, MIDNIGHT + 1: 1.0}
    assert sum(by_hour.values()) == hours * 36_000
    assert len(by_hour) == min(hours, 24)
    assert max(by_hour.values()) == (2 if hours == 25 else 1) * 36_000
