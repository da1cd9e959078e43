"""The history's tables, and how a history of an earlier version becomes one of this version."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from sensorcore.errors import StorageError
from sensorcore.record.storage import in_words, private_folder

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

MIGRATIONS: Final = (_FIRST, _SECOND, _ZONES)
"""Each takes the tables from one version to the next; `PRAGMA user_version` says how many were applied. Never edit one that was
released: add another."""


def connect(path: Path) -> sqlite3.Connection:
    """The history at `path`, made or brought up to date. Raises StorageError."""
    with in_words("open the history", path):
        private_folder(path.parent)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))  # SQLite gives its side files the mode of this one
    try:
        connection = sqlite3.connect(path, timeout=10.0, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")  # readers never wait for the day being written
            connection.execute("PRAGMA synchronous = NORMAL")
            connection.execute("PRAGMA foreign_keys = ON")
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    except sqlite3.DatabaseError as error:
        raise damaged(path, error) from None
    return connection


def damaged(path: Path, error: Exception) -> StorageError:
    """What to say when SQLite refuses."""
    hint = "Move the file away and run `spinae report --rebuild`: it is made again from your recordings."
    return StorageError(f"the history cannot be used ({error})", where=str(path), hint=hint)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    connection.execute("BEGIN IMMEDIATE")  # two programs that start at once must not both migrate
    try:
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(MIGRATIONS):
            raise StorageError("the history was made by a newer spinae", where=str(path), hint="Update spinae.")
        for migration in MIGRATIONS[version:]:
            for statement in migration.split(";"):
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
