"""SQLite's errors in words, each with its advice. The file is never discarded: notes and routines may be nowhere else."""

from __future__ import annotations

import os
import sqlite3
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput, SpinaeError, StorageError

_PRIMARY: Final = 0xFF
"""SQLite's extended codes carry the primary one in their low byte."""
_CODES: Final = {
    sqlite3.SQLITE_FULL: ("the disk is full", "Free some space, then try again; what the history holds is whole."),
    sqlite3.SQLITE_READONLY: ("it may not be written", "Check the permissions of the file and its folder, or the disk."),
    sqlite3.SQLITE_PERM: ("it may not be written", "Check the permissions of the file and its folder, or the disk."),
    sqlite3.SQLITE_CANTOPEN: ("it cannot be opened", "Check the permissions of the file and its folder, and the free space."),
    sqlite3.SQLITE_IOERR: ("the disk refused", "Check its free space and its health, then try again; keep the file."),
    sqlite3.SQLITE_NOMEM: ("there is too little memory", "Close other programs, then try again."),
}
_VALUES: Final = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.InterfaceError, sqlite3.ProgrammingError)
_BROKEN: Final = ("no such table", "no such column", "Could not decode", "malformed")
"""SQLite's messages for foreign or broken tables, which have no code of their own."""


class HistoryError(StorageError):
    """The history cannot be read or written; no recording is at fault."""


class DamagedHistory(HistoryError):
    """The file is no whole history any more; `schema.renewed` keeps it aside and makes another."""


def refusal(path: Path, error: sqlite3.Error) -> SpinaeError:
    """The error to raise for SQLite's: BadInput for values that it does not store, else a HistoryError."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & _PRIMARY
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        who = ", ".join(_users(path))
        hint = f"{'Close that program' if who else 'Close the program that writes it'}, then try again; nothing is lost."
        return HistoryError(f"the history is in use by another program{f' ({who})' if who else ''}", where=str(path), hint=hint)
    if code in _CODES:
        what, hint = _CODES[code]
        return HistoryError(f"the history cannot be used: {what} ({error})", where=str(path), hint=hint)
    if isinstance(error, _VALUES):
        return BadInput(f"the history cannot store what it says ({error})", hint="Nothing of it was entered.")
    if code not in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) and not any(each in str(error) for each in _BROKEN):
        return HistoryError(f"the history cannot be used ({error})", where=str(path), hint="Keep the file, and please report this.")
    hint = "`spinae report` keeps the file aside and makes a new one, with everything that can still be read."
    return DamagedHistory(f"the history is damaged ({error})", where=str(path), hint=hint)


def _users(path: Path) -> Iterator[str]:
    """Programs that have locked the file (Linux only)."""
    if not sys.platform.startswith("linux"):
        return
    files = set[str]()
    for name in (path, path.with_name(path.name + "-shm"), path.with_name(path.name + "-wal")):
        try:
            files.add(f":{name.stat().st_ino}")
        except OSError:
            continue
    try:
        locks = Path("/proc/locks").read_text(encoding="ascii").splitlines()
    except OSError:
        return
    held = [line.split() for line in locks if "->" not in line]
    for pid in sorted({int(each[4]) for each in held if len(each) > 5 and any(map(each[5].endswith, files))} - {os.getpid()}):
        try:
            program = Path(f"/proc/{pid}/comm").read_text(encoding="utf-8", errors="replace").strip()
        except OSError:
            continue
        yield f"{program}, process {pid}"
