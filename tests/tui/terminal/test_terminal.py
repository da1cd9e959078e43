"""The whole program on a real terminal, driven by keys in tmux as a person would, down to a pane of 30 × 8 and back."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.sensorcore.links.phone.apps import SensorLogger, body
from tests.sensorcore.links.phone.test_sensorlogger import smooth

PATIENCE_S = 40.0
WORDS = ("GOOD", "DRIFTING", "SLOUCHED", "MOVING", "WALKING", "UNKNOWN")
RUN = "from tui.cli import main; import sys; sys.exit(main(sys.argv[1:]))"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.terminal,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="tmux is not installed (Debian: apt-get install tmux)"),
]


class Terminal:
    """A tmux server of its own with one pane, in which a shell runs."""

    def __init__(self, folder: Path, terminal: str = "tmux-256color") -> None:
        self._socket = str(folder / "tmux.sock")
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("TMUX", "TMUX_PANE", "NO_COLOR", "COLORTERM")},
            "HOME": str(folder), "XDG_DATA_HOME": str(folder / "data"), "XDG_CONFIG_HOME": str(folder / "config"),
            "XDG_STATE_HOME": str(folder / "state"), "PS1": "ready$ ", "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        (folder / "tmux.conf").write_text(f"set -g default-terminal {terminal}\nset -g status off\nset -g remain-on-exit on\n")
        shell = shutil.which("bash") or "sh"
        command = ["tmux", "-S", self._socket, "-f", str(folder / "tmux.conf"), "new-session", "-d", "-x", "160", "-y", "50"]
        subprocess.run([*command, shell, *(["--norc"] if shell.endswith("bash") else [])], check=True, env=environment)

    def _tmux(self, *arguments: str) -> str:
        return subprocess.run(
            ["tmux", "-S", self._socket, *arguments], check=True, capture_output=True, text=True, timeout=PATIENCE_S
        ).stdout

    def run(self, *arguments: str) -> None:
        self._tmux("send-keys", " ".join([sys.executable, "-c", f"'{RUN}'", *arguments, "; echo ended-$?"]), "Enter")

    def press(self, *keys: str) -> None:
        for key in keys:
            self._tmux("send-keys", key)
            time.sleep(0.1)

    def resize(self, width: int, height: int) -> None:
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p")

    def until(self, condition: Callable[[str], bool], what: str) -> str:
        give_up_s = time.monotonic() + PATIENCE_S
        while not condition(screen := self.screen()):
            assert "Traceback" not in screen
            assert time.monotonic() < give_up_s, f"{what} did not come; the screen shows\n{screen}"
            time.sleep(0.1)
        return screen

    def shows(self, *texts: str) -> str:
        return self.until(lambda screen: all(text in screen for text in texts), " and ".join(texts))

    def close(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], check=False)

    @property
    def alternate(self) -> bool:
        """Whether the pane is still on the screen of an application."""
        return self._tmux("display-message", "-p", "#{alternate_on} #{mouse_any_flag} #{cursor_flag}").split() != ["0", "0", "1"]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[Terminal]:
    made = Terminal(tmp_path)
    yield made
    made.close()


def test_a_day_at_the_terminal(terminal: Terminal, tmp_path: Path) -> None:
    terminal.run("demo")
    terminal.shows("1 Today", "last minute", "sitting")
    terminal.press("Right", "Right", "Right", "Right", "Right", "Right", "]")  # two minutes on
    terminal.shows("leaned")
    for width, height in ((30, 8), (12, 1), (30, 8)):
        terminal.resize(width, height)
        terminal.until(lambda screen: any(word in screen for word in WORDS), f"the word in a pane of {width}×{height}")
    terminal.resize(160, 50)
    terminal.shows("alerts and notes")
    shows = (("2", "what happened"), ("3", "Stand upright"), ("4", "threshold"), ("1", "last minute"), ("?", "help · today"))
    for key, shown in shows:  # what only this screen shows
        terminal.press(key)
        terminal.shows(shown)
    terminal.press("Escape", "2")  # two keys, also when they are read together
    terminal.shows("what happened")
    terminal.press("d", "d", "d", "q")
    screen = terminal.shows("ended-0")
    assert "watched:" in screen
    assert "Traceback" not in screen
    assert not terminal.alternate
    # the same sensor worn: what is said goes into the recording
    terminal.run("wear", "--here", "--sensor", "sim:workday-short", "--record", str(tmp_path / "day.mcap"))
    terminal.shows("● live", "upright")
    terminal.press("s")
    terminal.shows("snoozed until")
    terminal.press("x")
    terminal.shows("that was wrong")
    terminal.press("c")
    terminal.shows("how is your back")
    terminal.press("4", "Space", "b", "a", "d", "Enter")
    terminal.shows("pain 4 of 10: bad")
    terminal.press("q")
    terminal.until(lambda screen: screen.count("ended-0") == 2, "the end")
    assert not terminal.alternate
    terminal.run("replay", str(tmp_path / "day.mcap"), "--headless")
    terminal.shows('"PainNoted"', '"Marked"', '"Snoozed"')


def test_a_day_on_a_phone(terminal: Terminal) -> None:
    """Its wearer is shown where to push to, sees the dashboard when it does, and why there is nothing when it stops."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    terminal.run("wear", "--sensor", f"phone:127.0.0.1:{port}")
    screen = terminal.shows("Push URL", "Waiting for the phone", "▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀▀")
    (url,) = re.findall(rf"http://127\.0\.0\.1:{port}/\w+", screen)
    with pytest.raises(urllib.error.HTTPError, match="403"):
        urllib.request.urlopen(url[:-1] + "0", timeout=PATIENCE_S)
    for _, message in SensorLogger("ios", sends="split").bodies(*smooth(400, 50.0), every_s=0.5):
        time.sleep(0.2)
        request = urllib.request.Request(url, body(message), {"User-Agent": "SensorLogger CFNetwork Darwin"})
        urllib.request.urlopen(request, timeout=PATIENCE_S).close()
    terminal.shows("1 Today", "phone")
    terminal.shows("× searching", "sends nothing any more")
    terminal.press("q")
    terminal.shows("Your day goes on", "ended-0")
    terminal.run("daemon", "stop")
    terminal.shows("its recording is whole")


@pytest.mark.parametrize("kind", ["screen", "dumb"])
def test_few_colours_and_none_lose_no_meaning(tmp_path: Path, kind: str) -> None:
    """`screen` has 8 colours; on `dumb` there is no screen at all."""
    terminal = Terminal(tmp_path, kind)
    try:
        terminal.run("demo", "--speed", "20")
        terminal.until(lambda screen: "▲ SLOUCHED" in screen.upper() and "leaned" in screen, "a slouch and why")
        terminal.press("q", "Enter")
        terminal.shows("ended-0")
        assert not terminal.alternate
    finally:
        terminal.close()
