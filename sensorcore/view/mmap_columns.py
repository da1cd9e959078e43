"""Memory-mapped columns for a day of ticks: beyond two hours they lie in an anonymous temporary file, and only the pages in view
stay resident. Nothing is rounded or dropped: the morning can be viewed in the evening as it was.

The file is in `/var/tmp` where there is one, for `/tmp` often is memory itself; it is readable by nobody else and gone with the
process, however that ends. Where this fails (no such system call, a full disk), the columns stay in memory."""

from __future__ import annotations

import logging
import mmap
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import numpy as np

from sensorcore.track.posture_track import PostureTrack
from sensorcore.track.track_log import ColumnStore, empty_track, in_memory

SPILL_TICKS: Final = 65_536
"""Not quite two hours."""
DAY_TICKS: Final = 24 * 36_000
_FOLDER: Final = Path("/var/tmp")

_log = logging.getLogger(__name__)


def allocate(n: int) -> ColumnStore:
    """Columns for at least `n` ticks: in a file from SPILL_TICKS on, and then for a whole day at once, so that they need not move
    again."""
    if n <= SPILL_TICKS or not hasattr(mmap, "MADV_DONTNEED") or not hasattr(os, "posix_fallocate"):
        return in_memory(n)
    try:
        return _in_file(max(n, DAY_TICKS))
    except (OSError, ValueError) as error:  # no room there, or no such folder
        _log.warning("a day of ticks stays in memory: %s", error)
        return in_memory(n)


def _in_file(n: int) -> ColumnStore:
    kinds = {name: getattr(empty_track(), name).dtype for name in PostureTrack.__slots__}
    with tempfile.TemporaryFile(dir=_FOLDER if _FOLDER.is_dir() else None) as file:
        size = sum(n * kind.itemsize for kind in kinds.values())
        # A page that could not be written later would end the process: the disk must have the room now.
        os.posix_fallocate(file.fileno(), 0, size)
        held = mmap.mmap(file.fileno(), size)
    arrays, offset = [], 0
    for kind in sorted(kinds.values(), key=lambda kind: -kind.itemsize):
        arrays.append(np.frombuffer(held, kind, n, offset))
        offset += n * kind.itemsize
    columns = {name: arrays.pop(next(i for i, a in enumerate(arrays) if a.dtype == kind)) for name, kind in kinds.items()}
    return ColumnStore(PostureTrack(**columns), _letting_go(held))


def _letting_go(held: mmap.mmap) -> Callable[[], None]:
    def let_go() -> None:
        with suppress(OSError):
            held.madvise(mmap.MADV_DONTNEED)

    return let_go
