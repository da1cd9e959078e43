"""A day of ticks takes no memory, and is the same as one that does."""

import errno
import mmap
import os
import resource
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sensorcore.track.posture_track import PostureTrack
from sensorcore.track.track_log import TrackLog
from sensorcore.view import mmap_columns

HOUR = 36_000


def ticks(start: int, n: int) -> PostureTrack:
    random = np.random.default_rng(start)
    angles = [random.normal(0, 10, n) for _ in range(3)]
    codes = [random.integers(0, 3, n).astype(np.int8) for _ in range(2)]
    return PostureTrack(np.arange(start, start + n), *angles, *codes, random.normal(0, 3, n))


def same(a: PostureTrack, b: PostureTrack) -> bool:
    return all(np.array_equal(getattr(a, name), getattr(b, name), equal_nan=True) for name in PostureTrack.__slots__)


def test_what_lies_in_a_file_is_what_would_lie_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mmap_columns, "SPILL_TICKS", 10_000)
    monkeypatch.setattr(mmap_columns, "DAY_TICKS", 50_000)  # and it grows once more
    here, there = TrackLog(), TrackLog(mmap_columns.allocate)
    seen = []
    for k in range(60):
        for log in (here, there):
            log.append(ticks(1500 * k, 1300))  # with gaps
        t_s = 150.0 * k
        assert same(there.until(t_s), here.until(t_s))
        seen.append((there.until(t_s), here.until(t_s)))
        assert there.counts(len(there)) == here.counts(len(here))
    assert all(same(a, b) for a, b in seen)  # also what was handed out before it moved


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize() / 1e6


@pytest.mark.skipif(sys.platform != "linux", reason="asks Linux for the memory that is held")
def test_a_day_does_not_grow_in_memory() -> None:
    log = TrackLog(mmap_columns.allocate)
    for hour in range(2):
        log.append(ticks(hour * HOUR, HOUR))
    before_mb = resident_mb()
    for hour in range(2, 24):
        log.append(ticks(hour * HOUR, HOUR))
        assert len(log.until(hour * 3600.0)) == hour * HOUR  # looked at all the time
    assert resident_mb() - before_mb < 12  # 33 MB were written
    assert same(log.until(24 * 3600.0), ticks_of_a_day())


def ticks_of_a_day() -> PostureTrack:
    hours = [ticks(hour * HOUR, HOUR) for hour in range(24)]
    return PostureTrack(*(np.concatenate([getattr(hour, name) for hour in hours]) for name in PostureTrack.__slots__))


@pytest.mark.parametrize("missing", ["room on the disk", "the system call"])
def test_where_there_is_no_file_memory_is_taken(
    missing: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*arguments: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    if missing == "room on the disk":
        monkeypatch.setattr(os, "posix_fallocate", full)
    else:
        monkeypatch.delattr(mmap, "MADV_DONTNEED")
    log = TrackLog(mmap_columns.allocate)
    log.append(ticks(0, 3 * HOUR))
    assert same(log.until(3 * 3600.0), ticks(0, 3 * HOUR))
    assert ("stays in memory" in caplog.text) == (missing == "room on the disk")
