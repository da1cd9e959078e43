"""Files of other programs become recordings, and recordings files for other programs."""

from __future__ import annotations

import itertools
import shutil
from pathlib import Path

import numpy as np
import pyarrow.parquet as pa_parquet
import pytest
from edfio import read_edf

from sensorcore.model import SampleBlock
from sensorcore.recording.reader import open_recording
from tests.tui.cli.conftest import HEADER, RECORDING, Spinae, table


def samples(path: Path) -> SampleBlock:
    return SampleBlock.joined([item for item in open_recording(path).items() if isinstance(item, SampleBlock)])


@pytest.fixture
def walk(tmp_path: Path) -> Path:
    path = tmp_path / "walk.csv"
    np.savetxt(path, table(20.0), delimiter=",", header=HEADER, comments="", fmt="%.17g")
    return path


def test_an_import_keeps_every_value_and_says_what_it_made(walk: Path, spinae: Spinae) -> None:
    ran = spinae("import", walk, "--mount", "up=+z,forward=+x", "--placement", "upper_back")
    made = walk.with_suffix(".mcap")
    assert ran.code == 0
    assert str(made) in ran.out
    assert "samples" in ran.out
    got, rows = samples(made), table(20.0)
    assert np.array_equal(got.acc_mps2, rows[:, 1:4])
    assert got.gyr_radps is not None
    assert np.array_equal(got.gyr_radps, rows[:, 4:7])
    recorded = open_recording(made).recorded
    assert (recorded.mounting, recorded.stream.placement) == ("up=+z,forward=+x", "upper_back")


def test_an_import_never_overwrites_and_one_bad_file_does_not_stop_the_rest(walk: Path, tmp_path: Path, spinae: Spinae) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_text("hello\n")
    ran = spinae("import", bad, walk)
    assert ran.code == 1
    assert ran.err.count("spinae:") == 1
    assert "bad.csv" in ran.err
    before = walk.with_suffix(".mcap").read_bytes()
    again = spinae("import", walk)
    assert again.code == 1
    assert "walk.mcap" in again.err
    assert walk.with_suffix(".mcap").read_bytes() == before


def test_two_files_cannot_have_one_output(walk: Path, spinae: Spinae) -> None:
    assert spinae("import", walk, walk, "-o", "out.mcap").code == 2


def test_a_recording_that_was_cut_short_is_mended(tmp_path: Path, spinae: Spinae) -> None:
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(RECORDING.read_bytes()[:-5000])
    assert not open_recording(cut).sealed
    ran = spinae("import", cut)
    assert (ran.code, "mended" in ran.out) == (0, True)
    assert open_recording(cut).sealed
    again = spinae("import", cut)
    assert again.code == 1
    assert "already" in again.err


def test_mending_obeys_the_output_and_writes_over_nothing(tmp_path: Path, spinae: Spinae) -> None:
    cut, new = tmp_path / "cut.mcap", tmp_path / "new.mcap"
    content = RECORDING.read_bytes()[:-5000]
    cut.write_bytes(content)
    ran = spinae("import", cut, "-o", new)
    assert (ran.code, f"{new}: mended" in ran.out) == (0, True)
    assert cut.read_bytes() == content
    assert open_recording(new).sealed
    assert np.array_equal(samples(new).t_s, samples(cut).t_s)
    before = new.read_bytes()
    for out in (new, cut):
        again = spinae("import", cut, "-o", out)
        assert (again.code, "exists" in again.err) == (1, True)
    assert (new.read_bytes(), cut.read_bytes()) == (before, content)
    assert "already" in spinae("import", new, "-o", tmp_path / "third.mcap").err
    assert sorted(p.name for p in tmp_path.iterdir()) == ["cut.mcap", "new.mcap"]


def test_how_the_sensor_was_worn_is_not_ignored_in_mending(tmp_path: Path, spinae: Spinae) -> None:
    cut = tmp_path / "cut.mcap"
    cut.write_bytes(RECORDING.read_bytes()[:-5000])
    for options in (("--placement", "waist"), ("--mount", "up=+z,forward=+x"), ("--baseline", "sitting=1:5")):
        ran = spinae("import", cut, *options)
        assert (ran.code, f"{options[0]} does not go with" in ran.err) == (1, True)
    assert not open_recording(cut).sealed


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    return Path(shutil.copy(RECORDING, tmp_path / "day.mcap"))


def test_export_to_csv_and_back_is_the_same_signal(recording: Path, tmp_path: Path, spinae: Spinae) -> None:
    assert spinae("export", recording, "--to", "csv").code == 0
    assert (tmp_path / "day.events.jsonl").read_text().count("AlertRaised") == 3
    assert spinae("import", tmp_path / "day.csv", "-o", tmp_path / "back.mcap").code == 0
    here, back = samples(recording), samples(tmp_path / "back.mcap")
    assert np.array_equal(here.acc_mps2, back.acc_mps2)
    np.testing.assert_allclose(here.t_s, back.t_s, atol=2e-6)


@pytest.mark.parametrize("order", [*itertools.permutations(["csv", "parquet", "edf"])])
def test_one_recording_goes_to_every_format_in_any_order(order: tuple[str, ...], csv: Path, tmp_path: Path, spinae: Spinae) -> None:
    day = shutil.copy(csv, tmp_path / "walk.txt.csv")
    assert spinae("import", day, "-o", tmp_path / "day.mcap").code == 0
    for to in order:
        ran = spinae("export", tmp_path / "day.mcap", "--to", to)
        assert (ran.code, ran.err) == (0, ""), to
        assert ("day.events.jsonl" in ran.out) == (to != "edf")
    again = spinae("export", tmp_path / "day.mcap", "--to", order[0])
    assert (again.code, f"day.{order[0]}" in again.err, "exists already" in again.err) == (1, True, True)
    (tmp_path / f"day.{order[0]}").unlink()
    assert spinae("export", tmp_path / "day.mcap", "--to", order[0]).code == 0
    assert [path.name for path in tmp_path.glob("*.jsonl")] == ["day.events.jsonl"]


def test_other_events_get_a_file_of_their_own_and_none_is_overwritten(recording: Path, tmp_path: Path, spinae: Spinae) -> None:
    assert spinae("export", recording, "--to", "csv").code == 0
    kept = (tmp_path / "day.events.jsonl").read_bytes()
    ran = spinae("export", recording, "--to", "parquet", "--set", "alerts.delay_s=1")
    assert (ran.code, "day.parquet.events.jsonl" in ran.out) == (0, True)
    assert (tmp_path / "day.events.jsonl").read_bytes() == kept != (tmp_path / "day.parquet.events.jsonl").read_bytes()
    (tmp_path / "day.parquet").unlink()
    (tmp_path / "day.parquet.events.jsonl").write_text("mine")
    (tmp_path / "day.events.jsonl").unlink()
    (tmp_path / "day.events.jsonl").symlink_to(tmp_path / "day.csv")
    refused = spinae("export", recording, "--to", "parquet")
    assert (refused.code, "day.parquet.events.jsonl" in refused.err, "exists already" in refused.err) == (1, True, True)
    assert (tmp_path / "day.parquet.events.jsonl").read_text() == "mine"
    assert not (tmp_path / "day.parquet").exists()


def test_export_to_parquet_and_edf_hold_every_sample(recording: Path, tmp_path: Path, spinae: Spinae) -> None:
    count = len(samples(recording))
    assert spinae("export", recording, "--to", "parquet", "-o", tmp_path / "p.parquet").code == 0
    assert pa_parquet.read_table(tmp_path / "p.parquet").num_rows == count
    ran = spinae("export", recording, "--to", "edf", "-o", tmp_path / "e.edf")
    assert (ran.code, str(count) in ran.out) == (0, True)
    assert any("AlertRaised" in note.text for note in read_edf(tmp_path / "e.edf").annotations)


@pytest.mark.parametrize("arguments", [["nowhere.mcap", "--to", "csv"], ["nowhere.mcap", "--to", "xls"]])
def test_what_cannot_be_exported_is_told(arguments: list[str], spinae: Spinae) -> None:
    ran = spinae("export", *arguments)
    assert ran.code == (1 if "csv" in arguments else 2)
    assert "Traceback" not in ran.err
