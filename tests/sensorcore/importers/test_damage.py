"""Random damage to a good file: exactly the rows that are whole remain, and the notes count the others."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from benchmarks import import_files
from sensorcore.importers import rows
from sensorcore.model import STANDARD_GRAVITY_MPS2, FloatArray
from tests.examples import examples
from tests.sensorcore.importers.reading import read_all, refusal

N = 300
M = import_files.motion(N)
HOW = ("torn", "twice", "nan", "empty", "mark", "comment", "header", "blank", "zeros", "text", "again")
HARMLESS = ("comment", "blank")
EXTRA = ("twice", "header", "again")
"""Rows that come on top of the good ones."""


def _lines(delimiter: str, decimal: str) -> list[str]:
    names = ["t_s", "ax_g", "ay_g", "az_g", "gx_dps", "gy_dps", "gz_dps"]
    values = [M.t_s.tolist(), *(M.acc_mps2 / STANDARD_GRAVITY_MPS2).T.tolist(), *np.rad2deg(M.gyr_radps).T.tolist()]
    return import_files.table(names, values, delimiter, decimal).decode().splitlines()


def _damaged(line: str, how: str, header: str, earlier: str, delimiter: str, decimal: str, place: int) -> list[str]:
    """What stands in place of a line."""
    cells = line.split(delimiter)
    if how == "torn":
        return [delimiter.join(cells[: 1 + place % 5])[: -1 - place % 3] or "-"]
    if how in ("nan", "empty", "text"):
        cells[place % 7] = {"nan": "NaN", "empty": "", "text": "err"}[how]
        return [delimiter.join(cells)]
    if how == "mark":  # in a ';' table only the mark differs, in a ',' table there is a cell too many
        cells[1 + place % 6] = cells[1 + place % 6].replace(decimal, "," if decimal == "." else ".")
        return [delimiter.join(cells)]
    if how == "zeros":
        return ["\0" * (20 + place)]
    return {
        "twice": [line, line],
        "comment": [("#", "//", "% ")[place % 3] + " restarted; battery 80%", line],
        "header": [header, line],
        "blank": ["", line],
        "again": [line, earlier],
    }[how]


@examples(30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_exactly_the_undamaged_rows_remain(tmp_path: Path, data: st.DataObject) -> None:
    delimiter, decimal = data.draw(st.sampled_from([(",", "."), (";", "."), (";", ","), ("\t", ","), ("\t", ".")]))
    lines = _lines(delimiter, decimal)
    damage = data.draw(st.dictionaries(st.integers(3, N - 3), st.sampled_from(HOW), max_size=25))
    whole, out, lost = np.ones(N, dtype=np.bool_), [lines[0]], 0
    for i, line in enumerate(lines[1:]):
        how = damage.get(i)
        if how == "again" and damage.get(i - 1) not in (None, *EXTRA, *HARMLESS):
            how = "twice"  # only what came whole can come again
        if how is None:
            out.append(line)
            continue
        out += _damaged(line, how, lines[0], lines[i], delimiter, decimal, data.draw(st.integers(0, 20)))
        whole[i] = how in (*EXTRA, *HARMLESS)
        lost += how not in HARMLESS
    path = tmp_path / "damaged.csv"
    path.write_bytes(("\n".join(out) + "\n").encode())
    _, block, notes = read_all(path)
    kept: FloatArray = M.acc_mps2[whole]
    np.testing.assert_allclose(block.acc_mps2, kept, rtol=1e-12)
    counted = sum(int(n) for note in notes for n in re.findall(r"(\d+) rows? (?:is|are) left out", note))
    assert counted == lost, notes


@pytest.mark.parametrize(("share", "fine"), [(0.4, True), (0.6, False)])
def test_a_file_is_refused_only_when_it_is_mostly_wrong(tmp_path: Path, share: float, fine: bool) -> None:
    lines = _lines(",", ".")
    bad = np.random.default_rng(0).permutation(N)[: round(share * N)]
    for i in bad.tolist():
        lines[i + 1] = "?"
    path = tmp_path / "share.csv"
    path.write_text("\n".join(lines) + "\n")
    if fine:
        assert len(read_all(path)[1]) == N - len(bad)
    else:
        assert f"{len(bad)} of {N} rows cannot be read" in refusal(path)


@pytest.mark.parametrize("n_bytes", [300, 1000, 7001])
def test_the_same_however_the_file_is_read(tmp_path: Path, n_bytes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Damage of every kind, among it clocks that are set back and rows that are sent again, in chunks of any size."""
    lines = _lines(",", ".")
    again = lines[120:170]
    back = [re.sub(r"^[^,]*", f"{k / 100:.2f}", line) for k, line in enumerate(lines[200:])]
    out = [
        *lines[:50],
        lines[0],
        *lines[50:170],
        *again,
        *lines[170:180],
        "torn,1",
        *lines[180:190],
        lines[189],
        *lines[190:200],
        *back,
    ]
    path = tmp_path / "chunks.csv"
    path.write_text("\n".join(out) + "\n")
    _, expected, notes = read_all(path)
    assert len(expected) == N
    assert "50 rows are left out, they were sent again" in " ".join(notes)
    assert "the clock was set back once" in notes[-1]
    assert np.flatnonzero(expected.after_gap).tolist() == [199]
    monkeypatch.setattr(rows, "CHUNK_BYTES", n_bytes)
    _, block, again_notes = read_all(path)
    np.testing.assert_array_equal(block.t_s, expected.t_s)
    np.testing.assert_array_equal(block.acc_mps2, expected.acc_mps2)
    assert sorted(again_notes) == sorted(notes)


@pytest.mark.parametrize(
    ("name", "modulus", "start", "signed"),
    [
        ("t_us", 2**32, 2**32 - 1_000_000, False),
        ("t_ms", 2**32, 2**32 - 1500, False),
        ("t_ms", 2**16, 2**16 - 777, False),
        ("t_ms", 2**24, 2**24 - 1234, False),
        ("t_us", 2**24, 2**24 - 500_000, False),
        ("t_us", 2**32, 2**31 - 900_000, True),
        ("Time (s)", 86_400, 86_399, False),
    ],
)
def test_counters_that_wrap_go_on(tmp_path: Path, name: str, modulus: int, start: int, signed: bool) -> None:
    per_s = {"t_us": 10**6, "t_ms": 10**3, "Time (s)": 1}[name]
    counts = [start + (i * per_s) / 100 for i in range(N)]
    cells = [c % modulus if not signed else (c + 2**31) % modulus - 2**31 for c in counts]
    text = [str(int(c)) if per_s > 1 else repr(c) for c in cells]
    path = tmp_path / "wraps.csv"
    path.write_bytes(import_files.table([name, "ax_mps2", "ay_mps2", "az_mps2"], [text, *M.acc_mps2.T.tolist()]))
    _, block, notes = read_all(path)
    np.testing.assert_allclose(block.t_s, M.t_s, atol=1e-6)
    assert not block.after_gap.any()
    assert notes == []


def test_a_logger_that_started_again_goes_on_after_a_gap(tmp_path: Path) -> None:
    """Twice, the second time for good with another beginning of its clock; header and all."""
    lines = _lines(",", ".")
    second = [re.sub(r"^[^,]*", repr(k / 100), line) for k, line in enumerate(lines[101:201])]
    third = [re.sub(r"^[^,]*", repr(0.5 + k / 100), line) for k, line in enumerate(lines[201:])]
    path = tmp_path / "again.csv"
    path.write_text("\n".join([*lines[:101], lines[0], *second, lines[0], *third]) + "\n")
    _, block, notes = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, rtol=1e-12)
    assert np.flatnonzero(block.after_gap).tolist() == [100, 200]
    assert "set back 2 times (line 103, 204)" in notes[-1]
