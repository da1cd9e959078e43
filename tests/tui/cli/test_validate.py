"""`spinae validate`: one table a data set, one clear line for anything else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.tui.cli.conftest import Spinae


@pytest.fixture
def still_board(tmp_path: Path) -> Path:
    """A trial in BROAD's layout: 10 s of a board that lies still, level by the cameras."""
    n = 2858
    level = np.tile([1.0, 0.0, 0.0, 0.0], (n, 1))
    acc = np.tile([0.0, 0.0, 9.81], (n, 1))
    np.savez(tmp_path / "01_still.npz", acc=acc, gyr=np.zeros((n, 3)), quat=level, movement=np.ones(n), fs=2000 / 7)
    return tmp_path


def test_the_table_of_a_data_set(spinae: Spinae, still_board: Path) -> None:
    ran = spinae("validate", "broad", still_board)
    assert ran.code == 0
    assert "| 01_still | 0.0" in ran.out


def test_as_json(spinae: Spinae, still_board: Path) -> None:
    plain = json.loads(spinae("validate", "broad", still_board, "--json").out)
    assert plain["schema"] == "spinae.validation/1"
    assert plain["dataset"] == "broad"
    assert [len(row) for row in plain["rows"]] == [len(plain["headers"])] * 2
    assert plain["notes"]


def test_list_says_what_each_measures(spinae: Spinae) -> None:
    ran = spinae("validate", "--list")
    assert ran.code == 0
    assert "broad  " in ran.out
    assert all(len(line.split(maxsplit=1)) == 2 for line in ran.out.splitlines())


def test_an_unknown_data_set_is_named_with_those_that_are_known(spinae: Spinae, tmp_path: Path) -> None:
    ran = spinae("validate", "bored", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert "no data set 'bored'" in ran.err
    assert "broad" in ran.err


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda folder: None, "there are no trials"),
        (lambda folder: (folder / "01_x.npz").write_bytes(b"nonsense"), "cannot be read"),
        (lambda folder: (folder / "01_x.npz").write_bytes(b""), "cannot be read"),
        (lambda folder: np.savez(folder / "01_x.npz", acc=np.zeros((9, 3))), "lacks the array gyr"),
    ],
    ids=["nothing of it there", "nonsense", "empty file", "array missing"],
)
def test_a_wrong_folder_is_one_clear_line(spinae: Spinae, tmp_path: Path, make: object, said: str) -> None:
    make(tmp_path)  # type: ignore[operator]
    ran = spinae("validate", "broad", tmp_path)
    assert (ran.code, ran.out) == (1, "")
    assert said in ran.err
    assert str(tmp_path) in ran.err
    assert ran.err.count("\n") == 1


def test_no_folder(spinae: Spinae, tmp_path: Path) -> None:
    ran = spinae("validate", "broad", tmp_path / "none")
    assert (ran.code, "this is not a folder" in ran.err) == (1, True)


def test_without_a_data_set_it_says_how(spinae: Spinae) -> None:
    ran = spinae("validate")
    assert (ran.code, "--list" in ran.err) == (2, True)
