"""A terminal that only prints lines loses no meaning."""

import io
import os
import subprocess
import sys

import pytest

from sensorcore.events import Corrected, PainNoted, Snoozed
from sensorcore.settings import Settings
from sensorcore.view.player import Player
from tests.streams import stream
from tests.tui.moments import ALERT, RAISED, moment
from tui.plain import dashboard


def view() -> tuple[dashboard.PlainView, list[str]]:
    lines: list[str] = []
    return dashboard.PlainView(Player(stream(duration_s=10.0), Settings()), lines.append, lambda: lines.append("(bell)")), lines


def test_states_alerts_good_again_and_notes_are_lines() -> None:
    shown, lines = view()
    shown.show(moment())
    shown.show(moment(t_s=61.0))
    assert len(lines) == 1
    assert "● Good" in lines[0]
    shown.show(moment(posture="slouched", inclination_deg=22.0, alerts=(ALERT,), alerts_total=1, news=(RAISED,), news_total=1))
    assert "▲ Slouched  22°" in lines[1]
    assert lines.pop(2) == "(bell)"
    assert "Time to sit up: leaned forward 22° for 15 s (limit 15°)" in lines[2]
    news = (RAISED, Corrected(62.0, 8.0), Snoozed(59.0, 959.0), PainNoted(60.0, 4, "stiff"))
    shown.show(moment(alerts=(ALERT,), alerts_total=1, news=news, news_total=4))
    assert "● Good again 8 s after the alert" in lines[4]
    assert "snoozed for 15 min" in lines[5]
    assert "pain 4 of 10: stiff" in lines[6]
    shown.show(moment(problem="the disk is full"))
    assert lines[-1] == "× the disk is full"


def test_typed_letters_are_obeyed_or_explained() -> None:
    shown, lines = view()
    shown.show(moment())
    assert shown.obey("?\n")
    assert "● Good" in lines[-1]
    assert shown.obey("s\n")
    assert "Only a sensor that is worn" in lines[-1]
    assert shown.obey("huh\n")
    assert lines[-1] == dashboard.HELP
    assert not shown.obey("q\n")


def test_it_runs_to_the_end_of_a_recording() -> None:
    player = Player(stream(duration_s=12.0), Settings())
    player.speed = 100.0
    printed = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    dashboard.run(player, io.StringIO(""), printed)
    printed.seek(0)
    assert "~ Moving" in printed.read()  # a symbol that the terminal cannot show costs no word
    assert player.finished


@pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals")
@pytest.mark.slow
def test_no_escape_sequence_is_ever_printed_to_a_dumb_terminal() -> None:
    environment = {**os.environ, "TERM": "dumb"}
    script = (
        "import os, pty, sys, time\n"
        "pid, fd = pty.fork()\n"
        'run = \'from tui.cli import main; main(["demo", "--speed", "100"])\'\n'
        "if pid == 0: os.execv(sys.executable, [sys.executable, '-c', run])\n"
        "data = b''\n"
        "while True:\n"
        "    try: part = os.read(fd, 4096)\n"
        "    except OSError: break\n"
        "    if not part: break\n"
        "    data += part\n"
        "os.waitpid(pid, 0)\n"
        "sys.stdout.buffer.write(data)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment, timeout=60, check=True)
    text = done.stdout.decode()
    assert "\x1b" not in text
    assert "▲ Slouched" in text
    assert "Time to sit up" in text
    assert "watched:" in text
