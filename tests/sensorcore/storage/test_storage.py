"""Files that the program opens by a name of the user's or the world's, and who holds a file that is being written."""

from __future__ import annotations

import errno
import os
import socket
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from sensorcore import settings
from sensorcore.commands import Command
from sensorcore.errors import SpinaeError, StorageError
from sensorcore.history import baselines
from sensorcore.links.known import KnownSensors
from sensorcore.links.phone.pairing import PhonePairings
from sensorcore.model import DeviceProfile, Notification, StreamInfo
from sensorcore.recording import recover
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.reader import open_recording
from sensorcore.recording.recover import annotate, reseal, unsealed
from sensorcore.recording.writer import RecordingWriter
from sensorcore.routine.programme import programmes
from sensorcore.session.guided_calibration import Calibrations
from sensorcore.simulator import scenario
from sensorcore.storage import write
from sensorcore.storage.read import open_plain, read_text
from sensorcore.storage.write import UNSURE_FOR_S, is_being_written
from tui.keys import key_map

INFO = RecordingInfo(StreamInfo(DeviceProfile("test", 104.0), start_unix_ns=10**18), "opaque")


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _folder(path: Path) -> None:
    path.mkdir()


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(os.fspath(path))


def _huge(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)  # sparse


def _no_text(path: Path) -> None:
    path.write_bytes(b"\xff\xfe\x00\x80")


ODD = (_pipe, _endless, _folder, _socket, _huge, _no_text)
READERS: dict[str, Callable[[Path], object]] = {
    "settings.toml": lambda path: settings.load(path, {}),
    "keys.toml": key_map.load,
    "sensors.json": lambda path: KnownSensors(path.parent).load(),
    "phone.json": lambda path: PhonePairings(path.parent).load(),
    "calibrations/SP-1.json": lambda path: Calibrations(path.parent.parent).load("SP-1"),
    "routines/mine.toml": lambda path: programmes(path.parent),
    "a.baseline.json": baselines.read,
    "b.toml": scenario.load,
}
NAMES = {
    "sensors.json": lambda folder: KnownSensors(folder).path.name,
    "phone.json": lambda folder: PhonePairings(folder).path.name,
}


@pytest.mark.parametrize("make", ODD, ids=lambda each: each.__name__)
@pytest.mark.parametrize("name", READERS)
def test_what_is_no_small_text_file_is_refused_at_once(tmp_path: Path, name: str, make: Callable[[Path], None]) -> None:
    path = tmp_path / name
    if name in NAMES:
        path = path.with_name(NAMES[name](tmp_path))
    if name.startswith("calibrations"):
        path = Calibrations(tmp_path)._path("SP-1")
    path.parent.mkdir(exist_ok=True)
    make(path)
    with pytest.raises(SpinaeError) as refused:
        READERS[name](path)
    assert refused.value.where == str(path)
    assert refused.value.hint


@pytest.mark.parametrize("make", ODD, ids=lambda each: each.__name__)
def test_a_broken_settings_file_costs_the_defaults_and_is_told(tmp_path: Path, make: Callable[[Path], None]) -> None:
    path = tmp_path / "settings.toml"
    make(path)
    found, problems = settings.load_valid(path, {}, ["alerts.delay_s=17"])
    assert found.alerts.delay_s == 17
    assert found.posture == settings.PostureSettings()
    assert [problem.where for problem in problems] == [str(path)]


def test_one_wrong_setting_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.write_text('stray = 1\n[alerts]\ndelay_s = 1e9\nper_hour = 3\n[posture]\nnonsense = "x"\n')
    found, problems = settings.load_valid(path, {})
    assert found.alerts.delay_s == settings.AlertSettings().delay_s
    assert found.alerts.per_hour == 3
    assert len(problems) == 3


def test_a_recording_that_is_a_pipe_keeps_nobody_waiting(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mcap")
    assert unsealed(tmp_path) == []
    for look in (open_recording, reseal, is_being_written, open_plain):
        with pytest.raises(StorageError, match="plain file"):
            look(tmp_path / "a.mcap")


def test_line_ends_and_byte_order_mark_are_read_over(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffa\r\nb\n".encode())
    assert read_text(path, "read it") == "a\nb\n"


def _no_fcntl(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "fcntl", None)


def _refusing(number: int) -> Callable[[pytest.MonkeyPatch], None]:
    def refuse(monkeypatch: pytest.MonkeyPatch) -> None:
        assert write.fcntl is not None

        def flock(descriptor: int, operation: int) -> None:
            raise OSError(number, os.strerror(number))

        monkeypatch.setattr(write.fcntl, "flock", flock)

    return refuse


LOCKLESS = {"no fcntl": _no_fcntl, **{name: _refusing(getattr(errno, name)) for name in ("ENOLCK", "ENOTSUP", "EIO")}}


@pytest.mark.parametrize("how", LOCKLESS)
def test_unknown_is_not_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    """Where nothing can be locked, what changed within the last minute is left alone: mended under its writer, all that follows
    would be lost."""
    LOCKLESS[how](monkeypatch)
    path = tmp_path / "a.mcap"
    with RecordingWriter(path, INFO) as writer:
        writer.notification(Notification(10**18, b"x"))
        writer.flush()
        before = path.stat().st_ino
        assert is_being_written(path)
        assert unsealed(tmp_path) == []
        for change in (reseal, lambda each: annotate(each, [Command(0.0, "mark", "tea")])):
            with pytest.raises(StorageError, match="still being recorded"):
                change(path)
        assert path.stat().st_ino == before
    os.utime(path, (0, time.time() - UNSURE_FOR_S - 1))
    assert not is_being_written(path)


def test_a_writer_without_a_lock_says_that_it_lives_while_no_data_comes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _no_fcntl(monkeypatch)
    monkeypatch.setattr("sensorcore.recording.writer.TOUCH_EVERY_S", 0.02)
    path = tmp_path / "a.mcap"
    with RecordingWriter(path, INFO):
        os.utime(path, (0, 0))
        give_up_s = time.monotonic() + 20
        while not is_being_written(path):
            assert time.monotonic() < give_up_s
            time.sleep(0.01)


def test_what_changes_while_it_is_mended_is_left_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.mcap"
    writer = RecordingWriter(path, INFO)
    writer.notification(Notification(10**18, b"x"))
    writer.flush()
    monkeypatch.setattr("sensorcore.recording.recover.is_being_written", lambda _: False)  # a lock that this system does not honour

    def copied(*arguments: object) -> object:
        found = copy(*arguments)  # type: ignore[arg-type]
        writer.notification(Notification(10**18 + 1, b"y"))
        writer.flush()
        return found

    copy = recover._copy
    monkeypatch.setattr(recover, "_copy", copied)
    with pytest.raises(StorageError, match="changed"):
        reseal(path)
    writer.close()
    assert [each.payload for each in open_recording(path).notifications()] == [b"x", b"y"]
    assert [each.name for each in tmp_path.iterdir()] == ["a.mcap"]
