"""Recordings made by the simulator, and the ones that come with spinae."""

import tomllib
from pathlib import Path

import pytest

import recordings
from sensorcore.events import Event
from sensorcore.model import SampleBlock
from sensorcore.pipeline.single import Pipeline
from sensorcore.recording.reader import open_recording
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation, load
from sensorcore.simulator.__main__ import main
from sensorcore.simulator.calibration import calibrated
from sensorcore.simulator.record import write

BUNDLED = Path(recordings.__path__[0])
LISTED = tomllib.loads((BUNDLED / "manifest.toml").read_text(encoding="utf-8"))["recording"]
QUICK = ("routine",)
SMALL = [entry for entry in LISTED if entry["duration_s"] <= 900]
SMALL_ONES, ALL = (
    [pytest.param(e, id=e["name"], marks=() if e["name"] in QUICK else pytest.mark.slow) for e in some] for some in (SMALL, LISTED)
)


def test_the_manifest_lists_what_is_there() -> None:
    assert {entry["file"] for entry in LISTED} == {path.name for path in BUNDLED.glob("*.mcap")}


def test_all_together_are_small() -> None:
    assert sum(path.stat().st_size for path in BUNDLED.glob("*.mcap")) < 12e6


@pytest.mark.parametrize("entry", ALL)
def test_a_bundled_recording_says_what_the_manifest_says(entry: dict[str, object]) -> None:
    recording = open_recording(BUNDLED / str(entry["file"]))
    scenario = load(str(entry["scenario"]))
    assert recording.info.name == scenario.name
    assert recording.info.placement == scenario.wearer.placement
    assert scenario.duration_s == entry["duration_s"]
    truth = list(recording.truth())
    assert sum("flexion_deg" in value for value in truth) in (10 * scenario.duration_s, 10 * scenario.duration_s + 1)
    assert [value["phase"] for value in truth if "phase" in value] == [phase.name for phase in scenario.phases]
    assert [(value["fault"], value["t_s"]) for value in truth if "fault" in value] == [(f.kind, f.at_s) for f in scenario.faults]
    times_s = [float(value["t_s"]) for value in truth]
    assert times_s == sorted(times_s)


@pytest.mark.parametrize("entry", SMALL_ONES)
def test_a_small_recording_made_again_is_the_same_to_the_byte(entry: dict[str, object], tmp_path: Path) -> None:
    """Each message, that is: a file also names the version that wrote it."""
    simulation = Simulation(load(str(entry["scenario"])), int(str(entry["seed"])))
    write(simulation, tmp_path / "again.mcap", calibration=calibrated(simulation))
    again, bundled = open_recording(tmp_path / "again.mcap"), open_recording(BUNDLED / str(entry["file"]))
    assert again.info == bundled.info
    assert list(again.notifications()) == list(bundled.notifications())
    assert list(again.truth()) == list(bundled.truth())


def test_workday_short_tells_its_story() -> None:
    recording = open_recording(BUNDLED / "workday-short.mcap")
    pipeline = Pipeline(recording.info, Settings())
    state = pipeline.initial()
    events: list[Event] = []
    for item in recording.items():
        state, output = pipeline.step(state, item)
        events += output.events
    happened = {
        name: [round(e.t_s) for e in events if type(e).__name__ == name] for name in ("AlertRaised", "Corrected", "GapFound")
    }
    script = {phase["phase"]: phase for phase in recording.truth() if "phase" in phase}
    first, sideways, second = happened["AlertRaised"]
    assert first < 90
    assert script["lean to the right"]["t_s"] < sideways < script["lean to the right"]["end_s"]
    assert script["slouch creeps in"]["t_s"] < second < script["slouch creeps in"]["end_s"]
    assert len(happened["Corrected"]) == 3
    assert any(abs(t_s - 130) <= 1 for t_s in happened["GapFound"])


def test_the_maker_makes_a_manifest(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scenario = tmp_path / "short.toml"
    scenario.write_text('name = "short"\nabout = "sit"\n[[phase]]\nname = "sit"\nduration_s = 6\nstate = "sitting"\n')
    manifest = tmp_path / "manifest.toml"
    entry = '[[recording]]\nname = "{0}"\nfile = "{0}.mcap"\nscenario = "{1}"\nseed = 2\n'
    manifest.write_text(entry.format("one", scenario) + entry.format("two", scenario))
    assert main(["--manifest", str(manifest), "--only", "one"]) == 0
    assert not (tmp_path / "two.mcap").exists()
    assert main(["--manifest", str(manifest)]) == 0
    assert (tmp_path / "one.mcap").read_bytes() == (tmp_path / "two.mcap").read_bytes()
    recording = open_recording(tmp_path / "one.mcap")
    assert recording.info.calibration is None
    assert sum(len(item) for item in recording.items() if isinstance(item, SampleBlock)) > 600
    assert "one.mcap: 6 s" in capsys.readouterr().out
    manifest.write_text(entry.format("three", "nothing-like-it"))
    assert main(["--manifest", str(manifest)]) == 1
    assert "workday-short" in capsys.readouterr().err
