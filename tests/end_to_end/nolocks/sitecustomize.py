"""Loaded by every Python that finds this folder on PYTHONPATH: files cannot be locked, as on some network file systems."""

import errno
import fcntl
import os


def _flock(descriptor: int, operation: int) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


fcntl.flock = _flock
