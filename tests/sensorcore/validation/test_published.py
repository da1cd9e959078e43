"""The data sets as their authors publish them: what is read from their files is what was written into them."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from scipy import io

from sensorcore.errors import BadInput
from sensorcore.validation import (
    broad,
    eurobench_sts,
    evaluate,
    evaluators,
    hapt,
    posture_vest,
    rrhr_breathing,
    sisfall,
    trunkyxl,
    uci_chest_acc,
)
from sensorcore.validation.archives import ArchiveRecording
from sensorcore.validation.rrhr_breathing import belt_peaks_s
from tests.project import SHARED

DATA = SHARED / "data"
Arrays = dict[str, np.ndarray]


def some(n: int, columns: int, seed: int = 0, scale: float = 1.0) -> np.ndarray:
    return np.round(np.random.default_rng(seed).normal(0, scale, (n, columns)), 4)


def lines(path: Path, rows: np.ndarray, *, sep: str = " ", end: str = "", head: str = "") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        head + "".join(sep.join(f"{value:.9g}" for value in row) + end + "\n" for row in rows.tolist()), encoding="utf-8"
    )


def a_trial() -> Arrays:
    moving = np.arange(900) > 99
    return {"acc": some(900, 3), "gyr": some(900, 3, 1), "quat": some(900, 4, 2), "movement": moving, "fs": np.asarray(2000 / 7)}


def write_broad(folder: Path) -> Arrays:
    true = a_trial()
    names = {"imu_acc": "acc", "imu_gyr": "gyr", "opt_quat": "quat", "movement": "movement", "sampling_rate": "fs"}
    (folder / "data_mat").mkdir()
    io.savemat(folder / "data_mat" / "07_undisturbed_fast_rotation_B.mat", {name: true[ours] for name, ours in names.items()})
    (folder / "data_mat" / "trials.json").write_text("{}")
    return true


def write_broad_hdf5(folder: Path) -> Arrays:
    h5py = pytest.importorskip("h5py", reason="h5py is not installed")
    true = a_trial()
    (folder / "data_hdf5").mkdir()
    with h5py.File(folder / "data_hdf5" / "07_undisturbed_fast_rotation_B.hdf5", "w") as file:
        for name, ours in {"imu_acc": "acc", "imu_gyr": "gyr", "opt_quat": "quat", "movement": "movement"}.items():
            file[name] = true[ours]
        file.attrs["sampling_rate"] = float(true["fs"])
    return true


def write_hapt(folder: Path) -> Arrays:
    n = 700
    true = {"acc_g": some(n, 3), "gyr_rad": some(n, 3, 1), "label": np.zeros(n, dtype=int), "fs": np.asarray(50.0)}
    lines(folder / "RawData" / "acc_exp03_user02.txt", true["acc_g"])
    lines(folder / "RawData" / "gyro_exp03_user02.txt", true["gyr_rad"])
    lines(folder / "RawData" / "labels.txt", np.array([[3, 2, 5, 101, 300], [4, 2, 6, 1, 99], [3, 2, 1, 301, 650]]))
    true["label"][100:300], true["label"][300:650] = 5, 1
    return true


def write_sisfall(folder: Path) -> Arrays:
    raw = np.rint(some(400, 9, scale=200))
    lines(folder / "SisFall_dataset" / "SA01" / "D14_SA01_R02.txt", raw, sep=", ", end=";")
    lines(folder / "SisFall_dataset" / "SA01" / "F01_SA01_R01.txt", raw, sep=", ", end=";")  # a fall: not measured on
    return {"D14_R02": raw[:, :6]}


def write_uci(folder: Path) -> Arrays:
    counts, label = np.rint(some(300, 3, scale=100)) + 2048, np.repeat([1, 4, 0], 100)
    lines(folder / "7.csv", np.column_stack([np.arange(300), counts, label]), sep=",")
    (folder / "README.csv").write_text("not numbers")
    return {"acc_raw": counts, "label": label, "fs": np.asarray(52.0)}


def write_eurobench(folder: Path) -> Arrays:
    names = ["time", "Fz_seat", *(f"{kind}{axis}{k}" for k in (4, 5) for kind in "AG" for axis in "xyz")]
    data = np.column_stack([np.arange(500) / 128, some(500, len(names) - 1)])
    data[7, 3] = np.nan
    lines(folder / "input" / "subject_03_5sts_chair_raw_01.csv", data, sep=",", head=",".join(names) + "\n")
    return {"columns": np.asarray(names), "data": data, "fs": np.asarray(128.0)}


def write_trunkyxl(folder: Path, mark: str = ".") -> Arrays:
    true: Arrays = {"fs": np.asarray(50.0)}
    back = folder / "data" / "807_pp03" / "QSense" / "QSM_20230116122258" / "R" / "Back"
    for number, place in enumerate(("upper_back", "lower_back", "pelvis"), start=1):
        samples = some(200, 9, number)
        true |= {f"{place}_acc_g": samples[:, :3], f"{place}_gyr_dps": samples[:, 3:6]}
        head = "Sensor string: E\nSerial number: 0\nFirmware version: 2,015\nHardware version: 2,2\nax\tay\taz\n\n"
        back.mkdir(parents=True, exist_ok=True)
        rows = ["\t".join(f"{value:.9g}" for value in row).replace(".", mark) + "\t" for row in samples.tolist()]
        (back / f"Sensor {number}.csv").write_text(head + "\n".join([rows[0] + "Reference", *rows[1:]]) + "\n", encoding="utf-8")
    used = "corresponding_files['807_pp03']['M02.c3d'] = 'QSM_20230116122258'\n# corresponding_files['x']['y'] = 'QSM_1'\n"
    (folder / "dataimport_functions.py").write_text(used)
    return true


def write_trunkyxl_with_commas(folder: Path) -> Arrays:
    return write_trunkyxl(folder, ",")


def write_rrhr(folder: Path) -> Arrays:
    t_s = np.round(np.arange(0, 60, 0.1), 6)
    quats = {f"q{k}_wxyz": np.tile(np.round([0.658, 0.216, 0.042, -0.72], 3), (len(t_s), 1)) for k in (1, 2)}
    force = 1 + np.cos(2 * np.pi * (t_s - 2) / 4)
    begin = datetime(2025, 5, 16, 5, 1, 7)
    path = folder / "data" / "all" / "kiri" / "sit_0516_0501.csv"
    path.parent.mkdir(parents=True)
    head = "Timestamp," + ",".join(f"imu{k}_q_{axis}" for k in (1, 2) for axis in "xyzw") + ",Force,RR\n"
    rows = [
        f"{(begin + timedelta(seconds=t)).isoformat(timespec='microseconds')},{'0.216,0.042,-0.72,0.658,' * 2}{f:g},nan\n"
        for t, f in zip(t_s.tolist(), force.tolist(), strict=True)
    ]
    path.write_text(head + "".join(rows))
    return {"t": t_s, **quats, "peaks_t": np.arange(2.0, 60.0, 4.0)}


def window() -> tuple[np.ndarray, str]:
    values = some(201, 6)
    axes = [{"name": name, "units": "?"} for name in ("gyrX", "gyrY", "gyrZ", "accX", "accY", "accZ")]
    return values, json.dumps({"payload": {"interval_ms": 10, "sensors": axes, "values": values.tolist()}})


def write_vest(folder: Path) -> Arrays:
    values, text = window()
    with zipfile.ZipFile(folder / "intelligent-sitting-posture-detector-export.zip", "w") as file:
        file.writestr("training/Bad.5phaa7cs.json", text)
        file.writestr("info.labels", "{}")
    return {"training__Bad__Bad.5phaa7cs": values[:, [3, 4, 5, 0, 1, 2]]}


def write_vest_unpacked(folder: Path) -> Arrays:
    values, text = window()
    (folder / "testing").mkdir()
    (folder / "testing" / "Upright.1.json").write_text(text)
    return {"testing__Upright__Upright.1": values[:, [3, 4, 5, 0, 1, 2]]}


SETS: dict[str, tuple[Callable[[Path], Arrays], Callable[[Path], list[ArchiveRecording]], str]] = {
    "broad": (write_broad, broad.trials, "07_undisturbed_fast_rotation_B"),
    "broad, hdf5": (write_broad_hdf5, broad.trials, "07_undisturbed_fast_rotation_B"),
    "hapt": (write_hapt, hapt.sessions, "exp03_user02"),
    "sisfall": (write_sisfall, sisfall.people, "SA01"),
    "uci_chest_acc": (write_uci, uci_chest_acc.people, "subject07"),
    "eurobench_sts": (write_eurobench, eurobench_sts.five_times, "subject_03_5sts_chair_raw_01"),
    "trunkyxl": (write_trunkyxl, trunkyxl.recordings, "807_pp03_QSM_20230116122258"),
    "trunkyxl, decimal commas": (write_trunkyxl_with_commas, trunkyxl.recordings, "807_pp03_QSM_20230116122258"),
    "rrhr_breathing": (write_rrhr, rrhr_breathing.recordings, "kiri__sit_0516_0501"),
    "posture_vest": (write_vest, posture_vest.windows, "intelligent-sitting-posture-detector-export"),
    "posture_vest, unpacked": (write_vest_unpacked, posture_vest.windows, ""),
}


def test_every_data_set_is_read_as_published() -> None:
    assert {name.split(",")[0] for name in SETS} == set(evaluators())


@pytest.mark.parametrize("name", SETS)
def test_the_authors_files_are_read(tmp_path: Path, name: str) -> None:
    write, found, called = SETS[name]
    true = write(tmp_path)
    [recording] = found(tmp_path)
    assert recording.name == (called or tmp_path.name)
    read = recording.every()
    assert set(read) == set(true)
    for key, values in true.items():
        if values.dtype.kind == "U":
            assert read[key].tolist() == values.tolist()
        else:
            np.testing.assert_allclose(read[key], values, atol=0.15 if key == "peaks_t" else 2e-5, rtol=1e-5, err_msg=key)


@pytest.mark.parametrize("name", [name for name in SETS if "," not in name])
def test_a_damaged_file_is_named(tmp_path: Path, name: str) -> None:
    write, found, _ = SETS[name]
    write(tmp_path)
    files = [path for path in tmp_path.rglob("*") if path.is_file() and path.suffix != ".py"]
    for path in files:
        path.write_bytes(b"\x89nonsense \xff\n" * 9)
    with pytest.raises(BadInput, match="it cannot be read") as caught:
        found(tmp_path)[0].every()
    assert str(tmp_path) in str(caught.value)


@pytest.mark.parametrize("name", evaluators())
def test_a_folder_with_nothing_of_it_says_what_was_looked_for(tmp_path: Path, name: str) -> None:
    with pytest.raises(BadInput, match="looked for") as caught:
        evaluate(name, tmp_path, lambda _: None)
    assert "unpacked" in str(caught.value)


@pytest.mark.skipif(not (DATA / "hapt").is_dir(), reason="the HAPT data set is not in ../shared/data/hapt")
def test_the_table_is_the_same_from_the_authors_files_and_from_archives(tmp_path: Path) -> None:
    kept, published = tmp_path / "archives", tmp_path / "published"
    kept.mkdir()
    name = "exp01_user01"
    read = dict(np.load(DATA / "hapt" / f"{name}.npz"))
    read = {"acc_g": np.round(read["acc_g"], 6), "gyr_rad": np.round(read["gyr_rad"], 6), "label": read["label"], "fs": read["fs"]}
    np.savez(kept / f"{name}.npz", **{**read, **{key: read[key].astype(np.float64) for key in ("acc_g", "gyr_rad")}})
    for kind, key in (("acc", "acc_g"), ("gyro", "gyr_rad")):
        path = published / "RawData" / f"{kind}_{name}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        np.savetxt(path, read[key].astype(np.float64), fmt="%.17g")
    label = read["label"].astype(int)
    first = np.flatnonzero(np.diff(label, prepend=0))
    spans = [(1, 1, label[a], a + 1, b) for a, b in zip(first, [*first[1:], len(label)], strict=True) if label[a]]
    np.savetxt(published / "RawData" / "labels.txt", spans, fmt="%d")
    assert evaluate("hapt", published, lambda _: None) == evaluate("hapt", kept, lambda _: None)


@pytest.mark.skipif(not (DATA / "rrhr_breathing").is_dir(), reason="the RR-HR data set is not in ../shared/data/rrhr_breathing")
def test_the_belts_peaks_are_the_authors_breaths() -> None:
    errors, count = [], []
    for path in sorted((DATA / "rrhr_breathing").glob("*.npz")):
        read = np.load(path)
        true, ours = read["peaks_t"] - read["t"][0], belt_peaks_s(read["t"] - read["t"][0], read["force"].astype(float))
        inside = ours[(ours > true[0] - 1) & (ours < true[-1] + 1)]
        errors.append(np.abs(inside[:, None] - true).min(axis=1))
        count.append(len(inside) / len(true))
    assert np.median(np.concatenate(errors)) <= 0.1
    assert np.quantile(np.concatenate(errors), 0.95) <= 0.3
    np.testing.assert_allclose(np.median(count), 1.0, atol=0.03)
