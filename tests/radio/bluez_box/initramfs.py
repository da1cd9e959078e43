"""From a Debian tree (tar) to what boots: the kernel, and an archive in memory that is the whole file system.

The archive has the `newc` format that Linux wants (Documentation/driver-api/early-userspace/buffer-format.rst): a header of
hexadecimal numbers, the name and the content, each padded to four bytes.
"""

from __future__ import annotations

import lzma
import re
import stat
import tarfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

PROGRAMS = ("bluetoothd", "dbus-daemon", "btattach", "socat", "socat1", "busybox")
MODULES = ("virtio_pci", "virtio_net", "ecb", "cmac", "ctr", "sha512_generic", "jitterentropy_rng", "drbg", "algif_hash",
           "algif_skcipher", "hci_uart", "uhid")  # fmt: skip
"""Kernel modules to load, in this order; those built into a kernel are not found, and not needed."""
FOLDERS = ("dev", "proc", "sys", "tmp", "run/dbus", "var/lib/bluetooth", "etc/bluetooth", "modules")

_KEPT = re.compile(
    r"(usr/)?(s?bin|libexec/bluetooth)/(" + "|".join(PROGRAMS) + r")$"
    r"|(usr/)?lib(64)?/(x86_64-linux-gnu/)?[^/]+\.so[^/]*$"
    r"|(usr/share|etc)/dbus-1/(system\.conf|system\.d/bluetooth\.conf)$"
    r"|(s?bin|lib|lib64|usr|usr/s?bin|usr/lib|usr/lib64)$"
)
_MODULE = re.compile(r".*lib/modules/.*/([^/]+)\.ko(\.xz)?$")
_KERNEL = re.compile(r"boot/vmlinuz-.*")


class Tree:
    """The tar file by name, without the leading './'."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members = {member.name.removeprefix("./"): member for member in tar.getmembers()}

    def read(self, name: str) -> bytes:
        file = self._tar.extractfile(self.members[name])
        assert file is not None, f"{name} has no content"
        return file.read()

    def kernel(self) -> bytes:
        return self.read(next(name for name in self.members if _KERNEL.fullmatch(name)))

    def modules(self) -> Iterator[tuple[str, bytes]]:
        """Name and content, each after those that it depends on."""
        found = {match[1].replace("-", "_"): name for name in self.members if (match := _MODULE.fullmatch(name))}
        done: set[str] = set()

        def load(module: str) -> Iterator[tuple[str, bytes]]:
            if module in done or module not in found:
                return
            done.add(module)
            content = self.read(found[module])
            if found[module].endswith(".xz"):
                content = lzma.decompress(content)
            depends = re.search(rb"\0depends=([^\0]+)\0", content)
            for needed in depends[1].decode().split(",") if depends else ():
                yield from load(needed.replace("-", "_"))
            yield module, content

        for module in MODULES:
            yield from load(module)


def write(tar: Path, guest: Path, kernel: Path, archive: Path) -> None:
    """`guest`: a folder of files that go in as they are, over the tree's."""
    with tarfile.open(tar) as opened, archive.open("wb") as out:
        tree = Tree(opened)
        kernel.write_bytes(tree.kernel())
        entries = _Archive(out)
        for name, member in sorted(tree.members.items()):
            if not _KEPT.fullmatch(name):
                continue
            if member.isdir():
                entries.folder(name)
            elif member.issym():
                entries.add(name, stat.S_IFLNK | 0o777, member.linkname.encode())
            else:
                entries.file(name, tree.read(name))
        for folder in FOLDERS:
            entries.folder(folder)
        order = []
        for module, content in tree.modules():
            entries.file(f"modules/{module}.ko", content)
            order.append(module)
        entries.file("modules/order", "".join(f"{module}\n" for module in order).encode())
        for path in sorted(guest.rglob("*")):
            if path.is_file():
                entries.file(path.relative_to(guest).as_posix(), path.read_bytes())
        entries.end()


class _Archive:
    """Writes entries; folders above them are made as they are needed."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._names: set[str] = set()

    def folder(self, name: str) -> None:
        if name not in self._names:
            self.add(name, stat.S_IFDIR | 0o755, b"")

    def file(self, name: str, content: bytes) -> None:
        self.add(name, stat.S_IFREG | 0o755, content)

    def add(self, name: str, mode: int, content: bytes) -> None:
        for above in [each.as_posix() for each in Path(name).parents][-2::-1]:
            self.folder(above)
        self._names.add(name)
        self._write(name, mode, content)

    def end(self) -> None:
        self._write("TRAILER!!!", 0, b"")

    def _write(self, name: str, mode: int, content: bytes) -> None:
        spelled = name.encode() + b"\0"
        # inode, mode, uid, gid, links, mtime, size, device (4 numbers), length of the name, checksum (unused)
        numbers = (len(self._names), mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(spelled), 0)
        header = b"070701" + b"".join(b"%08x" % number for number in numbers)
        for part in (header + spelled, content):
            self._out.write(part + b"\0" * (-len(part) % 4))
