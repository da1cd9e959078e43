"""An unforeseen fault: kept in a log file for us, one sentence for the user."""

from __future__ import annotations

import os
import traceback
from pathlib import Path

import platformdirs

from sensorcore.record.storage import private_folder


def report(error: BaseException) -> str:
    """Write the traceback to the log file; returns what to tell the user."""
    path = Path(platformdirs.user_log_path("spinae")) / "crash.log"
    text = "".join(traceback.format_exception(error))
    try:
        private_folder(path.parent)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        with os.fdopen(descriptor, "a", encoding="utf-8") as log:
            log.write(text + "\n")
    except OSError:
        return f"a fault in spinae itself ({type(error).__name__}: {error}). Please report what you did."
    return f"a fault in spinae itself ({type(error).__name__}: {error}). Please report it with {path}."
