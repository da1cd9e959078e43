"""`spinae analyze`: the contract that scripts depend on."""

from __future__ import annotations

import itertools
import json
from pathlib import Path

import numpy as np
import pytest

from tests.tui.cli.conftest import RECORDING, Spinae, table, write_csv

KEYS = {
    "schema", "recording", "duration_s", "sample_rate_hz", "samples", "gaps", "wear_s", "posture", "alerts", "contexts", "reps",
    "breathing", "notes",
}  # fmt: skip
STATES = {"sitting", "standing", "walking", "lying", "moving", "not_worn", "unknown"}


def test_json_has_what_the_contract_says(spinae: Spinae) -> None:
    ran = spinae("analyze", RECORDING, "--json")
    assert (ran.code, ran.err) == (0, "")
    report = json.loads(ran.out)
    assert set(report) >= KEYS
    assert report["schema"] == "spinae.analysis/1"
    assert report["recording"] == RECORDING.name
    assert report["duration_s"] == pytest.approx(600, abs=1)
    assert report["sample_rate_hz"] == 104.0
    posture = report["posture"]
    assert sum(posture[f"{word}_s"] for word in ("upright", "slouched", "unknown")) == pytest.approx(report["wear_s"], abs=1e-6)
    assert list(posture["inclination_percentiles_deg"]) == ["5", "50", "90", "95", "99"]
    assert list(posture["inclination_percentiles_deg"].values()) == sorted(posture["inclination_percentiles_deg"].values())
    assert report["alerts"]
    for alert in report["alerts"]:
        assert set(alert) >= {"t_s", "kind", "why"}
        measured = {"state", "direction", "angle_deg", "threshold_deg", "dwell_s"}
        assert set(alert["why"]) == measured | {"baseline", "baseline_assumed", "feedback"}
        assert alert["why"]["dwell_s"] >= 15.0
        assert alert["why"]["angle_deg"] >= alert["why"]["threshold_deg"]
    contexts = report["contexts"]
    assert {context["state"] for context in contexts} <= STATES
    assert contexts[0]["start_s"] == 0.0
    assert contexts[-1]["end_s"] == report["wear_s"]
    assert [c["end_s"] for c in contexts[:-1]] == [c["start_s"] for c in contexts[1:]]
    assert all(gap["end_s"] > gap["start_s"] >= 0 for gap in report["gaps"])


def test_text_says_the_same_to_people(spinae: Spinae) -> None:
    ran = spinae("analyze", RECORDING)
    assert ran.code == 0
    report = json.loads(spinae("analyze", RECORDING, "--json").out)
    assert f"alerts    {len(report['alerts'])}" in ran.out
    assert "measured from your sitting upright" in ran.out
    assert all(word in ran.out for word in ("upright", "slouched", "unknown", "gaps"))


def test_series_has_the_recordings_rate_and_columns(spinae: Spinae, csv: Path, tmp_path: Path) -> None:
    out = tmp_path / "tilt.csv"
    assert spinae("analyze", csv, "--series", out).code == 0
    header, *rows = out.read_text().splitlines()
    assert header == "t_s,up_x,up_y,up_z,flexion_deg,lateral_deg"
    values = np.loadtxt(rows, delimiter=",")
    assert len(values) == len(table())
    np.testing.assert_allclose(np.linalg.norm(values[:, 1:4], axis=1), 1.0, atol=1e-6)
    smooth = tmp_path / "smooth.csv"
    assert spinae("analyze", csv, "--series", smooth, "--smooth").code == 0
    ahead = np.loadtxt(smooth, delimiter=",", skiprows=1)
    np.testing.assert_array_equal(ahead[:, 0], values[:, 0])
    between_deg = np.degrees(np.arccos(np.clip((ahead[:, 1:4] * values[:, 1:4]).sum(axis=1), -1, 1)))
    assert 0 < np.median(between_deg) < 2.0


def test_one_bad_file_does_not_keep_the_others_from_being_analyzed(spinae: Spinae, csv: Path, tmp_path: Path) -> None:
    ran = spinae("analyze", csv, tmp_path / "absent.csv", csv, "--json")
    assert ran.code == 1
    assert [json.loads(line)["recording"] for line in ran.out.splitlines()] == ["desk.csv", "desk.csv"]
    assert ran.err.count("\n") == 1
    assert "absent.csv" in ran.err


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["a.csv", "b.csv", "--series", "x.csv"],
        ["a.csv", "--smooth"],
        ["a.csv", "--placement", "head"],
        ["a.csv", "--nonsense"],
    ],
)
def test_wrong_usage_is_told_apart(spinae: Spinae, arguments: list[str]) -> None:
    ran = spinae("analyze", *arguments)
    assert ran.code == 2
    assert "spinae analyze" in ran.err


def test_series_never_overwrites_its_input(spinae: Spinae, csv: Path, tmp_path: Path) -> None:
    mine = tmp_path / "mine.csv"
    mine.write_bytes(csv.read_bytes())
    (tmp_path / "link.csv").symlink_to(mine)
    for name in ("mine.csv", "link.csv"):
        ran = spinae("analyze", mine, "--series", tmp_path / name)
        assert ran.code == 1
        assert "exists already" in ran.err
        assert mine.read_bytes() == csv.read_bytes()


def test_settings_and_wearing_matter(spinae: Spinae, csv: Path) -> None:
    assumed = json.loads(spinae("analyze", csv, "--json").out)
    assert any("assumed" in note for note in assumed["notes"])
    known = json.loads(
        spinae(
            "analyze", csv, "--baseline", "sitting=28:36", "--set", "alerts.delay_s=5", "--set", "alerts.mute_after_s=0", "--json"
        ).out
    )
    assert not any("assumed" in note for note in known["notes"])
    assert known["alerts"][0]["why"]["dwell_s"] == pytest.approx(5.0, abs=0.11)
    assert not known["alerts"][0]["why"]["baseline_assumed"]


@pytest.mark.parametrize(
    ("option", "says"),
    [
        (["--baseline", "sitting=500:510"], "no samples in that stretch"),
        (["--baseline", "lying=3:5"], "neither sitting nor standing"),
        (["--baseline", "sitting=5:3"], "ends before it starts"),
        (["--baseline", "sitting=nan:3"], "ends before it starts"),
        (["--baseline", "sitting"], "not a span"),
        (["--mount", "up=w"], "cannot read 'up=w'"),
        (["--mount", "up=z,forward=-z"], "same axis"),
        (["--mount", "up=-z", "--baseline", "sitting=28:36"], "from the wearer's upright"),
        (["--mount", "up=x,forward=z", "--baseline", "sitting=28:36"], "from the wearer's upright"),
        (["--set", "alerts.delay_s=0"], "out of range"),
        (["--set", "alerts.dely_s=3"], "Did you mean"),
        (["--set", "alerts.quiet_hours=late"], "not a time span"),
    ],
)
def test_options_that_make_no_sense_are_named(spinae: Spinae, csv: Path, option: list[str], says: str) -> None:
    ran = spinae("analyze", csv, *option)
    assert ran.code == 1
    assert says in ran.err
    assert option[0] in ran.err
    assert ran.err.count("\n") == 1


def test_a_wearer_who_never_keeps_still_is_unknown_and_told_why(spinae: Spinae, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    columns = table(30.0)
    columns[:, 1:4] += rng.normal(0, 2.0, (len(columns), 3))
    report = json.loads(spinae("analyze", write_csv(tmp_path / "wild.csv", columns), "--json").out)
    assert report["posture"]["unknown_s"] == report["wear_s"]
    assert report["posture"]["inclination_percentiles_deg"] is None
    assert any("never still" in note for note in report["notes"])


def test_lying_with_the_mount_known_is_not_taken_for_upright(spinae: Spinae, tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    n = 50 * 40
    acc = np.where(np.arange(n)[:, None] < n // 2, [9.81, 0.0, 0.3], [0.0, 0.0, 9.81]) + rng.normal(0, 0.02, (n, 3))
    path = write_csv(tmp_path / "bed.csv", np.column_stack([np.arange(n) / 50, acc]), "t_s,ax_mps2,ay_mps2,az_mps2")
    series = tmp_path / "tilt.csv"
    assert spinae("analyze", path, "--mount", "up=z", "--series", series).code == 0
    last = np.loadtxt(series, delimiter=",", skiprows=1)[-1]
    assert abs(last[4]) < 1.0


def test_the_text_tells_exposure_doing_and_breath(spinae: Spinae) -> None:
    text = spinae("analyze", RECORDING).out
    plain = json.loads(spinae("analyze", RECORDING, "--json").out)
    assert plain["exposure"]["measured_s"] > 500
    assert set(plain["exposure"]["above_s"]) == {"20", "30", "45", "60"}
    assert len(plain["breathing"]) >= 1
    assert all(one["end_s"] <= other["start_s"] for one, other in itertools.pairwise(plain["breathing"]))
    for word in ("doing     sitting", "exposure  50 %:", "changes an hour", "breathing "):
        assert word in text


def test_exercises_are_counted_as_if_open_throughout(spinae: Spinae, tmp_path: Path) -> None:
    """Three bends and then two side bends, each way, at 50 Hz by a sensor whose x points up and z backward."""
    rows = np.vstack([_bend(60.0, 0.0) for _ in range(3)] + [_bend(0.0, side) for side in (25.0, -25.0, 25.0, -25.0)])
    still = np.tile([1.0, 0.0, 0.0, 0.0, 0.0, 0.0], (150, 1))
    whole = np.vstack([still, rows, still])
    columns = np.column_stack([np.arange(len(whole)) / 50.0, whole])
    path = write_csv(tmp_path / "bends.csv", columns, "t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps")
    options = ("--mount", "up=x,forward=-z", "--exercise", "forward_bend", "--exercise", "side_bend", "--json")
    ran = spinae("analyze", path, *options)
    assert (ran.code, ran.err) == (0, "")
    reps = json.loads(ran.out)["reps"]
    assert [(rep["exercise"], rep["side"]) for rep in reps] == [("forward_bend", None)] * 3 + [
        ("side_bend", "right"),
        ("side_bend", "left"),
    ] * 2
    assert all(set(rep) >= {"start_s", "end_s", "range_deg", "smoothness", "wobble_deg", "hints"} for rep in reps)
    assert reps[0]["range_deg"] == pytest.approx(60, abs=4)
    refused = spinae("analyze", path, "--exercise", "side_bends")
    assert refused.code == 2
    assert "side_bend" in refused.err


def _bend(flexion_deg: float, lateral_deg: float) -> np.ndarray:
    """There and back in 4 s and a second of rest: g and °/s (250, 6); about one axis at a time."""
    share = np.concatenate([(1 - np.cos(np.linspace(0, 2 * np.pi, 200))) / 2, np.zeros(50)])
    f, side = np.radians(flexion_deg) * share, np.radians(lateral_deg) * share
    up = np.column_stack([np.cos(f) * np.cos(side), np.sin(side), np.sin(f)])  # x up, y left, z backward
    rate = np.degrees(np.gradient(np.column_stack([f, side]), 1 / 50.0, axis=0))
    return np.column_stack([up, np.zeros(250), rate[:, 0], -rate[:, 1]])
