"""One door for writing files: what is written is private, goes through no link, and overwrites nothing of the wearer's."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.project import ROOT
from tests.tui.cli.conftest import Spinae, csv, home, spinae  # noqa: F401 - fixtures

DOOR = "sensorcore/storage/write.py"
ELSEWHERE = {
    "sensorcore/history/schema.py": "SQLite opens its file itself; made private before",
    "sensorcore/notifiers/sound.py": "a sound in a temporary folder of its own",
    "sensorcore/doctor.py": "tries whether the disk can be written to, in a temporary file",
    "sensorcore/daemon/guard.py": "a lock: in the data folder, without content of the wearer's",
}
WRITERS = {"write_text", "write_bytes", "savetxt", "tofile", "to_csv", "FileHandler", "symlink_to"}


def writes(path: Path) -> list[int]:
    """Lines that open a file for writing, or write to a name, other than to a new private file."""
    found = []
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if name != "open" and name not in WRITERS:
            continue
        text = ast.unparse(node)
        modes = [
            each.value
            for each in (*node.args, *(keyword.value for keyword in node.keywords if keyword.arg == "mode"))
            if isinstance(each, ast.Constant) and isinstance(each.value, str) and set(each.value) <= set("rwxabt+")
        ]
        opens = name == "open" and any(set(mode) & set("wa+x") for mode in modes) and "opener=private_opener" not in text
        made = name == "open" and "O_CREAT" in text
        if opens or made or (name in WRITERS and not (name == "savetxt" and "file" in text)):
            found.append(node.lineno)
    return found


def test_files_are_written_through_one_door() -> None:
    found = {
        str(path.relative_to(ROOT)): lines
        for package in ("sensorcore", "tui")
        for path in sorted((ROOT / package).rglob("*.py"))
        if (lines := writes(path))
    }
    assert set(found) - {DOOR, *ELSEWHERE} == set(), found


@pytest.mark.parametrize(
    "command",
    [
        ("analyze", "FILE", "--series", "OUT"),
        ("analyze", "FILE", "--series", "OUT", "--smooth"),
        ("import", "FILE", "-o", "OUT"),
        ("replay", "FILE", "--headless", "--record", "OUT"),
        ("simulate", "workday-short", "-o", "OUT"),
        ("export", "RECORDING", "--to", "csv", "-o", "OUT"),
        ("export", "RECORDING", "--to", "parquet", "-o", "OUT"),
        ("export", "RECORDING", "--to", "edf", "-o", "OUT"),
        ("report", "--day", "2024-10-04", "--html", "OUT"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("there", ["file", "link", "dangling link"])
def test_no_output_overwrites_or_follows_a_link(
    command: tuple[str, ...],
    there: str,
    spinae: Spinae,  # noqa: F811
    csv: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    precious = tmp_path / "precious"
    ending = "mcap" if command[0] in ("import", "replay", "simulate") else command[3] if command[0] == "export" else "csv"
    out = tmp_path / f"out.{ending}"
    if there == "file":
        precious = out
    if there != "dangling link":
        precious.write_text("precious")
    if there != "file":
        out.symlink_to(precious)
    recording = ROOT / "recordings" / "routine.mcap"
    given = {"FILE": csv, "RECORDING": recording, "OUT": out}
    ran = spinae(*(given.get(part, part) for part in command))
    assert ran.code == 1, ran
    assert "exist" in ran.err
    assert ran.err.count("\n") == 1
    assert (precious.read_text() if precious.exists() else "none") == ("none" if there == "dangling link" else "precious")
    assert not [each for each in tmp_path.iterdir() if each.name.endswith((".unfinished", ".new"))]
