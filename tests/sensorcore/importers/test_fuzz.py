"""A small run of the fuzzer, and a proof that it can find something."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import fuzz_importers, import_files
from sensorcore.importers import rows


@pytest.mark.slow
@pytest.mark.parametrize("name", fuzz_importers.FORMATS)
def test_damaged_files_open_or_are_refused(tmp_path: Path, name: str) -> None:
    line, finding = fuzz_importers.fuzz(name, 100, 7, tmp_path)
    assert finding is None, line


@pytest.mark.parametrize("name", fuzz_importers.FORMATS)
def test_the_files_that_are_damaged_are_good_before(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fuzz_importers, "mutate", lambda data, rng: data)
    monkeypatch.setattr(fuzz_importers, "_mutate_export", lambda files, rng: import_files.pack(files))
    line, _ = fuzz_importers.fuzz(name, 3, 7, tmp_path)
    assert "3 opened" in line


def test_the_fuzzer_finds_a_reader_that_breaks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*args: object) -> None:
        raise IndexError("a bug")

    monkeypatch.setattr(rows, "_cell_problem", broken)
    line, finding = fuzz_importers.fuzz("csv", 100, 7, tmp_path)
    assert "IndexError" in line
    assert finding is not None
    assert finding.exists()
