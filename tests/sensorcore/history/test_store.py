"""The history's file: days by the wearer's clock, nothing twice, private, and sentences instead of SQLite's."""

from __future__ import annotations

import os
import random
import resource
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from sensorcore.errors import BadInput, StorageError
from sensorcore.history.problems import DamagedHistory, HistoryError
from sensorcore.history.schema import MIGRATIONS
from sensorcore.history.store import History
from sensorcore.history.values import Note, RepSet, RoutineDone, Session
from sensorcore.track.minutes import Minute

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
        with pytest.raises(BadInput, match="cannot store"):
            history.replace(Session("a", 0, 0), [Minute(MIDNIGHT_MIN, 7)], notes=[Note(0.0, 0, 99, "no such pain")])
        assert history.days(DAY, DAY)[DAY].upright_ticks == 10


def test_a_newer_history_is_told_in_a_sentence(path: Path) -> None:
    History(path).close()
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {len(MIGRATIONS) + 1}")
    db.close()
    with pytest.raises(StorageError, match="newer spinae"):
        History(path)


def _filled(path: Path) -> None:
    with History(path) as history:
        for number in range(40):
            minutes = [Minute(MIDNIGHT_MIN + number * 60 + each, 100) for each in range(60)]
            notes = [Note((MIDNIGHT_MIN + number * 60) * 60.0, 0, 3, f"stiff {number}")]
            history.replace(Session(f"s{number}", number, 0, ended=True), minutes, notes=notes)
            history.note(Note(MIDNIGHT_MIN * 60.0 + number, 0, None, f"loose {number}"))
            history.routine(RoutineDone(MIDNIGHT_MIN * 60.0 + number, 0, "desk break", 181.0, 1.0))


def test_what_is_no_database_is_kept_aside(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database" * 100)
    with History(path) as history:
        assert "was damaged" in history.mended
        assert "history.sqlite.damaged" in history.mended
        history.note(Note(MIDNIGHT_MIN * 60.0, 0, 1, "on"))
    assert (path.parent / "history.sqlite.damaged").read_bytes() == b"this is no database" * 100
    with History(path) as history:
        assert history.mended == ""
        assert len(history.notes(DAY, DAY)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_what_can_be_read_of_a_damaged_history_is_carried_over(path: Path, seed: int) -> None:
    """A few pages of nonsense, anywhere: what exists nowhere else is kept, but for what they held."""
    _filled(path)
    data = bytearray(path.read_bytes())
    random_ = random.Random(seed)
    pages = range(len(data) // 4096)
    for page in random_.sample(pages, 2):
        data[page * 4096 : (page + 1) * 4096] = random_.randbytes(4096)
    path.write_bytes(data)
    with History(path) as history:
        try:
            history._db.execute("PRAGMA integrity_check").fetchall()
            history.routines(DAY, DAY)
            history.notes(DAY, DAY)
            history.days(DAY, DAY + 3)
        except (DamagedHistory, sqlite3.DatabaseError):
            pass
        if not history.mended:
            history.renew()
        found = {each.text for each in history.notes(DAY, DAY + 3)}, history.routines(DAY, DAY)
        assert history._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert all(not session.ended for session in history.sessions())
    assert len(list(path.parent.glob("history.sqlite.damaged*"))) >= 1
    if 0 not in random.Random(seed).sample(pages, 2):  # the first page names the tables
        assert len(found[0]) + len(found[1]) >= 40


def test_making_it_again_loses_nothing_that_only_it_knows(path: Path) -> None:
    _filled(path)
    with History(path) as history:
        before = history.notes(DAY, DAY + 3), history.routines(DAY, DAY), history.days(DAY, DAY + 3)
        history.mark_all_for_ingest()
        assert (history.notes(DAY, DAY + 3), history.routines(DAY, DAY), history.days(DAY, DAY + 3)) == before
        history.renew()
        assert (history.notes(DAY, DAY + 3), history.routines(DAY, DAY), history.days(DAY, DAY + 3)) == before


LOCKER = """
import sqlite3, sys, time
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute(sys.argv[2])
print("locked", flush=True)
time.sleep(600)
"""


def test_a_locked_history_names_who_has_it_and_is_read_while_a_day_is_entered(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sensorcore.history.schema.WAIT_S", 0.2)
    _filled(path)
    command = [sys.executable, "-c", LOCKER, str(path), "BEGIN IMMEDIATE"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as other:
        try:
            assert other.stdout is not None
            assert other.stdout.readline() == "locked\n"
            with History(path) as history:
                assert len(history.routines(DAY, DAY)) == 40
                with pytest.raises(HistoryError, match="in use by another program") as refused:
                    history.note(Note(0.0, 0, 1, ""))
            assert "nothing is lost" in refused.value.hint
            assert "rebuild" not in str(refused.value)
            if sys.platform.startswith("linux"):
                assert f"process {other.pid}" in str(refused.value)
        finally:
            other.kill()
    assert not list(path.parent.glob("*.damaged*"))


def test_a_full_disk_is_told_as_one(path: Path) -> None:
    _filled(path)
    with History(path) as history:
        (pages,) = history._db.execute("PRAGMA page_count").fetchone()
        history._db.execute(f"PRAGMA max_page_count = {pages}")  # SQLITE_FULL, as from a full disk
        with pytest.raises(HistoryError, match=r"disk is full.*Free some space"):
            history.note(Note(0.0, 0, 1, "x" * 100_000))
    with History(path) as history:
        assert len(history.notes(DAY, DAY)) > 40


def test_a_refusing_disk_is_told_as_one(path: Path) -> None:
    _filled(path)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with History(path) as history:
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, before[1]))
        try:
            with pytest.raises(HistoryError) as refused:
                history.note(Note(0.0, 0, 1, "x" * 100_000))
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert "damaged" not in str(refused.value)
    assert "space" in refused.value.hint
    assert not list(path.parent.glob("*.damaged*"))


def test_one_that_may_not_be_written_says_so(path: Path) -> None:
    _filled(path)
    with History(path) as history:
        history._db.execute("PRAGMA query_only = ON")
        with pytest.raises(HistoryError, match=r"may not be written.*permissions"):
            history.note(Note(0.0, 0, 1, ""))


def test_a_pipe_in_its_place_is_refused_at_once(path: Path) -> None:
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(HistoryError, match="plain file"):
        History(path)
    assert stat.S_ISFIFO(path.stat().st_mode)
