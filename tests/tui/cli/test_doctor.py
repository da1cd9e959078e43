"""`spinae doctor`, but for the radio (tests/radio/test_doctor.py)."""

from __future__ import annotations

import pytest

from sensorcore.doctor import clock
from tests.tui.cli.conftest import Spinae
from tui.places.folders import data_folder, settings_path


@pytest.fixture(autouse=True)
def deaf(monkeypatch: pytest.MonkeyPatch) -> None:
    """No radio is asked."""

    async def nothing(*_: object, **__: object) -> list[object]:
        return []

    monkeypatch.setattr("sensorcore.doctor.examine_radio", nothing)


def test_all_is_well(spinae: Spinae) -> None:
    ran = spinae("doctor")
    assert (ran.code, ran.err) == (0, "")
    assert [line.split(":")[0] for line in ran.out.splitlines()] == ["● settings", "● disk", "● clock"]
    assert not (data_folder() / ".doctor").exists()


def test_what_is_wrong_is_told_with_its_mending(spinae: Spinae) -> None:
    settings_path().parent.mkdir(parents=True, exist_ok=True)
    settings_path().write_text("[alerts]\ndelay_s = -1\n")
    ran = spinae("doctor")
    assert ran.code == 1
    assert "× settings" in ran.out
    assert "delay_s = -1 is out of range" in ran.out


def test_a_clock_that_was_never_set() -> None:
    assert not clock(3600.0).is_well
    assert clock(1_800_000_000.0).is_well
