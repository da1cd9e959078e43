"""`spinae simulate`: a recording with its truth, never over an old one, and one sentence for what is wrong."""

from pathlib import Path

import numpy as np
import pytest

from sensorcore.model import SampleBlock
from sensorcore.recording.reader import open_recording
from sensorcore.simulator import load
from sensorcore.simulator.faults import KINDS
from sensorcore.simulator.scenario import bundled
from tui.cli import main

resource = pytest.importorskip("resource", reason="user time of a process is measured on POSIX only")
SHORT = 'name = "short"\nabout = "sit"\n[[phase]]\nname = "sit"\nduration_s = 20\nstate = "sitting"\n'


@pytest.fixture
def short(tmp_path: Path) -> str:
    (tmp_path / "short.toml").write_text(SHORT)
    return str(tmp_path / "short.toml")


def test_makes_a_recording_with_its_truth(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "day.mcap"
    options = ["--seed", "7", "--minutes", "1", "--fault", "slip:at=45,deg=12", "--fault", "lost:at=40,share=0.1"]
    assert main(["simulate", "workday-short", "-o", str(made), *options]) == 0
    assert capsys.readouterr().out == f"{made}: workday-short, 1.0 min at 104 Hz, seed 7, 4 faults\n"
    recording = open_recording(made)
    assert recording.info.name == "workday-short"
    assert recording.info.calibration is not None
    truth = list(recording.truth())
    assert {"t_s": 45.0, "end_s": 45.5, "fault": "slip", "axis": "y", "deg": 12.0} in truth
    assert sum("flexion_deg" in value for value in truth) == pytest.approx(600, abs=1)
    assert main(["simulate", "workday-short", "-o", str(tmp_path / "again.mcap"), *options]) == 0
    assert (tmp_path / "again.mcap").read_bytes() == made.read_bytes()
    options[1] = "8"
    assert main(["simulate", "workday-short", "-o", str(tmp_path / "other.mcap"), *options]) == 0
    assert (tmp_path / "other.mcap").read_bytes() != made.read_bytes()


@pytest.mark.parametrize("rate", [52, 104])
def test_rate_and_length(tmp_path: Path, short: str, rate: int) -> None:
    made = tmp_path / "day.mcap"
    assert main(["simulate", short, "-o", str(made), "--rate", str(rate), "--minutes", "0.5"]) == 0
    recording = open_recording(made)
    assert recording.info.device.sample_rate_hz == rate
    samples = sum(len(item) for item in recording.items() if isinstance(item, SampleBlock))
    assert samples == pytest.approx(30 * rate * 1.005, abs=17)


@pytest.mark.slow
def test_somebody_else_for_each_seed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name, options in {"a": ["--seed", "3"], "b": ["--seed", "4"], "c": ["bad-day", "--seed", "3"]}.items():
        assert main(["simulate", "--random", "-o", str(tmp_path / f"{name}.mcap"), "--minutes", "2", *options]) == 0
    assert "workday-3, 2.0 min at 104 Hz, seed 3" in capsys.readouterr().out
    days = {name: open_recording(tmp_path / f"{name}.mcap").info for name in "abc"}
    assert {name: info.name for name, info in days.items()} == {"a": "workday-3", "b": "workday-4", "c": "bad-day"}
    assert days["a"].placement == days["c"].placement, "the same somebody"
    up = {name: np.array(info.calibration.upright["standing"]) for name, info in days.items() if info.calibration}
    assert up["a"] @ up["b"] < np.cos(np.deg2rad(15.0))
    assert up["a"] @ up["c"] > np.cos(np.deg2rad(15.0)), "clipped on the same way"


def test_never_overwrites_and_leaves_nothing_half_made(tmp_path: Path, short: str, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "day.mcap"
    made.write_bytes(b"precious")
    assert main(["simulate", short, "-o", str(made)]) == 1
    assert made.read_bytes() == b"precious"
    assert "never overwritten" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["day.mcap", "short.toml"]


def test_list_names_length_and_what_it_shows(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(bundled())
    for line in lines:
        scenario = load(line.split()[0])
        assert f"{scenario.duration_s / 60:.0f} min" in line
        assert line.endswith(scenario.about)


def test_help_tells_of_every_fault(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["simulate", "--help"])
    out = capsys.readouterr().out
    assert all(f"  {kind:10}{described.about}" in out for kind, described in KINDS.items())


@pytest.mark.parametrize(
    ("options", "names"),
    [
        (["nothing-like-it"], ["nothing-like-it", "workday-short", "bad-day"]),
        (["bad-day", "--fault", "slop:at=3"], ["slop", "slip"]),
        (["bad-day", "--fault", "slip:at=6000"], ["slip", "6000 s", "1500 s"]),
        (["bad-day", "--fault", "reboot:at=602"], ["bad-day", "reboot at 602", "stall at 600"]),
        (["bad-day", "--minutes", "0"], ["--minutes"]),
        (["bad-day", "--minutes", "nan"], ["--minutes"]),
        (["bad-day", "--seed", "-1"], ["--seed"]),
    ],
)
def test_what_is_wrong_is_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], options: list[str], names: list[str]
) -> None:
    assert main(["simulate", *options, "-o", str(tmp_path / "x.mcap")]) == 1
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert all(name in error for name in names)
    assert not list(tmp_path.iterdir())


def test_without_a_name_or_a_file_it_says_how(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["simulate"]) == main(["simulate", "bad-day"]) == 2
    assert "--list" in capsys.readouterr().err


def test_a_calibration_that_fails_is_a_note(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = tmp_path / "day.mcap"
    assert main(["simulate", "workday-short", "-o", str(made), "--minutes", "1", "--fault", "off:at=2,duration=20"]) == 0
    assert "note: without a calibration" in capsys.readouterr().out
    assert open_recording(made).info.calibration is None
    assert main(["simulate", "workday-short", "-o", str(tmp_path / "short.mcap"), "--minutes", "0.3"]) == 0
    assert "note: without a calibration: it ends before" in capsys.readouterr().out
    assert main(["simulate", "workday-short", "-o", str(tmp_path / "standing.mcap"), "--minutes", "0.4"]) == 0
    calibration = open_recording(tmp_path / "standing.mcap").info.calibration
    assert calibration is not None
    assert set(calibration.upright) == {"standing"}
