"""Gaps, jitter and rounded times."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks import import_files
from sensorcore.importers.timing import ARRIVAL_TIME, DEVICE_TIME, find_gaps, measure_period, snap
from sensorcore.model import FloatArray
from tests.sensorcore.importers.reading import read_all


def _write(path: Path, cells: list[str]) -> None:
    n = len(cells)
    path.write_bytes(import_files.table(["t_s", "ax_g", "ay_g", "az_g"], [cells, [0.0] * n, [1.0] * n, [0.0] * n]))


@given(
    rate_hz=st.floats(10, 400),
    missing=st.sets(st.integers(3, 190), max_size=5),
    jitter=st.floats(0, 0.24),
    seed=st.integers(0, 1000),
)
def test_missing_rows_are_gaps_and_jitter_is_not(rate_hz: float, missing: set[int], jitter: float, seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows = np.array([i for i in range(200) if i not in missing])
    t_s = (rows + jitter * rng.uniform(-1, 1, len(rows))) / rate_hz
    gaps = find_gaps(t_s, np.empty(0), None, 1 / rate_hz, DEVICE_TIME)
    assert np.flatnonzero(gaps).tolist() == (np.flatnonzero(np.diff(rows) > 1) + 1).tolist()


@given(split=st.integers(1, 98), missing=st.integers(2, 97))
def test_gaps_are_found_the_same_at_block_borders(split: int, missing: int) -> None:
    t_s = np.delete(np.arange(100) / 50, missing)
    t_s[40] += 0.012  # late, not missing
    whole = find_gaps(t_s, np.empty(0), None, 0.02, DEVICE_TIME)
    # With row 41 missing the late row 40 comes 1.6 periods after 39 and 1.4 before 42: the longer step is the gap.
    assert np.flatnonzero(whole).tolist() == [40 if missing == 41 else missing]
    left = find_gaps(t_s[:split], np.empty(0), float(t_s[split]), 0.02, DEVICE_TIME)
    right = find_gaps(t_s[split:], t_s[:split][-2:], None, 0.02, DEVICE_TIME)
    np.testing.assert_array_equal(np.concatenate([left, right]), whole)


@pytest.mark.parametrize(
    ("rate_hz", "start_s"), [(52, 900), (104, 900), (104, 1500), (119, 1500), (52, 9000), (50, 12_000), (200, 990)]
)
def test_times_written_with_seven_digits_are_snapped(tmp_path: Path, rate_hz: float, start_s: float) -> None:
    true_s = np.append(np.arange(2000), start_s * rate_hz + np.arange(20_000)) / rate_hz
    path = tmp_path / "digits.csv"
    _write(path, [f"{t:.7g}" for t in true_s])
    info, block, _ = read_all(path)
    assert info.device.sample_rate_hz == pytest.approx(rate_hz, rel=1e-4)
    assert np.flatnonzero(block.after_gap).tolist() == [2000]
    steps = np.delete(np.diff(block.t_s), 1999) * rate_hz
    assert np.abs(steps - 1).max() < 0.06
    assert np.abs(block.t_s - true_s).max() < 0.05 / rate_hz + 0.005


def test_real_jitter_is_kept(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    t_s = (np.arange(9000) + rng.uniform(-0.2, 0.2, 9000)) / 100
    path = tmp_path / "jitter.csv"
    _write(path, [repr(t) for t in t_s.tolist()])
    block = read_all(path)[1]
    np.testing.assert_allclose(block.t_s, t_s - t_s[0], atol=1e-12)
    assert not block.after_gap.any()


@given(
    steps=st.lists(st.floats(1e-4, 0.05), min_size=3, max_size=200),
    previous=st.floats(-0.02, -1e-6),
    arrival=st.booleans(),
)
def test_snapped_times_always_increase(steps: list[float], previous: float, arrival: bool) -> None:
    t_s: FloatArray = np.cumsum([0.0, *steps])
    rules = ARRIVAL_TIME if arrival else DEVICE_TIME
    gaps = find_gaps(t_s, np.empty(0), None, 0.01, rules)
    out = snap(t_s, gaps, previous, 0.01, rules)
    assert (np.diff(out, prepend=previous) > 0).all()


def test_the_period_is_fine_although_times_are_coarse() -> None:
    t_s = np.round(np.arange(4000) / 52, 2)
    assert measure_period(t_s, DEVICE_TIME) == pytest.approx(1 / 52, rel=1e-3)
