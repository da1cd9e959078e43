"""`spinae tune` on real recordings: what it prints, what it computes, how it refuses."""

import json
import tempfile
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from sensorcore.commands import Command
from sensorcore.devices.spinae_sensor import SpinaeSensor
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.opening import open_source
from sensorcore.recording.writer import RecordingWriter
from sensorcore.settings import Settings
from sensorcore.simulator import Simulation
from sensorcore.simulator.link import notifications
from sensorcore.whatif.day import watch
from sensorcore.whatif.tune import Setting, SettingOutcome, Sweep, alerts
from tui.cli import main
from tui.cli.heatmap import heat_map, level_of
from tui.cli.tune import Tuned
from tui.cli.tuned_text import advice


@lru_cache
def bytes_of(*, calibrated: bool, marked: bool) -> bytes:
    """Ten simulated minutes with two slouches; `marked`: the first alert was wrong, and a snooze."""
    simulation = Simulation("workday-short", 1, sample_rate_hz=26.0, duration_s=420.0)
    day = watch(simulation.info, simulation.items(), Settings())
    first_s = alerts(day, Settings())[0].t_s
    info = simulation.info if calibrated else replace(simulation.info, calibration=None)
    said = [Command(first_s + 9, "mark", "wrong"), Command(first_s + 12, "snooze", "5")] if marked else []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "day.mcap"
        with RecordingWriter(path, RecordingInfo(info, SpinaeSensor.name), sync=False) as writer:
            for _, arrived in notifications(simulation):
                for one in arrived:
                    writer.notification(one)
                    if said and (one.arrival_unix_ns - (info.start_unix_ns or 0)) / 1e9 > said[0].t_s:
                        writer.command(said.pop(0))
        return path.read_bytes()


def recording(folder: Path, name: str = "day.mcap", *, calibrated: bool = True, marked: bool = False) -> str:
    path = folder / name
    path.write_bytes(bytes_of(calibrated=calibrated, marked=marked))
    return str(path)


@pytest.fixture(autouse=True)
def own_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tui.cli.options.settings_path", lambda: tmp_path / "settings.toml")
    monkeypatch.setenv("COLUMNS", "80")


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    try:
        code = main(["tune", *arguments])
    except SystemExit as end:
        code = int(end.code or 0)
    heard = capsys.readouterr()
    return code, heard.out, heard.err


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    code, out, err = said(capsys, *arguments, "--json")
    assert (code, err) == (0, "")
    found: dict[str, Any] = json.loads(out)
    return found


@pytest.mark.slow
def test_json_says_what_the_recording_gives(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(tmp_path)
    source = open_source(Path(path))
    day = watch(source.info, source.items(), Settings())
    found = as_json(capsys, path)
    assert found["schema"] == "spinae.tune/1"
    assert len(found["settings"]) == 100
    assert found["data_s"] == pytest.approx(day.data_s, abs=0.1)
    for each in found["settings"][::7]:
        expected = len(alerts(day, Setting(each["threshold_deg"], each["delay_s"]).of(Settings())))
        assert each["alerts"] == expected
        assert each["alerts_per_hour"] == pytest.approx(expected * 3600 / day.data_s, abs=1e-3)
    assert {each["alerts"] for each in found["settings"]} > {0, 2}


def test_files_add_up(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    grid = ("--thresholds", "8,15", "--delays", "5,15")
    one = as_json(capsys, recording(tmp_path), *grid)
    two = as_json(capsys, recording(tmp_path), recording(tmp_path, "other.mcap"), *grid)
    assert two["data_s"] == pytest.approx(2 * one["data_s"], abs=0.2)
    assert [s["alerts"] for s in two["settings"]] == [2 * s["alerts"] for s in one["settings"]]
    assert [s["alerts_per_hour"] for s in two["settings"]] == [s["alerts_per_hour"] for s in one["settings"]]


@pytest.mark.slow
def test_marks_are_told_in_words(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(tmp_path, marked=True)
    found = as_json(capsys, path)
    assert found["heard"]["wrong"] == 1
    assert found["now"]["wrong_kept"] == 1
    assert found["now"]["right_lost"] == 0
    _, out, _ = said(capsys, path)
    assert "Wrong alerts kept / right alerts lost" in out
    assert f"You marked 1 of the {1 + found['heard']['right']} alerts you heard as wrong" in out
    assert "snoozes are obeyed" in out


@pytest.mark.slow
def test_without_calibration_it_works_and_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, out, _ = said(capsys, recording(tmp_path, calibrated=False))
    assert code == 0
    assert "upright was assumed" in out
    assert "Wrong alerts kept" not in out
    assert "7 min are little to judge by" in out


def test_the_map_fits_eighty_columns_and_marks_both_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = said(capsys, recording(tmp_path))
    rows = [line for line in out.splitlines() if "°" in line[:7] and line.startswith(" ")]
    assert len(rows) == 10
    assert max(map(len, rows)) < 80
    assert sum(row.count("(") for row in rows) == 1
    assert "[" not in out  # seven minutes support no recommendation


def test_a_short_day_is_shown_and_nothing_is_recommended(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Two slouches in seven minutes: 30° without any alert was "the nearest" to eight a day."""
    code, out, _ = said(capsys, recording(tmp_path), "--alerts-per-day", "8")
    assert code == 0
    assert "Alerts an hour" in out
    assert "No setting is recommended: 7 min are too short to tell which gives 8 alerts a day" in out
    assert "That takes 3.0 h or more" in out
    assert "gives 2 alerts in 7 min" in out
    assert "Try it" not in out
    found = as_json(capsys, recording(tmp_path))
    assert (found["recommended"], found["needed_s"]) == (None, 10800.0)


@pytest.mark.parametrize(
    ("arguments", "code", "text"),
    [
        (["nix.mcap"], 1, "nix.mcap: cannot open it"),
        (["DAY", "DAY"], 2, "is named twice"),
        (["DAY", "--delays", "0"], 2, "alerts.delay_s = 0 is out of range. Allowed: 1 to 600"),
        (["DAY", "--thresholds", "8,x"], 2, "must be a number, not 'x'"),
        (["DAY", "--delays", "1,2,3,4,5,6,7,8,9,10,11"], 2, "11 values do not fit"),
        (["DAY", "--alerts-per-day", "-3"], 2, "not a number from 0 to 1000"),
        (["EMPTY"], 1, "no samples to try settings on"),
    ],
)
def test_errors_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], code: int, text: str
) -> None:
    with RecordingWriter(tmp_path / "empty.mcap", RecordingInfo(Simulation().info, SpinaeSensor.name), sync=False):
        pass
    names = {"DAY": recording(tmp_path), "EMPTY": str(tmp_path / "empty.mcap")}
    got, out, err = said(capsys, *[names.get(word, word) for word in arguments])
    assert (got, out) == (code, "")
    assert text in err
    assert "Traceback" not in err


def test_levels_follow_what_is_wanted() -> None:
    assert [level_of(value, 2.0).called for value in (0.0, 0.1, 1.5, 2.0, 2.5, 4.0, 4.1)] == [
        "none", "fewer", "fewer", "about what you want", "about what you want", "up to twice", "more",
    ]  # fmt: skip
    assert level_of(0.1, 0.0).called == "more"
    assert level_of(0.0, 0.0).called == "none"


@pytest.mark.parametrize("colours", [True, False])
def test_every_cell_has_number_and_shade_with_and_without_colour(colours: bool) -> None:
    rows, columns = (8.0, 15.0), (5.0, 30.0, 60.0)
    values = {Setting(r, c): r * c / 100 for r in rows for c in columns}
    console = Console(
        width=80, force_terminal=True, color_system="truecolor" if colours else None, no_color=not colours, highlight=False
    )
    with console.capture() as capture:
        console.print(heat_map(rows, columns, values, 2.0, {Setting(8.0, 30.0): ("[", "]")}, 80))
    shown = capture.get()
    assert ("48;2;" in shown) is colours
    bare = heat_map(rows, columns, values, 2.0, {}, 80).plain
    assert all(f"{value:.1f}" in bare for value in values.values())
    assert all(sign in bare for sign in "░▒█")


def swept(**counts: int) -> Tuned:
    outcomes = {Setting(15.0, 15.0): SettingOutcome(counts["now"]), Setting(20.0, 30.0): SettingOutcome(counts["other"])}
    return Tuned([], Sweep(outcomes, 8 * 3600.0), Setting(15.0, 15.0), 8.0)


@pytest.mark.slow
def test_days_that_add_up_to_enough_are_enough(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recording(tmp_path)
    days = [path, *(recording(tmp_path, f"{n}.mcap") for n in range(9))]
    code, out, _ = said(capsys, *days, "--alerts-per-day", "130", "--thresholds", "8,15,20", "--delays", "5,15,30")
    assert code == 0
    assert "For 130 alerts a day of 8 h worn your setting is right: 15° for 15 s gives 13" in out
    assert out.count("[") == out.count("]") > 0


def test_right_alerts_that_are_lost_are_told_also_without_any_mark() -> None:
    outcomes = {Setting(15.0, 15.0): SettingOutcome(40), Setting(20.0, 30.0): SettingOutcome(8, 0, 5)}
    text = " ".join(advice(Tuned([], Sweep(outcomes, 8 * 3600.0, right=20), Setting(15.0, 15.0), 8.0)))
    assert "20° for 30 s, which gives 8.0" in text
    assert "You marked none of the 20 alerts you heard as wrong. This setting would lose 5 of the 20 right ones" in text


def test_no_setting_without_alerts_is_recommended_to_who_wants_some() -> None:
    text = " ".join(advice(swept(now=0, other=0)))
    assert "none of those tried gives any" in text
    assert "Try it" not in text
    assert "20° for 30 s, which gives 40.0" in " ".join(advice(swept(now=0, other=40)))


def test_advice_says_what_is_so() -> None:
    assert "your setting is right: 15° for 15 s gives 9.0" in " ".join(advice(swept(now=9, other=30)))
    changed = " ".join(advice(swept(now=40, other=8)))
    assert "20° for 30 s, which gives 8.0. Your setting now, 15° for 15 s, gives 40.0." in changed
    assert "posture.threshold_deg = 20 and alerts.delay_s = 30" in changed
    assert "nearest" not in changed
    assert "the settings tried give 40.0 to 60.0" in " ".join(advice(swept(now=60, other=40)))
