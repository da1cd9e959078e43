"""Files and the members of zips and folders, read in bounded pieces; every way of failing becomes one clear error."""

from __future__ import annotations

import codecs
import io
import lzma
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Final, cast

from sensorcore.errors import BadInput, StorageError
from sensorcore.text.escape import one_line

HEAD_BYTES: Final = 1 << 16
MAX_MEMBERS: Final = 5000
MAX_MEMBER_BYTES: Final = 8 << 30
"""A day at 400 Hz with seven columns of 20 characters is 5 GB; a zip that declares more is a trap, not a recording."""

_QUICK_BYTES: Final = 1 << 30
"""A zip must be unpacked up to where one reads: this much takes 3 s."""

_ZIP_FAULTS = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, RuntimeError, ValueError, struct.error, OverflowError)
"""Exceptions of zipfile on damaged, encrypted (RuntimeError) and exotic (NotImplementedError) archives."""


printable: Final = one_line
"""Text from a file made safe to show in one line of a terminal."""


@contextmanager
def storage_errors(where: str) -> Iterator[None]:
    """Turn what the operating system and zipfile raise into errors of our tree that name the file."""
    try:
        yield
    except PermissionError:
        raise StorageError("you may not read it", where=where, hint="Check who owns the file and its permissions") from None
    except FileNotFoundError:
        raise StorageError("there is no such file", where=where, hint="Check the name and the folder") from None
    except NotImplementedError:
        raise BadInput("the zip is packed in a way that cannot be read here", where=where, hint="Unpack it first") from None
    except zipfile.BadZipFile:
        raise BadInput("the zip is damaged or was cut short", where=where, hint="Export or copy it again") from None
    except RuntimeError as error:
        hint = "Unpack it first" if "password" in str(error) else "Export or copy it again"
        raise BadInput(f"the zip cannot be unpacked ({error})", where=where, hint=hint) from None
    except _ZIP_FAULTS:
        raise BadInput("the zip is damaged or was cut short", where=where, hint="Export or copy it again") from None
    except OSError as error:
        raise StorageError(f"cannot be read ({error.strerror or error})", where=where, hint="Check the disk") from None


@dataclass(frozen=True, slots=True)
class DataFile:
    """A file or zip member: `where` names it in messages, `name` is its last part, `size` its bytes when unpacked."""

    where: str
    name: str
    size: int
    _open: Callable[[], IO[bytes]]
    seekable: bool = True
    _heads: list[bytes] = field(default_factory=list, compare=False, repr=False)

    @classmethod
    def of(cls, where: str, content: bytes) -> DataFile:
        """A part of a file that is in memory."""
        return cls(where, where, len(content), lambda: io.BytesIO(content))

    def open(self) -> IO[bytes]:
        """The content from its start."""
        return self._open()

    def head(self) -> bytes:
        """The first 64 KiB, enough to tell what it is."""
        if not self._heads:
            with storage_errors(self.where), self._open() as stream:
                self._heads.append(stream.read(HEAD_BYTES))
        return self._heads[0]

    def tail(self) -> bytes:
        """The last 64 KiB, from the beginning of a line; nothing where reaching them would take long."""
        if not self.seekable:
            return b""
        with storage_errors(self.where), self._open() as stream:
            stream.seek(max(0, self.size - HEAD_BYTES))
            return stream.read(HEAD_BYTES).partition(b"\n")[2]

    def pieces(self, offset: int, n_bytes: int) -> Iterator[bytes]:
        """The content from `offset` on, at most `n_bytes` at a time."""
        with storage_errors(self.where):
            stream = self._open()
        try:
            with storage_errors(self.where):
                stream.read(offset)  # the head's, so it is short
            while True:
                with storage_errors(self.where):
                    piece = stream.read(n_bytes)
                if not piece:
                    return
                yield piece
        finally:
            stream.close()


class _Recoded:
    """A stream of text in another encoding, or with lines that end in CR alone, read as UTF-8 with LF."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream, self._waiting = stream, b""
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")

    def read(self, n_bytes: int) -> bytes:
        while len(self._waiting) < n_bytes:
            piece = self._stream.read(1 << 16)
            text = self._decoder.decode(piece, final=not piece)
            if "\n" not in text:
                text = text.replace("\r", "\n")
            self._waiting += text.encode("utf-8", "replace")
            if not piece:
                break
        out, self._waiting = self._waiting[:n_bytes], self._waiting[n_bytes:]
        return out

    def close(self) -> None:
        self._stream.close()

    def __enter__(self) -> _Recoded:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def as_utf8(file: DataFile) -> DataFile:
    """The same file as UTF-8 text with lines that end in LF: UTF-16 and UTF-32 (by their mark, or by every second byte being
    zero) and the line ends of old Macs are translated as they are read. Others are left as they are."""
    head = file.head()
    marks = ((codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
    encoding = next((name for mark, name in marks if head.startswith(mark)), "")
    if not encoding and len(head) > 3:
        ends = {"utf-16-le": head[1:200:2], "utf-16-be": head[0:200:2]}
        encoding = next((name for name, zeros in ends.items() if not zeros.strip(b"\0")), "")
    if not encoding and b"\n" not in head and b"\r" in head:
        encoding = "utf-8"
    if not encoding:
        return file
    return DataFile(file.where, file.name, file.size, lambda: cast("IO[bytes]", _Recoded(file.open(), encoding)), False)


def plain_file(path: Path) -> DataFile:
    """A file on disk. Raises StorageError when it is not there or may not be read."""
    with storage_errors(str(path)):
        size = path.stat().st_size
        if not path.is_file():
            raise BadInput("is not a file", where=str(path), hint="Give a recording, or an export of a phone app")
    return DataFile(printable(str(path)), printable(path.name), size, lambda: path.open("rb"))


def zip_names(path: Path) -> list[str]:
    """Members of a zip, made safe to show. Raises BadInput for a damaged or oversized one."""
    with storage_errors(str(path)), zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    if len(names) > MAX_MEMBERS:
        raise BadInput(f"the zip holds {len(names)} files", where=str(path), hint="Give the export of one recording")
    return [printable(name) for name in names]


def folder_files(path: Path) -> list[DataFile]:
    """The CSV and text files of a folder and of its `meta` folder, sorted by name."""
    with storage_errors(str(path)):
        found = sorted(p for p in [*path.iterdir(), *path.glob("meta/*")] if p.suffix.lower() in (".csv", ".txt") and p.is_file())
        return [plain_file(p) for p in found[:MAX_MEMBERS]]


def zip_files(path: Path) -> list[DataFile]:
    """The CSV and text members of a zip, sorted by name. Raises BadInput for a damaged or oversized one."""
    zip_names(path)
    with storage_errors(str(path)), zipfile.ZipFile(path) as archive:
        members = sorted(archive.infolist(), key=lambda m: m.filename)
    found = []
    for member in members:
        name = PurePosixPath(member.filename)
        if member.is_dir() or name.suffix.lower() not in (".csv", ".txt") or name.name.startswith("._"):
            continue
        if member.file_size > MAX_MEMBER_BYTES:
            raise BadInput(
                f"{printable(name.name)} would unpack to {member.file_size >> 30} GiB", where=str(path), hint="Is this an export?"
            )
        quick = member.file_size <= _QUICK_BYTES
        found.append(DataFile(printable(f"{path}/{name}"), printable(name.name), member.file_size, _opener(path, member), quick))
    return found


def _opener(path: Path, member: zipfile.ZipInfo) -> Callable[[], IO[bytes]]:
    def open_member() -> IO[bytes]:
        with zipfile.ZipFile(path) as archive:  # the member keeps the file open until it is closed itself
            return archive.open(member)

    return open_member
