"""What a simulated wearer did is marked, shown when asked for, and counts for nobody."""

from __future__ import annotations

import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest

from sensorcore.habit.faded_feedback import Week
from sensorcore.history.daily_totals import recorded_today
from sensorcore.history.ingest import ingest
from sensorcore.history.schema import MIGRATIONS
from sensorcore.history.store import History
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone, Session
from sensorcore.history.weeks import weeks_before
from sensorcore.model import StreamInfo
from sensorcore.recording.info import UNMARKED_SIMULATED, RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from sensorcore.report.gather import gather, pain_trend, upright_trend
from sensorcore.report.practice import practice, practice_streak
from sensorcore.report.progress import progress
from sensorcore.report.span import Span
from sensorcore.report.text import as_text
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.scenario import bundled
from sensorcore.track.local_day import date_of
from sensorcore.track.minutes import Minute
from tests.sensorcore.history.test_ingest import MIDNIGHT, MIDNIGHT_UNIX_S, frames

NOON_S = MIDNIGHT_UNIX_S + 12 * 3600.0
SIMULATED = Session("sim", round(NOON_S * 1e9), 0, "workday", True, simulated=True)
READERS = {
    "days": lambda history: history.days(0, 10**6),
    "minutes": lambda history: history.minutes(MIDNIGHT),
    "sets": lambda history: history.rep_sets(0, 10**6),
    "notes": lambda history: history.notes(0, 10**6),
    "small": lambda history: history.micro_breaks(0, 10**6),
    "routines": lambda history: history.routines(0, 10**6),
    "baselines": lambda history: history.baselines(),
    "practised": lambda history: history.practised(0.5),
    "first day": lambda history: history.first_day(),
    "streak": lambda history: practice_streak(history, MIDNIGHT).days,
    "weeks": lambda history: [week for week in weeks_before(history, MIDNIGHT + 7) if week != Week(0.0, 0.0)],
    "practice": lambda history: practice(history, MIDNIGHT),
    "trends": lambda history: [each for each in (upright_trend(history, MIDNIGHT), pain_trend(history, MIDNIGHT)) if each],
    "report": lambda history: gather(history, Span(MIDNIGHT, MIDNIGHT, "then")).counts.ticks,
}


def live(history: History, session: Session, sensor: str) -> None:
    """A bit of all that can be in a day, on eight days."""
    for back in range(8):
        at_s = NOON_S - back * 86400
        minute = Minute(round(at_s) // 60, upright_ticks=40_000 + back, slouched_ticks=20_000)
        history.replace(
            replace(session, key=f"{session.key}{back}"),
            [minute],
            [RepSet(at_s, at_s + 30, "pelvic_tilt", repetitions=8, range_deg=10.0 + back)],
            [Note(at_s, 0, back, "so so")],
            [MicroBreak(at_s, "pelvic_tilt", 3)],
        )
    history.routine(RoutineDone(NOON_S, 0, "morning", 300.0, simulated=session.simulated))
    history.baseline(Baseline(NOON_S + session.simulated, 0, sensor, 5))


@pytest.mark.parametrize("read", READERS.values(), ids=READERS)
def test_no_reader_counts_it_and_each_shows_it_when_asked(read: object, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with History(path) as history, History(path, simulated=True) as simulated:
        assert not read(history)  # type: ignore[operator]
        live(history, SIMULATED, "sim:workday")
        assert not read(history)  # type: ignore[operator]
        assert read(simulated)  # type: ignore[operator]
        lived = read(simulated)  # type: ignore[operator]
        live(history, replace(SIMULATED, key="own", sensor="SP-1", simulated=False), "SP-1")
        assert read(history)  # type: ignore[operator]
        assert read(simulated) == lived  # type: ignore[operator]


def test_progress_and_the_report_say_whose_day_it_was(tmp_path: Path) -> None:
    with History(tmp_path / "history.sqlite") as history, History(tmp_path / "history.sqlite", simulated=True) as simulated:
        live(history, SIMULATED, "sim:workday")
        assert all(not week.counts.ticks for week in getattr(progress(history, MIDNIGHT), "weeks", ()))
        then = Span(MIDNIGHT, MIDNIGHT, "then")
        own, other = as_text(gather(history, then)), as_text(gather(simulated, then))
    assert "nothing recorded" in own
    assert "simulated, not counted: 1:40" in own
    assert "--simulated" in own
    assert "simulated, not counted" in other
    assert "upright     1:07" in other


def test_a_recording_says_so_also_one_of_before(tmp_path: Path) -> None:
    assert set(UNMARKED_SIMULATED) == set(bundled())
    info, _ = frames()
    simulation = Simulation(duration_s=10.0)
    assert simulation.info.simulated
    for name, stream in {"own": info.stream, "sim": replace(info.stream, simulated=True)}.items():
        RecordingWriter(tmp_path / f"{name}.mcap", replace(info, stream=stream), sync=False).close()
        assert open_recording(tmp_path / f"{name}.mcap").info.simulated is (name == "sim")
    unmarked = RecordingInfo(replace(info.stream, name="workday-short"), info.driver).to_metadata()
    del unmarked["simulated"]
    assert RecordingInfo.from_metadata(unmarked, "").stream.simulated
    assert not RecordingInfo.from_metadata({**unmarked, "name": "SP-0001"}, "").stream.simulated
    assert all(open_recording(path).info.simulated for path in Path("recordings").glob("*.mcap"))


def test_a_history_of_before_is_marked_by_what_its_recordings_say(tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    with sqlite3.connect(path) as old:
        for migration in MIGRATIONS[:3]:
            old.executescript(migration)
        old.execute("PRAGMA user_version = 3")
        for number, sensor in enumerate(("workday-short", "SP-0001"), start=1):
            old.execute("INSERT INTO sessions VALUES (?, ?, ?, 0, ?, 1)", (number, sensor, round(NOON_S * 1e9), sensor))
            zeros = ", 0" * 13
            old.execute(f"INSERT INTO minutes VALUES (?, ?, ?{zeros})", (number, round(NOON_S) // 60, 600 * number))
    old.close()
    with History(path) as history, History(path, simulated=True) as simulated:
        assert [session.simulated for session in history.sessions()] == [True, False]
        assert history.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT].upright_ticks == 1200
        assert simulated.days(MIDNIGHT, MIDNIGHT)[MIDNIGHT].upright_ticks == 600


def test_todays_other_recordings_are_of_the_same_wearer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensorcore.history.daily_totals.time.time", lambda: NOON_S + 3600)
    info, arrived = frames()
    folder, found = tmp_path / "recordings", {}
    folder.mkdir()
    for name, marked in (("own", False), ("sim", True)):
        about: StreamInfo = replace(info.stream, start_unix_ns=round(NOON_S * 1e9), simulated=marked)
        with RecordingWriter(folder / f"{name}.mcap", replace(info, stream=about), sync=False) as writer:
            writer.notifications(arrived[: 500 if marked else 1000])
    with History(tmp_path / "history.sqlite") as history:
        assert [ingest(history, path, Settings()).simulated for path in sorted(folder.glob("*"))] == [False, True]
    for marked in (False, True):
        daily_totals = recorded_today(tmp_path / "history.sqlite", folder, Settings(), None, simulated=marked)
        found[marked] = daily_totals.of(MIDNIGHT).ticks
    assert 0 < found[True] < found[False]
    assert date_of(MIDNIGHT).isoformat() == "2024-10-04"
