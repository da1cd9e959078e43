"""What each command says of itself."""

from __future__ import annotations

import pytest

from tests.contracts.conftest import Golden
from tests.tui.cli.conftest import Spinae
from tui.cli import COMMANDS


@pytest.fixture(autouse=True)
def width(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "100")


def test_of_spinae(spinae: Spinae, golden: Golden) -> None:
    golden("help.txt", spinae("--help").out)


@pytest.mark.parametrize("command", COMMANDS)
def test_of_each_command(spinae: Spinae, golden: Golden, command: str) -> None:
    ran = spinae(command, "--help")
    assert ran.code == 0
    golden(f"help-{command}.txt", ran.out)
