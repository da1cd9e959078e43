"""Starting the daemon in the background, and saying why when it does not start."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from sensorcore.daemon.address import is_listening
from sensorcore.errors import SourceError

WITHIN_S: Final = 20.0
LOOK_EVERY_S: Final = 0.05


def start(arguments: Sequence[str], path: Path) -> None:
    """Start `spinae daemon run` with these arguments and wait until it listens at `path`. Raises SourceError with the daemon's own
    words when it gives up."""
    if is_listening(path):
        raise SourceError("a day is kept already", where=str(path), hint="`spinae wear` shows it, `spinae daemon stop` ends it.")
    command = [sys.executable, "-m", "tui.cli", "daemon", "run", *arguments]
    with tempfile.TemporaryFile() as said, open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, no path of ours
        streams = [(os.POSIX_SPAWN_DUP2, file.fileno(), number) for number, file in enumerate((nothing, said, said))]
        # a session of its own: closing the terminal must not end the day
        daemon = os.posix_spawn(command[0], command, os.environ, file_actions=streams, setsid=True)
        give_up_s = time.monotonic() + WITHIN_S
        while not is_listening(path):
            if os.waitpid(daemon, os.WNOHANG)[0] or time.monotonic() > give_up_s:
                said.seek(0)
                why = said.read().decode(errors="replace").strip().removeprefix("spinae: ")
                raise SourceError(why or "the daemon did not start", hint="" if why else "Try `spinae wear --here`.")
            time.sleep(LOOK_EVERY_S)
