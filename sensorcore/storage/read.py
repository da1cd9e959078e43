"""Reading files: plain ones only, small ones whole; errors of the operating system become StorageError with advice."""

from __future__ import annotations

import contextlib
import errno
import os
import stat
from collections.abc import Iterator
from io import DEFAULT_BUFFER_SIZE, BufferedReader, FileIO
from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput, SpinaeError, StorageError

LARGEST_TEXT_BYTES: Final = 4 << 20
"""Of settings, keys, routines and the like; the largest in use has a few kilobytes."""
NO_PLAIN_FILE: Final = "it is not a plain file"
_HINTS = {
    errno.ENOSPC: "Free some space, then start a new recording; what was written so far is kept",
    errno.EDQUOT: "Free some space within your quota; what was written so far is kept",
    errno.EFBIG: "The file may not grow further here (limit of the file system or of the shell: ulimit -f)",
    errno.EACCES: "Check the permissions of the file and its folder, or choose another place",
    errno.EPERM: "Check the permissions of the file and its folder, or choose another place",
    errno.EROFS: "This disk is read-only; choose another place",
    errno.EEXIST: "Recordings and exports are never overwritten; choose another name or move the old file away",
    errno.ENOENT: "Check the name",
    errno.EISDIR: "Name a file inside the folder",
    errno.ENOTDIR: "A part of this path is a file, not a folder; choose another place",
}


@contextlib.contextmanager
def in_words(doing: str, path: Path) -> Iterator[None]:
    """Turn any OSError of the block into a StorageError saying what was being done, to which file, and what to do next."""
    try:
        yield
    except OSError as error:
        reason = error.strerror or str(error)
        hint = _HINTS.get(error.errno or 0, "Check the disk and try again")
        raise StorageError(f"could not {doing}: {reason}", where=str(path), hint=hint) from error


def open_plain(path: Path, buffer_bytes: int = DEFAULT_BUFFER_SIZE) -> BufferedReader:
    """The plain file at `path`, for reading. A pipe, a device or a folder is refused, without waiting for a writer that may never
    come. Raises OSError, StorageError for what is no plain file."""
    waits_for_nobody = getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOCTTY", 0)
    descriptor = os.open(path, os.O_RDONLY | waits_for_nobody | getattr(os, "O_BINARY", 0))
    try:
        mode = os.fstat(descriptor).st_mode
        if stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, "it is a folder", str(path))
        if not stat.S_ISREG(mode):
            raise StorageError(NO_PLAIN_FILE, where=str(path), hint="Put a file there, or move it away")
        return BufferedReader(FileIO(descriptor), buffer_bytes)
    except BaseException:
        os.close(descriptor)
        raise


def read_text(path: Path, doing: str) -> str:
    """The text of a small file (UTF-8, a byte order mark is skipped). `doing` says what for, such as "read the settings". Raises
    StorageError for what is missing (its cause is FileNotFoundError then), no plain file or too large, BadInput for what is not
    UTF-8."""
    with in_words(doing, path), open_plain(path) as file:
        data = file.read(LARGEST_TEXT_BYTES + 1)
    if len(data) > LARGEST_TEXT_BYTES:
        hint = "Move it away, or put the right file there"
        raise StorageError(f"could not {doing}: it is larger than {LARGEST_TEXT_BYTES >> 20} MiB", where=str(path), hint=hint)
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        hint = "Save it as UTF-8, or move it away"
        raise BadInput("this is no text in UTF-8", where=str(path), hint=hint) from error


def is_missing(error: SpinaeError) -> bool:
    """Whether there was no file at all."""
    return isinstance(error.__cause__, FileNotFoundError)
