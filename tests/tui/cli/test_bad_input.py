"""Bad input: one line that names the file, exit code 1, no traceback, and what was recorded stays."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from sensorcore.recording.reader import open_recording
from tests.tui.cli.conftest import HEADER, RECORDING, Ran, Spinae, table, write_csv

Make = Callable[[Path], Path]


def text(name: str, content: str | bytes) -> Make:
    def make(folder: Path) -> Path:
        (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return folder / name

    return make


def csv_with(change: Callable[[np.ndarray], np.ndarray], header: str = HEADER) -> Make:
    return lambda folder: write_csv(folder / "changed.csv", change(table(20.0)), header)


def line_with(line: int, cells: str) -> Make:
    def make(folder: Path) -> Path:
        path = write_csv(folder / "changed.csv", table(20.0))
        lines = path.read_text().splitlines()
        lines[line - 1] = cells
        path.write_text("\n".join(lines))
        return path

    return make


def swapped(columns: np.ndarray) -> np.ndarray:
    columns[400], columns[500] = columns[500].copy(), columns[400].copy()
    return columns


def mostly_nan(columns: np.ndarray) -> np.ndarray:
    columns[300:, 2] = np.nan
    return columns


def one_hertz(columns: np.ndarray) -> np.ndarray:
    return np.column_stack([np.arange(40.0), columns[:40, 1:]])


def folder(place: Path) -> Path:
    (place / "holiday").mkdir()
    return place / "holiday"


def fifo(place: Path) -> Path:
    os.mkfifo(place / "pipe")
    return place / "pipe"


NOISE = np.random.default_rng(1).integers(0, 256, 20_000, dtype=np.uint8).tobytes()
BAD: dict[str, Make] = {
    "no such file": lambda place: place / "absent.csv",
    "a directory": folder,
    "a pipe": fifo,
    "0 bytes": text("empty.csv", b""),
    "0 bytes, named as a recording": text("empty.mcap", b""),
    "unknown type": text("song.mp3", b"ID3\x04" + NOISE),
    "noise named as a recording": text("noise.mcap", NOISE),
    "noise as text": text("noise.csv", NOISE),
    "letters as text": text("poem.csv", "roses are red\nviolets are blue\n" * 100),
    "a recording cut at its beginning": text("cut.mcap", RECORDING.read_bytes()[:40]),
    "a header alone": text("header.csv", HEADER + "\n"),
    "no header": lambda place: write_csv(place / "bare.csv", table(20.0), "0,0,0,9.81,0,0,0"),
    "wrong units": csv_with(lambda c: c, HEADER.replace("_mps2", "_g")),
    "no units": csv_with(lambda c: c, "t,x,y,z,a,b,c"),
    "a missing column": csv_with(lambda c: np.delete(c, 2, axis=1), HEADER.replace("ay_mps2,", "")),
    "mostly NaN": csv_with(mostly_nan),
    "1 Hz data": csv_with(one_hertz),
    "no gravity": csv_with(lambda c: c * [1, 1e-3, 1e-3, 1e-3, 1, 1, 1]),
}


ODD: dict[str, Make] = {
    "NaN": line_with(700, "13.4,nan,0.1,9.8,0,0,0"),
    "text among numbers": line_with(700, "13.4,0.1,oops,9.8,0,0,0"),
    "too few cells": line_with(700, "13.4,0.1"),
    "time running backwards": csv_with(swapped),
}


def check(ran: Ran, path: Path) -> None:
    assert ran.code == 1
    assert "Traceback" not in ran.out + ran.err
    assert ran.err.startswith("spinae: ")
    assert ran.err.count("\n") == 1
    assert str(path) in ran.err
    assert "fault in spinae" not in ran.err


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("command", [["analyze", "--json"], ["replay", "--headless"]], ids=["analyze", "replay"])
def test_bad_input_is_one_clear_line(spinae: Spinae, tmp_path: Path, kind: str, command: list[str]) -> None:
    path = BAD[kind](tmp_path)
    ran = spinae(*command, path)
    check(ran, path)
    if command[0] == "analyze":
        assert ran.out == ""


@pytest.mark.parametrize("kind", ODD)
@pytest.mark.parametrize("command", [["analyze"], ["replay", "--headless"], ["import"]], ids=["analyze", "replay", "import"])
def test_an_odd_row_costs_itself_and_is_said(spinae: Spinae, tmp_path: Path, kind: str, command: list[str]) -> None:
    path = ODD[kind](tmp_path)
    ran = spinae(*command, path)
    assert ran.code == 0
    said = ran.err if command[0] == "replay" else ran.out  # standard output of a replay is for events alone
    assert f"note: {path}" in said
    assert ("line 700" in said) == (kind != "time running backwards")
    assert "left out" in said


def test_time_that_repeats_is_left_out_and_noted(spinae: Spinae, tmp_path: Path) -> None:
    columns = table(20.0)
    columns[500:503, 0] = columns[500, 0]
    path = write_csv(tmp_path / "repeats.csv", columns)
    ran = spinae("analyze", path)
    if ran.code:
        check(ran, path)
    else:
        assert "note: " in ran.out


def test_what_was_recorded_before_a_fault_stays(spinae: Spinae, tmp_path: Path) -> None:
    """The fault lies behind what an importer looks at while opening."""
    day = table(300.0)
    later = [1.0, 0, 0, 0, 0, 0, 0]
    long = np.concatenate([day + np.multiply(later, 300.0 * k) for k in range(3)])
    path, out = write_csv(tmp_path / "long.csv", long), tmp_path / "out.mcap"
    lines = path.read_text().splitlines()
    lines[len(lines) // 3 :] = ["nan,nan,0.1,9.8,0,0,0"] * (len(lines) - len(lines) // 3)
    path.write_text("\n".join(lines))
    ran = spinae("replay", path, "--headless", "--record", out)
    check(ran, path)
    assert f"line {len(lines) // 3 + 1}" in ran.err
    assert "AlertRaised" in ran.out
    assert open_recording(out).sealed
    kept = spinae("replay", out, "--headless")
    assert kept.code == 0
    assert kept.out == ran.out


def test_a_name_of_several_lines_is_still_one_line(spinae: Spinae, tmp_path: Path) -> None:
    path = tmp_path / "two\nlines.csv"
    path.write_text("")
    ran = spinae("analyze", path)
    assert ran.code == 1
    assert ran.err.count("\n") == 1


def test_a_fault_of_our_own_is_kept_in_a_log_and_told_in_a_line(
    spinae: Spinae, csv: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object, **__: object) -> None:
        raise ZeroDivisionError("first\nsecond")

    monkeypatch.setattr("tui.cli.analyze.analyze", broken)
    ran = spinae("analyze", csv)
    assert ran.code == 1
    assert ran.err.count("\n") == 1
    assert "Traceback" not in ran.err
    (log,) = home.rglob("crash.log")
    assert "ZeroDivisionError" in log.read_text()
    assert log.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("place", ["/dev/full", "folder"])
def test_a_series_that_cannot_be_written_is_one_clear_line(spinae: Spinae, csv: Path, tmp_path: Path, place: str) -> None:
    if place == "/dev/full" and not Path(place).exists():
        pytest.skip("this system has no /dev/full")
    (tmp_path / "folder").mkdir()
    ran = spinae("analyze", csv, "--series", tmp_path / place)
    check(ran, tmp_path / place)
    assert "--series" in ran.err
    assert ran.out == ""
