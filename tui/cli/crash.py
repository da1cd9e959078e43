"""Unforeseen faults: a traceback in a log file for us, one sentence for the user."""

from __future__ import annotations

import logging
from pathlib import Path

import platformdirs

from tui.places.log_file import PrivateLog


def report(error: BaseException) -> str:
    """Write the traceback to the log file; returns the sentence for the user."""
    path = Path(platformdirs.user_log_path("spinae")) / "crash.log"
    said = f"a fault in spinae itself ({type(error).__name__}: {error}). Please report"
    try:
        log = PrivateLog(path)
    except OSError:
        return f"{said} what you did."
    trace = (type(error), error, error.__traceback__)
    log.handle(logging.LogRecord("spinae", logging.CRITICAL, __file__, 0, "a fault in spinae itself", None, trace))
    log.close()
    return f"{said} it with {path}."
