"""Rescue of a damaged history: the file is kept aside, and all readable rows are copied into a new one."""

from __future__ import annotations

import contextlib
import logging
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sensorcore.history.problems import HistoryError
from sensorcore.storage.read import in_words
from sensorcore.storage.write import keep_aside

ASIDE: Final = ".damaged"
_SIDES: Final = ("-wal", "-shm")
_OWN: Final = ("sessions", "routines", "baselines")
"""Tables whose rows stand on their own; the others belong to a session, but for loose notes."""
_CHILDREN: Final = ("minutes", "rep_sets", "activations", "zones", "notes")

_log = logging.getLogger(__name__)


def set_aside(path: Path) -> Path:
    """Rename a damaged history with SQLite's side files. Raises StorageError."""
    with in_words("keep the damaged history aside", path):
        kept = keep_aside(path, ASIDE)
        if kept is None:
            raise HistoryError("too many damaged histories are kept beside it", where=str(path), hint="Move them away.")
        for side in _SIDES:
            with contextlib.suppress(FileNotFoundError):
                path.with_name(path.name + side).rename(kept.with_name(kept.name + side))
        path.unlink(missing_ok=True)
        return kept


def carry_over(damaged: Path, into: sqlite3.Connection) -> int:
    """Copy every readable row into the new, empty history `into`. Sessions count as not ended, so that recordings that still
    exist are ingested again. Returns the number of rows."""
    copied = 0
    try:
        source = sqlite3.connect(damaged, timeout=1.0, isolation_level=None)
    except sqlite3.Error:
        return 0
    source.text_factory = lambda data: data.decode("utf-8", errors="replace")
    into.execute("BEGIN IMMEDIATE")
    try:
        for table in (*_OWN, *_CHILDREN):
            columns = [row[1] for row in into.execute(f"PRAGMA table_info({table})")]
            known = _columns(source, table)
            names = [name for name in columns if name in known]
            for row in _rows(source, table, names):
                copied += _put(into, table, dict(zip(names, row, strict=True)))
    finally:
        into.execute("COMMIT")
        source.close()
    return copied


def _columns(source: sqlite3.Connection, table: str) -> set[str]:
    try:
        return {row[1] for row in source.execute(f"PRAGMA table_info({table})")}
    except sqlite3.Error:
        return set()


def _rows(source: sqlite3.Connection, table: str, names: list[str]) -> Iterator[tuple[object, ...]]:
    """From both ends, so that a bad page in the middle costs only itself."""
    if not names:
        return
    seen = set[tuple[object, ...]]()
    key = "1, 2" if table in ("minutes", "zones") else "rowid" if table != "baselines" else "1"
    for order in ("ASC", "DESC"):
        with contextlib.suppress(sqlite3.Error):
            ordered = ", ".join(f"{each} {order}" for each in key.split(", "))
            for row in source.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY {ordered}"):
                if row in seen:
                    if order == "DESC":
                        return
                    continue
                seen.add(row)
                yield row


def _put(into: sqlite3.Connection, table: str, row: dict[str, object]) -> int:
    if table == "sessions":
        row["ended"] = 0
    places = ", ".join("?" * len(row))
    try:
        return into.execute(f"INSERT OR IGNORE INTO {table} ({', '.join(row)}) VALUES ({places})", tuple(row.values())).rowcount
    except sqlite3.Error as error:  # a row that makes no sense
        _log.debug("a row of %s is left out: %s", table, error)
        return 0
