"""Start of the daemon in the background, with the reason when that fails."""

from __future__ import annotations

import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from sensorcore.daemon.address import is_listening
from sensorcore.daemon.guard import holder
from sensorcore.errors import SourceError
from tui.places.folders import data_folder

WITHIN_S: Final = 20.0
LOOK_EVERY_S: Final = 0.05
ENDED_WITHIN_S: Final = 20.0
"""As long as systemd waits for it: it seals a recording."""


@dataclass(slots=True)
class Started:
    """Daemon started by this program. `place`: where it listens. `stays`: it outlives this program, however that ends."""

    pid: int
    place: Path
    stays: bool = False

    def has_ended(self) -> bool:
        """Whether it has exited."""
        with suppress(ChildProcessError):  # it was looked for before, and had ended
            return os.waitpid(self.pid, os.WNOHANG)[0] != 0
        return True

    def end(self) -> None:
        """End it in order, and if that takes too long, at once."""
        for number, within_s in ((signal.SIGTERM, ENDED_WITHIN_S), (signal.SIGKILL, 1.0)):
            give_up_s = time.monotonic() + within_s
            if not self.has_ended():
                os.kill(self.pid, number)
            while not self.has_ended():
                if time.monotonic() > give_up_s:
                    break
                time.sleep(LOOK_EVERY_S)
            else:
                return


@contextmanager
def started(arguments: Sequence[str], path: Path) -> Iterator[Started]:
    """A daemon that was started with these arguments; when the block fails, or somebody interrupts it, it is ended again unless it
    `stays`. Raises SourceError as `start`."""
    daemon = start(arguments, path)
    try:
        yield daemon
    except BaseException:
        if not daemon.stays:
            daemon.end()
        raise


def start(arguments: Sequence[str], path: Path) -> Started:
    """Start `spinae daemon run` with these arguments and wait until it listens, at `path` unless it says otherwise. Raises
    SourceError with the daemon's own words when it gives up; none is left running then."""
    if is_listening(path):
        raise SourceError("a day is kept already", where=str(path), hint="`spinae wear` shows it, `spinae daemon stop` ends it.")
    with tempfile.TemporaryFile() as said:
        daemon = Started(_spawned([sys.executable, "-m", "tui.cli", "daemon", "run", *arguments], said), path)
        try:
            _wait(daemon, path, said)
        except BaseException:
            daemon.end()
            raise
    return daemon


def _spawned(command: list[str], said: IO[bytes]) -> int:
    with open(os.devnull, "rb") as nothing:  # noqa: PTH123 - a device, no path of ours
        streams = [(os.POSIX_SPAWN_DUP2, file.fileno(), number) for number, file in enumerate((nothing, said, said))]
        environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}  # read here as UTF-8, independent of the terminal
        # a session of its own: closing the terminal must not end the day
        return os.posix_spawn(command[0], command, environment, file_actions=streams, setsid=True)


def _wait(daemon: Started, path: Path, said: IO[bytes]) -> None:
    give_up_s = time.monotonic() + WITHIN_S
    while (place := _listening(path)) is None:
        if daemon.has_ended() or time.monotonic() > give_up_s:
            said.seek(0)
            why = said.read().decode(errors="replace").strip().removeprefix("spinae: ")
            raise SourceError(why or "the daemon did not start", hint="" if why else "Try `spinae wear --here`.")
        time.sleep(LOOK_EVERY_S)
    daemon.place = place


def _listening(path: Path) -> Path | None:
    """Where the daemon of this home listens by now. Where its data folder keeps no lock: `path`."""
    kept_by = holder(data_folder())
    if kept_by is None and os.access(data_folder(), os.W_OK):
        return None
    place = Path(kept_by.socket) if kept_by is not None and kept_by.socket else path
    return place if is_listening(place) else None
