"""Table of rows on disk: one Parquet file, and during a run parts beside it that are joined at the end. An interrupted run resumes
from them."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from sensorcore.batch.rows import FIGURES, Row
from sensorcore.errors import StorageError
from sensorcore.storage.write import in_words, replace_bytes

_TEXTS: Final = ("file", "content", "version", "error")
_KINDS: Final = {str: pa.string(), float: pa.float64(), int: pa.int64()}
SCHEMA: Final = pa.schema([*((name, pa.string()) for name in _TEXTS), *((name, _KINDS[kind]) for name, kind in FIGURES.items())])


class RowTable:
    """The table at `path`. Methods raise StorageError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._folder = path.with_name(path.name + ".parts")
        self._rows = {(row["content"], row["version"]): row for row in self._read()}
        self._written = len(self._parts())

    def __contains__(self, key: tuple[str, str]) -> bool:
        """Whether there is a row of that content and version."""
        return key in self._rows

    def add(self, rows: list[Row]) -> None:
        """Keep these rows: on disk when this returns."""
        if not rows:
            return
        replace_bytes(self._folder / f"{self._written:06}.parquet", _parquet(rows), "keep the rows")
        self._written += 1
        self._rows.update({(row["content"], row["version"]): row for row in rows})

    def finish(self, named: Iterable[tuple[str, str, str]]) -> list[Row]:
        """Make the table of these (file name, content, version), by name, in place of parts and what was there before."""
        rows = [{**self._rows[content, version], "file": name} for name, content, version in sorted(named)]
        replace_bytes(self.path, _parquet(rows), "write the table")
        with in_words("write the table", self.path):
            for part in self._parts():
                part.unlink()
            if self._folder.is_dir():
                self._folder.rmdir()
        return rows

    def _parts(self) -> list[Path]:
        return sorted(self._folder.glob("*.parquet")) if self._folder.is_dir() else []

    def _read(self) -> Iterator[Row]:
        for path in [*([self.path] if self.path.exists() else []), *self._parts()]:
            try:
                yield from pq.read_table(path, schema=SCHEMA).to_pylist()
            except (OSError, pa.ArrowException) as error:
                hint = "Move it away, or name another file with --rows."
                raise StorageError(f"it is no table of ours ({error})", where=str(path), hint=hint) from None


def _parquet(rows: list[Row]) -> bytes:
    with io.BytesIO() as file:
        pq.write_table(pa.Table.from_pylist(rows, schema=SCHEMA), file, compression="zstd")
        return file.getvalue()
