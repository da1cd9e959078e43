"""Reading and writing the history. Every write is one transaction: a killed process leaves all of it or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import astuple, fields
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sensorcore.history.minutes import COUNTED
from sensorcore.history.schema import connect, damaged
from sensorcore.history.values import Minute, Note, RepSet, RoutineDone, Session

_MINUTE_NAMES: Final = tuple(field.name for field in fields(Minute))
_ADD_MINUTE: Final = (
    f"INSERT INTO minutes (session, {', '.join(_MINUTE_NAMES)}) VALUES (?{', ?' * len(_MINUTE_NAMES)})"
    f" ON CONFLICT DO UPDATE SET {', '.join(f'{name} = {name} + excluded.{name}' for name in COUNTED)}"
)
_SET_NAMES: Final = tuple(field.name for field in fields(RepSet))
_DAY: Final = "(minute * 60 + utc_offset_s) / 86400"


class History:
    """The file at `path`; a context manager. Used from one thread. Methods raise StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._db = connect(path)

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise damaged(self.path, error) from None

    def _rows(self, query: str, *values: int) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise damaged(self.path, error) from None

    def begin(self, session: Session) -> int:
        """Start `session` anew: what an earlier, unfinished try of the same key left is dropped. Returns its number."""
        with self._writing() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (session.key,))
            values = (session.key, session.start_unix_ns, session.utc_offset_s, session.sensor, int(session.ended))
            query = "INSERT INTO sessions (key, start_unix_ns, utc_offset_s, sensor, ended) VALUES (?, ?, ?, ?, ?)"
            return int(db.execute(query, values).lastrowid or 0)

    def add(
        self,
        number: int,
        minutes: Iterable[Minute] = (),
        sets: Iterable[RepSet] = (),
        notes: Iterable[Note] = (),
        *,
        ended: bool = False,
    ) -> None:
        """Add counts, sets and notes to a session; the counts of a minute add up."""
        with self._writing() as db:
            db.executemany(_ADD_MINUTE, [(number, *astuple(minute)) for minute in minutes])
            names = f"(session, {', '.join(_SET_NAMES)}) VALUES (?{', ?' * len(_SET_NAMES)})"
            db.executemany(f"INSERT INTO rep_sets {names}", [(number, *astuple(each)) for each in sets])
            self._insert_notes(db, number, notes)
            if ended:
                db.execute("UPDATE sessions SET ended = 1 WHERE id = ?", (number,))

    def note(self, note: Note) -> None:
        """A note that belongs to no recording."""
        with self._writing() as db:
            self._insert_notes(db, None, [note])

    def _insert_notes(self, db: sqlite3.Connection, number: int | None, notes: Iterable[Note]) -> None:
        query = "INSERT INTO notes (session, unix_s, utc_offset_s, pain, text) VALUES (?, ?, ?, ?, ?)"
        db.executemany(query, [(number, *astuple(note)) for note in notes])

    def routine(self, done: RoutineDone) -> None:
        with self._writing() as db:
            query = "INSERT INTO routines (start_unix_s, utc_offset_s, routine, duration_s, done_share) VALUES (?, ?, ?, ?, ?)"
            db.execute(query, astuple(done))

    def sessions(self) -> list[Session]:
        """All, oldest first."""
        rows = self._rows("SELECT key, start_unix_ns, utc_offset_s, sensor, ended FROM sessions ORDER BY start_unix_ns")
        return [Session(key, start_ns, offset_s, sensor, bool(ended)) for key, start_ns, offset_s, sensor, ended in rows]

    def days(self, first_day: int, last_day: int) -> dict[int, Minute]:
        """The sums of each day with data from `first_day` to `last_day` (days since 1970 by the wearer's local time, both
        included); their `minute` is the day's first."""
        sums = ", ".join(f"sum({name})" for name in COUNTED)
        rows = self._rows(
            f"SELECT {_DAY} AS day, {sums} FROM minutes JOIN sessions ON sessions.id = session"
            " WHERE day BETWEEN ? AND ? GROUP BY day ORDER BY day",
            first_day,
            last_day,
        )
        return {day: Minute(day * 1440, *counts) for day, *counts in rows}

    def minutes(self, day: int) -> list[Minute]:
        """The minutes of one local day, oldest first; those of sessions at the same time are added up."""
        sums = ", ".join(f"sum({name})" for name in COUNTED)
        rows = self._rows(
            f"SELECT minute, {sums} FROM minutes JOIN sessions ON sessions.id = session"
            f" WHERE {_DAY} = ? GROUP BY minute ORDER BY minute",
            day,
        )
        return [Minute(*row) for row in rows]

    def rep_sets(self, first_day: int, last_day: int) -> list[RepSet]:
        """The sets of these local days, oldest first."""
        names = ", ".join(_SET_NAMES)
        rows = self._rows(
            f"SELECT {names} FROM rep_sets JOIN sessions ON sessions.id = session"
            " WHERE (CAST(start_unix_s AS INTEGER) + utc_offset_s) / 86400 BETWEEN ? AND ? ORDER BY rep_sets.start_unix_s",
            first_day,
            last_day,
        )
        return [RepSet(*row) for row in rows]

    def notes(self, first_day: int, last_day: int) -> list[Note]:
        """The notes of these local days, oldest first."""
        rows = self._rows(
            "SELECT unix_s, utc_offset_s, pain, text FROM notes"
            " WHERE (CAST(unix_s AS INTEGER) + utc_offset_s) / 86400 BETWEEN ? AND ? ORDER BY unix_s",
            first_day,
            last_day,
        )
        return [Note(*row) for row in rows]

    def routines(self, first_day: int, last_day: int) -> list[RoutineDone]:
        """The routines of these local days, oldest first."""
        rows = self._rows(
            "SELECT start_unix_s, utc_offset_s, routine, duration_s, done_share FROM routines"
            " WHERE (CAST(start_unix_s AS INTEGER) + utc_offset_s) / 86400 BETWEEN ? AND ? ORDER BY start_unix_s",
            first_day,
            last_day,
        )
        return [RoutineDone(*row) for row in rows]


def total(minutes: Sequence[Minute]) -> Minute:
    """Their sums; `minute` is the first's (0 for none)."""
    first = minutes[0].minute if minutes else 0
    return Minute(first, *(sum(getattr(each, name) for each in minutes) for name in COUNTED))
