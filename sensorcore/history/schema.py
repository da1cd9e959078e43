"""Tables of the history and their migrations."""

from __future__ import annotations

import os
import sqlite3
import stat
from pathlib import Path
from typing import Final

from sensorcore.history.problems import DamagedHistory, HistoryError, refusal
from sensorcore.history.rescue import carry_over, set_aside
from sensorcore.recording.info import UNMARKED_SIMULATED
from sensorcore.storage.read import NO_PLAIN_FILE, in_words
from sensorcore.storage.write import private_folder

WAIT_S: Final = 10.0
"""For another program that writes the history; entering a day takes less."""

_FIRST: Final = """
CREATE TABLE sessions (
    id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, start_unix_ns INTEGER NOT NULL, utc_offset_s INTEGER NOT NULL,
    sensor TEXT NOT NULL, ended INTEGER NOT NULL CHECK (ended IN (0, 1))
) STRICT;
CREATE TABLE minutes (
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, minute INTEGER NOT NULL,
    upright_ticks INTEGER NOT NULL, slouched_ticks INTEGER NOT NULL, unknown_ticks INTEGER NOT NULL,
    not_worn_ticks INTEGER NOT NULL, sitting_ticks INTEGER NOT NULL, standing_ticks INTEGER NOT NULL,
    walking_ticks INTEGER NOT NULL, lying_ticks INTEGER NOT NULL, lean_sum_deg REAL NOT NULL,
    above_20_ticks INTEGER NOT NULL, above_30_ticks INTEGER NOT NULL, above_45_ticks INTEGER NOT NULL,
    above_60_ticks INTEGER NOT NULL, alerts INTEGER NOT NULL,
    PRIMARY KEY (session, minute)
) STRICT, WITHOUT ROWID;
CREATE TABLE rep_sets (
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, start_unix_s REAL NOT NULL, end_unix_s REAL NOT NULL,
    exercise TEXT NOT NULL, side TEXT NOT NULL, repetitions INTEGER NOT NULL, hold_s REAL NOT NULL, range_deg REAL, score REAL
) STRICT;
CREATE TABLE notes (
    id INTEGER PRIMARY KEY, session INTEGER REFERENCES sessions ON DELETE CASCADE, unix_s REAL NOT NULL,
    utc_offset_s INTEGER NOT NULL, pain INTEGER CHECK (pain BETWEEN 0 AND 10), text TEXT NOT NULL
) STRICT;
CREATE TABLE routines (
    id INTEGER PRIMARY KEY, start_unix_s REAL NOT NULL, utc_offset_s INTEGER NOT NULL, routine TEXT NOT NULL,
    duration_s REAL NOT NULL, done_share REAL NOT NULL
) STRICT;
CREATE INDEX minutes_by_time ON minutes (minute);
"""

_SECOND: Final = """
ALTER TABLE rep_sets ADD COLUMN tempo_s REAL;
ALTER TABLE rep_sets ADD COLUMN hint TEXT NOT NULL DEFAULT '';
ALTER TABLE rep_sets ADD COLUMN utc_offset_s INTEGER NOT NULL DEFAULT 0;
CREATE TABLE activations (
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, unix_s REAL NOT NULL, activation TEXT NOT NULL,
    count INTEGER NOT NULL
) STRICT;
CREATE TABLE baselines (
    start_unix_s REAL PRIMARY KEY, utc_offset_s INTEGER NOT NULL, sensor TEXT NOT NULL, tilts INTEGER NOT NULL,
    tilt_range_deg REAL, tilt_spread_deg REAL, smoothness REAL, wobble_deg REAL, symmetry REAL, breath_per_min REAL
) STRICT;
UPDATE sessions SET ended = 0
"""
"""Sets tell tempo and hint now, so recordings that are still there are entered again."""

_ZONES: Final = """
CREATE TABLE zones (
    session INTEGER NOT NULL REFERENCES sessions ON DELETE CASCADE, minute INTEGER NOT NULL, utc_offset_s INTEGER NOT NULL,
    PRIMARY KEY (session, minute)
) STRICT, WITHOUT ROWID
"""

_SIMULATED: Final = f"""
ALTER TABLE sessions ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1));
ALTER TABLE routines ADD COLUMN simulated INTEGER NOT NULL DEFAULT 0 CHECK (simulated IN (0, 1));
UPDATE sessions SET simulated = 1 WHERE sensor IN ({", ".join(f"'{name}'" for name in UNMARKED_SIMULATED)})
"""
"""Marks simulated wearers; older recordings are recognised by their name, which is the session's sensor here."""

MIGRATIONS: Final = (_FIRST, _SECOND, _ZONES, _SIMULATED)
"""Each leads from one version to the next; `PRAGMA user_version` counts those applied. Never edit a released one: add another."""


def connect(path: Path) -> tuple[sqlite3.Connection, str]:
    """The history at `path`, created or migrated; a damaged one is kept aside first. Also returns a message for the user about that
    (empty: none). Raises StorageError."""
    try:
        return _connected(path), ""
    except DamagedHistory:
        return replace_damaged(path)


def replace_damaged(path: Path) -> tuple[sqlite3.Connection, str]:
    """A new history at `path` with all readable rows of the damaged one, which stays beside it; and a message for the user. Raises
    StorageError."""
    kept = set_aside(path)
    connection = _connected(path)
    try:
        rows = carry_over(kept, connection)
    except BaseException:
        connection.close()
        raise
    said = (
        f"{path}: the history was damaged. It is kept as {kept.name}; {rows} rows of it were carried over into a new one, and the"
    )
    return connection, f"{said} days are entered again from your recordings."


def _connected(path: Path) -> sqlite3.Connection:
    with in_words("open the history", path):
        private_folder(path.parent)
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NONBLOCK", 0), 0o600)
        plain = stat.S_ISREG(os.fstat(descriptor).st_mode)
        os.close(descriptor)  # SQLite gives its side files the mode of this one
    if not plain:
        raise HistoryError(NO_PLAIN_FILE, where=str(path), hint="Move it away; it is no history.")
    try:
        connection = sqlite3.connect(path, timeout=WAIT_S, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers never wait for the day being written
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.Error as error:
        raise refusal(path, error) from None
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    if _version(connection) == len(MIGRATIONS):
        return  # readers do not wait for a writer
    connection.execute("BEGIN IMMEDIATE")  # two programs that start at once must not both migrate
    try:
        version = _version(connection)
        if version > len(MIGRATIONS):
            raise HistoryError("the history was made by a newer spinae", where=str(path), hint="Update spinae.")
        for migration in MIGRATIONS[version:]:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)
