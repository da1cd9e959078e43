"""Text tables in chunks: a header, then rows of numbers. pyarrow parses (exact float64, about 3 M rows/s of 7 columns); when it
refuses a chunk, or a value is out of bounds, the chunk is read again in Python to name the line and the column."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from sensorcore.errors import BadInput
from sensorcore.source.importers.files import DataFile, printable

CHUNK_BYTES: Final = 1 << 20
MAX_LINE_BYTES: Final = 1 << 16
MAX_COLUMNS: Final = 1000

Kind: TypeAlias = Literal["float", "int", "instant", "instant_utc", "text"]
"""What a column holds: numbers, whole numbers (kept exact as int64), ISO times without or with a zone (int64 ns), any text."""

_ARROW: Final = {
    "float": pa.float64(),
    "int": pa.int64(),
    "instant": pa.timestamp("ns"),
    "instant_utc": pa.timestamp("ns", "UTC"),
    "text": pa.binary(),
}
_NUMBER = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INSTANT = re.compile(rb"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d(:?\d\d)?)?")


@dataclass(frozen=True, slots=True)
class Column:
    """A wanted column: its place in the header, what it holds, and the largest magnitude that can be real."""

    index: int
    kind: Kind = "float"
    limit: float = np.inf
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """Where the rows of a file begin and how they are written. `names` are the header's, in the file's order."""

    file: DataFile
    names: tuple[str, ...]
    delimiter: str
    decimal: str
    header_line: int
    body_offset: int
    first_row: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rows:
    """One parsed chunk: a column each of what was asked for, and the text it came from, to name lines."""

    where: str
    columns: list[NDArray[Any]]
    text: bytes
    first_line: int

    def line_of(self, row: int) -> int:
        """The line number, from 1, of a row."""
        seen = -1
        for number, line in enumerate(self.text.split(b"\n"), self.first_line):
            seen += bool(line.strip())
            if seen == row:
                return number
        return self.first_line


def decode(head: bytes, where: str, encodings: Sequence[str] = ("utf-8",)) -> str:
    """The head of a file as text. Raises BadInput for binary files and unknown encodings, naming the first odd line."""
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise BadInput("the text is UTF-16", where=where, hint="Save it as UTF-8 ('CSV UTF-8' in spreadsheets)")
    zero = head.find(b"\0")
    if zero >= 0:
        raise BadInput(f"is binary, not text (line {head.count(10, 0, zero) + 1})", where=where, hint="Give a CSV file")
    head = head.removeprefix(b"\xef\xbb\xbf")
    problem: UnicodeDecodeError | None = None
    for encoding in encodings:
        try:
            return head.decode(encoding)
        except UnicodeDecodeError as error:
            if error.start >= len(head) - 4 and len(head) > 1000:  # the head ends inside a character
                return head[: error.start].decode(encoding)
            problem = problem or error
    assert problem is not None
    line = head.count(b"\n", 0, problem.start) + 1
    raise BadInput(f"is not UTF-8 text (line {line})", where=where, hint="Is it a recording? Save it as 'CSV UTF-8'")


def sniff(file: DataFile, head: bytes, text: str, is_preamble: Callable[[str], bool] | None = None) -> Table | None:
    """The table that begins with the first line that is neither blank nor a preamble; None when there is no such line."""
    offset = 3 if head.startswith(b"\xef\xbb\xbf") else 0
    raw_lines = head[offset:].split(b"\n")
    for i, line in enumerate(text.split("\n")):
        if i + 1 >= len(raw_lines) and len(head) > MAX_LINE_BYTES - 4:
            return None  # no line break in all of the head
        offset += len(raw_lines[i]) + 1 if i < len(raw_lines) else 0
        if not line.strip() or (is_preamble is not None and is_preamble(line.strip())):
            continue
        delimiter = next((d for d in "\t;" if d in line), ",")
        names = _cells(line, delimiter)
        row_text = next((r for r in text.split("\n")[i + 1 :] if r.strip()), "")
        row = _cells(row_text, delimiter)
        # Trailing delimiters come and go between header and rows (WitMotion writes them): the rows decide.
        if row_text and len(row) == len(names) + 1 and not row[-1]:
            names = [*names, ""]
        elif row_text and len(row) == len(names) - 1 and not names[-1]:
            names = names[:-1]
        if len(names) > MAX_COLUMNS:
            return None
        decimal = "," if delimiter != "," and any(re.fullmatch(r"[+-]?\d*,\d+([eE][+-]?\d+)?", c) for c in row) else "."
        return Table(file, tuple(names), delimiter, decimal, i + 1, min(offset, len(head)), tuple(row))
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return [printable(cell.strip().strip('"').strip()) for cell in line.rstrip("\r").split(delimiter)]


def read(table: Table, wanted: Sequence[Column], notes: list[str]) -> Iterator[Rows]:
    """The rows of a table, about 1 MiB of text at a time. A last line that was cut short is dropped and noted.

    Raises BadInput naming line and column for a ragged row, a cell that is empty or not a number, or a value out of bounds.
    """
    rest, line = b"", table.header_line + 1
    for piece in table.file.pieces(table.body_offset, CHUNK_BYTES):
        end = piece.rfind(b"\n") + 1
        if not end and len(rest) > MAX_LINE_BYTES:
            raise BadInput("the line is longer than any row", where=f"{table.file.where}, line {line}", hint="Is it a recording?")
        if not end:
            rest += piece
            continue
        text, rest = rest + piece[:end], piece[end:]
        if text.strip():
            yield _parse(table, wanted, text, line)
        line += text.count(b"\n")
    if rest.strip():
        if _is_cut(table, wanted, rest):
            notes.append(f"{table.file.where}: the last line ({line}) was cut short and is left out")
        else:
            yield _parse(table, wanted, rest + b"\n", line)


def first_row(table: Table, wanted: Sequence[Column]) -> Rows | None:
    """The first row alone; None when there is none."""
    body = table.file.head()[table.body_offset :]
    for i, line in enumerate(body.split(b"\n")[:-1], table.header_line + 1):
        if line.strip():
            return _parse(table, wanted, line + b"\n", i)
    return next(read(table, wanted, []), None)


def row_bytes(table: Table) -> float:
    """Bytes in a row, to guess how many rows there are."""
    text = table.file.head()[table.body_offset :]
    return len(text) / max(text.count(b"\n"), 1)


def _is_cut(table: Table, wanted: Sequence[Column], last: bytes) -> bool:
    cells = last.rstrip(b"\r").split(table.delimiter.encode())
    if len(cells) != len(table.names):
        return len(cells) < len(table.names)
    final = [column for column in wanted if column.index == len(cells) - 1]
    return bool(final) and _cell_problem(cells[-1], final[0], table.decimal) != ""


def _parse(table: Table, wanted: Sequence[Column], text: bytes, line: int) -> Rows:
    try:
        columns = _arrow(table, wanted, text)
    except pa.ArrowInvalid:
        relaxed = [Column(c.index, "float", c.limit) if c.kind == "int" else c for c in wanted]
        # Blank lines of spaces, and fractions in a column that began with whole numbers, are fine after all.
        cleaned = b"\n".join(row for row in text.split(b"\n") if row.strip())
        try:
            columns = _arrow(table, relaxed, cleaned + b"\n")
        except pa.ArrowInvalid:
            raise _complaint(table, relaxed, text, line) from None
    for column, values in zip(wanted, columns, strict=True):
        if column.limit < np.inf and len(values) and not np.abs(values).max() <= column.limit:
            raise _complaint(table, wanted, text, line)
    return Rows(table.file.where, columns, text, line)


def _arrow(table: Table, wanted: Sequence[Column], text: bytes) -> list[NDArray[Any]]:
    kinds = {f"c{column.index}": _ARROW[column.kind] for column in wanted}
    parsed = pa.csv.read_csv(
        pa.BufferReader(text),
        pa.csv.ReadOptions(use_threads=False, column_names=[f"c{i}" for i in range(len(table.names))], block_size=len(text) + 1),
        pa.csv.ParseOptions(delimiter=table.delimiter),
        pa.csv.ConvertOptions(
            column_types=kinds,
            include_columns=list(kinds),
            null_values=[],
            strings_can_be_null=False,
            check_utf8=False,
            decimal_point=table.decimal,
        ),
    )
    out: list[NDArray[Any]] = []
    for column in wanted:
        cells = parsed[f"c{column.index}"]
        if column.kind in ("instant", "instant_utc"):
            cells = cells.cast(pa.int64())
        out.append(cells.to_numpy())
    return out


def _complaint(table: Table, wanted: Sequence[Column], text: bytes, line: int) -> BadInput:
    """What is wrong with a chunk, found row by row."""
    where, n = table.file.where, len(table.names)
    for number, row in enumerate(text.split(b"\n"), line):
        if not row.strip():
            continue
        cells = row.rstrip(b"\r").split(table.delimiter.encode())
        if len(cells) != n:
            return BadInput(
                f"the row has {len(cells)} cells, the header has {n}",
                where=f"{where}, line {number}",
                hint="Mend or delete the row",
            )
        for column in wanted:
            problem = _cell_problem(cells[column.index], column, table.decimal)
            if problem:
                name = table.names[column.index] or f"number {column.index + 1}"
                return BadInput(problem, where=f"{where}, line {number}, column {name}", hint="Mend or delete the row")
    last = line + text.count(b"\n") - 1
    return BadInput("these rows are not a table of numbers", where=f"{where}, lines {line} to {last}", hint="Look for odd quotes")


def _cell_problem(cell: bytes, column: Column, decimal: str) -> str:
    cell = cell.strip().strip(b'"').strip()
    if column.kind == "text":
        return ""
    shown = printable(cell[:40].decode("utf-8", "replace"))
    if not cell:
        return "the cell is empty"
    if column.kind in ("instant", "instant_utc"):
        zone = "with" if column.kind == "instant_utc" else "without"
        return (
            f"'{shown}' is not an ISO time {zone} a time zone, as the first row has it" if not _instant_fits(cell, column) else ""
        )
    if not _NUMBER.fullmatch(cell.replace(decimal.encode(), b".")):
        return f"'{shown}' is not a number"
    if not abs(float(cell.replace(decimal.encode(), b"."))) <= column.limit:
        return f"{shown} {column.unit} cannot be real".replace("  ", " ")
    return ""


def _instant_fits(cell: bytes, column: Column) -> bool:
    match = _INSTANT.fullmatch(cell)
    if match is None or bool(match[3]) != (column.kind == "instant_utc"):
        return False
    try:
        np.datetime64(cell[:19].replace(b" ", b"T").decode(), "ns")
    except ValueError:
        return False
    return True
