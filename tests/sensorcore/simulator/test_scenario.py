"""Scenarios are data; whatever is wrong in one is named."""

from itertools import pairwise
from pathlib import Path

import pytest

from sensorcore.errors import BadInput, SpinaeError, StorageError
from sensorcore.simulator.scenario import BUNDLED, bundled, load, parse
from sensorcore.simulator.script import spans

ONE = '[[phase]]\nname = "sit"\nduration_s = 5\nstate = "sitting"\n'
HEAD = 'name = "x"\nabout = "y"\n'


@pytest.mark.parametrize("name", bundled())
def test_bundled_scenarios_load_and_are_named_after_their_file(name: str) -> None:
    scenario = load(name)
    assert scenario.name == name
    assert load(BUNDLED / f"{name}.toml") == scenario
    assert scenario.phases
    assert all(isinstance(phase.duration_s, float) for phase in scenario.phases)


def test_workday_short_lasts_ten_minutes() -> None:
    assert load("workday-short").duration_s == 600.0


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("name = \n", ["not valid TOML", "line 1"]),
        (HEAD, ["at least one"]),
        (ONE, ["'name' is missing"]),
        (HEAD + "colour = 1\n" + ONE, ["unknown key 'colour'", "Known keys"]),
        (HEAD + ONE + "slouch = 3\n", ["phases 1", "unknown key 'slouch'"]),
        (HEAD + ONE + '[[phase]]\nname = "z"\n', ["phases 2", "'duration_s' is missing"]),
        (HEAD + ONE.replace("sitting", "flying"), ["phases 1", "state", "'flying'", "walking"]),
        (HEAD + ONE + 'flexion_deg = "much"\n', ["flexion_deg", "expected float", "'much'"]),
        (HEAD + ONE + "typing = 1\n", ["typing", "expected bool"]),
        (HEAD + ONE + "flexion_deg = 170\n", ["phase 1 (sit)", "130"]),
        (HEAD + ONE + "move_s = 0\n", ["phase 1 (sit)", "move_s"]),
        (HEAD + ONE + "bends = { count = 1, down_s = 0 }\n", ["phase 1 (sit)", "down_s"]),
        (HEAD + ONE + "bends = 3\n", ["bends", "expected a table"]),
        (HEAD + 'loop_from = "w"\n' + ONE, ["loop_from", "'w'"]),
        (HEAD + ONE + "[wearer]\nmount_deg = [1, 2]\n", ["mount_deg", "expected 3 values, found 2"]),
        (HEAD + ONE + "[link]\njitter_ms = 4\n", ["jitter_ms", "expected a list"]),
        (HEAD + 'start = "tomorrow"\n' + ONE, ["start", "tomorrow"]),
    ],
)
def test_what_is_wrong_is_named(text: str, names: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        parse(text, where="day.toml")
    assert str(caught.value).startswith("day.toml")
    for name in names:
        assert name in str(caught.value)


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe\x00", b"\x00" * 100, b"a = 1\n"])
def test_files_that_are_no_scenario(tmp_path: Path, junk: bytes) -> None:
    path = tmp_path / "day.toml"
    path.write_bytes(junk)
    with pytest.raises(SpinaeError, match=r"day\.toml"):
        load(path)


def test_a_name_that_is_unknown_and_a_folder(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="workday-short"):
        load("workday-long")
    with pytest.raises(StorageError):
        load(tmp_path)


def test_a_longer_stream_repeats_from_loop_from() -> None:
    scenario = load("workday-short")
    parts = list(spans(scenario, 3 * 3600.0))
    assert parts[-1].end_s >= 3 * 3600.0 > parts[-1].start_s
    assert all(before.end_s == after.start_s for before, after in pairwise(parts))
    assert [part.phase.name for part in parts].count("three bows") == 1
    assert [part.phase.name for part in parts].count("work") > 20
