"""File of a live recording: data that the disk refuses waits in memory, and a file that is deleted under its writer is restored
from the open descriptor."""

from __future__ import annotations

import errno
import logging
import math
import os
from pathlib import Path
from typing import Final

from sensorcore.errors import StorageError
from sensorcore.storage.read import in_words
from sensorcore.storage.write import AppendFile, private_folder, sync_folder

HOLD_BYTES: Final = 32 << 20
"""Most data in memory: some six hours at 104 Hz."""
_COPY_BYTES: Final = 1 << 20
_WRONG_PLACE: Final = (errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP, errno.EINVAL)
"""No waiting mends these: the name is wrong."""

_log = logging.getLogger(__name__)


class HeldFile(AppendFile):
    """A patient `AppendFile`: `problem` says why it does not grow at the moment.

    `path` changes when the file was lost and restored. `moved`: the file got another name or place; it is finished there, and
    another one begun. Methods raise OSError when nothing more can be added: the file may not grow further, or `HOLD_BYTES` wait
    for the disk. Not thread-safe."""

    flush_at_bytes = math.inf

    def __init__(self, path: Path) -> None:
        """Raises OSError when `path` is no place for a new file; a disk that refuses is waited for."""
        super().__init__(path, opens=False)
        try:
            self._create()
        except OSError as error:
            if error.errno in _WRONG_PLACE:
                raise
            self._refused(error)

    @property
    def waits(self) -> bool:
        return self._pending_bytes > 0 or self._descriptor < 0

    def flush(self) -> None:
        """Write as much as the system takes."""
        data = memoryview(b"".join(self._pending))
        try:
            if self._descriptor < 0:
                self._create()
            while data:
                written = os.write(self._descriptor, data)
                self._flushed_bytes += written
                data = data[written:]
            self.problem = None
        except OSError as error:
            may_never_grow = error.errno == errno.EFBIG and self._flushed_bytes > 0
            if may_never_grow or len(data) > HOLD_BYTES:
                raise
            self._refused(error)
        finally:
            self._pending = [bytes(data)] if data else []
            self._pending_bytes = len(data)

    def sync(self) -> None:
        """Wait until the disk has it."""
        if self._descriptor >= 0:
            try:
                os.fsync(self._descriptor)
            except OSError as error:
                self._refused(error)

    def look(self) -> None:
        """Check that the file is where it was; one that was deleted is restored."""
        if self._descriptor < 0:
            return
        ours = os.fstat(self._descriptor)
        if ours.st_nlink == 0:
            self._write_again()
            return
        try:
            there = self.path.stat()
            self.moved = (there.st_dev, there.st_ino) != (ours.st_dev, ours.st_ino)
        except FileNotFoundError:
            self.moved = True
        except OSError as error:
            self._refused(error)
        if not self.is_locked:
            self.touch()

    def _create(self) -> None:
        private_folder(self.path.parent)
        self._open()
        sync_folder(self.path.parent)

    def _write_again(self) -> None:
        lost, lost_path, flushed = self._descriptor, self.path, self._flushed_bytes
        self.path, self._descriptor = free_name(lost_path), -1
        try:
            self._create()
            for start in range(0, flushed, _COPY_BYTES):
                data = memoryview(os.pread(lost, min(_COPY_BYTES, flushed - start), start))
                while data:
                    data = data[os.write(self._descriptor, data) :]
            os.fsync(self._descriptor)
        except OSError as error:
            if self._descriptor >= 0:
                os.close(self._descriptor)
                self.path.unlink(missing_ok=True)
            self.path, self._descriptor = lost_path, lost  # nothing is lost while this process lives
            self._refused(error)
            return
        os.close(lost)
        where = "there again" if self.path == lost_path else f"in {self.path}"
        self.notice = f"The recording was deleted while it was written. All of it is {where} ({lost_path})."
        _log.warning("%s", self.notice)

    def _refused(self, error: OSError) -> None:
        try:
            with in_words("write the recording", self.path):
                raise error
        except StorageError as problem:
            if self.problem is None:
                _log.warning("%s", problem)
            self.problem = f"Nothing is recorded now: {problem.what}. {_hint(error)} ({problem.where})"  # views cut the end off


def _hint(error: OSError) -> str:
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return "Free some space: alerts go on, and the recording as soon as there is room."
    return "Alerts go on, and the recording as soon as the disk takes it."


def free_name(path: Path) -> Path:
    """A name for another recording beside `path`: its own while that is free, else with a number."""
    names = (path.with_name(f"{path.stem}{suffix}{path.suffix}") for suffix in ("", *map("-{}".format, range(2, 1_000_000))))
    return next(name for name in names if not os.path.lexists(name))
