"""While the dashboard owns the terminal, log records go to a file: a single line on stderr would spoil the screen."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from platformdirs import user_log_path

from sensorcore.record.storage import private_folder


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
        private_folder(folder)
        path = folder / "spinae.log"
        path.touch(mode=0o600, exist_ok=True)
        handler = logging.FileHandler(path, encoding="utf-8")
    except OSError:
        return logging.NullHandler(), None
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    return handler, path
