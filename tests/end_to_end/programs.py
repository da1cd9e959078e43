"""The real programs, in a home of their own: run to their end, left running, or shown on a pseudo-terminal."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import pty
import signal
import struct
import subprocess
import sys
import tempfile
import termios
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.project import ROOT

SPINAE = [sys.executable, "-m", "tui.cli"]
PATIENCE_S = 60.0
_Found = TypeVar("_Found")


class Home:
    """A user's folders (data, settings, state), a private runtime folder with a short path, and the programs run there."""

    def __init__(self, folder: Path, runtime: Path) -> None:
        self.folder, self.runtime = folder, runtime
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("SPINAE_", "XDG_"))}
        places = {f"XDG_{name}_HOME": str(folder / name.lower()) for name in ("DATA", "CONFIG", "STATE", "CACHE")}
        self.env = {
            **kept, **places, "HOME": str(folder), "XDG_RUNTIME_DIR": str(runtime), "PYTHONPATH": str(ROOT),
            "TERM": "xterm-256color",
        }  # fmt: skip
        self._running: list[subprocess.Popen[Any]] = []

    @property
    def data(self) -> Path:
        return self.folder / "data" / "spinae"

    @property
    def recordings(self) -> list[Path]:
        return sorted((self.data / "recordings").glob("*.mcap"))

    def run(self, *arguments: object, within_s: float = PATIENCE_S) -> subprocess.CompletedProcess[str]:
        """To its end, which must come within the time."""
        command = [*SPINAE, *map(str, arguments)]
        return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False, env=self.env)

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[str]:
        """Left running; `close` ends it."""
        process = subprocess.Popen([*SPINAE, *map(str, arguments)], env=self.env, text=True, **options)
        self._running.append(process)
        return process

    @contextmanager
    def shown(self, *arguments: object, cwd: Path | None = None) -> Iterator[Screen]:
        """On a pseudo-terminal; killed when the block ends, if it still runs."""
        screen = Screen([*SPINAE, *map(str, arguments)], self.env, cwd=cwd)
        self._running.append(screen.process)
        try:
            yield screen
        finally:
            screen.close()

    def status(self) -> dict[str, Any] | None:
        """What `spinae status --json` says; None while no daemon answers."""
        ran = self.run("status", "--json")
        return dict(json.loads(ran.stdout)) if ran.returncode == 0 else None

    def until_worn(self) -> dict[str, Any]:
        """Wait for a day with data."""
        return until(lambda: found if (found := self.status()) is not None and found["has_signal"] else None, "a signal")

    def close(self) -> None:
        """End what runs, the daemon too."""
        for process in self._running:
            if process.poll() is None:
                process.kill()
            process.wait()
            if process.stdout is not None:
                process.stdout.close()
        if any(self.folder.parent.rglob("daemon*.sock")) or any(self.runtime.rglob("daemon*.sock")):
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.run("daemon", "stop")


@contextmanager
def new_home(folder: Path) -> Iterator[Home]:
    """One below `folder`."""
    with tempfile.TemporaryDirectory(prefix="sp") as runtime:
        home = Home(folder, Path(runtime))
        try:
            yield home
        finally:
            home.close()


class Screen:
    """A program on a pseudo-terminal of its own; `text` is all that it wrote."""

    def __init__(self, command: list[str], env: dict[str, str], size: tuple[int, int] = (110, 36), cwd: Path | None = None) -> None:
        self._main, side = pty.openpty()
        fcntl.ioctl(side, termios.TIOCSWINSZ, struct.pack("HHHH", size[1], size[0], 0, 0))
        streams = {"stdin": side, "stdout": side, "stderr": side}
        self.process: subprocess.Popen[bytes] = subprocess.Popen(command, env=env, cwd=cwd, start_new_session=True, **streams)  # type: ignore[call-overload]
        os.close(side)
        self._wrote = bytearray()
        self._reading = threading.Thread(target=self._read, daemon=True)
        self._reading.start()

    def _read(self) -> None:
        with contextlib.suppress(OSError):
            while data := os.read(self._main, 65536):
                self._wrote += data

    @property
    def text(self) -> str:
        return bytes(self._wrote).decode(errors="replace")

    def shows(self, text: str) -> None:
        until(lambda: text in self.text or None, f"'{text}' on the screen", lambda: self.text[-2000:])

    def press(self, keys: str) -> None:
        os.write(self._main, keys.encode())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)

    def close(self) -> None:
        if self.process.poll() is None:
            self.kill()
        self.process.wait()
        self._reading.join(5.0)
        os.close(self._main)


def until(look: Callable[[], _Found | None], what: str, shown: Callable[[], object] = str, within_s: float = PATIENCE_S) -> _Found:
    """Look until there is something."""
    give_up_s = time.monotonic() + within_s
    while (found := look()) is None:
        assert time.monotonic() < give_up_s, f"{what} did not come: {shown()}"
        time.sleep(0.05)
    return found
