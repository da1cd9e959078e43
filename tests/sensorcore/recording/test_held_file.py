"""A live recording whose file is deleted, moved or refused by the disk: nothing that arrived is lost while there is any way."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from firmware_protocol.wire import unpack_data
from sensorcore.commands import Command
from sensorcore.errors import StorageError
from sensorcore.events import Event, Marked
from sensorcore.model import Notification, StreamInfo
from sensorcore.pipeline.single import PipelineOutput
from sensorcore.recording import held_file
from sensorcore.recording.held_file import free_name
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.writer import RecordingWriter
from sensorcore.session.session import WearSession
from sensorcore.settings import Settings
from sensorcore.simulator.live import SimulatedSensor
from tests.sensorcore.recording.streams import START_UNIX_NS, sensor_notifications

PROFILE, SENT = sensor_notifications(300)
INFO = RecordingInfo(StreamInfo(PROFILE, start_unix_ns=START_UNIX_NS), "spinae-sensor")
PATIENCE_S = 30.0


def until(look: Callable[[], object]) -> None:
    give_up_s = time.monotonic() + PATIENCE_S
    while not look():
        assert time.monotonic() < give_up_s
        time.sleep(0.005)


@contextmanager
def live(path: Path) -> Iterator[RecordingWriter]:
    with RecordingWriter(path, INFO, flush_after_s=0.02, live=True) as writer:
        yield writer


def kept(path: Path) -> list[Notification]:
    recording = open_recording(path)
    assert recording.sealed
    return list(recording.notifications())


def test_health_is_told_when_something_is_on_the_disk(tmp_path: Path) -> None:
    with live(tmp_path / "a.mcap") as writer:
        assert not writer.health.is_kept
        writer.notifications(SENT[:5])
        until(lambda: writer.health.is_kept)
        assert writer.health.problem is None


def _delete(path: Path) -> None:
    path.unlink()


def _delete_folder(path: Path) -> None:
    shutil.rmtree(path.parent)


def _replace(path: Path) -> None:
    path.unlink()
    path.write_text("another file")


@pytest.mark.parametrize("lose", [_delete, _delete_folder, _replace])
def test_a_file_that_is_deleted_is_written_again_whole(tmp_path: Path, lose: Callable[[Path], None]) -> None:
    path = tmp_path / "recordings" / "a.mcap"
    with live(path) as writer:
        writer.notifications(SENT[:100])
        until(lambda: writer.health.is_kept)
        lose(path)
        until(lambda: writer.health.notice)
        assert "deleted" in (writer.health.notice or "")
        assert str(writer.path) in (writer.health.notice or "")
        writer.notifications(SENT[100:])
    assert kept(writer.path) == SENT
    assert writer.path.stat().st_mode & 0o777 == 0o600
    if lose is _replace:
        assert path.read_text() == "another file"


def test_one_that_is_deleted_just_before_the_end_is_whole_too(tmp_path: Path) -> None:
    with live(tmp_path / "a.mcap") as writer:
        writer.notifications(SENT)
        until(lambda: writer.health.is_kept)
        writer.path.unlink()
    assert kept(writer.path) == SENT


def test_a_moved_file_is_finished_where_it_is(tmp_path: Path) -> None:
    with live(tmp_path / "a.mcap") as writer:
        writer.notifications(SENT[:50])
        until(lambda: writer.health.is_kept)
        (tmp_path / "a.mcap").rename(tmp_path / "mine.mcap")
        until(lambda: writer.has_moved)
        writer.notifications(SENT[50:])
    assert kept(tmp_path / "mine.mcap") == SENT
    assert not (tmp_path / "a.mcap").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO, errno.EACCES])
@pytest.mark.parametrize("when", ["from the beginning", "in between"])
def test_what_the_disk_refuses_waits_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, when: str) -> None:
    refusing = when == "from the beginning"
    write, open_ = os.write, os.open

    def opened(path: object, flags: int, *mode: int) -> int:
        if refusing and flags & os.O_CREAT and str(path).endswith(".mcap"):
            raise OSError(number, os.strerror(number))
        return open_(path, flags, *mode)  # type: ignore[call-overload, no-any-return]

    def all_or_nothing(descriptor: int, data: bytes) -> int:
        if refusing:
            raise OSError(number, os.strerror(number))
        return write(descriptor, data)

    monkeypatch.setattr(held_file.os, "write", all_or_nothing)
    monkeypatch.setattr(held_file.os, "open", opened)
    with live(tmp_path / "a.mcap") as writer:
        writer.notifications(SENT[:100])
        if when == "in between":
            until(lambda: writer.health.is_kept)
            refusing = True
            writer.notifications(SENT[100:200])
        until(lambda: writer.health.problem)
        assert "could not write the recording" in (writer.health.problem or "")
        assert "lerts go on" in (writer.health.problem or "")
        assert writer.health.is_kept == (when == "in between")
        refusing = False
        until(lambda: writer.health.problem is None and writer.health.is_kept)
        writer.notifications(SENT[200 if when == "in between" else 100 :])
    assert kept(tmp_path / "a.mcap") == SENT


def test_what_never_reached_the_disk_is_told_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    writer = RecordingWriter(tmp_path / "a.mcap", INFO, flush_after_s=0.02, live=True)
    writer.notifications(SENT[:100])
    until(lambda: writer.health.is_kept)
    monkeypatch.setattr(held_file.os, "write", refuse)
    writer.notifications(SENT[100:])
    with pytest.raises(StorageError, match="could not be finished"):
        writer.close()
    recording = open_recording(tmp_path / "a.mcap")
    assert not recording.sealed
    assert list(recording.notifications()) == SENT[:100]


def test_a_small_disk_that_is_full_and_has_room_again(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(disk)]
    if shutil.which("mount") is None or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        (disk / "ballast").write_bytes(bytes(48 * 1024))
        with live(disk / "a.mcap") as writer:
            for start in range(0, len(SENT), 10):
                writer.notifications(SENT[start : start + 10])
                writer.flush()
            until(lambda: writer.health.problem)
            assert "Free some space" in (writer.health.problem or "")
            subprocess.run(["mount", "-o", "remount,size=4m", str(disk)], check=True)
            until(lambda: writer.health.problem is None)
        assert kept(disk / "a.mcap") == SENT
    finally:
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.parametrize("place", ["taken.mcap", "file/a.mcap", "n" * 300 + ".mcap"])
def test_a_wrong_name_is_refused_at_once(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    (tmp_path / "taken.mcap").write_text("precious")
    with pytest.raises(StorageError), live(tmp_path / place):
        pass
    assert (tmp_path / "taken.mcap").read_text() == "precious"


def test_names_beside_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.mcap"
    assert free_name(path) == path
    path.touch()
    (tmp_path / "a-2.mcap").symlink_to("nowhere")
    assert free_name(path) == tmp_path / "a-3.mcap"


class Seen:
    """A viewer that counts."""

    def __init__(self) -> None:
        self.begun = 0
        self.ticks = 0
        self.events: list[Event] = []

    def begin(self, info: StreamInfo) -> None:
        self.begun += 1

    def take(self, arrived: object, output: PipelineOutput) -> None:
        self.ticks += len(output.track)
        self.events += output.events


def recordings(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.mcap"))


def payloads(folder: Path) -> list[bytes]:
    return [each.payload for path in recordings(folder) for each in open_recording(path).notifications()]


async def worn(
    folder: Path, spoil: Callable[[WearSession], None], mend: Callable[[], None] = lambda: None
) -> tuple[Seen, WearSession]:
    """A simulated quarter of an hour, with something done to its recording on the way."""
    seen, sensor = Seen(), SimulatedSensor("workday-short", speed=40.0)
    wear = WearSession(sensor, Settings(), sensor.info, folder / "day.mcap")
    running = asyncio.create_task(wear.run(seen))
    async with asyncio.timeout(PATIENCE_S):
        while wear.recording is None or not wear.recording.is_kept:
            await asyncio.sleep(0.01)
        wear.say(Command(1.0, "mark", "tea"))
        spoil(wear)
        while seen.begun < 2:
            await asyncio.sleep(0.01)
        mend()
        while wear.recording is None or not wear.recording.is_kept:
            await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    return seen, wear


@pytest.mark.slow
async def test_a_moved_recording_is_followed_by_another(tmp_path: Path) -> None:
    def move(_: WearSession) -> None:
        (tmp_path / "day.mcap").rename(tmp_path / "mine.mcap")

    seen, _ = await worn(tmp_path, move)
    files = recordings(tmp_path)
    assert {path.name for path in files} == {"mine.mcap", "day.mcap"}
    assert all(open_recording(path).sealed for path in files)
    assert seen.begun == 2
    sent = payloads(tmp_path)
    assert len(sent) == len(set(sent))


async def test_a_file_that_may_not_grow_is_followed_by_another_with_what_waited(tmp_path: Path) -> None:
    """The system refuses in the middle of a write, as at the largest size of a file. No frame and no note is lost."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    try:

        def limit(_: WearSession) -> None:
            resource.setrlimit(resource.RLIMIT_FSIZE, ((tmp_path / "day.mcap").stat().st_size + 2_000, before[1]))

        seen, _ = await worn(tmp_path, limit, lambda: resource.setrlimit(resource.RLIMIT_FSIZE, before))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    files = recordings(tmp_path)
    assert len(files) >= 2
    said = [event for path in files for event in open_recording(path).events() if event["event"] == "Marked"]
    assert [each["text"] for each in said][:1] == ["tea"]
    assert any(isinstance(event, Marked) for event in seen.events)
    sent = set(payloads(tmp_path))
    numbers = sorted(unpack_data(payload)[4] for payload in sent)
    assert numbers == list(range(numbers[0], numbers[-1] + 1)), "a frame is missing between two recordings"
