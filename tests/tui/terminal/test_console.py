"""Every command on a console that lacks our signs: none fails over one, and what can be written stays as it is."""

from __future__ import annotations

import codecs
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tests.end_to_end.programs import Home, new_home
from tests.tui.cli.conftest import table, write_csv
from tui.cli import COMMANDS, main
from tui.terminal import console

ENCODINGS = ("cp1252", "cp437", "cp932", "cp949", "gbk", "latin-1", "ascii")
MORE = ("cp850", "cp1251", "koi8-r", "big5", "euc-kr", "iso8859-15", "iso2022_jp", "mac-roman", "cp037", "utf-16", "utf-8")
HELP = [(name, "--help") for name in COMMANDS]
QUICK = [
    ("analyze", "DAY"),
    ("tune", "DAY", "--delays", "5,15"),
    ("simulate", "--list"),
    ("status",),
    ("config", "show"),
    ("--help",),
]
PRINTS = [
    ("analyze", "DAY"), ("analyze", "DAY", "--json"), ("tune", "DAY", "--alerts-per-day", "8"), ("replay", "DAY", "--headless"),
    ("report",), ("doctor", "--seconds", "0.5"), ("doctor", "--notify"), ("config", "show"), ("config", "check"),
    ("config", "path"), ("simulate", "--list"), ("simulate", "workday-short", "-o", "NEW", "--minutes", "1"),
    ("routine", "--list"), ("import", "CSV"), ("export", "DAY", "--to", "csv"), ("scan",), ("status",), ("stream",), ("serve",),
    ("wear",), ("daemon", "stop"), ("demo",), ("calibrate", "--plain"), ("--help",), ("--version",), (), ("nonsense…",),
    ("analyze", "DAY", "--set", "display.theme=°"), ("wear", "--sensor", "…"),
    ("analyze", "absent…"), ("validate", "--list"),
]  # fmt: skip


def text_stream(encoding: str) -> io.TextIOWrapper:
    """As Python opens standard output: strict."""
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding, write_through=True)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("files")
    day = folder / "day.mcap"
    assert main(["simulate", "workday-short", "-o", str(day), "--minutes", "1.2", "--rate", "52"]) == 0
    return {"DAY": day, "CSV": write_csv(folder / "walk.csv", table(30.0)), "NEW": folder / "new.mcap"}


@pytest.mark.parametrize(
    ("encoding", "commands"),
    [
        *((encoding, HELP) for encoding in ENCODINGS),
        ("ascii", QUICK),
        *(pytest.param(each, PRINTS, marks=pytest.mark.slow) for each in ENCODINGS),
    ],
)
def test_every_command_and_every_help_can_be_printed(
    encoding: str, commands: list[tuple[str, ...]], files: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.chdir(tmp_path)
    written: list[str] = []  # in ASCII; every sign of ours has a likeness
    plain = console.plain
    monkeypatch.setattr(console, "plain", lambda sign: written.append(plain(sign)) or written[-1])
    for command in commands:
        out, err = text_stream(encoding), text_stream(encoding)
        monkeypatch.setattr(sys, "stdout", out)
        monkeypatch.setattr(sys, "stderr", err)
        for made in (files["NEW"], files["DAY"].with_suffix(".csv"), files["CSV"].with_suffix(".mcap")):
            made.unlink(missing_ok=True)
        files["DAY"].with_suffix(".events.jsonl").unlink(missing_ok=True)
        try:
            code = main([str(files.get(word, word)) for word in command])
        except SystemExit as stop:
            code = int(stop.code or 0)
        said = [stream.buffer.getvalue().decode(encoding) for stream in (out, err)]  # type: ignore[attr-defined]
        assert "fault in spinae" not in said[1], (command, said[1])
        assert code in (0, 1, 2), command
        assert any(said), command
        assert "?" not in written, command


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize(
    "command", [("doctor",), ("tune", "DAY", "--alerts-per-day", "8"), ("simulate", "--help"), ("analyze", "DAY")]
)
def test_a_process_of_its_own_prints_it(encoding: str, command: tuple[str, ...], files: dict[str, Path], tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONIOENCODING": encoding, "HOME": str(tmp_path)}
    arguments = [sys.executable, "-m", "tui.cli", *(str(files.get(word, word)) for word in command)]
    ran = subprocess.run(arguments, capture_output=True, env=environment, check=False, timeout=60)
    assert b"fault in spinae" not in ran.stderr
    assert b"Traceback" not in ran.stderr
    assert ran.stdout.decode(encoding)


@pytest.mark.slow
@pytest.mark.parametrize("encoding", ["ascii", "cp437", "gbk"])
@pytest.mark.parametrize("terminal", ["xterm-256color", "dumb"])
def test_the_dashboard_is_shown_on_it(encoding: str, terminal: str, tmp_path: Path) -> None:
    with new_home(tmp_path / "home") as home:
        shown_on(home, encoding, terminal)


def shown_on(home: Home, encoding: str, terminal: str) -> None:
    home.env |= {"PYTHONIOENCODING": encoding, "TERM": terminal}
    with home.shown("wear", "--sensor", "sim:workday-short@20") as screen:
        screen.shows("upright" if terminal != "dumb" else "Type a letter")
        screen.press("q" if terminal != "dumb" else "q\n")
        screen.process.wait(20)
        assert screen.process.returncode == 0
        assert not re.search("fault of its own|fault in spinae|Traceback", screen.text)


@given(st.text(), st.sampled_from((*ENCODINGS, *MORE)))
@example("×", "iso2022_jp")
def test_any_text_can_be_written_and_what_the_encoding_has_stays(text: str, encoding: str) -> None:
    stream = text_stream(encoding)
    console.forgiving(stream)
    print(text, end="", file=stream)
    stream.flush()
    expected = "".join(sign if can_write(sign, encoding) else console.plain(sign) for sign in text)
    # incremental: a stream does not go back to ASCII at its end, as `str.encode` does for iso2022_jp
    encoded = codecs.getincrementalencoder(encoding)().encode(expected.replace("\n", os.linesep))
    assert stream.buffer.getvalue() == encoded  # type: ignore[attr-defined]


def can_write(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True


@given(st.characters())
def test_there_is_ascii_for_every_sign(sign: str) -> None:
    assert console.plain(sign)
    assert console.plain(sign).isascii()


def test_degrees_are_read_as_degrees() -> None:
    assert "".join(map(console.plain, "−4° … ±1.5 × ● é")) == "-4 deg ... +/-1.5 x * e"


def test_what_is_typed_in_another_encoding_is_read() -> None:
    code = "import sys; from tui.terminal import console; console.set_up(); print(len(sys.stdin.readline().strip()))"
    environment = {**os.environ, "PYTHONIOENCODING": "utf-8"}
    ran = subprocess.run(
        [sys.executable, "-c", code], input=b"\x84\xff\n", capture_output=True, env=environment, check=False, timeout=60
    )
    assert (ran.returncode, ran.stdout) == (0, b"2\n")
