"""Writing files: private modes, atomic replacement, safe appending; errors of the operating system become StorageError."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import stat
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from sensorcore.errors import StorageError
from sensorcore.storage.read import NO_PLAIN_FILE, open_plain
from sensorcore.storage.read import in_words as in_words  # noqa: PLC0414 - for everybody who writes

try:
    import fcntl
except ImportError:  # Windows keeps a file that is open for writing from being replaced anyway
    fcntl = None  # type: ignore[assignment]

UNSURE_FOR_S: Final = 60.0
"""Without file locks, a file that changed within this time may be in use. `RecordingWriter` touches an unlocked file three times as
often, also without data."""
LOCK_TRIES: Final = 20
LOCK_AGAIN_S: Final = 0.01


def private_folder(path: Path) -> None:
    """Create the folder with its missing parents, readable by the owner only; folders that exist keep their mode."""
    for folder in (path, *path.parents)[::-1]:
        if not folder.exists():
            with contextlib.suppress(FileExistsError):
                folder.mkdir(mode=0o700)


def sync_folder(path: Path) -> None:
    """Make a new or renamed entry of the folder survive a power cut (where folders can be opened)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def regular_file_size(path: Path) -> int:
    """Size in bytes. Raises StorageError when there is no such file or it is not a plain file (a folder, a pipe, a device)."""
    with in_words("open it", path):
        status = path.stat()
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder")
    if not stat.S_ISREG(status.st_mode):
        raise StorageError(NO_PLAIN_FILE, where=str(path), hint="Name a file on disk")
    return status.st_size


def lock(descriptor: int) -> None:
    """Lock an open file for this process alone, until it is closed. Raises BlockingIOError while another program has it, another
    OSError where files cannot be locked."""
    if fcntl is None:
        raise OSError(errno.ENOTSUP, os.strerror(errno.ENOTSUP))
    for attempt in range(LOCK_TRIES):
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if attempt == LOCK_TRIES - 1:
                raise
            time.sleep(LOCK_AGAIN_S)  # `is_locked` of another program holds it for a moment


def is_locked(descriptor: int) -> bool | None:
    """Whether another program has locked this open file; None where the system cannot tell. A look holds a shared lock for a
    moment, which `lock` waits for."""
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        fcntl.flock(descriptor, fcntl.LOCK_UN)
    except BlockingIOError:
        return True
    except OSError:
        return None
    return False


class AppendFile:
    """A new private file that only grows, in whole records.

    `write` keeps records in memory, `flush` hands them to the operating system. The methods raise OSError; after that the file may
    end in half a record, which readers expect, and must only be closed. It is locked while open: `is_being_written` tells others.
    """

    flush_at_bytes: float = 4 << 20

    def __init__(self, path: Path, *, opens: bool = True) -> None:
        self.path = path
        self.problem: str | None = None
        self.notice: str | None = None
        self.moved = False
        self._descriptor = -1
        self._pending: list[bytes] = []
        self._pending_bytes = 0
        self._flushed_bytes = 0
        self.is_locked = True
        if opens:
            self._open()

    def _open(self) -> None:
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        try:
            lock(self._descriptor)
        except OSError:  # some network file systems have no locks
            self.is_locked = False

    def write(self, data: bytes) -> int:
        """Append one or more whole records."""
        self._pending.append(data)
        self._pending_bytes += len(data)
        if self._pending_bytes >= self.flush_at_bytes:
            self.flush()
        return len(data)

    def tell(self) -> int:
        """The position of the next record, in bytes."""
        return self._flushed_bytes + self._pending_bytes

    def flush(self) -> None:
        """Hand everything to the operating system: a killed process loses nothing of it."""
        data = memoryview(b"".join(self._pending))
        self._pending.clear()
        self._pending_bytes = 0
        while data:
            written = os.write(self._descriptor, data)
            self._flushed_bytes += written
            data = data[written:]

    def sync(self) -> None:
        """Wait until the disk has it: a power cut loses nothing of it."""
        os.fsync(self._descriptor)

    @property
    def waits(self) -> bool:
        """Whether data waits in memory for the disk."""
        return False

    def look(self) -> None:
        """Check the file itself, between writes."""
        self.touch()

    def touch(self) -> None:
        """Update the file's time: a sign of use where it could not be locked."""
        with contextlib.suppress(OSError, NotImplementedError):
            os.utime(self._descriptor)

    def close(self) -> None:
        """Close without flushing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)


def is_being_written(path: Path) -> bool:
    """Whether some process holds the file open as an AppendFile. On a file system without locks, a file that changed within the
    last
    `UNSURE_FOR_S` counts. Raises OSError, StorageError."""
    with open_plain(path) as file:
        held = is_locked(file.fileno())
        return held if held is not None else time.time() - os.fstat(file.fileno()).st_mtime < UNSURE_FOR_S


@contextlib.contextmanager
def whole_or_nothing(path: Path) -> Iterator[Path]:
    """A private place beside `path` to write to, which becomes `path` when the block ends well and disappears when it does not.

    Raises StorageError when `path` exists: nothing is overwritten.
    """
    with in_words("write it", path):
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it exists already")
        private_folder(path.parent)
        unfinished = path.with_name(path.name + ".unfinished")
        unfinished.unlink(missing_ok=True)  # left by a killed run
        try:
            yield unfinished
            unfinished.chmod(0o600)
            try:
                _name(unfinished, path)
            except FileExistsError:
                raise FileExistsError(errno.EEXIST, "it appeared while writing") from None
        finally:
            unfinished.unlink(missing_ok=True)


@contextlib.contextmanager
def whole_file(path: Path) -> Iterator[io.BufferedWriter]:
    """A new private binary file at `path`, whole or not at all, as `whole_or_nothing`."""
    with whole_or_nothing(path) as unfinished, open(unfinished, "xb", opener=_private) as file:
        yield file


def new_text(path: Path) -> io.TextIOWrapper:
    """A private text file that must not exist yet, a link least of all. Raises OSError."""
    return open(path, "x", encoding="utf-8", errors="backslashreplace", opener=_private)


def keep_aside(path: Path, ending: str) -> Path | None:
    """Give the file a second name, its own with `ending` and a number where that is taken; None when a thousand are. On a file
    system without links the file moves there. Raises OSError."""
    for number in range(1000):
        kept = path.with_name(f"{path.name}{ending}{number or ''}")
        with contextlib.suppress(FileExistsError):
            _name(path, kept)
            return kept
    return None


def _name(made: Path, path: Path) -> None:
    """Give `made` the name `path`, by a link where the file system has them. Raises FileExistsError when it is taken."""
    try:
        os.link(made, path)
    except FileExistsError:
        raise
    except (OSError, AttributeError, NotImplementedError):  # file systems without links
        if os.path.lexists(path):
            raise FileExistsError(errno.EEXIST, "it exists already") from None
        made.replace(path)


def replace_text(path: Path, text: str, doing: str) -> None:
    """`replace_bytes` of text in UTF-8."""
    replace_bytes(path, text.encode("utf-8", "backslashreplace"), doing)


def replace_bytes(path: Path, data: bytes, doing: str) -> None:
    """The file's whole content, private, on the disk before it takes the place of what was there. Raises StorageError, which says
    what was being done."""
    new = path.with_name(path.name + ".new")
    with in_words(doing, path):
        private_folder(path.parent)
        new.unlink(missing_ok=True)  # left by a killed run
        with open(new, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)


def open_to_append(path: Path) -> io.TextIOWrapper:
    """A private text file that grows, made when there is none. Raises OSError for a link, and for what is no plain file."""
    unwilling = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)  # a pipe is refused, not waited for
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | unwilling, 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is not a plain file", str(path))
    return os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace")


def _private(name: str, flags: int) -> int:
    """An opener: only the owner can read the file, from its first byte on."""
    return os.open(name, flags, 0o600)
