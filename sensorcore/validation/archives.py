"""The recordings of a data set: as its authors publish them, or as numpy archives of the same arrays."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput

HINT = "Is it the right data set, and complete?"
Arrays = Mapping[str, NDArray[Any]]
UNREADABLE = (OSError, ValueError, EOFError, IndexError, TypeError, KeyError, NotImplementedError, zipfile.BadZipFile)
"""What numpy, scipy, zipfile and json raise on a file that is damaged or is something else."""


@dataclass(frozen=True, slots=True)
class ArchiveRecording:
    """One recording of a data set: its name, where it lies, and how to read its arrays."""

    name: str
    path: Path
    read: Callable[[], Arrays]

    def every(self) -> Arrays:
        """All its arrays, by name. Raises BadInput when it cannot be read."""
        try:
            return self.read()
        except UNREADABLE as error:
            said = str(error) or type(error).__name__
            raise BadInput(f"it cannot be read ({said})", where=str(self.path), hint=HINT) from None

    def arrays(self, *names: str) -> dict[str, NDArray[Any]]:
        """The named arrays. Raises BadInput when it cannot be read or lacks one."""
        read = self.every()
        for name in names:
            if name not in read:
                raise BadInput(f"it lacks the array {name}", where=str(self.path), hint=HINT)
        return {name: read[name] for name in names}


@dataclass(frozen=True, slots=True)
class Published:
    """How the authors publish a data set: the files in words (for messages), and `find`, which lists the recordings below a
    folder (empty when there is none)."""

    files: str
    find: Callable[[Path], list[ArchiveRecording]]


def recordings(folder: Path, what: str, published: Published, archives: str) -> list[ArchiveRecording]:
    """The recordings in `folder`, in order: the authors' files, anywhere below it, else numpy archives named as the pattern
    `archives`. Raises BadInput when there is neither; `what` names the recordings in the plural."""
    found = published.find(folder) or [archive(path) for path in sorted(folder.glob(archives))]
    if not found:
        raise none_found(what, published, folder)
    return found


def none_found(what: str, published: Published, folder: Path) -> BadInput:
    """The error of a folder that holds nothing of the data set."""
    hint = "Name the folder of that data set as you downloaded and unpacked it."
    return BadInput(f"there are no {what} in it (looked for {published.files})", where=str(folder), hint=hint)


def archive(path: Path) -> ArchiveRecording:
    """A numpy archive as a recording."""
    return ArchiveRecording(path.stem, path, partial(_load, path))


def below(folder: Path, *patterns: str) -> list[Path]:
    """The files anywhere below `folder` that match one of the patterns, sorted by name; hidden ones left out."""
    found = {path for pattern in patterns for path in folder.rglob(pattern) if path.is_file() and not path.name.startswith(".")}
    return sorted(found, key=lambda path: (path.name, str(path)))


def _load(path: Path) -> Arrays:
    with np.load(path, allow_pickle=False) as read:
        return {name: read[name] for name in read.files}
