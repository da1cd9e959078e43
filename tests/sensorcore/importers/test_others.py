"""Files of other programs as they are met: names and units of columns, lines before the header, other kinds of files, time zones,
pauses, neighbours, fast sensors."""

from __future__ import annotations

import io
import json
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from benchmarks import import_files
from sensorcore.importers import open_import
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from tests.sensorcore.importers.reading import read_all, refusal

M = import_files.motion(300)
G = STANDARD_GRAVITY_MPS2
LINEAR = M.acc_mps2 - np.array([0.0, G, 0.0])
GRAVITY = np.tile([0.0, G, 0.0], (300, 1))


def _csv(names: str, *columns: FloatArray | list[str], mark: str = ",", decimal: str = ".", before: str = "") -> bytes:
    flat: list[list[object]] = []
    for column in columns:
        flat += [list(column)] if isinstance(column, list) else np.atleast_2d(column.T).tolist()
    return before.encode() + import_files.table(names.split("|"), flat, mark, decimal)


def _xyz(name: str) -> str:
    return "|".join(name.replace("?", axis) for axis in "xyz")


def _XYZ(name: str) -> str:
    return "|".join(name.replace("?", axis) for axis in "XYZ")


DPS = np.rad2deg(M.gyr_radps)
READ: dict[str, bytes] = {
    "units in square brackets": _csv("timestamp [ms]|" + _xyz("acc_? [m/s^2]"), M.t_s * 1e3, M.acc_mps2),
    "milli-g and milli-dps": _csv("time (s)|" + _xyz("Acc_? (mg)|Gyr_? (mdps)"), M.t_s,
                                  *(v for i in range(3) for v in (M.acc_mps2[:, i] / G * 1e3, DPS[:, i] * 1e3))),
    "gF": _csv("t_ms|" + _XYZ("Acc ? [gF]"), M.t_s * 1e3, M.acc_mps2 / G),
    "Physics Toolbox, g force": _csv("time|" + _xyz("gF?") + "|TgF", M.t_s, M.acc_mps2 / G, M.t_s * 0 + 1),
    "Physics Toolbox, multi record": _csv(
        "time;" .rstrip(";") + "|" + _xyz("gF?") + "|" + _xyz("a?") + "|" + _xyz("w?") + "|p",
        M.t_s, M.acc_mps2 / G, LINEAR, M.gyr_radps, M.t_s * 0 + 1013, mark=";", decimal=","),
    "AndroSensor": _csv(
        _XYZ("ACCELEROMETER ? (m/s²)") + "|" + _XYZ("GRAVITY ? (m/s²)") + "|" + _XYZ("LINEAR ACCELERATION ? (m/s²)") + "|"
        + _XYZ("GYROSCOPE ? (rad/s)") + "|Time since start in ms |YYYY-MO-DD HH-MI-SS_SSS",
        M.acc_mps2, GRAVITY, LINEAR, M.gyr_radps, M.t_s * 1e3, ["2025-12-01 08-30-00_000"] * 300, mark=";"),
    "SensorLog (iOS)": _csv(
        "loggingTime(txt)|" + _XYZ("accelerometerAcceleration?(G)") + "|" + _XYZ("motionUserAcceleration?(G)") + "|"
        + _XYZ("motionRotationRate?(rad/s)") + "|" + _XYZ("motionGravity?(G)"),
        [f"2025-12-01T08:30:{t:06.3f}+09:00" for t in M.t_s.tolist()], M.acc_mps2 / G, LINEAR / G, M.gyr_radps, GRAVITY / G),
    "a browser's devicemotion": _csv(
        "timestamp (ms)|" + _xyz("acceleration.? (m/s²)") + "|" + _xyz("accelerationIncludingGravity.? (m/s²)"),
        M.t_s * 1e3, LINEAR, M.acc_mps2),
    "Shimmer with a line of units": (
        b'"sep=\\t"\n' + _csv("S_8BF2_Timestamp_Unix_CAL|" + _XYZ("S_8BF2_Accel_WR_?_CAL") + "|" + _XYZ("S_8BF2_Accel_LN_?_CAL"),
                               M.t_s * 1e3 + 1.7e12, M.acc_mps2 * 1.1, M.acc_mps2, mark="\t")
    ).replace(b"\n", b"\n" + b"\t".join([b"ms", *[b"m/(s^2)*"] * 6]) + b"\n", 2).replace(
        b'"sep=\\t"\n' + b"\t".join([b"ms", *[b"m/(s^2)*"] * 6]) + b"\n", b'"sep=\\t"\n', 1),
    "micro:bit": _csv("Time (seconds)|" + _xyz("? (mg)"), M.t_s, M.acc_mps2 / G * 1e3),
    "MetaWear": _csv("epoc (ms)|timestamp (+0900)|elapsed (s)|" + _xyz("?-axis (g)"), M.t_s * 1e3 + 1.7e12,
                     ["2025-12-01T08.30.00.000"] * 300, M.t_s, M.acc_mps2 / G),
    "numpy.savetxt with its comment and blanks": _csv("# t_s|" + _xyz("a?_mps2"), M.t_s, M.acc_mps2, mark=" "),
    "sep= and a comma": _csv("t_s|" + _xyz("a?_g"), M.t_s, M.acc_mps2 / G, mark=";", decimal=",", before="sep=;\r\n"),
    "comments of three kinds": _csv("t_s|" + _xyz("a?_g"), M.t_s, M.acc_mps2 / G, before="# board\n// rate: 50\n% by MATLAB\n\n"),
    "other lines before the header": _csv("t_s|" + _xyz("a?_g"), M.t_s, M.acc_mps2 / G,
                                          before="Device: A1, serial, 12, 3.4\nStart: 2025-12-01 08:30\nOwner;me\n"),
    "quoted, with decimal commas in a comma table": b"\n".join(
        [b"t_s,ax_mps2,ay_mps2,az_mps2", *(b",".join(b'"%s"' % repr(float(v)).replace(".", ",").encode() for v in (t, *a))
                                           for t, a in zip(M.t_s, M.acc_mps2, strict=True)), b""]),
    "whole numbers first, decimal commas": _csv("t_s|" + _xyz("a?_mps2"), M.t_s, M.acc_mps2, mark="\t", decimal=",").replace(
        b"\n0,0\t0,986952", b"\n0\t0,986952", 1),
    "Arduino with millis": _csv("millis|" + _XYZ("accel?_mps2") + "|" + _XYZ("gyro?_dps"), M.t_s * 1e3, M.acc_mps2, DPS),
    "words after the axis, pandas' index": _csv("|t_us|" + _xyz("?_acc (m/s2)"), M.t_s, M.t_s * 1e6, M.acc_mps2),
}  # fmt: skip


@pytest.mark.parametrize("case", READ)
def test_tables_of_other_programs_are_read(tmp_path: Path, case: str) -> None:
    path = tmp_path / "table.csv"
    path.write_bytes(READ[case])
    _, block, _ = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(block.t_s, M.t_s, atol=1e-3)
    if block.gyr_radps is not None:
        np.testing.assert_allclose(block.gyr_radps, M.gyr_radps, rtol=1e-9, atol=1e-9)
    assert (block.gyr_radps is None) == (b"yr" not in READ[case].lower() and b"rotation" not in READ[case].lower()
                                         and b";wx" not in READ[case])  # fmt: skip


@pytest.mark.parametrize(
    "names",
    [
        _xyz("Linear Acceleration ? (m/s^2)"), _xyz("Lineare Beschleunigung ? (m/s^2)"),
        _xyz("Accélération linéaire ? (m/s^2)"),
        _xyz("Acceleration (without g) ? (m/s^2)"), _XYZ("userAcceleration?(m/s^2)"), _XYZ("FreeAcc_? [m/s2]"),
        _xyz("linacc_?_mps2"), _XYZ("motionUserAcceleration?(m/s^2)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("size", [1.0, 4.0])
def test_acceleration_without_gravity_is_told_by_its_name_whatever_its_size(tmp_path: Path, names: str, size: float) -> None:
    """A walk shakes it to as much as gravity is."""
    path = tmp_path / "walk.csv"
    path.write_bytes(_csv("Time (s)|" + names, M.t_s, M.acc_mps2 * size / 2))
    assert "without gravity" in refusal(path)


@pytest.mark.parametrize("name", ["Linear Accelerometer.csv", "LinearAcceleration (1).csv"])
def test_a_files_name_tells_it_too(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(import_files.phyphox(M)["Accelerometer.csv"])
    assert "without gravity" in refusal(path)


def test_linear_and_gravity_of_one_export_are_added(tmp_path: Path) -> None:
    files = {"Linear Accelerometer.csv": _csv("Time (s)|" + _xyz("Linear Acceleration ? (m/s^2)"), M.t_s, LINEAR),
             "Gravity.csv": _csv("Time (s)|" + _xyz("Acceleration ? (m/s^2)"), M.t_s, GRAVITY)}  # fmt: skip
    path = tmp_path / "export.zip"
    path.write_bytes(import_files.pack(files))
    np.testing.assert_allclose(read_all(path)[1].acc_mps2, M.acc_mps2, atol=1e-9)
    path.write_bytes(import_files.pack({"Gravity.csv": files["Gravity.csv"]}))
    assert "gravity alone" in refusal(path)


def _office(*members: str) -> bytes:
    return import_files.pack(dict.fromkeys(members, b"<x/>"))


OTHER: dict[str, tuple[str, bytes, list[str]]] = {
    "xlsx": ("a.xlsx", _office("[Content_Types].xml", "xl/workbook.xml", "xl/worksheets/sheet1.xml"), ["Excel workbook", "CSV"]),
    "xlsx named csv": ("a.csv", _office("[Content_Types].xml", "xl/workbook.xml"), ["Excel workbook"]),
    "xls": ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), ["Excel workbook"]),
    "xlsx in a zip": ("a.zip", import_files.pack({"phyphox 2025.xlsx": _office("xl/workbook.xml")}), ["Excel workbook"]),
    "xls in a zip": ("a.zip", import_files.pack({"phyphox.xls": b"\xd0\xcf\x11\xe0"}), ["Excel workbook"]),
    "zip in a zip": ("a.zip", import_files.pack({"in.zip": import_files.pack({"a.csv": b""})}), ["another archive", "Unpack"]),
    "JSON in a zip": ("a.zip", import_files.pack({"r.json": b"[]"}), ["JSON", "zipped CSV"]),
    "LibreOffice": ("a.ods", _office("mimetype", "content.xml", "meta.xml"), ["OpenDocument"]),
    "Numbers": ("a.numbers", _office("Index/Document.iwa"), ["Apple Numbers"]),
    "Sensor Logger's JSON": ("a.json", json.dumps([{"sensor": "Gyroscope", "seconds_elapsed": "0.1", "x": "1"}] * 9).encode(),
                             ["Sensor Logger's JSON", "zipped CSV"]),
    "other JSON": ("a.json", b' {"data": [1, 2]}\n', ["JSON"]),
    "a list in JSON": ("a.json", b"[[0.0, 1.0], [2.0, 3.0]]\n", ["JSON"]),
    "web page": ("a.csv", b"<!DOCTYPE html>\n<html><body>Sign in</body></html>\n", ["web page"]),
    "micro:bit's page": ("MY_DATA.csv", b"<html><title>micro:bit data log</title></html>\n", ["micro:bit", "Download"]),
    "Excel's XML": ("a.csv", b'<?xml version="1.0"?>\n<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet"/>\n',
                    ["Excel"]),
    "gzip": ("a.csv.gz", b"\x1f\x8b\x08" + bytes(60), ["gzip", "Unpack"]),
    "PDF": ("a.csv", b"%PDF-1.7\n", ["PDF"]),
    "RTF": ("a.csv", b"{\\rtf1 t_s,ax_g}\n", ["text document"]),
    "MATLAB": ("a.mat", b"MATLAB 5.0 MAT-file, Platform: GLNXA64\n", ["MATLAB"]),
    "epochs that a spreadsheet rounded": ("a.csv", _csv("t_ms|" + _xyz("a?_mps2"), ["1.70059E+12"] * 300, M.acc_mps2),
                                          ["rounded", "1.70059E+12", "spreadsheet"]),
    "seconds that a spreadsheet rounded": (
        "a.csv", _csv("time|" + _xyz("a?_mps2"), [f"2025-12-01 08:30:{int(t):02d}" for t in M.t_s], M.acc_mps2), ["rounded"]),
    "times that a spreadsheet shortened": ("a.csv", _csv("time|" + _xyz("a?_mps2"), [f"30:{t:04.1f}" for t in M.t_s], M.acc_mps2),
                                           ["'30:00.0'", "spreadsheet"]),
}  # fmt: skip


@pytest.mark.parametrize("case", OTHER)
def test_other_kinds_of_files_are_named_for_what_they_are(tmp_path: Path, case: str) -> None:
    name, content, fragments = OTHER[case]
    path = tmp_path / name
    path.write_bytes(content)
    text = refusal(path)
    for fragment in fragments:
        assert fragment in text


def _phyphox_time(*rows: str) -> bytes:
    return "\n".join(['"event","experiment time","system time","system time text"', *rows, ""]).encode()


@pytest.mark.parametrize(
    ("text", "offset_h"), [("2025-12-01 08:30:00.000 UTC+09:00", 9.0), ("2025-12-01 05:00:00.000 UTC+0530", 5.5), ("x UTC", 0.0)]
)
def test_phyphox_keeps_its_zone_and_its_pauses(tmp_path: Path, text: str, offset_h: float) -> None:
    files = import_files.phyphox(M)
    at = 1_764_545_400
    files["meta/time.csv"] = _phyphox_time(
        f'"START",0.0,{at}.0,"{text}"',
        f'"PAUSE",1.0,{at + 1}.0,""',
        f'"START",1.0,{at + 3601}.0,""',
        f'"PAUSE",9.0,{at + 3609}.0,""',
    )
    path = tmp_path / "export.zip"
    path.write_bytes(import_files.pack(files))
    info, block, notes = read_all(path)
    assert (info.start_unix_ns, info.utc_offset_s) == (at * 10**9, offset_h * 3600)
    np.testing.assert_allclose(block.t_s, M.t_s + 3600.0 * (M.t_s >= 1.0), atol=1e-6)
    np.testing.assert_allclose(block.gyr_radps, M.gyr_radps, atol=1e-9)
    assert np.flatnonzero(block.after_gap).tolist() == [100]
    assert notes == []


@pytest.mark.parametrize(("zone", "offset_h"), [("Asia/Tokyo", 9), ("America/New_York", -5), ("UTC", 0), ("GMT+02:00", 2)])
def test_sensor_logger_keeps_its_zone(tmp_path: Path, zone: str, offset_h: int) -> None:
    files = import_files.sensor_logger(M)
    files["metadata.csv"] = files["metadata.csv"].replace(b"Europe/Berlin", zone.encode())
    path = tmp_path / "export.zip"
    path.write_bytes(import_files.pack(files))
    info, _, notes = read_all(path)
    assert (info.start_unix_ns, info.utc_offset_s) == (import_files.START_NS, offset_h * 3600)
    assert notes == []


@pytest.mark.parametrize(("zone", "offset_s"), [("+09:00", 32_400), ("-0330", -12_600), ("Z", 0)])
def test_iso_times_keep_their_zone(tmp_path: Path, zone: str, offset_s: int) -> None:
    path = tmp_path / "iso.csv"
    path.write_bytes(_csv("time|" + _xyz("a?_mps2"), [f"2025-12-01T08:30:{t:09.6f}{zone}" for t in M.t_s], M.acc_mps2))
    info, _, notes = read_all(path)
    assert info.start_unix_ns is not None
    assert (info.start_unix_ns // 10**9 + offset_s) % 86_400 == 8 * 3600 + 1800
    assert (info.utc_offset_s, notes) == (offset_s, [])


@pytest.mark.parametrize("named", ["epoch", "local"])
def test_times_without_a_zone_are_this_computers_and_that_is_said(
    tmp_path: Path, named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "Asia/Tokyo")
    time.tzset()
    try:
        at = (
            [f"2025-12-01 08:30:{t:09.6f}" for t in M.t_s]
            if named == "local"
            else [str(1_764_545_400_000 + round(t * 1e3)) for t in M.t_s]
        )
        path = tmp_path / "local.csv"
        path.write_bytes(_csv(("time" if named == "local" else "t_ms") + "|" + _xyz("a?_mps2"), at, M.acc_mps2))
        info, _, notes = read_all(path)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (info.start_unix_ns, info.utc_offset_s) == (1_764_545_400 * 10**9, 32_400)
    assert "no time zone" in notes[0]


def _alone(files: dict[str, bytes], name: str, folder: Path) -> Path:
    for each, content in files.items():
        (folder / each).write_bytes(content)
    return folder / name


@pytest.mark.parametrize(
    ("rows", "shift_s", "taken"),
    [
        (slice(None), 0.0, True),
        (slice(0, 150), 0.0, False),
        (slice(None), 1.0, False),
        (slice(120, None), 0.0, False),
        (slice(0, 0), 0.0, False),
    ],
)
def test_a_neighbours_gyroscope_is_taken_only_if_it_covers_the_same_time(
    tmp_path: Path, rows: slice, shift_s: float, taken: bool
) -> None:
    files = import_files.phyphox(M)
    other = import_files.Motion(M.t_s[rows] + shift_s, M.acc_mps2[rows], M.gyr_radps[rows])
    both = {"Accelerometer.csv": files["Accelerometer.csv"], "data.csv": import_files.phyphox(other)["Gyroscope.csv"]}
    _, block, notes = read_all(_alone(both, "Accelerometer.csv", tmp_path))
    assert (block.gyr_radps is not None) == taken
    assert len(block) == 300
    assert "data.csv" in notes[0]


@pytest.mark.parametrize("content", [b"", b"\n", b"time,seconds_elapsed,z,y,x\n", b"time,seconds_elapsed,z,y,x\n1,1,1,1,1\n"])
def test_an_empty_gyroscope_file_costs_the_gyroscope_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(import_files.pack(import_files.sensor_logger(M) | {"Gyroscope.csv": content}))
    _, block, notes = read_all(path)
    assert (len(block), block.gyr_radps) == (300, None)
    assert "Gyroscope.csv" in notes[0]


@pytest.mark.parametrize(("rate_hz", "factor"), [(500.0, 3), (1000.0, 5), (420.1, 3), (833.0, 4)])
def test_fast_sensors_are_thinned_without_aliasing(tmp_path: Path, rate_hz: float, factor: int) -> None:
    """A swing of 2 Hz stays as it is; a shaking of 0.8 of the new rate would come back as one of 0.2 of it, and is gone."""
    n, new_hz = round(4 * rate_hz), rate_hz / factor
    t_s = np.arange(n) / rate_hz
    slow = np.stack([np.sin(2 * np.pi * 2 * t_s), np.full(n, G), 0 * t_s], axis=1)
    fast = np.sin(2 * np.pi * 0.8 * new_hz * t_s)[:, None] * [3.0, 3.0, 3.0]
    keep = np.delete(np.arange(n), slice(n // 2, n // 2 + 200))  # and a gap
    path = tmp_path / "fast.csv"
    path.write_bytes(_csv("t_s|" + _xyz("a?_mps2"), t_s[keep], (slow + fast)[keep]))
    info, block, notes = read_all(path)
    assert info.device.sample_rate_hz == pytest.approx(new_hz, rel=1e-3)
    assert f"{rate_hz:.0f} samples a second were thinned to {new_hz:.0f}" in notes[0]
    assert block.after_gap.sum() == 1
    true = np.stack([np.sin(2 * np.pi * 2 * block.t_s), np.full(len(block), G), 0 * block.t_s], axis=1)
    edge_s = 8 / new_hz
    inner = (np.abs(block.t_s - t_s[n // 2]) > edge_s + 200 / rate_hz) & (block.t_s > edge_s) & (block.t_s < t_s[-1] - edge_s)
    assert np.abs(block.acc_mps2 - true)[inner].max() < 0.05
    assert len(block) == pytest.approx(len(keep) / factor, abs=3)


def test_the_same_samples_are_kept_however_the_file_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from sensorcore.importers import thinning  # noqa: PLC0415 - its size of chunks is changed here

    m = import_files.motion(3000, 500.0)
    path = tmp_path / "fast.csv"
    path.write_bytes(
        _csv("t_s|" + _xyz("a?_mps2"), np.delete(m.t_s, slice(999, 1100)), np.delete(m.acc_mps2, slice(999, 1100), axis=0))
    )
    _, expected, _ = read_all(path)
    for n_rows in (50, 333, 1000):
        monkeypatch.setattr(thinning, "_CHUNK_ROWS", n_rows)
        _, block, _ = read_all(path)
        np.testing.assert_array_equal(block.t_s, expected.t_s)
        np.testing.assert_allclose(block.acc_mps2, expected.acc_mps2, atol=1e-12)


def _bomb(head: bytes, body: bytes, row: bytes, mega: int) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("TotalAcceleration.csv", "w") as member:
        member.write(head + body)
        for _ in range(mega):
            member.write(row * ((1 << 20) // len(row)))
    return out.getvalue()


HEAD = b"time,seconds_elapsed,z,y,x\n"
ROW = b"1700000000010000000,0.01,0.1,9.8,0.2\n"


@pytest.mark.slow
@pytest.mark.parametrize("row", [ROW, ROW + ROW.replace(b"0010", b"0020"), b"\n", b"a,b,c,d,e\n", b"# nothing\n"])
@pytest.mark.parametrize("good", [False, True])
def test_a_zip_of_one_row_repeated_ends_soon(tmp_path: Path, row: bytes, good: bool) -> None:
    """240 MB of it cost no more than 80 MB, for only the first 64 MB are read: a zip of 14 MB unpacks to 8 GB."""
    body = import_files.sensor_logger(import_files.motion(2000))["TotalAcceleration.csv"][len(HEAD) :] if good else b""
    cost_s = []
    for size_mb in (80, 240):
        path = tmp_path / f"bomb-{size_mb}.zip"
        path.write_bytes(_bomb(HEAD, body, row, size_mb))
        began_s = time.process_time()
        if good and row != b"a,b,c,d,e\n":
            assert len(read_all(path)[1]) >= 2000
        else:
            refusal(path)
        cost_s.append(time.process_time() - began_s)
    assert cost_s[1] < 2 * cost_s[0]


Change = Callable[[bytes], bytes]


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c.replace(b"(s)", b"(s) ").replace(b'" "', b'"'),
        lambda c: c + b"9.99,NaN,NaN,NaN\n",
        lambda c: c.replace(b"\n", b"\r\n"),
    ],
)
def test_phyphox_exported_while_it_measures(tmp_path: Path, change: Change) -> None:
    path = tmp_path / "export.zip"
    path.write_bytes(import_files.pack({k: change(v) if "/" not in k else v for k, v in import_files.phyphox(M).items()}))
    assert len(read_all(path)[1]) == 300
    assert open_import(path).info.device.has_gyroscope
