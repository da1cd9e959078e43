"""Builds a box once and keeps it; changed inputs make it anew (newer packages do not: remove `build/bluez-box` for those)."""

from __future__ import annotations

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.project import ROOT
from tests.radio.bluez_box import debian, initramfs

SUITES = {"5.66": "bookworm", "5.82": "trixie"}
"""BlueZ's version, and the Debian that has it: 12 and 13."""
HERE = Path(__file__).parent
GUEST = HERE / "guest"
BUILT = ROOT / "build" / "bluez-box"


@dataclass(frozen=True, slots=True)
class Box:
    """A box on disk. `folder` is named by the version and by what went in."""

    version: str

    @property
    def folder(self) -> Path:
        return BUILT / f"{self.version}-{_inputs()[:12]}"

    @property
    def kernel(self) -> Path:
        return self.folder / "vmlinuz"

    @property
    def archive(self) -> Path:
        return self.folder / "root.cpio"

    @property
    def is_built(self) -> bool:
        return self.folder.exists()


def build(version: str) -> Box:
    """The box of that version, made if it is not there. Raises BoxError."""
    box = Box(version)
    if box.is_built:
        return box
    for old in BUILT.glob(f"{version}-*"):
        shutil.rmtree(old)
    making = BUILT / f"making-{version}"
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(parents=True)
    tar = making / "tree.tar"
    print(f"Building the box with BlueZ {version} from Debian's packages ...", flush=True)
    debian.fetch_tree(SUITES[version], tar)
    initramfs.write(tar, GUEST, making / box.kernel.name, making / box.archive.name)
    tar.unlink()
    making.rename(box.folder)
    return box


def _inputs() -> str:
    files = [Path(debian.__file__), Path(initramfs.__file__), *(path for path in sorted(GUEST.rglob("*")) if path.is_file())]
    return hashlib.sha256(b"\0".join(path.name.encode() + b"\0" + path.read_bytes() for path in files)).hexdigest()
