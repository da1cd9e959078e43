"""Every command that README.md and docs/ name, from an empty home on a pseudo-terminal, as a stranger types it."""

from __future__ import annotations

import re
import shutil
import signal
import socket
from pathlib import Path

import pytest

from benchmarks import import_files
from tests.end_to_end.commands import COMMANDS, INTERRUPT, Left, Run, documented, named
from tests.end_to_end.programs import Home
from tests.tui.cli.conftest import RECORDING, table, write_csv

FAILED = re.compile(r"traceback|fault in spinae|fault of its own|running event loop|worn already", re.IGNORECASE)
WITHIN_S = 90.0


def forms() -> list[object]:
    """One test for each form of each command."""
    found: list[object] = []
    for command, how in COMMANDS.items():
        if isinstance(how, Run):
            marks = () if how.fast else (pytest.mark.slow,)
            found.append(pytest.param(how.instead or command.removeprefix("spinae "), how, id=command, marks=marks))
            found += [pytest.param(also, how, id=f"spinae {also}", marks=pytest.mark.slow) for also in how.also]
    return found


@pytest.fixture
def desk(home: Home) -> Path:
    """The folder a person works in, with their files."""
    folder = home.folder / "desk"
    (folder / "recordings").mkdir(parents=True)
    shutil.copy(RECORDING, folder / "today.mcap")
    (folder / "phone.zip").write_bytes(import_files.pack(import_files.sensor_logger(import_files.motion(2000), "android")))
    write_csv(folder / "walk.csv", table(30.0))
    write_csv(folder / "recordings" / "one.csv", table(30.0))
    return folder


@pytest.mark.parametrize(("arguments", "how"), forms())
def test_a_command_of_the_documents_works(arguments: str, how: Run, home: Home, desk: Path) -> None:
    home.env["PATH"] = str(desk)  # no service manager: `daemon install` must not reach the machine's own
    if how.day:
        started = home.run("daemon", "start", "--sensor", "sim:workday-short")
        assert started.returncode == 0, started.stderr
    with home.shown(*arguments.replace("PORT", free_port()).split(), cwd=desk) as screen:
        for text, keys in how.steps:
            screen.shows(text)
            if keys == INTERRUPT:
                screen.process.send_signal(signal.SIGINT)
            else:
                screen.press(keys)
        code = screen.process.wait(WITHIN_S)
    assert code in how.codes, screen.text
    assert not FAILED.search(screen.text), screen.text
    assert screen.text.strip()


def test_every_command_of_the_documents_is_run_or_excused_and_none_is_forgotten() -> None:
    found = documented()
    assert found - COMMANDS.keys() == set(), "name it in tests/end_to_end/commands.py: how it is run, or why not"
    assert COMMANDS.keys() - found == set(), "no document names it any more"
    for command, how in COMMANDS.items():
        assert len(how.because) > 20 if isinstance(how, Left) else bool(how.instead) == bool(how.because), command


def test_commands_are_found_wherever_they_stand() -> None:
    text = """`spinae one --sensor A` and `python -m spinae`, `spinae two
    --b`, `spinae`, spinae bare

       ```
       $ spinae three x.mcap   # `spinae not this`
       spinae four \\
         --long
       make five
       ```
    """
    assert named(text) == {"spinae one --sensor A", "spinae two --b", "spinae three x.mcap", "spinae four --long"}


def free_port() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return str(free.getsockname()[1])
