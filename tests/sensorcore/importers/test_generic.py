"""The generic CSV: what is written comes back in SI units, whatever the units, order and extra columns."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from benchmarks import import_files
from sensorcore.errors import StorageError
from sensorcore.importers import open_import
from sensorcore.model import STANDARD_GRAVITY_MPS2
from tests.examples import examples
from tests.sensorcore.importers.reading import read_all, refusal

M = import_files.motion(300)
GOOD = import_files.generic(M)
LINES = GOOD.decode().splitlines()

_TIME_PER_S = {"t_s": 1.0, "t_ms": 1e3, "t_us": 1e6, "t_ns": 1e9}
_SI = {"g": STANDARD_GRAVITY_MPS2, "mps2": 1.0, "dps": np.pi / 180, "radps": 1.0}


@examples(40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_variant_comes_back_in_si_units(tmp_path: Path, data: st.DataObject) -> None:
    rng = np.random.default_rng(data.draw(st.integers(0, 2**32)))
    n, rate_hz = data.draw(st.integers(110, 200)), data.draw(st.floats(10, 50) | st.sampled_from([10.0, 52.0, 104.0]))
    jitter = data.draw(st.sampled_from([0.0, 0.4]))
    t_s = (np.arange(n) + jitter * rng.uniform(-0.5, 0.5, n)) / rate_hz
    time = data.draw(st.sampled_from(sorted(_TIME_PER_S)))
    epoch = data.draw(st.sampled_from([0, 1_700_000_000]))
    if epoch and time != "t_s":
        whole = np.round(t_s * _TIME_PER_S[time]).astype(np.int64)
        t_s = (whole - whole[0]) / _TIME_PER_S[time]
        cells = [int(w) + epoch * int(_TIME_PER_S[time]) for w in whole]
    else:
        cells, epoch = (t_s * _TIME_PER_S[time]).tolist(), 0
    acc_unit, gyr_unit = data.draw(st.sampled_from(["g", "mps2"])), data.draw(st.sampled_from(["dps", "radps", None]))
    acc = rng.normal(0, 3.0, (n, 3)) + np.array([0, 9.8, 0])
    gyr = rng.normal(0, 2.0, (n, 3))
    columns = {
        time: cells,
        "comment": ["ok"] * n,
        **{f"a{a}_{acc_unit}": (acc[:, i] / _SI[acc_unit]).tolist() for i, a in enumerate("xyz")},
    }
    if gyr_unit:
        columns |= {f"g{a}_{gyr_unit}": (gyr[:, i] / _SI[gyr_unit]).tolist() for i, a in enumerate("xyz")}
    order = data.draw(st.permutations(sorted(columns)))
    path = tmp_path / "signal.csv"
    path.write_bytes(import_files.table(order, [columns[c] for c in order], data.draw(st.sampled_from([",", ";", "\t"]))))
    info, block, notes = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, acc, rtol=1e-14, atol=1e-14)
    if gyr_unit:
        assert block.gyr_radps is not None
        np.testing.assert_allclose(block.gyr_radps, gyr, rtol=1e-14, atol=1e-14)
    assert (block.gyr_radps is None) == (gyr_unit is None) == (info.device.gyro_sampling is None)
    # Times are moved by no more than 5 % of a period or the rounding of what was written.
    rounding_s = 0.55 / _TIME_PER_S[time] if epoch else 0.0
    np.testing.assert_allclose(block.t_s, t_s - t_s[0], atol=2 * max(0.0501 / rate_hz * (jitter == 0), rounding_s) + 1e-9)
    assert block.t_s[0] == 0
    assert not block.after_gap.any()
    assert info.device.sample_rate_hz == pytest.approx(rate_hz, rel=0.1 if jitter else 0.01)
    assert info.start_unix_ns == (pytest.approx(epoch * 10**9, abs=10**9) if epoch else None)
    assert len(notes) == bool(epoch), "times since 1970 name no time zone, and that is said"


@pytest.mark.parametrize("name", ["time", "t_iso"])
@pytest.mark.parametrize(("zone", "shift_s"), [("", 0), ("Z", 0), ("+02:00", -7200)])
def test_iso_times(tmp_path: Path, name: str, zone: str, shift_s: int) -> None:
    stamps = [f"2024-02-28T23:59:{50 + t:09.6f}{zone}" for t in M.t_s]
    path = tmp_path / "iso.csv"
    path.write_bytes(import_files.table([name, "ax_mps2", "ay_mps2", "az_mps2"], [stamps, *M.acc_mps2.T.tolist()]))
    info, block, notes = read_all(path)
    np.testing.assert_allclose(block.t_s, M.t_s, atol=1e-6)
    assert info.start_unix_ns == (1_709_164_790 + shift_s) * 10**9
    assert bool(notes) == (not zone)


def _edit(line: int, replace: Callable[[str], str]) -> bytes:
    lines = LINES.copy()
    lines[line - 1] = replace(lines[line - 1])
    return ("\n".join(lines) + "\n").encode("utf-8", "surrogateescape")


def _cell(line: int, column: int, text: str) -> bytes:
    def replace(row: str) -> str:
        cells = row.split(",")
        cells[column] = text
        return ",".join(cells)

    return _edit(line, replace)


def _scaled(header: str, acc: float = 1.0, gyr: float = 1.0, rate_hz: float = 100.0) -> bytes:
    m = import_files.motion(300, rate_hz)
    values = [*(m.acc_mps2 * acc).T.tolist(), *(m.gyr_radps * gyr).T.tolist()]
    return import_files.table(header.split(","), [m.t_s.tolist(), *values])


_SI_HEADER = "t_s,ax_mps2,ay_mps2,az_mps2,gx_radps,gy_radps,gz_radps"
BAD: dict[str, tuple[bytes, list[str]]] = {
    "0 bytes": (b"", ["0 bytes"]),
    "blank": (b"\n\n \n", ["blank"]),
    "header only": ((LINES[0] + "\n").encode(), ["no samples"]),
    "header without line break": (LINES[0].encode(), ["no samples"]),
    "too short": ("\n".join(LINES[:50]).encode(), ["0.49 s"]),
    "two rows": ("\n".join(LINES[:3]).encode(), ["2 samples"]),
    "binary noise": (np.random.default_rng(0).bytes(5000), ["not"]),
    "noise as text": (b"lorem ipsum\ndolor sit\namet\n", ["lorem ipsum", "line 1", "Supported"]),
    "MCAP": (b"\x89MCAP0\r\n" + bytes(100), ["MCAP"]),
    "JSON": (b'{"a": 1}\n', ["JSON"]),
    "no header": ("\n".join(LINES[1:]).encode(), ["no header", "t_s,ax_g"]),
    "no units": (GOOD.replace(LINES[0].encode(), b"t_s,ax,ay,az,gx,gy,gz"), ["ax, ay, az", "ax_g", "line 1"]),
    "no gyroscope units": (GOOD.replace(LINES[0].encode(), b"t_s,ax_g,ay_g,az_g,gx,gy,gz"), ["gx, gy, gz", "gx_dps"]),
    "axis missing": (GOOD.replace(b"az_g", b"aq_g", 1), ["acceleration az", "line 1"]),
    "no time": (GOOD.replace(b"t_s", b"n", 1), ["no time column"]),
    "time without unit": (GOOD.replace(b"t_s", b"timestamp", 1), ["'timestamp'", "t_ms"]),
    "numbers as ISO time": (GOOD.replace(b"t_s", b"time", 1), ["time", "t_s, t_ms"]),
    "two times": (GOOD.replace(b"gx_dps", b"t_ms", 1).replace(b"gy_dps,gz_dps", b"b,c", 1), ["more than one time"]),
    "axis twice": (GOOD.replace(b"ay_g", b"ax_g", 1), ["two columns"]),
    "1 Hz": (_scaled(_SI_HEADER, rate_hz=1.0), ["1 samples a second", "10 to 8000"]),
    "50 kHz": (_scaled(_SI_HEADER, rate_hz=50_000.0), ["5e+04 samples a second", "unit is wrong"]),
    "mostly text": (
        "\n".join([LINES[0], *(row.replace(".", "?") if i % 3 else row for i, row in enumerate(LINES[1:]))]).encode(),
        ["199 of 299 rows cannot be read", "line 3", "column t_s", "not a number"],
    ),
    "m/s^2 named g": (_scaled(_SI_HEADER.replace("mps2", "g")), ["m/s^2", "ax_mps2"]),
    "g named m/s^2": (_scaled(_SI_HEADER, 1 / STANDARD_GRAVITY_MPS2), ["looks like g", "ax_g"]),
    "milli-g named g": (_scaled(_SI_HEADER.replace("mps2", "g"), 1000 / STANDARD_GRAVITY_MPS2), ["milli-g"]),
    "no gravity by its size": (_scaled(_SI_HEADER, 0.02), ["no gravity"]),
    "counts": (_scaled(_SI_HEADER.replace("mps2", "g"), 200.0), ["raw counts"]),
    "degrees named radians": (_scaled(_SI_HEADER, 1.0, 100.0), ["gx_dps"]),
}
ODD: dict[str, tuple[bytes, list[str]]] = {
    "nan": (_cell(120, 3, "nan"), ["line 120", "column az_g"]),
    "inf": (_cell(121, 2, "-inf"), ["line 121", "column ay_g"]),
    "empty cell": (_cell(7, 1, ""), ["line 7", "column ax_g", "empty"]),
    "text": (_cell(8, 6, "N/A"), ["line 8", "column gz_dps", "'N/A'"]),
    "huge": (_cell(9, 4, "1e300"), ["line 9", "column gx_dps", "1e300"]),
    "text as time": (_cell(10, 0, "soon"), ["line 10", "column t_s"]),
    "row too short": (_edit(33, lambda row: row.rpartition(",")[0]), ["line 33", "6 cells", "7"]),
    "row too long": (_edit(34, lambda row: row + ",1"), ["line 34", "8 cells"]),
    "time repeats": (_cell(45, 0, LINES[43].split(",")[0]), ["line 45", "has the time"]),
    "time backwards": (_cell(46, 0, "0.1"), ["line 46", "out of order"]),
    "time far ahead": (_cell(47, 0, "900"), ["line 47", "out of order"]),
    "row twice": (_edit(50, lambda row: LINES[48]), ["line 50", "repeats"]),
    "second header": (_edit(60, lambda row: LINES[0]), ["line 60", "header"]),
    "first row torn": (_edit(2, lambda row: row[:20]), ["line 2", "cells"]),
    "comma for point": (_edit(70, lambda row: row.replace(".", ",", 1)), ["line 70", "8 cells"]),
    "zeros of an unwritten block": (_edit(80, lambda row: "\0" * 512), ["line 80"]),
    "signs of another code page": (_edit(90, lambda row: row[:20] + "\udcff\udcfe"), ["line 90"]),
}


@pytest.mark.parametrize("case", ODD)
def test_one_odd_row_is_left_out_and_noted_and_costs_nothing_else(tmp_path: Path, case: str) -> None:
    content, fragments = ODD[case]
    path = tmp_path / "odd.csv"
    path.write_bytes(content)
    _, block, notes = read_all(path)
    lost = int(re.search(r"line (\d+)", notes[0])[1]) - 2  # type: ignore[index]
    np.testing.assert_allclose(block.acc_mps2, np.delete(M.acc_mps2, lost, axis=0), rtol=1e-14)
    assert len(notes) == 1
    for fragment in [*fragments, "1 row is left out"]:
        assert fragment in notes[0]


def test_an_endless_line_is_no_row(tmp_path: Path) -> None:
    path = tmp_path / "endless.csv"
    path.write_bytes(GOOD + b"1" * 3_000_000 + b"\n" + re.sub(rb"(?m)^(?=\d)", b"1", GOOD.partition(b"\n")[2]))
    _, block, notes = read_all(path)
    assert len(block) == 600
    assert any("line 302: the line is longer than any row" in note for note in notes)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-8-sig", "cp1252"])
def test_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "encoded.csv"
    header = "t_s;Größe;Beschleunigung x (m/s²);Beschleunigung y (m/s²);Beschleunigung z (m/s²)"
    rows = [f"{t!r};ä;{x!r};{y!r};{z!r}" for t, (x, y, z) in zip(M.t_s.tolist(), M.acc_mps2.tolist(), strict=True)]
    path.write_bytes("\n".join([header.replace("t_s", "Zeit (s)"), *rows, ""]).encode(encoding))
    np.testing.assert_allclose(read_all(path)[1].acc_mps2, M.acc_mps2, rtol=1e-14)


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_clear_error(tmp_path: Path, case: str) -> None:
    content, fragments = BAD[case]
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    text = refusal(path)
    for fragment in fragments:
        assert fragment in text


def test_rates_beyond_any_range_in_degrees_are_noted(tmp_path: Path) -> None:
    path = tmp_path / "twice.csv"
    path.write_bytes(_scaled(_SI_HEADER.replace("radps", "dps"), gyr=20_000.0))
    _, block, notes = read_all(path)
    assert len(block) == 300
    assert "converted to degrees twice" in notes[0]


def test_folder_missing_file_and_device(tmp_path: Path) -> None:
    assert "not an export" in refusal(tmp_path)
    with pytest.raises(StorageError, match="no such file"):
        open_import(tmp_path / "absent.csv")
    assert "not a file" in refusal(Path("/dev/null"))


def test_no_permission(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "private.csv"
    path.write_bytes(GOOD)

    def forbidden(*args: object, **kwargs: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", forbidden)
    assert "may not read" in refusal(path)


@pytest.mark.parametrize("keep", range(1, 60, 7))
def test_a_cut_last_line_is_dropped_and_noted_and_nothing_else_is_lost(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "cut.csv"
    path.write_bytes(("\n".join(LINES[:-1]) + "\n").encode() + LINES[-1].encode()[:keep])
    _, block, notes = read_all(path)
    assert len(block) == len(M.t_s) - 1
    assert len(notes) == 1
    assert f"({len(LINES)})" in notes[0]


def test_a_last_line_without_line_break_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "whole.csv"
    path.write_bytes(GOOD.rstrip(b"\n"))
    _, block, notes = read_all(path)
    assert len(block) == len(M.t_s)
    assert notes == []


@pytest.mark.parametrize(
    "change", [(b"\n", b"\r\n"), (b"\n", b"\n\n"), (b"t_s", b"\xef\xbb\xbft_s"), (b",", b" , "), (b"ax_g", b"AX_G")]
)
def test_harmless_differences(tmp_path: Path, change: tuple[bytes, bytes]) -> None:
    path = tmp_path / "harmless.csv"
    path.write_bytes(GOOD.replace(*change))
    np.testing.assert_allclose(read_all(path)[1].acc_mps2, M.acc_mps2, rtol=1e-14)


def test_a_time_column_that_begins_with_whole_numbers_may_have_fractions_later(tmp_path: Path) -> None:
    path = tmp_path / "mixed.csv"
    cells = [f"{t * 1000:.7g}" for t in np.arange(300) / 52]
    path.write_bytes(import_files.table(["t_ms", "ax_mps2", "ay_mps2", "az_mps2"], [cells, *M.acc_mps2.T.tolist()]))
    assert cells[0] == "0"
    np.testing.assert_allclose(read_all(path)[1].t_s, np.arange(300) / 52, atol=1e-5)


def test_notes_and_blocks_are_the_same_at_each_reading(tmp_path: Path) -> None:
    m = import_files.motion(20_000)
    path = tmp_path / "long.csv"
    path.write_bytes(import_files.generic(m)[:-5])
    source = open_import(path)
    first = list(source.items())
    notes = list(source.warnings)
    second = list(source.items())
    assert notes == source.warnings
    assert [len(b) for b in first if not isinstance(b, str)] == [8192, 8192, 20_000 - 2 * 8192]  # type: ignore[arg-type]
    for a, b in zip(first, second, strict=True):
        np.testing.assert_array_equal(a.t_s, b.t_s)  # type: ignore[union-attr]
    assert source.duration_hint_s == pytest.approx(200, rel=0.1)


def test_an_axis_that_stays_at_its_extreme_is_saturated(tmp_path: Path) -> None:
    m = import_files.motion(300)
    m.acc_mps2[100:105, 2] = 4 * STANDARD_GRAVITY_MPS2
    m.acc_mps2[200, 2] = 4 * STANDARD_GRAVITY_MPS2
    path = tmp_path / "hit.csv"
    path.write_bytes(import_files.generic(m))
    assert np.flatnonzero(read_all(path)[1].saturated).tolist() == [100, 101, 102, 103, 104]


def test_reading_needs_neither_scipy_nor_pandas(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(GOOD)
    code = (
        "import sys, pathlib; from sensorcore.importers import open_import;"
        "list(open_import(pathlib.Path(sys.argv[1])).items()); print([m for m in ('scipy', 'pandas') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_a_long_row_that_does_not_fit_fails_at_once(tmp_path: Path) -> None:
    """Patterns that can match in two ways take exponential time on rows like this."""
    row = "\t".join(["9" * 30] * 12) + "\tx"
    names = "\t".join(["t_s", "ax_g", "ay_g", "az_g", *(f"c{i}" for i in range(9))])
    path = tmp_path / "digits.csv"
    path.write_text("\n".join([names, *[row] * 50]) + "\n")
    assert "cannot be" in refusal(path)
