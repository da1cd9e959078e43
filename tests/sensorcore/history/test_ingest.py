"""Recordings entered into the history: the same totals as a replay, whatever the clock on the wall does, and once each."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import pytest

from sensorcore.commands import Command
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.history.ingest import ingest, ingest_all
from sensorcore.history.store import History, total
from sensorcore.model import Notification
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.opening import open_source
from sensorcore.recording.writer import RecordingWriter
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.link import notifications

DURATION_S = 300.0
MIDNIGHT_UNIX_S = 20_000 * 86400
MIDNIGHT = 20_000


@lru_cache
def frames() -> tuple[RecordingInfo, list[Notification]]:
    simulation = Simulation(duration_s=DURATION_S, sample_rate_hz=52.0)
    worn = replace(simulation.info, simulated=False)
    return RecordingInfo(worn, SpinaeSensor.name), [each for _, some in notifications(simulation) for each in some]


def record(path: Path, start_unix_s: float, utc_offset_s: int = 0, note: str = "", **settings: float) -> Path:
    """The first minutes of a simulated workday, as if worn then."""
    path.parent.mkdir(exist_ok=True)
    info, arrived = frames()
    stream = replace(info.stream, start_unix_ns=round(start_unix_s * 1e9), utc_offset_s=utc_offset_s, settings=dict(settings))
    writer = RecordingWriter(path, replace(info, stream=stream), sync=False)
    writer.notifications(arrived)
    if note:
        writer.command(Command(200.0, "pain", note))
    writer.close()
    return path


@pytest.mark.parametrize("offset_h", [-5, 0, 2])
def test_a_day_that_ends_at_midnight_is_two_days_with_nothing_lost(tmp_path: Path, offset_h: int) -> None:
    local_s = MIDNIGHT_UNIX_S - 100.0
    path = record(tmp_path / "a.mcap", local_s - offset_h * 3600, offset_h * 3600, note="4 a long day")
    replayed = analyze(open_source(path), Settings())
    with History(tmp_path / "history.sqlite") as history:
        ingest(history, path, Settings())
        days = history.days(MIDNIGHT - 1, MIDNIGHT)
        both = total(list(days.values()))
        assert days[MIDNIGHT - 1].ticks == 1000
        assert both.ticks == replayed.totals.counts.worn
        assert both.upright_ticks == round(replayed.to_json()["posture"]["upright_s"] * 10)
        assert both.slouched_ticks == round(replayed.to_json()["posture"]["slouched_s"] * 10)
        assert both.alerts == len(replayed.alerts) > 0
        assert [(note.day, note.pain, note.text) for note in history.notes(MIDNIGHT, MIDNIGHT)] == [(MIDNIGHT, 4, "a long day")]


def test_a_clock_set_back_and_the_end_of_summer_time_count_every_second_once(tmp_path: Path) -> None:
    """Two recordings over the same minutes of the wall clock, and two in the hour that comes twice."""
    noon_s = MIDNIGHT_UNIX_S + 12 * 3600
    folder = tmp_path / "recordings"
    record(folder / "a.mcap", noon_s)
    record(folder / "b.mcap", noon_s - 120)
    record(folder / "c.mcap", noon_s + 3600, 2 * 3600)
    record(folder / "d.mcap", noon_s + 2 * 3600, 3600)
    with History(tmp_path / "history.sqlite") as history:
        assert list(ingest_all(history, folder, Settings())) == []
        day = history.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT]
        one = analyze(open_source(folder / "a.mcap"), Settings()).totals.counts.worn
        assert day.ticks == 4 * one
        assert sum(minute.ticks for minute in history.minutes(MIDNIGHT)) == 4 * one
        assert max(minute.ticks for minute in history.minutes(MIDNIGHT)) <= 1202


def test_a_recording_in_the_making_is_entered_again_later(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    info, arrived = frames()
    stream = replace(info.stream, start_unix_ns=MIDNIGHT_UNIX_S * 10**9)
    folder.mkdir()
    writer = RecordingWriter(folder / "a.mcap", replace(info, stream=stream), sync=False)
    with History(tmp_path / "history.sqlite") as history:
        writer.notifications(arrived[:500])
        writer.flush()
        list(ingest_all(history, folder, Settings()))
        first = history.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT].ticks
        writer.notifications(arrived[500:])
        writer.close()
        list(ingest_all(history, folder, Settings()))
        assert 0 < first < history.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT].ticks
        assert [session.ended for session in history.sessions()] == [True]


def test_it_is_judged_by_the_settings_it_was_made_with(tmp_path: Path) -> None:
    strict = record(tmp_path / "strict.mcap", MIDNIGHT_UNIX_S, **{"posture.threshold_deg": 5.0, "no.such_setting": 1.0})
    usual = record(tmp_path / "usual.mcap", MIDNIGHT_UNIX_S + 86400)
    with History(tmp_path / "history.sqlite") as history:
        ingest(history, strict, Settings())
        ingest(history, usual, Settings())
        days = history.days(MIDNIGHT, MIDNIGHT + 1)
        assert days[MIDNIGHT].slouched_ticks > days[MIDNIGHT + 1].slouched_ticks


def test_one_that_cannot_be_opened_does_not_keep_the_others_out(tmp_path: Path) -> None:
    folder = tmp_path / "recordings"
    record(folder / "b.mcap", MIDNIGHT_UNIX_S)
    (folder / "a.mcap").write_bytes(b"no recording at all")
    with History(tmp_path / "history.sqlite") as history:
        (problem,) = ingest_all(history, folder, Settings())
        assert "a.mcap" in str(problem)
        assert history.days(MIDNIGHT, MIDNIGHT)
