"""What a writer promises: private files, nothing overwritten, and little lost however it ends."""

from __future__ import annotations

import contextlib
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sensorcore.errors import StorageError
from sensorcore.model import DeviceProfile, Notification, StreamInfo
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import reseal
from sensorcore.recording.writer import RecordingWriter

INFO = RecordingInfo(StreamInfo(DeviceProfile("test", 104.0), start_unix_ns=10**18), "opaque")

LIVE = """
import os, sys, time
from pathlib import Path
from sensorcore.model import DeviceProfile, Notification, StreamInfo
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.writer import RecordingWriter

silent_after_s = float(sys.argv[2])
info = RecordingInfo(StreamInfo(DeviceProfile("test", 104.0)), "opaque")
with RecordingWriter(Path(sys.argv[1]), info) as writer:
    start = time.monotonic()
    for k in range(1000):
        time.sleep(max(0.0, start + k * 16 / 104 - time.monotonic()))
        if time.monotonic() - start < silent_after_s:
            writer.notification(Notification(time.time_ns(), k.to_bytes(4, "little") + os.urandom(203)))
            os.write(1, b"%d %d\\n" % (k, time.monotonic_ns()))
"""


PROMISED_S = 5.0
"""A flush is every 2 s, and a busy machine may be late with it."""


def test_a_killed_recording_process_loses_at_most_the_last_flush(tmp_path: Path) -> None:
    """Three real processes at 104 Hz, killed at random; one of them goes silent, whose last bytes must be safe all the same."""
    running = {}
    for name, silent_after_s in (("one", 99), ("two", 99), ("silent", 0.5)):
        path = tmp_path / f"{name}.mcap"
        command = [sys.executable, "-c", LIVE, str(path), str(silent_after_s)]
        running[path] = subprocess.Popen(command, stdout=subprocess.PIPE)
    begun = {path: process.stdout.readline() for path, process in running.items() if process.stdout is not None}
    deadline = time.monotonic() + 4.0
    kills = sorted((deadline + random.uniform(-0.6, 0.6), path) for path in running)
    for kill_at, path in kills:
        time.sleep(max(0.0, kill_at - time.monotonic()))
        running[path].kill()
        killed_ns = time.monotonic_ns()
        handed_in = [tuple(map(int, line.split())) for line in (begun[path] + running[path].communicate()[0]).splitlines()]
        assert handed_in
        recording = open_recording(path)
        assert not recording.sealed
        saved = [int.from_bytes(n.payload[:4], "little") for n in recording.notifications()]
        assert saved == [k for k, _ in handed_in][: len(saved)]
        lost = handed_in[len(saved) :]
        if path.stem == "silent":
            assert not lost
        assert all((killed_ns - at_ns) / 1e9 < PROMISED_S for _, at_ns in lost), "more is lost than was promised"
        report = reseal(path)
        assert report is not None
        assert report.messages == len(saved)
        assert open_recording(path).sealed


def test_files_and_new_folders_are_private(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        path = tmp_path / "new" / "folder" / "a.mcap"
        RecordingWriter(path, INFO).close()
    finally:
        os.umask(before)
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == path.parent.parent.stat().st_mode & 0o777 == 0o700


def test_nothing_is_ever_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    path.write_bytes(b"precious")
    with pytest.raises(StorageError, match=r"a\.mcap: could not create.*never overwritten"):
        RecordingWriter(path, INFO)
    assert path.read_bytes() == b"precious"


@pytest.mark.parametrize("place", ["file.txt/a.mcap", "folder"])
def test_a_place_that_cannot_be_written_is_named(tmp_path: Path, place: str) -> None:
    (tmp_path / "file.txt").write_text("")
    (tmp_path / "folder").mkdir()
    with pytest.raises(StorageError) as caught:
        RecordingWriter(tmp_path / place, INFO)
    assert caught.value.where == str(tmp_path / place)
    assert caught.value.hint


@contextlib.contextmanager
def files_limited_to(size_bytes: int) -> Iterator[None]:
    """The operating system refuses to let any file of this process grow further, in the middle of a write."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def notifications(count: int) -> list[Notification]:
    random_bytes = random.Random(2).randbytes
    return [Notification(10**18 + k, random_bytes(207)) for k in range(count)]


def fill(writer: RecordingWriter, data: list[Notification]) -> None:
    for start in range(0, len(data), 13):
        writer.notifications(data[start : start + 13])
        writer.flush()


def test_a_file_that_may_not_grow_keeps_what_was_recorded(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    data = notifications(400)
    writer = RecordingWriter(path, INFO)
    with files_limited_to(50_000):
        with pytest.raises(StorageError, match=r"a\.mcap: could not write.*may not grow"):
            fill(writer, data)
        with pytest.raises(StorageError, match="may not grow"):
            writer.notification(data[0])
        writer.close()  # it has been said already
    assert path.stat().st_size == 50_000  # cut in the middle of a chunk
    saved = list(open_recording(path).notifications())
    assert saved == data[: len(saved)]
    assert len(saved) > 150
    assert reseal(path) is not None
    assert list(open_recording(path).notifications()) == saved


def test_a_failed_flush_in_the_background_is_told_at_the_next_call_or_at_close(tmp_path: Path) -> None:
    with files_limited_to(4_000):
        writers = [RecordingWriter(tmp_path / f"{n}.mcap", INFO, flush_after_s=0.02) for n in range(2)]
        for writer in writers:
            writer.notifications(notifications(40))
        time.sleep(0.3)
        with pytest.raises(StorageError, match="may not grow"):
            writers[0].notification(notifications(1)[0])
        with pytest.raises(StorageError, match="may not grow"):
            writers[1].close()
        writers[0].close()


def test_a_full_disk_keeps_what_was_recorded(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=128k", "tmpfs", str(disk)]
    try:
        mounted = subprocess.run(mount, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip("mounting a small disk needs root")
    try:
        data = notifications(2000)
        path = disk / "a.mcap"
        with pytest.raises(StorageError, match="Free some space"), RecordingWriter(path, INFO) as writer:
            fill(writer, data)
        saved = list(open_recording(path).notifications())
        assert saved == data[: len(saved)]
        assert len(saved) > 300
        with pytest.raises(StorageError, match="Free some space"):
            reseal(path)  # no room for the new file: the old one must stay
        assert list(open_recording(path).notifications()) == saved
        assert [p.name for p in disk.iterdir()] == ["a.mcap"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)
