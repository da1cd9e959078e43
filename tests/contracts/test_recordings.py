"""The bundled recordings, written by earlier versions, are read and judged as before."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.contracts.conftest import Golden
from tests.project import ROOT
from tests.tui.cli.conftest import Spinae

RECORDINGS = ROOT / "recordings"
NAMES = sorted(path.stem for path in RECORDINGS.glob("*.mcap"))
SHORT = "workday-short"
EACH = [pytest.param(name, marks=() if name == SHORT else pytest.mark.slow) for name in NAMES]


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that outputs which name the file name it the same way everywhere."""
    monkeypatch.chdir(RECORDINGS)


@pytest.mark.parametrize("name", EACH)
def test_analyze(spinae: Spinae, golden: Golden, name: str) -> None:
    ran = spinae("analyze", f"{name}.mcap", "--json")
    assert (ran.code, ran.err) == (0, "")
    golden(f"analyze-{name}.json", json.dumps(json.loads(ran.out), indent=1, ensure_ascii=False) + "\n")


@pytest.mark.parametrize("name", EACH)
def test_analyze_in_words(spinae: Spinae, golden: Golden, name: str) -> None:
    ran = spinae("analyze", f"{name}.mcap")
    assert ran.code == 0
    golden(f"analyze-{name}.txt", ran.out)


@pytest.mark.parametrize("name", EACH)
def test_series(spinae: Spinae, golden: Golden, name: str, tmp_path: Path) -> None:
    assert spinae("analyze", f"{name}.mcap", "--series", tmp_path / "series.csv").code == 0
    golden(f"series-{name}.csv", (tmp_path / "series.csv").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", EACH)
def test_replay(spinae: Spinae, golden: Golden, name: str) -> None:
    ran = spinae("replay", f"{name}.mcap", "--headless")
    assert ran.code == 0
    golden(f"replay-{name}.jsonl", ran.out)


@pytest.mark.slow
def test_exercises_counted_throughout(spinae: Spinae, golden: Golden) -> None:
    exercises = ("pelvic_tilt", "forward_bend", "side_bend", "trunk_rotation", "sit_to_stand")
    asked = [part for exercise in exercises for part in ("--exercise", exercise)]
    ran = spinae("analyze", "all-exercises.mcap", "--json", *asked)
    assert ran.code == 0
    golden("analyze-all-exercises-counted.json", json.dumps(json.loads(ran.out), indent=1) + "\n")


@pytest.mark.slow
def test_what_if(spinae: Spinae, golden: Golden) -> None:
    ran = spinae("tune", "workday.mcap", "--json")
    assert ran.code == 0
    golden("tune-workday.json", ran.out)


@pytest.mark.parametrize("form", ["csv", "parquet", "edf"])
def test_export(spinae: Spinae, golden: Golden, form: str, tmp_path: Path) -> None:
    assert spinae("export", f"{SHORT}.mcap", "--to", form, "-o", tmp_path / f"out.{form}").code == 0
    written = sorted(path.name for path in tmp_path.iterdir())
    text = "".join(path.read_text(encoding="utf-8") for path in sorted(tmp_path.glob("*.csv")))
    golden(f"export-{form}.txt", "\n".join(written) + "\n" + text)
