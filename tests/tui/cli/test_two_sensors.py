"""Two sensors on the command line: what is made, and what is refused in one sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sensorcore.recording.reader import open_recording
from tests.tui.cli.conftest import Spinae


def test_a_simulated_recording_of_two_is_analysed_and_recorded_again(spinae: Spinae, tmp_path: Path) -> None:
    made, again = tmp_path / "two.mcap", tmp_path / "again.mcap"
    two = ("--placement", "upper_back", "--placement", "lower_back", "--minutes", "1", "--rate", "52")
    ran = spinae("simulate", "workday-short", "-o", str(made), *two)
    assert ran.code == 0
    assert "upper_back and lower_back" in ran.out
    info = open_recording(made).info
    assert (info.placement, info.second and info.second.placement) == ("upper_back", "lower_back")
    assert json.loads(spinae("analyze", "--json", str(made)).out)["wear_s"] == pytest.approx(60.0, abs=1.0)
    assert spinae("replay", str(made), "--headless", "--record", str(again)).code == 0
    assert [*open_recording(again).arrivals()] == [*open_recording(made).arrivals()]
    assert spinae("analyze", "--json", str(again)).out.replace("again", "two") == spinae("analyze", "--json", str(made)).out


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("simulate workday-short -o x.mcap --placement waist --placement lower_back", "Name them upper first"),
        ("wear --headless --sensor A --sensor A", "'A' is the same sensor as 'A'"),
        ("wear --headless --sensor A --placement upper_back --placement waist", "two placements are those of two sensors"),
        ("wear --headless --sensor A --sensor B --mount up=z", "it names the axes of one sensor"),
        ("wear --headless --sensor sim:workday-short --sensor B", "two sensors are worn by one wearer"),
        ("wear --headless --sensor sim:workday-short --placement waist --placement chest", "Name them upper first"),
    ],
)
def test_what_cannot_be_two_is_refused(
    spinae: Spinae, command: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    ran = spinae(*command.split())
    assert ran.code == 1
    assert said in ran.err
    assert "Traceback" not in ran.err


def test_three_are_too_many(spinae: Spinae) -> None:
    ran = spinae("wear", "--sensor", "A", "--sensor", "B", "--sensor", "C")
    assert ran.code == 2
    assert "one sensor or two" in ran.err
