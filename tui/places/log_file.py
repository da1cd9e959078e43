"""The program's log files: private, of bounded size however long it runs or others interfere, and safe to show in a
terminal. While the dashboard owns the terminal, records go there: a single line on stderr would spoil the screen."""

from __future__ import annotations

import io
import logging
import logging.handlers
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from platformdirs import user_log_path

from sensorcore.storage.write import open_to_append, private_folder
from sensorcore.text.escape import visible
from sensorcore.timing.rate_limit import Bucket, LogLimit

FILE_BYTES: Final = 512 << 10
OLD_FILES: Final = 2
"""Number of full files kept beside the current one."""
BYTES_AT_ONCE, BYTES_PER_S = 256 << 10, (512 << 10) / 3600
"""Budget of all records together: at most 768 KiB in the first hour, and 512 KiB in each one after."""
RECORD_BYTES: Final = 8 << 10
"""A traceback of ours has 1 to 5 KiB; a longer record is cut."""


class PrivateLog(logging.handlers.RotatingFileHandler):
    """Appends to a private file, which becomes `NAME.1` when it is full. Raises OSError when it cannot be opened; what cannot be
    written later is dropped."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._budget = Bucket(BYTES_PER_S, BYTES_AT_ONCE)
        private_folder(path.parent)
        super().__init__(path, maxBytes=FILE_BYTES, backupCount=OLD_FILES, encoding="utf-8")
        self.setFormatter(_Safe("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        self.addFilter(LogLimit(clock=clock))

    def emit(self, record: logging.LogRecord) -> None:
        if self._budget.take(self._clock(), min(len(self.format(record)), RECORD_BYTES)):
            super().emit(record)

    def handleError(self, record: logging.LogRecord) -> None:  # noqa: N802 - logging's name
        """A full disk must not end the day, nor write to the screen."""

    def _open(self) -> io.TextIOWrapper:
        return open_to_append(Path(self.baseFilename))


class _Safe(logging.Formatter):
    """Names from the air and from files do not steer the terminal in which somebody reads the log, nor look like a record."""

    def format(self, record: logging.LogRecord) -> str:
        text = visible(super().format(record)).replace("\n", "\n  ")
        return text if len(text) <= RECORD_BYTES else f"{text[: RECORD_BYTES // 2]} … {text[-RECORD_BYTES // 2 :]}"


@contextmanager
def logging_to_file(folder: Path | None = None) -> Iterator[Path | None]:
    """Route everything logged (and Python's warnings) to `spinae.log` in `folder`, by default the platform's log folder; yields
    the file, or None when it cannot be written and records are dropped instead. Puts the handlers back afterwards."""
    root = logging.getLogger()
    before = root.handlers[:]
    handler, path = _handler(folder)
    root.handlers[:] = [handler]
    logging.captureWarnings(True)
    try:
        yield path
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before
        handler.close()


def _handler(folder: Path | None) -> tuple[logging.Handler, Path | None]:
    try:
        folder = folder if folder is not None else user_log_path("spinae", appauthor=False)
        path = folder / "spinae.log"
        return PrivateLog(path), path
    except OSError:
        return logging.NullHandler(), None
