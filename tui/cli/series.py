"""The `--series` file: tilt at the recording's rate."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np

from sensorcore.errors import StorageError
from sensorcore.pipeline import Series

HEADER = "t_s,up_x,up_y,up_z,flexion_deg,lateral_deg"


class SeriesFile:
    """`with SeriesFile(path) as out: out.write(series)`. Raises StorageError when it cannot be written."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        try:
            self._file = self._path.open("w", encoding="utf-8")
            self._file.write(HEADER + "\n")
        except OSError as error:
            raise self._error(error) from None
        return self

    def write(self, series: Series) -> None:
        columns = np.column_stack([series.t_s, series.up, *series.lean_deg()])
        try:
            np.savetxt(self._file, columns, fmt=["%.6f", "%.9f", "%.9f", "%.9f", "%.4f", "%.4f"], delimiter=",")
        except OSError as error:
            raise self._error(error) from None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self._file.close()
        except OSError as failed:
            if kind is None:
                raise self._error(failed) from None

    def _error(self, error: OSError) -> StorageError:
        return StorageError(f"cannot write it ({error.strerror})", where=str(self._path), hint="Choose another place for --series.")
