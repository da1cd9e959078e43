"""Queries and writes of the history. Each write is one transaction: a killed process leaves all of it or none."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import astuple, fields, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sensorcore.history.minutes import COUNTED
from sensorcore.history.problems import refusal
from sensorcore.history.schema import connect, replace_damaged
from sensorcore.history.values import Baseline, MicroBreak, Note, RepSet, RoutineDone, Session
from sensorcore.links.known import SIMULATED
from sensorcore.track.minutes import Minute

_SESSION, _MINUTE, _SET, _NOTE, _ROUTINE, _MICRO_BREAK, _BASELINE = (
    tuple(field.name for field in fields(kind)) for kind in (Session, Minute, RepSet, Note, RoutineDone, MicroBreak, Baseline)
)


def _offset(minute: str) -> str:
    """Local time minus UTC in that minute of a session, in seconds."""
    newest = f"SELECT zones.utc_offset_s FROM zones WHERE zones.session = sessions.id AND zones.minute <= {minute}"
    return f"coalesce(({newest} ORDER BY zones.minute DESC LIMIT 1), sessions.utc_offset_s)"


def _day(unix_s: str, offset: str) -> str:
    """The local day of a Unix time, in days since 1970."""
    return f"(CAST({unix_s} AS INTEGER) + {offset}) / 86400"


_LOCAL: Final = f"(minutes.minute + {_offset('minutes.minute')} / 60)"
_DAY: Final = f"{_LOCAL} / 1440"
_ON_SIMULATED: Final = f"(sensor LIKE '{SIMULATED}%')"


class History:
    """The file at `path`; a context manager, for one thread. Methods raise HistoryError, and BadInput for values that cannot be
    stored.
    `mended`: message about a damaged file that was replaced (empty: none). Reads are of the wearer, or with `simulated` of
    simulated wearers only; `sessions` are all."""

    def __init__(self, path: Path, *, simulated: bool = False) -> None:
        self.path = path
        self.simulated = simulated
        self._of = f"sessions.simulated = {int(simulated)}"
        self._db, self.mended = connect(path)

    def __enter__(self) -> History:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    def renew(self) -> None:
        """Keep the damaged file aside and continue with a new one that holds its readable rows."""
        with suppress(sqlite3.Error):
            self._db.close()
        self._db, self.mended = replace_damaged(self.path)

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        try:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                if self._db.in_transaction:  # a full disk has rolled it back itself
                    self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
        except sqlite3.Error as error:
            raise refusal(self.path, error) from None

    def _rows(self, query: str, *values: float | str) -> list[Any]:
        try:
            return self._db.execute(query, values).fetchall()
        except sqlite3.Error as error:
            raise refusal(self.path, error) from None

    def replace(
        self,
        session: Session,
        minutes: Iterable[Minute],
        sets: Iterable[RepSet] = (),
        notes: Iterable[Note] = (),
        micro_breaks: Iterable[MicroBreak] = (),
        zones: Mapping[int, int] | None = None,
    ) -> None:
        """Store `session`, replacing its former rows. `zones`: the first minute of each offset of local time from UTC, in
        seconds, other than the session's own."""
        with self._writing() as db:
            db.execute("DELETE FROM sessions WHERE key = ?", (session.key,))
            notes = list(notes)
            # those carried over from a damaged history without their session
            loose = [(each.unix_s, each.text, each.pain) for each in notes]
            db.executemany("DELETE FROM notes WHERE session IS NULL AND unix_s = ? AND text = ? AND pain IS ?", loose)
            number = db.execute(f"INSERT INTO sessions {_placed(*_SESSION)}", astuple(session)).lastrowid
            parts: dict[str, tuple[tuple[str, ...], Iterable[Minute | RepSet | Note | MicroBreak]]] = {
                "minutes": (_MINUTE, minutes),
                "rep_sets": (_SET, sets),
                "notes": (_NOTE, notes),
                "activations": (_MICRO_BREAK, micro_breaks),
            }
            for table, (names, rows) in parts.items():
                db.executemany(f"INSERT INTO {table} {_placed('session', *names)}", [(number, *astuple(row)) for row in rows])
            db.executemany("INSERT INTO zones VALUES (?, ?, ?)", [(number, *each) for each in (zones or {}).items()])

    def mark_all_for_ingest(self) -> None:
        """Mark every session for another ingest. Days whose recordings are gone, their notes, loose notes and routines stay."""
        with self._writing() as db:
            db.execute("UPDATE sessions SET ended = 0")

    def note(self, note: Note) -> None:
        """A note that belongs to no recording."""
        with self._writing() as db:
            db.execute(f"INSERT INTO notes {_placed(*_NOTE)}", astuple(note))

    def routine(self, done: RoutineDone) -> None:
        with self._writing() as db:
            db.execute(f"INSERT INTO routines {_placed(*_ROUTINE)}", astuple(done))

    def baseline(self, taken: Baseline) -> None:
        """Store a test, replacing a former entry of it."""
        with self._writing() as db:
            db.execute(f"INSERT OR REPLACE INTO baselines {_placed(*_BASELINE)}", astuple(taken))

    def baselines(self) -> list[Baseline]:
        """All tests, oldest first."""
        rows = self._rows(
            f"SELECT {', '.join(_BASELINE)} FROM baselines WHERE {_ON_SIMULATED} = {int(self.simulated)} ORDER BY start_unix_s"
        )
        return [Baseline(*row) for row in rows]

    def micro_breaks(self, first_day: int, last_day: int) -> list[MicroBreak]:
        """The micro breaks asked for and done on these local days, oldest first."""
        rows = self._between(_MICRO_BREAK, "activations", "unix_s", _offset("unix_s / 60"), first_day, last_day)
        return [MicroBreak(*row) for row in rows]

    def _between(self, names: tuple[str, ...], table: str, at: str, offset: str, first_day: int, last_day: int) -> list[Any]:
        """Rows of `table` on these local days, oldest first; `at` is their Unix time, `offset` local time minus UTC then."""
        if table == "routines":
            join, mine = "", f"simulated = {int(self.simulated)}"
        else:
            join, mine = "LEFT JOIN sessions ON sessions.id = session", f"coalesce(sessions.simulated, 0) = {int(self.simulated)}"
        return self._rows(
            f"SELECT {', '.join(f'{table}.{name}' for name in names)} FROM {table} {join}"
            f" WHERE {_day(f'{table}.{at}', offset)} BETWEEN ? AND ? AND {mine} ORDER BY {table}.{at}",
            first_day,
            last_day,
        )

    def practised(self, least_share: float) -> set[int]:
        """Local days with practice: a set, a micro break that the sensor saw, a baseline test, or a routine of which at least
        `least_share` was done."""
        of_session = f"JOIN sessions ON sessions.id = session WHERE {self._of}"
        rows = self._rows(
            f"SELECT DISTINCT {_day('start_unix_s', 'rep_sets.utc_offset_s')} FROM rep_sets {of_session}"
            f" UNION SELECT DISTINCT {_day('unix_s', _offset('unix_s / 60'))} FROM activations {of_session} AND count > 0"
            f" UNION SELECT DISTINCT {_day('start_unix_s', 'utc_offset_s')} FROM baselines"
            f" WHERE {_ON_SIMULATED} = {int(self.simulated)}"
            f" UNION SELECT DISTINCT {_day('start_unix_s', 'utc_offset_s')} FROM routines"
            f" WHERE simulated = {int(self.simulated)} AND done_share >= ?",
            least_share,
        )
        return {found for (found,) in rows}

    def first_day(self) -> int | None:
        """The first local day with data; None for an empty history."""
        ((found,),) = self._rows(f"SELECT min({_DAY}) FROM minutes JOIN sessions ON sessions.id = session WHERE {self._of}")
        return None if found is None else int(found)

    def sessions(self) -> list[Session]:
        """All, oldest first."""
        rows = self._rows(f"SELECT {', '.join(_SESSION)} FROM sessions ORDER BY start_unix_ns")
        return [replace(Session(*row), ended=bool(row[-2]), simulated=bool(row[-1])) for row in rows]

    def left_out(self, first_day: int, last_day: int) -> Minute:
        """Sum of these local days over the wearers that are not counted here: simulated ones, or with `simulated` the real one."""
        with History(self.path, simulated=not self.simulated) as others:
            return total(list(others.days(first_day, last_day).values()))

    def days(self, first_day: int, last_day: int, *, but: str = "") -> dict[int, Minute]:
        """The sums of each day with data from `first_day` to `last_day` (days since 1970 by the wearer's local time, both
        included); their `minute` is the day's first. `but`: the key of a session that is left out."""
        sums = ", ".join(f"sum({name})" for name in COUNTED)
        rows = self._rows(
            f"SELECT {_DAY} AS day, {sums} FROM minutes JOIN sessions ON sessions.id = session"
            f" WHERE day BETWEEN ? AND ? AND key != ? AND {self._of} GROUP BY day ORDER BY day",
            first_day,
            last_day,
            but,
        )
        return {day: Minute(day * 1440, *counts) for day, *counts in rows}

    def minutes(self, day: int) -> list[Minute]:
        """The minutes of one local day, oldest first, numbered by the wearer's local time; those of sessions at the same time are
        added up."""
        sums = ", ".join(f"sum({name})" for name in COUNTED)
        rows = self._rows(
            f"SELECT {_LOCAL} AS local, {sums} FROM minutes JOIN sessions ON sessions.id = session"
            f" WHERE {_DAY} = ? AND {self._of} GROUP BY local ORDER BY local",
            day,
        )
        return [Minute(*row) for row in rows]

    def rep_sets(self, first_day: int, last_day: int) -> list[RepSet]:
        """The sets of these local days, oldest first."""
        rows = self._between(_SET, "rep_sets", "start_unix_s", _offset("rep_sets.start_unix_s / 60"), first_day, last_day)
        return [RepSet(*row) for row in rows]

    def notes(self, first_day: int, last_day: int) -> list[Note]:
        """The notes of these local days, oldest first."""
        return [Note(*row) for row in self._between(_NOTE, "notes", "unix_s", "notes.utc_offset_s", first_day, last_day)]

    def routines(self, first_day: int, last_day: int) -> list[RoutineDone]:
        """The routines of these local days, oldest first."""
        rows = self._between(_ROUTINE, "routines", "start_unix_s", "utc_offset_s", first_day, last_day)
        return [replace(RoutineDone(*row), simulated=bool(row[-1])) for row in rows]


def _placed(*columns: str) -> str:
    return f"({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"


def total(minutes: Sequence[Minute]) -> Minute:
    """Their sums; `minute` is the first's (0 for none)."""
    first = minutes[0].minute if minutes else 0
    return Minute(first, *(sum(getattr(each, name) for each in minutes) for name in COUNTED))
