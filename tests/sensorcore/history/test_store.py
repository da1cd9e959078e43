"""The history's file: days by the wearer's clock, nothing twice, private, and sentences instead of SQLite's."""

from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest

from sensorcore.errors import StorageError
from sensorcore.history.schema import MIGRATIONS
from sensorcore.history.store import History
from sensorcore.history.values import Minute, Note, RepSet, RoutineDone, Session

DAY = 20_000  # 2024-10-04
MIDNIGHT_MIN = DAY * 1440


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "history.sqlite"


def test_a_day_is_the_wearers_day(path: Path) -> None:
    """Two hours east of Greenwich, the last two hours before UTC's midnight are tomorrow."""
    with History(path) as history:
        minutes = [Minute(MIDNIGHT_MIN - 121, 600), Minute(MIDNIGHT_MIN - 120, 0, 600), Minute(MIDNIGHT_MIN, 0, 0, 600)]
        history.replace(Session("a", 0, 2 * 3600), minutes)
        days = history.days(DAY - 1, DAY + 1)
        assert {day: (m.upright_ticks, m.slouched_ticks, m.unknown_ticks) for day, m in days.items()} == {
            DAY - 1: (600, 0, 0),
            DAY: (0, 600, 600),
        }
        assert [minute.minute for minute in history.minutes(DAY)] == [MIDNIGHT_MIN, MIDNIGHT_MIN + 120]


def test_a_session_entered_again_is_counted_once(path: Path) -> None:
    with History(path) as history:
        first = [Minute(MIDNIGHT_MIN, 100, alerts=1), Minute(MIDNIGHT_MIN + 1, 50)]
        history.replace(Session("a", 0, 0), first, notes=[Note(MIDNIGHT_MIN * 60, 0, 3, "stiff")])
        assert history.days(DAY, DAY)[DAY].upright_ticks == 150
        history.replace(Session("a", 0, 0, ended=True), [Minute(MIDNIGHT_MIN, 40)])
        history.replace(Session("b", 0, 0), [Minute(MIDNIGHT_MIN, 2)])
        assert history.days(DAY, DAY)[DAY] == Minute(MIDNIGHT_MIN, 42)
        assert history.minutes(DAY) == [Minute(MIDNIGHT_MIN, 42)]
        assert history.notes(DAY, DAY) == []
        assert [(s.key, s.ended) for s in history.sessions()] == [("a", True), ("b", False)]


def test_what_was_written_is_read_back(path: Path) -> None:
    done = RepSet(MIDNIGHT_MIN * 60.0, MIDNIGHT_MIN * 60 + 30.0, "bridge", "", 8, 0.0, 31.5, 0.8)
    note, loose = Note(MIDNIGHT_MIN * 60 + 5.0, 0, 4, "after lunch"), Note(MIDNIGHT_MIN * 60 + 9.0, 0, None, "better")
    routine = RoutineDone(MIDNIGHT_MIN * 60.0, 0, "desk break", 181.0, 1.0)
    with History(path) as history:
        history.replace(Session("a", 0, 0), [], [done], [note])
        history.note(loose)
        history.routine(routine)
    with History(path) as history:
        assert history.rep_sets(DAY, DAY) == [done]
        assert history.notes(DAY, DAY) == [note, loose]
        assert history.routines(DAY, DAY) == [routine]
        assert history.rep_sets(DAY + 1, DAY + 1) == history.notes(DAY + 1, DAY + 9) == history.routines(DAY - 2, DAY - 1) == []


def test_only_the_owner_reads_it(path: Path) -> None:
    with History(path) as history:
        history.note(Note(0.0, 0, 1, ""))
        assert {stat.S_IMODE(each.stat().st_mode) for each in path.parent.iterdir()} == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_a_killed_write_leaves_all_or_nothing(path: Path) -> None:
    with History(path) as history:
        history.replace(Session("a", 0, 0), [Minute(MIDNIGHT_MIN, 10)])
        with pytest.raises(StorageError):
            history.replace(Session("a", 0, 0), [Minute(MIDNIGHT_MIN, 7)], notes=[Note(0.0, 0, 99, "no such pain")])
        assert history.days(DAY, DAY)[DAY].upright_ticks == 10


def test_a_newer_or_damaged_history_is_told_in_a_sentence(path: Path) -> None:
    History(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StorageError, match="newer spinae"):
        History(path)
    path.write_bytes(b"this is no database" * 100)
    with pytest.raises(StorageError, match=r"cannot be used.*rebuild"):
        History(path)
