"""The rows of a table in chunks. pyarrow parses (exact float64, about 3 M rows/s of 7 columns); a chunk that it refuses, or that
holds a value out of bounds, is read row by row: the rows that fit are kept, the others are counted with line and column."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.csv
from numpy.typing import NDArray

from sensorcore.importers.files import printable
from sensorcore.importers.leftout import LeftOut
from sensorcore.importers.moments import moment
from sensorcore.importers.table import COMMENT, MAX_LINE_BYTES, TextTable, split_cells

CHUNK_BYTES: Final = 1 << 20

Kind: TypeAlias = Literal["float", "int", "instant", "instant_utc", "text"]
"""Type of a column: numbers, whole numbers (kept exact as int64), ISO times without or with a zone (int64 ns), any text."""

_ARROW: Final = {
    "float": pa.float64(),
    "int": pa.int64(),
    "instant": pa.timestamp("ns"),
    "instant_utc": pa.timestamp("ns", "UTC"),
    "text": pa.binary(),
}
_NUMBER: Final = re.compile(rb"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_INT64: Final = 2**63
UNREADABLE: Final = "cannot be read"
HEADER_AGAIN: Final = "repeat the header"


@dataclass(frozen=True, slots=True)
class Column:
    """A wanted column: its place in the header, what it holds, and the largest magnitude that can be real."""

    index: int
    kind: Kind = "float"
    limit: float = np.inf
    unit: str = ""


@dataclass(frozen=True, slots=True)
class ParsedRows:
    """One parsed chunk: a column each of what was asked for, and the text it came from, to name lines. `lines` (n,) where rows of
    the text were left out."""

    where: str
    columns: list[NDArray[Any]]
    text: bytes
    first_line: int
    lines: NDArray[np.int64] | None = None

    def only(self, chosen: NDArray[np.bool_]) -> ParsedRows:
        """Some of the rows."""
        return ParsedRows(self.where, [c[chosen] for c in self.columns], self.text, self.first_line, self.numbers()[chosen])

    def numbers(self) -> NDArray[np.int64]:
        """The line number, from 1, of each row (n,)."""
        if self.lines is not None:
            return self.lines
        count = len(self.columns[0])
        if self.text.count(b"\n") == count:
            return np.arange(self.first_line, self.first_line + count)
        written = [n for n, line in enumerate(self.text.split(b"\n"), self.first_line) if line.strip()]
        written += [written[-1]] * max(0, count - len(written))  # a lone CR is a line end to pyarrow
        return np.asarray(written[:count], dtype=np.int64)

    def line_of(self, row: int) -> int:
        """The line number, from 1, of a row."""
        return int(self.numbers()[row])


def read(table: TextTable, wanted: Sequence[Column], left_out: LeftOut) -> Iterator[ParsedRows]:
    """The rows of a table that can be read, about 1 MiB of text at a time. What cannot (torn, ragged, not a number, out of
    bounds, a header or comment in the middle) is counted in `left_out`; its `finish` is the caller's."""
    for text, line, whole in _lines(table, left_out):
        if not whole and _is_cut(table, wanted, text):
            left_out.remarks.append(f"{table.file.where}: the last line ({line}) was cut short and is left out")
            return
        rows = _parse(table, wanted, text if whole else text + b"\n", line, left_out) if text.strip() else None
        if rows is not None and len(rows.columns[0]):
            yield rows
        elif not left_out.went_on(len(text), 0):
            return


def _lines(table: TextTable, left_out: LeftOut) -> Iterator[tuple[bytes, int, bool]]:
    """The text in pieces of whole lines, with the number of the first; and at the end what has no line break."""
    rest, line, overlong = b"", table.body_line, False
    for piece in table.file.pieces(table.body_offset, CHUNK_BYTES):
        text = rest + piece
        if overlong:  # the rest of a line that is no row
            start = text.find(b"\n") + 1
            text, line, overlong = text[start:] if start else b"", line + bool(start), not start
        end = text.rfind(b"\n") + 1
        rest = text[end:]
        if len(rest) > MAX_LINE_BYTES:
            left_out.add(UNREADABLE, 1, f"{table.file.where}, line {line + text.count(10)}", "the line is longer than any row")
            rest, overlong = b"", True
        yield text[:end], line, True
        line += text[:end].count(b"\n")
    if rest.strip():
        yield rest, line, False


def row_bytes(table: TextTable) -> float:
    """Bytes in a row, to guess how many rows there are."""
    text = table.file.head()[table.body_offset :]
    return len(text) / max(text.count(b"\n"), 1)


def _is_cut(table: TextTable, wanted: Sequence[Column], last: bytes) -> bool:
    cells = split_cells(last, table.delimiter)
    if len(cells) != len(table.names):
        return len(cells) < len(table.names) and not _is_comment(last)
    final = [column for column in wanted if column.index == len(cells) - 1]
    return bool(final) and _cell_problem(cells[-1], final[0], table.decimal) != ""


def _parse(table: TextTable, wanted: Sequence[Column], text: bytes, line: int, left_out: LeftOut) -> ParsedRows:
    try:
        columns = _arrow(table, wanted, text)
    except pa.ArrowInvalid:
        return _one_by_one(table, wanted, text, line, left_out)
    for column, values in zip(wanted, columns, strict=True):
        if column.limit < np.inf and len(values) and not np.abs(values).max() <= column.limit:
            return _one_by_one(table, wanted, text, line, left_out)
    return ParsedRows(table.file.where, columns, text, line)


def _arrow(table: TextTable, wanted: Sequence[Column], text: bytes) -> list[NDArray[Any]]:
    if table.delimiter == " ":
        text = re.sub(rb"(?m)^ +| +(?=\r?$)", b"", text)
        text = re.sub(rb" {2,}", b" ", text)
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


def _one_by_one(table: TextTable, wanted: Sequence[Column], text: bytes, line: int, left_out: LeftOut) -> ParsedRows:
    """The rows of a chunk that fit, and a count of those that do not."""
    fits, names = _row_pattern(table, wanted).fullmatch, [f"c{column.index}" for column in wanted]
    decimal = table.decimal.encode()
    kept: list[list[Any]] = [[] for _ in wanted]
    lines: list[int] = []
    for number, row in enumerate(text.split(b"\n"), line):
        match = fits(row)
        values = [] if match is None else [_value(c, match[name], decimal) for c, name in zip(wanted, names, strict=True)]
        if match is not None and None not in values:
            for cells, value in zip(kept, values, strict=True):
                cells.append(value)
            lines.append(number)
        elif row.strip() and not _is_comment(row):
            _count_odd_row(table, wanted, row, number, left_out)
    columns = [_column(column, cells) for column, cells in zip(wanted, kept, strict=True)]
    return ParsedRows(table.file.where, columns, text, line, np.asarray(lines, dtype=np.int64))


def _row_pattern(table: TextTable, wanted: Sequence[Column]) -> re.Pattern[bytes]:
    """A whole row, with a group named after each wanted column."""
    mark, decimal = re.escape(table.delimiter).encode(), re.escape(table.decimal).encode()
    blank = {" ": b"", "\t": b" *"}.get(table.delimiter, b"[ \\t]*")
    # nothing in it can match in two ways: what does not fit must fail at once
    number = rb"[+-]?(?:\d+(?:" + decimal + rb"\d*)?|" + decimal + rb"\d+)(?:[eE][+-]?\d+)?"
    anything = rb'(?:"[^"]*"|[^' + mark + rb'"]*)'
    kinds = {column.index: column.kind for column in wanted}
    cells = []
    for i in range(len(table.names)):
        group = b"(?P<c%d>" % i
        if kinds.get(i) in ("float", "int"):
            quote = rb'(?:"' + blank + rb")?"
            cells.append(blank + quote + group + number + b")" + blank + quote)
        else:
            cells.append(group + anything + b")" if i in kinds else anything)
    around = b" *" if table.delimiter == " " else b""
    return re.compile(around + (b" +" if table.delimiter == " " else mark).join(cells) + around + rb"\r?")


def _value(column: Column, cell: bytes, decimal: bytes) -> Any:
    """Value of a cell; None for an impossible one."""
    if column.kind == "text":
        return cell.strip().strip(b'"').strip()
    if column.kind in ("instant", "instant_utc"):
        found = moment(cell.strip().strip(b'"').strip())
        fits = found is not None and found.dated and (found.offset_s is not None) == (column.kind == "instant_utc")
        return found.ns - 10**9 * (found.offset_s or 0) if found is not None and fits else None
    if column.kind == "int" and cell.lstrip(b"+-").isdigit():
        whole = int(cell) if len(cell) < 20 else _INT64
        return whole if abs(whole) < min(_INT64, column.limit) else None
    number = float(cell.replace(decimal, b"."))
    return number if abs(number) <= column.limit else None


def _column(column: Column, cells: list[Any]) -> NDArray[Any]:
    if column.kind == "text":
        return np.array(cells, dtype=object)
    # fractions in a column that began with whole numbers are fine after all
    whole = column.kind != "float" and all(isinstance(cell, int) for cell in cells)
    return np.array(cells, dtype=np.int64 if whole else np.float64)


def _is_comment(row: bytes) -> bool:
    return row.lstrip().startswith(COMMENT)


def _count_odd_row(table: TextTable, wanted: Sequence[Column], row: bytes, number: int, left_out: LeftOut) -> None:
    where = f"{table.file.where}, line {number}"
    cells = split_cells(row, table.delimiter)
    if [cell.decode("utf-8", "replace").strip() for cell in cells][: len(table.names)] == list(table.names):
        left_out.add(HEADER_AGAIN, 1, where, harmless=True)
        return
    if len(cells) != len(table.names):
        left_out.add(UNREADABLE, 1, where, f"the row has {len(cells)} cells, the header has {len(table.names)}")
        return
    for column in wanted:
        problem = _cell_problem(cells[column.index], column, table.decimal)
        if problem:
            name = table.names[column.index] or f"number {column.index + 1}"
            left_out.add(UNREADABLE, 1, f"{where}, column {name}", problem)
            return
    left_out.add(UNREADABLE, 1, where, "the row is no row of numbers, look for odd quotes")


def _cell_problem(cell: bytes, column: Column, decimal: str) -> str:
    cell = cell.strip().strip(b'"').strip()
    if column.kind == "text":
        return ""
    shown = printable(cell[:40].decode("utf-8", "replace"))
    if not cell:
        return "the cell is empty"
    if column.kind in ("instant", "instant_utc"):
        zone = "with" if column.kind == "instant_utc" else "without"
        fits = _value(column, cell, b".") is not None
        return "" if fits else f"'{shown}' is not an ISO time {zone} a time zone, as the first row has it"
    if not _NUMBER.fullmatch(cell.replace(decimal.encode(), b".")):
        return f"'{shown}' is not a number"
    if _value(column, cell, decimal.encode()) is None:
        return f"{shown} {column.unit} cannot be real".replace("  ", " ")
    return ""
