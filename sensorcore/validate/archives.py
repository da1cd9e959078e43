"""Reading the numpy archives that the data sets are kept in."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from sensorcore.errors import BadInput


def found(folder: Path, pattern: str, what: str) -> list[Path]:
    """The files of `folder` that match, in order. Raises BadInput when there are none; `what` names them in the plural."""
    paths = sorted(folder.glob(pattern))
    if not paths:
        raise BadInput(f"there are no {what} ({pattern}) in it", where=str(folder), hint="Name the folder of that data set.")
    return paths


def every(path: Path) -> dict[str, NDArray[Any]]:
    """All arrays of one archive. Raises BadInput when it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in archive.files}
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"it cannot be read ({error})", where=str(path), hint="Is it the right data set, and complete?") from None


def arrays(path: Path, *names: str) -> dict[str, NDArray[Any]]:
    """The named arrays of one archive. Raises BadInput when it cannot be read or lacks one."""
    hint = "Is it the right data set, and complete?"
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except KeyError as error:
        raise BadInput(f"it lacks the array {error.args[0]}", where=str(path), hint=hint) from None
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(f"it cannot be read ({error})", where=str(path), hint=hint) from None
