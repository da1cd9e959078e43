"""Exports of Sensor Logger and phyphox: the signs of both systems, locales, zips, folders and clocks of their own."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from benchmarks import import_files
from sensorcore.model import STANDARD_GRAVITY_MPS2
from tests.sensorcore.importers.reading import read_all, refusal

M = import_files.motion(400)


def _save(tmp_path: Path, files: dict[str, bytes], packed: bool) -> Path:
    if packed:
        path = tmp_path / "export.zip"
        path.write_bytes(import_files.pack(files))
        return path
    path = tmp_path / "export"
    for name, content in files.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize(("platform", "standardised"), [("android", False), ("ios", False), ("ios", True)])
def test_ios_and_android_give_the_same_up(tmp_path: Path, platform: str, standardised: bool, packed: bool) -> None:
    path = _save(tmp_path, import_files.sensor_logger(M, platform, standardised), packed)
    info, block, notes = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, atol=1e-12)
    np.testing.assert_allclose(block.gyr_radps, M.gyr_radps, atol=1e-12)
    np.testing.assert_allclose(block.t_s, M.t_s, atol=1e-8)
    assert info.start_unix_ns == import_files.START_NS
    assert info.device.name == "Sensor Logger (phone)"
    assert notes == []


@pytest.mark.parametrize("metadata", [True, False])
@pytest.mark.parametrize("platform", ["android", "ios"])
def test_uncalibrated_is_in_g_with_the_other_sign_on_ios(tmp_path: Path, platform: str, metadata: bool) -> None:
    factor = -1 / STANDARD_GRAVITY_MPS2 if platform == "ios" else 1.0
    files = {"AccelerometerUncalibrated.csv": import_files.sensor_logger_csv(M.t_s, factor * M.acc_mps2)}
    if metadata:
        files["metadata.csv"] = import_files.sensor_logger(M, platform)["metadata.csv"]
    info, block, _ = read_all(_save(tmp_path, files, packed=True))
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, atol=1e-12)
    assert block.gyr_radps is None
    assert not info.device.has_gyroscope


def test_a_sign_that_nobody_knows_is_not_guessed(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M, "ios")
    del files["metadata.csv"]
    assert "metadata.csv is missing" in refusal(_save(tmp_path, files, packed=True))


def test_without_gravity_is_refused(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M, "ios")
    del files["Gravity.csv"]
    assert "without gravity" in refusal(_save(tmp_path, files, packed=False))


def test_two_recordings_in_one_zip_are_not_mixed(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M)
    both = {f"{folder}/{name}": content for folder in "ab" for name, content in files.items()}
    assert "more than one" in refusal(_save(tmp_path, both, packed=True))


@pytest.mark.parametrize("name", ["TotalAcceleration.csv", "Gyroscope.csv"])
def test_one_csv_stands_for_its_folder(tmp_path: Path, name: str) -> None:
    folder = _save(tmp_path, import_files.sensor_logger(M), packed=False)
    np.testing.assert_allclose(read_all(folder / name)[1].gyr_radps, M.gyr_radps, atol=1e-12)


def test_repeated_rows_at_the_start_are_left_out(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M)
    lines = files["TotalAcceleration.csv"].split(b"\n")
    files["TotalAcceleration.csv"] = b"\n".join([lines[0], lines[1], lines[1], *lines[1:]])
    _, block, notes = read_all(_save(tmp_path, files, packed=True))
    assert len(block) == len(M.t_s)
    assert len(notes) == 1
    assert "2 rows" in notes[0]
    changed = lines[1].rpartition(b",")[0] + b",0.5"
    files["TotalAcceleration.csv"] = b"\n".join([lines[0], lines[1], changed, *lines[2:]])
    _, block, notes = read_all(_save(tmp_path, files, packed=True))
    assert len(block) == len(M.t_s)
    assert "TotalAcceleration.csv, line 3: 1 row is left out, it has the time" in notes[0]


def test_sensors_with_clocks_of_their_own_are_interpolated_and_never_beyond_their_data(tmp_path: Path) -> None:
    acc_s = np.arange(800) / 100
    gyr_s = np.concatenate([np.arange(0.504, 3.0, 1 / 104), np.arange(3.5, 7.0, 1 / 104)])
    line = np.array([0.1, -0.2, 0.3])
    files = {
        "metadata.csv": import_files.sensor_logger(M)["metadata.csv"],
        "TotalAcceleration.csv": import_files.sensor_logger_csv(acc_s, np.tile([0.0, 9.81, 0.0], (800, 1))),
        "Gyroscope.csv": import_files.sensor_logger_csv(gyr_s, gyr_s[:, None] * line),
    }
    info, block, notes = read_all(_save(tmp_path, files, packed=True))
    assert block.gyr_radps is not None
    true_s = acc_s[((acc_s >= 0.504) & (acc_s <= gyr_s[gyr_s < 3.2][-1])) | ((acc_s >= 3.5) & (acc_s <= gyr_s[-1]))]
    np.testing.assert_allclose(block.t_s, true_s - true_s[0], atol=1e-6)
    np.testing.assert_allclose(block.gyr_radps, true_s[:, None] * line, atol=1e-6)
    assert np.flatnonzero(block.after_gap).tolist() == [int((true_s < 3.2).sum())]
    assert f"{800 - len(true_s)} of 800 samples" in notes[0]
    assert info.device.sample_rate_hz == pytest.approx(100, rel=1e-3)


def test_a_gyroscope_of_another_time_is_not_used(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M) | {"Gyroscope.csv": import_files.sensor_logger_csv(M.t_s + 3600, M.gyr_radps)}
    _, block, notes = read_all(_save(tmp_path, files, packed=True))
    assert (len(block), block.gyr_radps) == (len(M.t_s), None)
    assert "Gyroscope.csv: not used for its gyroscope: it covers 0 of" in notes[0]


@pytest.mark.parametrize("packed", [True, False])
@pytest.mark.parametrize("german", [True, False])
@pytest.mark.parametrize(("delimiter", "decimal"), [(",", "."), (";", "."), (";", ","), ("\t", "."), ("\t", ",")])
def test_phyphox_in_every_locale(tmp_path: Path, delimiter: str, decimal: str, german: bool, packed: bool) -> None:
    path = _save(tmp_path, import_files.phyphox(M, delimiter, decimal, german), packed)
    info, block, _ = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, atol=1e-12)
    np.testing.assert_allclose(block.gyr_radps, M.gyr_radps, atol=1e-12)
    assert info.device.name == "phyphox (Apple iPhone14,5)"
    assert info.start_unix_ns == 1_700_000_000 * 10**9


def test_phyphox_takes_the_file_with_gravity(tmp_path: Path) -> None:
    files = import_files.phyphox(M)
    linear = import_files.Motion(M.t_s, M.acc_mps2 - [0, 9.8, 0], M.gyr_radps)
    files["A Linear Acceleration.csv"] = import_files.phyphox(linear)["Accelerometer.csv"]
    np.testing.assert_allclose(read_all(_save(tmp_path, files, packed=True))[1].acc_mps2, M.acc_mps2, atol=1e-12)
    del files["Accelerometer.csv"]
    assert "without gravity" in refusal(_save(tmp_path, files, packed=True))


def test_phyphox_csv_alone_needs_no_gyroscope(tmp_path: Path) -> None:
    path = tmp_path / "Beschleunigung.csv"
    path.write_bytes(import_files.phyphox(M, german=True)["Beschleunigung.csv"])
    (tmp_path / "holiday.csv").write_bytes(b"\xff\x00\x01 not of the export")
    _, block, _ = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, atol=1e-12)
    assert block.gyr_radps is None


def test_bad_cells_in_a_zip_name_the_member_line_and_column(tmp_path: Path) -> None:
    files = import_files.phyphox(M)
    lines = files["Gyroscope.csv"].split(b"\n")
    lines[99] = lines[99].rpartition(b",")[0] + b",NaN"
    files["Gyroscope.csv"] = b"\n".join(lines)
    _, block, notes = read_all(_save(tmp_path, files, packed=True))
    assert len(block) == len(M.t_s) - 1  # a lost row makes two steps, which are not interpolated over
    assert any("Gyroscope.csv, line 100, column Gyroscope z (rad/s): 'NaN'" in note for note in notes)


def test_damaged_and_strange_zips(tmp_path: Path) -> None:
    good = import_files.pack(import_files.sensor_logger(M))
    path = tmp_path / "export.zip"
    for cut in range(5, len(good) - 1, len(good) // 25):
        path.write_bytes(good[:cut])
        assert "damaged or was cut short" in refusal(path)
    path.write_bytes(import_files.pack({"a/notes.md": b"<a/>"}))
    assert "not an export" in refusal(path)
    bomb = {"metadata.csv": b"", "TotalAcceleration.csv": b"time,seconds_elapsed,z,y,x\n" + b"0" * 20_000_000}
    path.write_bytes(import_files.pack(bomb))
    assert "no samples" in refusal(path) or "longer than any row" in refusal(path)


def test_names_from_a_zip_cannot_disturb_the_terminal(tmp_path: Path) -> None:
    files = import_files.sensor_logger(M)
    files["\n\x1b[31mGyroscope.csv"] = b"time,seconds_elapsed,z,y,\x1b[31mx\n"
    files["TotalAcceleration.csv"] = files["TotalAcceleration.csv"].replace(b"9", b"\x1b", 1)
    assert refusal(_save(tmp_path, files, packed=True)).isprintable()


def test_a_member_that_declares_more_than_a_day_is_not_unpacked(tmp_path: Path) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("Gyroscope.csv", b"time,seconds_elapsed,z,y,x\n")
        archive.infolist()[0].file_size = 9 << 30
    path = tmp_path / "export.zip"
    path.write_bytes(out.getvalue())
    assert "9 GiB" in refusal(path)
