"""Address of the daemon: a socket file in a folder that only its owner can enter."""

from __future__ import annotations

import contextlib
import hashlib
import os
import socket
import stat
import struct
from pathlib import Path
from typing import Final

from sensorcore.daemon.guard import holder
from sensorcore.errors import SourceError, StorageError
from sensorcore.storage.write import in_words, private_folder

LONGEST: Final = 100
"""Bytes of a socket's path; systems allow 104 to 108."""
PROBE_S: Final = 5.0
_NO_SOCKETS: Final = "this system has no local sockets that belong to one user"


def socket_path(data_folder: Path) -> Path:
    """The socket of this home's running daemon, else of one to be started: in the user's runtime folder where there is one, else
    beside the data. Raises StorageError for a path that is too long."""
    kept_by = holder(data_folder)
    if kept_by is not None and kept_by.socket and kept_by.is_here:
        return Path(kept_by.socket)
    path = _own_path(data_folder)
    is_others = (kept_by is None or kept_by.pid) and is_listening(path)  # the daemon of another home of the same user
    return _own_path(data_folder, f"-{_digest(data_folder)}") if is_others else path


def daemon_socket(data_folder: Path) -> Path:
    """As `socket_path`, for requests. Raises SourceError when the program that holds this home serves no views."""
    kept_by = holder(data_folder)
    if kept_by is not None and kept_by.pid and not (kept_by.socket and kept_by.is_here):
        raise SourceError(f"{kept_by.sentence}, and serves no views here", hint=kept_by.hint)
    return socket_path(data_folder)


def _own_path(data_folder: Path, suffix: str = "") -> Path:
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    path = (Path(runtime) / "spinae" if runtime else data_folder / "run") / f"daemon{suffix}.sock"
    if len(os.fsencode(path)) > LONGEST:
        hint = "Set XDG_RUNTIME_DIR to a short folder of your own."
        raise StorageError("the path is too long for a socket", where=str(path), hint=hint)
    return path


def _digest(data_folder: Path) -> str:
    return hashlib.sha256(os.fsencode(data_folder.absolute())).hexdigest()[:8]


def is_supported() -> bool:
    """Whether this system has sockets that only one user can reach."""
    return hasattr(socket, "AF_UNIX") and hasattr(os, "getuid")


def prepare(path: Path) -> None:
    """Make the folder, private, and remove a socket left by a killed daemon. Raises SourceError while a daemon listens,
    StorageError when others could reach the folder."""
    if not is_supported():
        raise SourceError(_NO_SOCKETS, hint="Run `spinae wear --here` instead.")
    private_folder(path.parent)
    with in_words("look at the folder of the daemon's socket", path.parent):
        status = path.parent.stat()
    if status.st_uid != os.getuid() or stat.S_IMODE(status.st_mode) & 0o077:
        hint = "It must belong to you alone: chmod 700."
        raise StorageError("others can reach the folder of the daemon's socket", where=str(path.parent), hint=hint)
    if is_listening(path):
        raise SourceError("a daemon is running already", where=str(path), hint="`spinae daemon stop` ends it.")
    with in_words("remove an old socket", path):
        path.unlink(missing_ok=True)


def is_listening(path: Path) -> bool:
    """Whether a daemon answers there."""
    if not is_supported() or not path.exists():
        return False
    with socket.socket(socket.AF_UNIX) as probe:
        probe.settimeout(PROBE_S)
        try:
            probe.connect(os.fspath(path))
        except (TimeoutError, BlockingIOError):
            return True  # it hangs, or too many wait for it; it lives
        except OSError:
            return False
    return True


def is_own(peer: socket.socket) -> bool:
    """Whether the process at the other end belongs to the same user. Where the system does not say, the permissions of folder and
    socket keep others out."""
    if not hasattr(socket, "SO_PEERCRED"):
        return True
    credentials = peer.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    _, uid, _ = struct.unpack("3i", credentials)
    return bool(uid == os.getuid())


def identity(path: Path) -> tuple[int, int] | None:
    """Device and inode of the file at `path`; None for none."""
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_dev, status.st_ino


def clear(path: Path, own: tuple[int, int] | None) -> None:
    """Remove the socket of a daemon that ends, unless another daemon has taken its place."""
    if own is not None and identity(path) == own:
        with contextlib.suppress(OSError):
            path.unlink()
