"""Logs that other programs wrote of sensors which spinae itself wears: WitMotion's SD card, Polar Sensor Logger, MetaBase,
Movesense's JSON and Xsens DOT. Each input is written here, from the formats' descriptions."""

from __future__ import annotations

import json
import struct
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from benchmarks import import_files
from sensorcore.model import STANDARD_GRAVITY_MPS2, SampleBlock
from tests.sensorcore.importers.reading import read_all, refusal

M = import_files.motion(400)
"""At 100 Hz."""
ACC_G, GYR_DPS = M.acc_mps2 / STANDARD_GRAVITY_MPS2, np.rad2deg(M.gyr_radps)
BEGAN = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def assert_same(block: SampleBlock, *, acc_g: float, dps: float | None, rows: slice = slice(None)) -> None:
    """The motion came back, within a rounding of the format."""
    np.testing.assert_allclose(block.acc_mps2 / STANDARD_GRAVITY_MPS2, ACC_G[rows], atol=acc_g)
    assert (block.gyr_radps is None) == (dps is None)
    if block.gyr_radps is not None:
        np.testing.assert_allclose(np.rad2deg(block.gyr_radps), GYR_DPS[rows], atol=dps)
    np.testing.assert_allclose(block.t_s, M.t_s[rows] - M.t_s[rows][0], atol=2e-3)


def chip(at_s: float) -> bytes:
    when = BEGAN + timedelta(milliseconds=round(at_s * 1000))
    return struct.pack("<6BH", 26, when.month, when.day, when.hour, when.minute, when.second, when.microsecond // 1000)


def raw(values: Any, scale: float) -> list[int]:
    return [int(each) for each in np.rint(np.asarray(values) * scale)]


def wit_frames() -> list[bytes]:
    rows = zip(ACC_G, GYR_DPS, M.t_s, strict=True)
    return [b"Ua" + struct.pack("<9h", *raw(a, 2048), *raw(g, 32768 / 2000), 1, 2, 3) + chip(float(t)) for a, g, t in rows]


def wit_packets() -> list[bytes]:
    """The other protocol: a time, an acceleration, an angular rate, an angle, each with its sum."""

    def packet(kind: int, body: bytes) -> bytes:
        data = bytes((0x55, kind)) + body
        return data + bytes((sum(data) & 0xFF,))

    return [
        packet(0x50, chip(float(t)))
        + packet(0x51, struct.pack("<4h", *raw(a, 2048), 2500))
        + packet(0x52, struct.pack("<4h", *raw(g, 32768 / 2000), 2500))
        + packet(0x53, struct.pack("<4h", 1, 2, 3, 2500))
        for a, g, t in zip(ACC_G, GYR_DPS, M.t_s, strict=True)
    ]


@pytest.mark.parametrize("frames", [wit_frames, wit_packets])
def test_a_witmotion_sd_card_is_read(tmp_path: Path, frames: Any) -> None:
    path = tmp_path / "WIT1.TXT"
    path.write_bytes(b"".join(frames()))
    info, block, warnings = read_all(path)
    assert info.device.name.startswith("WitMotion")
    assert info.start_unix_ns == (BEGAN.timestamp() - info.utc_offset_s) * 1e9
    assert_same(block, acc_g=5e-4, dps=0.04)
    assert not any("left out" in each for each in warnings)


@pytest.mark.parametrize("frames", [wit_frames, wit_packets])
def test_damage_on_an_sd_card_costs_the_frames_it_hit(tmp_path: Path, frames: Any) -> None:
    whole = frames()
    whole[100] = whole[100][:9]
    whole[200] = b"\x00" * len(whole[200])
    path = tmp_path / "WIT2.TXT"
    path.write_bytes(b"".join(whole) + whole[0][:7])
    _, block, warnings = read_all(path)
    assert 395 <= len(block) <= 398
    assert any("left out" in each and "damaged" in each for each in warnings)


def test_frames_that_an_sd_card_holds_twice_are_left_out(tmp_path: Path) -> None:
    whole = wit_frames()
    path = tmp_path / "WIT3.TXT"
    path.write_bytes(b"".join(whole[:300] + whole[200:300] + whole[300:]))
    _, block, warnings = read_all(path)
    assert_same(block, acc_g=5e-4, dps=0.04)
    assert any("sent again" in each for each in warnings)


def test_an_sd_card_without_times_says_what_to_switch_on(tmp_path: Path) -> None:
    packets = [each[11:] for each in wit_packets()]
    path = tmp_path / "WIT4.TXT"
    path.write_bytes(b"".join(packets))
    assert "WitMotion" in refusal(path)


def polar(unit: str, values: Any, *, shift_s: float = 0.0, clock_ns: int = 599_616_000 * 10**9, tail: str = "") -> str:
    rows = [f"Phone timestamp;sensor timestamp [ns];X [{unit}];Y [{unit}];Z [{unit}]{tail}"]
    for t_s, row in zip(M.t_s + shift_s, values, strict=True):
        phone = (BEGAN + timedelta(seconds=float(t_s))).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3]
        stamp = clock_ns + round(float(t_s) * 1e9) if clock_ns else 0
        rows.append(f"{phone};{stamp};" + ";".join(f"{v:.4f}" for v in row))
    return "\n".join(rows) + "\n"


def test_polar_sensor_logger_with_and_without_its_gyroscope(tmp_path: Path) -> None:
    acc = tmp_path / "Polar_Sense_0C301E3F_20261123_090000_ACC.txt"
    acc.write_text(polar("mg", ACC_G * 1000))
    info, block, _ = read_all(acc)
    assert_same(block, acc_g=1e-6, dps=None)
    assert info.device.name == "Polar Sense"
    assert info.start_unix_ns == (BEGAN.timestamp() - info.utc_offset_s) * 1e9
    gyr = tmp_path / "Polar_Sense_0C301E3F_20261123_090000_GYRO.txt"
    gyr.write_text(polar("dps", GYR_DPS, tail=" "))
    for named in (acc, gyr, tmp_path):
        _, block, warnings = read_all(named)
        assert_same(block, acc_g=1e-6, dps=1e-4)
        assert any("taken from this file" in each for each in warnings)
    gyr.write_text(polar("dps", GYR_DPS, shift_s=86_400.0))
    _, block, warnings = read_all(acc)
    assert_same(block, acc_g=1e-6, dps=None)
    assert any("not used for its gyroscope" in each for each in warnings)


def test_polar_rows_without_a_sensor_clock_are_timed_by_the_phone(tmp_path: Path) -> None:
    path = tmp_path / "ACC.txt"
    path.write_text(polar("mg", ACC_G * 1000, clock_ns=0))
    _, block, _ = read_all(path)
    assert_same(block, acc_g=1e-6, dps=None)


def metabase(unit: str, values: Any, *, zone: str = "+0900", every: int = 1, late_ms: int = 0) -> str:
    rows = [f"epoc (ms),timestamp ({zone}),elapsed (s),x-axis ({unit}),y-axis ({unit}),z-axis ({unit})"]
    for t_s, row in list(zip(M.t_s, values, strict=True))[::every]:
        ms = round(BEGAN.timestamp() * 1000 + float(t_s) * 1000) + late_ms
        rows.append(f"{ms},2026-11-23T18.00.{t_s:06.3f},{t_s:.3f}," + ",".join(f"{v:.5f}" for v in row))
    return "\n".join(rows) + "\n"


@pytest.mark.parametrize("how", ["folder", "zip", "file"])
def test_metabase_joins_its_two_files_and_keeps_the_zone(tmp_path: Path, how: str) -> None:
    files = {
        "MetaWear_2026-11-23T18.00_C8A5_Accelerometer_100.000Hz_1.7.3.csv": metabase("g", ACC_G),
        "MetaWear_2026-11-23T18.00_C8A5_Gyroscope_100.000Hz_1.7.3.csv": metabase("deg/s", GYR_DPS),
    }
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    path = tmp_path
    if how == "zip":
        path = tmp_path / "session.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, text in files.items():
                archive.writestr(name, text)
    elif how == "file":
        path = tmp_path / next(iter(files))
    info, block, _ = read_all(path)
    assert_same(block, acc_g=1e-5, dps=1e-4)
    assert info.utc_offset_s == 9 * 3600
    assert info.start_unix_ns == BEGAN.timestamp() * 1e9
    assert info.device.name == "MbientLab MetaMotion"


def test_metabase_acceleration_alone_and_a_gyroscope_alone(tmp_path: Path) -> None:
    (tmp_path / "acc").mkdir()
    (tmp_path / "gyr").mkdir()
    acc, gyr = tmp_path / "acc" / "Accelerometer.csv", tmp_path / "gyr" / "Gyroscope.csv"
    acc.write_text(metabase("g", ACC_G, zone="-0700"))
    info, block, _ = read_all(acc)
    assert_same(block, acc_g=1e-5, dps=None)
    assert info.utc_offset_s == -7 * 3600
    gyr.write_text(metabase("deg/s", GYR_DPS))
    assert "no acceleration" in refusal(gyr)


def dot(columns: dict[str, Any], *, ticks: int = 1_143_080_408, sep: str = "") -> str:
    lines = [sep] if sep else []
    lines += ["DeviceTag:,Back", "FirmwareVersion:,2.0.0", "OutputRate:,100Hz", "StartTime:,2026-11-23_09-00-00_000"]
    lines += ["© Xsens Technologies B. V. 2005-2021", "", "PacketCounter,SampleTimeFine," + ",".join(columns)]
    for number, t_s in enumerate(M.t_s):
        stamp = (ticks + round(float(t_s) * 1e6)) % (1 << 32)
        lines.append(f"{number},{stamp}," + ",".join(f"{values[number]:.6f}" for values in columns.values()))
    return "\n".join(lines) + "\n"


DOT = {f"{kind}_{axis}": v[:, i] for kind, v in (("Acc", M.acc_mps2), ("Gyr", GYR_DPS)) for i, axis in enumerate("XYZ")}


@pytest.mark.parametrize(("ticks", "sep"), [(1_143_080_408, ""), ((1 << 32) - 2_000_000, ""), (5, "sep=,")])
def test_xsens_dot_also_over_the_wrap_of_its_clock(tmp_path: Path, ticks: int, sep: str) -> None:
    path = tmp_path / "Back_20261123.csv"
    path.write_text(dot(DOT, ticks=ticks, sep=sep))
    info, block, _ = read_all(path)
    assert_same(block, acc_g=1e-6, dps=1e-5)
    assert not block.after_gap.any()
    assert info.device.name == "Xsens DOT (Back)"
    assert info.start_unix_ns == (BEGAN.timestamp() - info.utc_offset_s) * 1e9


def test_xsens_dot_without_a_gyroscope_and_without_gravity(tmp_path: Path) -> None:
    path = tmp_path / "acc.csv"
    path.write_text(dot({name: values for name, values in DOT.items() if name.startswith("Acc")}))
    assert_same(read_all(path)[1], acc_g=1e-6, dps=None)
    path = tmp_path / "free.csv"
    path.write_text(dot({f"Free{name}": values for name, values in DOT.items() if name.startswith("Acc")}))
    assert "without gravity" in refusal(path)


def message(start: int, *keys: str) -> dict[str, Any]:
    part = slice(start, start + 4)
    arrays = {"ArrayAcc": M.acc_mps2[part], "ArrayGyro": GYR_DPS[part]}
    found = {key: [dict(zip("xyz", map(float, row), strict=True)) for row in arrays[key]] for key in keys}
    return {"Timestamp": 5000 + round(float(M.t_s[start]) * 1000), **found}


BOTH = ("ArrayAcc", "ArrayGyro")
STARTS = range(0, len(M.t_s), 4)
SHAPES = {
    "sbem2json": lambda: json.dumps({"Meas": {"IMU6": [message(at, *BOTH) for at in STARTS]}}),
    "an app's list": lambda: json.dumps({"data": [{"imu": message(at, *BOTH)} for at in STARTS]}, indent=1),
    "notifications, one a line": lambda: "".join(
        json.dumps({"Body": message(at, *BOTH), "Uri": "1234/Meas/IMU6/104"}) + "\n" for at in STARTS
    ),
    "two streams": lambda: json.dumps(
        [*({"acc": message(at, "ArrayAcc")} for at in STARTS), *({"gyro": message(at, "ArrayGyro")} for at in STARTS)]
    ),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_movesense_json_in_each_shape(tmp_path: Path, shape: str) -> None:
    path = tmp_path / "log.json"
    path.write_text(SHAPES[shape]())
    info, block, _ = read_all(path)
    assert info.device.name == "Movesense"
    assert_same(block, acc_g=1e-9, dps=1e-9)


def test_movesense_acceleration_alone_and_messages_that_cannot_be_read(tmp_path: Path) -> None:
    path = tmp_path / "acc.json"
    messages: list[Any] = [message(at, "ArrayAcc") for at in STARTS]
    messages[20] = {"Timestamp": None, "ArrayAcc": [{"x": 1}]}
    path.write_text(json.dumps(messages))
    _, block, warnings = read_all(path)
    assert len(block) == len(M.t_s) - 4
    assert block.gyr_radps is None
    assert block.after_gap.sum() == 1
    assert any("1 messages" in each for each in warnings)
    lines = SHAPES["notifications, one a line"]().splitlines()
    path.write_text("\n".join([*lines[:50], lines[50][:30], *lines[51:-1], lines[-1][:40]]))
    _, block, warnings = read_all(path)
    assert len(block) == len(M.t_s) - 8
    assert any("2 messages" in each for each in warnings)


def test_movesense_json_that_was_cut_or_lacks_acceleration_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.json"
    path.write_text(SHAPES["sbem2json"]()[:-100])
    assert "cut short" in refusal(path)
    path.write_text(json.dumps([message(at, "ArrayGyro") for at in STARTS]))
    assert "without acceleration" in refusal(path)
