"""WitMotion's logs, in every spelling that was met."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from benchmarks import import_files
from tests.sensorcore.importers.reading import read_all, refusal

M = import_files.motion(400)


@pytest.mark.parametrize("burst", [1, 3])
@pytest.mark.parametrize(
    ("variant", "encoding", "delimiter"),
    [*((v, "utf-8", "\t") for v in import_files.WITMOTION_HEADERS), ("chinese", "gb18030", "\t"), ("new", "gb18030", ",")],
)
def test_every_spelling(tmp_path: Path, variant: str, encoding: str, delimiter: str, burst: int) -> None:
    path = tmp_path / "20250529.txt"
    path.write_bytes(import_files.witmotion(M, variant, encoding, delimiter, burst))
    info, block, _ = read_all(path)
    np.testing.assert_allclose(block.acc_mps2, M.acc_mps2, atol=1e-12)
    np.testing.assert_allclose(block.gyr_radps, M.gyr_radps, atol=1e-12)
    np.testing.assert_allclose(block.t_s, M.t_s, atol=1e-6)
    assert not block.after_gap.any()
    assert info.device.sample_rate_hz == pytest.approx(100, rel=1e-3)
    assert info.device.name.startswith("WitMotion")
    assert info.device.acc_range_mps2 == pytest.approx(16 * 9.80665)


def test_arrival_in_bursts_gives_even_times_and_pauses_are_gaps(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    n = 3000
    true_s = np.arange(n) / 50 + 2.0 * (np.arange(n) >= 2000)
    packet = np.arange(n) // 4
    arrival_s = (true_s[np.minimum(packet * 4 + 3, n - 1)] + rng.uniform(0, 0.045, packet[-1] + 1)[packet]).round(3)
    lines = ["time\tDeviceName\tAccX(g)\tAccY(g)\tAccZ(g)"]
    lines += [f"2026-10-02T07:48:{t:06.3f}" if t < 60 else f"2026-10-02T07:49:{t - 60:06.3f}" for t in arrival_s.tolist()]
    lines[1:] = [f"{stamp}\tW\t0\t0\t1" for stamp in lines[1:]]
    path = tmp_path / "bursts.txt"
    path.write_text("\n".join(lines) + "\n")
    info, block, _ = read_all(path)
    assert info.device.sample_rate_hz == pytest.approx(50, rel=0.01)
    assert np.flatnonzero(block.after_gap).tolist() == [2000]
    steps = np.delete(np.diff(block.t_s), 1999)
    np.testing.assert_allclose(steps, 0.02, rtol=0.02)


def test_time_of_day_goes_past_midnight(tmp_path: Path) -> None:
    path = tmp_path / "night.txt"
    rows = [f"{'23:59:59' if i < 50 else '00:00:00'}.{i % 50 * 20:03d}\t0\t0\t1" for i in range(100)]
    path.write_text("Time(s)\tax(g)\tay(g)\taz(g)\n" + "\n".join(rows) + "\n")
    _, block, _ = read_all(path)
    np.testing.assert_allclose(block.t_s, np.arange(100) / 50, atol=1e-6)


def test_a_chip_clock_that_was_never_set_is_not_used(tmp_path: Path) -> None:
    text = import_files.witmotion(M, "app").decode()
    path = tmp_path / "null.txt"
    path.write_text("\n".join(f"null\t{line}" if i else f"ChipTime()\t{line}" for i, line in enumerate(text.splitlines())) + "\n")
    np.testing.assert_allclose(read_all(path)[1].t_s, M.t_s, atol=1e-6)


def test_full_scale_is_saturated(tmp_path: Path) -> None:
    hit = import_files.motion(200)
    hit.acc_mps2[50, 1] = -16 * import_files.G_MPS2
    path = tmp_path / "hit.txt"
    path.write_bytes(import_files.witmotion(hit))
    assert np.flatnonzero(read_all(path)[1].saturated).tolist() == [50]


def _edit(content: bytes, line: int, old: str, new: str) -> bytes:
    lines = content.decode().split("\r\n")
    assert old in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(old, new, 1)
    return "\r\n".join(lines).encode()


GOOD = import_files.witmotion(M)


TWO = b"".join(line if i % 2 else line.replace(b"d6-a8", b"77-77") for i, line in enumerate(GOOD.splitlines(keepends=True)))
APP = import_files.witmotion(M, "app")


@pytest.mark.parametrize(
    ("content", "fragment"),
    [
        (_edit(GOOD, 90, "WT901BLE67(d6-a8)", "WT901BLE67(77-77)"), "line 90: 'WT901BLE67(77-77)': 1 row is left out"),
        (_edit(GOOD, 92, "2025-5-29", "2025-15-29"), "line 92, column Chip Time()"),
        (_edit(APP, 93, "2025-05-29", "2025-15-29"), "line 93, column time: '2025-15-29"),
        (_edit(APP, 94, "T10:16:", "T10:15:"), "line 94: 1 row is left out, it is out of order in time"),
    ],
)
def test_an_odd_row_is_left_out(tmp_path: Path, content: bytes, fragment: str) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(content)
    _, block, notes = read_all(path)
    assert len(block) == len(M.t_s) - 1
    assert any(fragment in note for note in notes)


@pytest.mark.parametrize(
    ("content", "fragments"),
    [
        (TWO, ["two sensors", "77-77", "line 3"]),
        (_edit(GOOD, 91, "10:16:", "25:16:"), []),  # the chip's time is used
        (_edit(GOOD, 1, "Acceleration Y(g)", "Y"), ["acceleration Y", "line 1"]),
        (_edit(GOOD, 93, "\t1.25", "\t"), []),  # a column that is not read
        (GOOD.replace(b"Chip Time()", b"C").replace(b"Time", b"T"), ["no time column"]),
    ],
)
def test_bad_logs(tmp_path: Path, content: bytes, fragments: list[str]) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(content)
    if not fragments:
        assert len(read_all(path)[1]) == len(M.t_s)
        return
    text = refusal(path)
    for fragment in fragments:
        assert fragment in text
