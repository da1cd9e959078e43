"""Lock of a home: a file in the data folder, held by the one process that records there.

The file names its holder and the holder's socket, so that every command finds the running daemon in any environment.
"""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

from sensorcore.errors import SourceError, SpinaeError, StorageError
from sensorcore.storage.plain import from_json
from sensorcore.storage.read import in_words, open_plain, read_text
from sensorcore.storage.write import UNSURE_FOR_S, is_locked, lock, private_folder

FILE_NAME: Final = "kept.lock"
_DOING: Final = "keep this home for one program"
_NOT_WRITABLE: Final = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT)
_SETTLE_S: Final = 0.2
"""Without file locks: two claims at once see each other by then."""

_log = logging.getLogger(__name__)


class HomeInUse(SourceError):
    """Another program holds this home."""


@dataclass(frozen=True, slots=True)
class Holder:
    """Process that holds a home. `command`: what the wearer started; `socket`: where it serves views (empty: nowhere); `started`:
    distinguishes it from a later process with the same number (0 where the system does not say)."""

    pid: int
    host: str
    command: str
    socket: str = ""
    started: int = 0

    @property
    def is_here(self) -> bool:
        """Whether it runs on this machine."""
        return self.host == socket.gethostname()

    @property
    def sentence(self) -> str:
        """The sentence that names it."""
        where = "" if self.is_here else f" on {self.host}"
        return f"`{self.command}` (process {self.pid}{where}) keeps your day already"

    @property
    def hint(self) -> str:
        if not self.is_here:
            return f"End it there, on {self.host}."
        return "`spinae wear` shows it, `spinae daemon stop` ends it." if self.socket else "End it where it runs, with Ctrl+C or q."


def holder(folder: Path) -> Holder | None:
    """The holder of the home with this data folder; None when it is free. Without file locks, a holder whose process may live
    counts."""
    path = folder / FILE_NAME
    try:
        with open_plain(path) as file:
            held = is_locked(file.fileno())
            age_s = time.time() - os.fstat(file.fileno()).st_mtime
    except (OSError, SpinaeError):
        return None
    found = _read_holder(path)
    if held is False or (held is None and not _may_live(found, age_s)):
        return None
    return found or Holder(0, socket.gethostname(), "spinae")


class Guard:
    """The held lock (see `holding_home`)."""

    def __init__(self, folder: Path, command: str, listening_at: Path | None) -> None:
        self._path = folder / FILE_NAME
        where = "" if listening_at is None else os.fspath(listening_at)
        self._holder = Holder(os.getpid(), socket.gethostname(), command, where, _started(os.getpid()) or 0)
        self._descriptor = -1
        self._is_locked = False

    def take(self) -> None:
        """A full or read-only disk is no obstacle: nothing else can be written there either. Raises HomeInUse while another
        program holds this home, StorageError when something else is in the way."""
        try:
            with in_words(_DOING, self._path):
                private_folder(self._path.parent)
                descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0), 0o600)
        except StorageError as error:
            if isinstance(error.__cause__, OSError) and error.__cause__.errno in _NOT_WRITABLE:
                _log.warning("%s", error)
                return
            raise
        try:
            self._claim(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, before = descriptor, self._descriptor
        if before >= 0:
            os.close(before)

    def _claim(self, descriptor: int) -> None:
        try:
            lock(descriptor)
            self._is_locked = True
            with contextlib.suppress(OSError):  # a full disk: the lock holds without its text
                self._write(descriptor)
        except BlockingIOError:
            raise _refused(self._path) from None
        except OSError:
            self._is_locked = False
            said = _read_holder(self._path)
            if said != self._holder and _may_live(said, time.time() - os.fstat(descriptor).st_mtime):
                raise _refused(self._path) from None
            with in_words(_DOING, self._path):
                self._write(descriptor)
            time.sleep(_SETTLE_S)
            if _read_holder(self._path) != self._holder:
                raise _refused(self._path) from None

    def _write(self, descriptor: int) -> None:
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, json.dumps(asdict(self._holder)).encode() + b"\n")

    def moved_to(self, listening_at: Path) -> None:
        """Write the new socket into the lock file."""
        self._holder = replace(self._holder, socket=os.fspath(listening_at))
        with contextlib.suppress(OSError):
            self._write(self._descriptor)

    def check(self) -> None:
        """Restore a lock file that was removed. Raises HomeInUse when another program took the home in between, StorageError when
        the file cannot be made."""
        try:
            there, ours = self._path.stat(), os.fstat(self._descriptor)
        except OSError:
            self.take()
            return
        if (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino):
            self.take()
        elif not self._is_locked:
            with contextlib.suppress(OSError):
                os.utime(self._descriptor)

    def release(self) -> None:
        """Give the home up."""
        with contextlib.suppress(OSError):  # there may be none
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)


@contextmanager
def holding_home(folder: Path, command: str, listening_at: Path | None = None) -> Iterator[Guard]:
    """Hold the home with this data folder while the block runs. `command`: what the wearer started. Raises HomeInUse while
    another program holds it, StorageError."""
    guard = Guard(folder, command, listening_at)
    guard.take()
    ended = threading.Event()

    def stay() -> None:  # without file locks, the file's time shows that the holder lives
        while not ended.wait(UNSURE_FOR_S / 3):
            with contextlib.suppress(OSError):
                os.utime(guard._descriptor)

    if not guard._is_locked:
        threading.Thread(target=stay, name="guard", daemon=True).start()
    try:
        yield guard
    finally:
        ended.set()
        guard.release()


def _refused(path: Path) -> HomeInUse:
    found = _read_holder(path)
    if found is None:
        return HomeInUse("another program keeps your day already", where=str(path), hint="End it first.")
    return HomeInUse(found.sentence, hint=found.hint)


def _read_holder(path: Path) -> Holder | None:
    try:
        return from_json(Holder, read_text(path, "read who keeps this home"))
    except SpinaeError:
        return None


def _may_live(said: Holder | None, age_s: float) -> bool:
    """Whether the holder's process may live, where files cannot be locked; True where it cannot be known."""
    if said is None:
        return False
    if not said.is_here or sys.platform == "win32":  # there, asking whether a process lives would interrupt it
        return age_s < UNSURE_FOR_S
    try:
        os.kill(said.pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass
    started = _started(said.pid)
    return started is None or said.started in (0, started)


def _started(pid: int) -> int | None:
    """Start time of a process in the system's own count; None where it is not known."""
    if not sys.platform.startswith("linux"):
        return None
    try:
        after_name = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        return int(after_name[19])
    except (OSError, ValueError, IndexError):
        return None
