"""The lock of a home: one holder, found by everybody, and free again when it dies."""

from __future__ import annotations

import errno
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from sensorcore.daemon import address
from sensorcore.daemon.address import clear, daemon_socket, identity, socket_path
from sensorcore.daemon.guard import FILE_NAME, holder, holding_home
from sensorcore.errors import SourceError
from sensorcore.storage import write

HOLD = """
import sys, time
from pathlib import Path
from sensorcore.storage import write
if sys.argv[2] == "no locks":
    write.fcntl = None
from sensorcore.daemon.guard import holding_home
with holding_home(Path(sys.argv[1]), "spinae daemon", Path("/a/socket")):
    print("held", flush=True)
    time.sleep(600)
"""


@pytest.fixture(params=["locks", "no locks"])
def locks(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "no locks":
        monkeypatch.setattr(write, "fcntl", None)
    return str(request.param)


@pytest.fixture
def other(tmp_path: Path, locks: str) -> Iterator[subprocess.Popen[str]]:
    """A real process that holds the home."""
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path), locks], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_holder_is_found_and_keeps_others_out_until_it_dies(tmp_path: Path, other: subprocess.Popen[str]) -> None:
    found = holder(tmp_path)
    assert found is not None
    assert (found.pid, found.socket) == (other.pid, "/a/socket")
    assert socket_path(tmp_path) == daemon_socket(tmp_path) == Path("/a/socket")
    with pytest.raises(SourceError, match=f"process {other.pid}.*keeps your day already"), holding_home(tmp_path, "spinae wear"):
        pass
    other.kill()
    other.wait()
    assert holder(tmp_path) is None
    with holding_home(tmp_path, "spinae wear --here"):
        assert holder(tmp_path) is not None
        with pytest.raises(SourceError, match="serves no views here"):
            daemon_socket(tmp_path)
    assert holder(tmp_path) is None


def test_a_lock_file_that_is_removed_is_made_again_or_the_home_is_lost(tmp_path: Path, locks: str) -> None:
    folder = tmp_path / "data"
    with holding_home(folder, "spinae daemon") as guard:
        shutil.rmtree(folder)
        guard.check()
        assert holder(folder) is not None
        (folder / FILE_NAME).unlink()
        if locks == "locks":
            with holding_home(folder, "another"), pytest.raises(SourceError, match="another"):
                guard.check()


def test_a_process_number_used_again_is_not_the_holder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write, "fcntl", None)
    with holding_home(tmp_path, "spinae daemon"):
        said = json.loads((tmp_path / FILE_NAME).read_text())
    (tmp_path / FILE_NAME).write_text(json.dumps({**said, "started": said["started"] - 1}))
    if sys.platform.startswith("linux"):
        assert holder(tmp_path) is None
    (tmp_path / FILE_NAME).write_text(json.dumps({**said, "host": "another-machine"}))
    found = holder(tmp_path)
    assert found is not None
    assert "on another-machine" in found.sentence
    os.utime(tmp_path / FILE_NAME, (0, time.time() - 61))
    assert holder(tmp_path) is None


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": 1}', "\x00" * 50])
def test_nonsense_in_the_lock_file_is_in_nobodys_way(tmp_path: Path, text: str, locks: str) -> None:
    (tmp_path / FILE_NAME).write_text(text)
    assert holder(tmp_path) is None
    with holding_home(tmp_path, "spinae daemon"):
        assert holder(tmp_path) is not None


@pytest.mark.parametrize("number", [errno.EROFS, errno.ENOSPC, errno.EACCES])
def test_a_disk_that_takes_nothing_keeps_no_day_from_being_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    opened = os.open

    def refuse(path: object, *arguments: int) -> int:
        if str(path).endswith(FILE_NAME):
            raise OSError(number, os.strerror(number))
        return opened(path, *arguments)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(os, "open", refuse)
    with holding_home(tmp_path, "spinae daemon") as guard:
        guard.check()


def test_looking_never_keeps_anybody_from_taking_it(tmp_path: Path) -> None:
    """Everybody who asks holds a shared lock for a moment."""
    looking = [subprocess.Popen([sys.executable, "-c", LOOK, str(tmp_path)]) for _ in range(2)]
    try:
        for _ in range(30):
            with holding_home(tmp_path, "spinae daemon"):
                assert holder(tmp_path) is not None
    finally:
        for each in looking:
            each.kill()
            each.wait()


LOOK = """
import sys
from pathlib import Path
from sensorcore.daemon.guard import holder
while True:
    holder(Path(sys.argv[1]))
"""


def test_only_its_owner_removes_a_socket(tmp_path: Path) -> None:
    path = tmp_path / "s"
    path.touch()
    own = identity(path)
    kept = tmp_path / "moved"
    path.rename(kept)  # so that its number is not used again
    path.touch()
    clear(path, own)
    assert path.exists()
    clear(path, identity(path))
    assert not path.exists()
    clear(path, identity(path))


def test_the_socket_of_another_home_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    taken = tmp_path / "spinae" / "daemon.sock"
    listening: Callable[[Path], bool] = lambda path: path == taken  # noqa: E731
    monkeypatch.setattr(address, "is_listening", listening)
    one, two = (socket_path(tmp_path / name) for name in ("one", "two"))
    assert len({one, two, taken}) == 3
    assert one.parent == taken.parent


def test_many_at_once_are_one(tmp_path: Path, locks: str) -> None:
    quiet = {"stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL}
    command = [sys.executable, "-c", HOLD, str(tmp_path), locks]
    with ExitStack() as stack:
        processes = [stack.enter_context(subprocess.Popen(command, text=True, **quiet)) for _ in range(4)]  # type: ignore[call-overload]
        give_up_s = time.monotonic() + 60
        while sum(each.poll() is None for each in processes) > 1:
            assert time.monotonic() < give_up_s
            time.sleep(0.02)
        (left,) = [each for each in processes if each.poll() is None]
        assert left.stdout is not None
        assert left.stdout.readline() == "held\n"
        left.kill()
