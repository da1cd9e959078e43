"""What goes onto the board is complete, and nothing else is overwritten on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from firmware_protocol import assemble


def test_the_boards_files(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    target = tmp_path / "build" / "firmware"
    assert assemble.main([str(target)]) == 0
    files = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert files >= {"main.py", "board.py", "lib/firmware_protocol/wire.py", "lib/firmware_protocol/tables.py"}
    said = capsys.readouterr().out
    assert all(name in said for name in files)
    assert not any("packets" in name or name.endswith(".md") for name in files)
    (target / "old.py").touch()
    assert assemble.main([str(target)]) == 0
    assert not (target / "old.py").exists()


def test_a_folder_that_holds_anything_else_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "thesis.txt").touch()
    assert assemble.main([str(tmp_path)]) == 1
    assert "holds something else; name a new or empty folder" in capsys.readouterr().err
    assert (tmp_path / "thesis.txt").exists()


def test_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert assemble.main([]) == 2
    assert "usage" in capsys.readouterr().err
