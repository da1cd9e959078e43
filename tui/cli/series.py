"""The `--series` file: tilt at the recording's rate."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TextIO

import numpy as np

from sensorcore.errors import StorageError
from sensorcore.pipeline.single import Series
from sensorcore.storage.write import new_text, whole_or_nothing

HEADER = "t_s,up_x,up_y,up_z,flexion_deg,lateral_deg"


@contextmanager
def series_file(path: Path) -> Iterator[Callable[[Series], None]]:
    """`with series_file(path) as write: write(series)`. The file appears when the block ends well; nothing is overwritten, and no
    link is followed. Raises StorageError when it cannot be written."""
    try:
        with whole_or_nothing(path) as unfinished, new_text(unfinished) as file:
            file.write(HEADER + "\n")
            yield partial(_write, file)
    except StorageError as error:
        if error.where != str(path):  # of the recording, not of this file
            raise
        raise StorageError(error.what, where=str(path), hint="Choose another place for --series.") from None


def _write(file: TextIO, series: Series) -> None:
    columns = np.column_stack([series.t_s, series.up, *series.lean_deg()])
    np.savetxt(file, columns, fmt=["%.6f", "%.9f", "%.9f", "%.9f", "%.4f", "%.4f"], delimiter=",")
