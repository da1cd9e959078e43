"""Layout of a text table: encoding, preamble, header, delimiter, decimal mark."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.importers.files import DataFile, printable

MAX_LINE_BYTES: Final = 1 << 16
MAX_COLUMNS: Final = 1000
COMMENT: Final = (b"#", b"//", b"%")
_DELIMITERS: Final = ("\t", ";", ",", "|", " ")
_LEAST_CELLS: Final = 4
"""A time and three axes."""
_SEARCHED_LINES: Final = 200
"""Lines in which the header must be: no program writes as many before it."""
_SEP: Final = re.compile(r'"?sep=(\\t|.)"?', re.IGNORECASE)
_NUMERIC: Final = re.compile(r"[+-]?(\d+[.,]?\d*|[.,]\d+)([eE][+-]?\d+)?|[+-]?(nan|inf|infinity)", re.IGNORECASE)
_MARKED: Final = re.compile(r"[+-]?\d*([.,])\d+([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class TextTable:
    """Layout of a file's table. `names` are the header's, in the file's order; `units` what a line
    under it says (empty: nothing); `rows` the first rows of the file."""

    file: DataFile
    names: tuple[str, ...]
    delimiter: str
    decimal: str
    header_line: int
    body_offset: int
    first_row: tuple[str, ...]
    body_line: int
    rows: tuple[tuple[str, ...], ...] = ()
    units: tuple[str, ...] = ()


def decode(head: bytes, where: str, encodings: Sequence[str] = ("utf-8",)) -> str:
    """The head of a file as text. Raises BadInput for binary files and unknown encodings, naming the first odd line."""
    zero = head.find(b"\0")
    if zero >= 0 and (zero < head.find(b"\n") or head.count(b"\0") > len(head) // 2):
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
    if _mostly_ascii(head):  # a torn line, or the signs of a Windows code page
        return "\n".join(map(_decoded_line, head.split(b"\n")))
    line = head.count(b"\n", 0, problem.start) + 1
    raise BadInput(f"is not text (line {line})", where=where, hint="Is it a recording? Give a CSV file")


def _decoded_line(line: bytes) -> str:
    try:
        return line.decode("utf-8")
    except UnicodeDecodeError:
        return line.decode("cp1252", "replace")


def _mostly_ascii(head: bytes) -> bool:
    text = head.translate(None, bytes([9, 10, 13, *range(32, 127)]))
    return len(text) < 0.05 * len(head) and b"\n" in head


def sniff(file: DataFile, head: bytes, text: str, is_preamble: Callable[[str], bool] | None = None) -> TextTable | None:
    """The table of a file: its header is the line of names above the first row of numbers with as many cells; without such a row,
    the first line that is neither blank, nor a comment, nor a preamble. None when there is no such line.

    Comments (`#`, `//`, `%`) may hold the header, as numpy writes it. A line of units under the names is read as such.
    """
    lines = text.split("\n")
    if len(lines) == 1 and len(head) > MAX_LINE_BYTES - 4:
        return None  # no line break in all of the head
    if len(head) > MAX_LINE_BYTES - 4:
        lines.pop()  # cut in the middle
    declared = next((m[1] for m in (_SEP.fullmatch(line.strip()) for line in lines[:3]) if m), None)
    delimiters = tuple(d for d in _DELIMITERS if d in text) if declared is None else ("\t" if declared == "\\t" else declared,)
    found = next((f for f in (_header(lines, d, is_preamble) for d in delimiters) if f is not None), None)
    if found is None:
        found = _first_line(lines, delimiters, is_preamble)
    if found is None or len(found.names) > MAX_COLUMNS:
        return None
    below = found.body + 1
    written = [split_text(line, found.delimiter) for line in lines[below : below + _SEARCHED_LINES] if line.strip()]
    rows = [r for r in written if abs(len(r) - len(found.names)) <= 1 and _count_numbers(r) >= _LEAST_CELLS - 1] or written
    names, units = found.names, found.units
    # Trailing delimiters come and go between header and rows (WitMotion writes them): the rows decide.
    if rows and len(rows[0]) == len(names) + 1 and not rows[0][-1]:
        names, units = (*names, ""), (*units, "") if units else ()
    elif rows and len(rows[0]) == len(names) - 1 and not names[-1]:
        names, units = names[:-1], units[:-1]
    return TextTable(
        file,
        names,
        found.delimiter,
        _decimal(rows),
        found.line + 1,
        _offset(head, below),
        rows[0] if rows else (),
        below + 1,
        tuple(rows),
        units,
    )


def split_text(line: str, delimiter: str) -> tuple[str, ...]:
    """The cells of a line, without quotes, made safe to show."""
    line = line.rstrip("\r")
    if delimiter == " ":
        cells = line.split()
    elif '"' in line:
        try:
            cells = next(csv.reader([line], delimiter=delimiter, skipinitialspace=True), [])
        except csv.Error:
            cells = line.split(delimiter)
    else:
        cells = line.split(delimiter)
    return tuple(printable(cell.strip().strip('"').strip()) for cell in cells)


def split_cells(row: bytes, delimiter: str) -> list[bytes]:
    """The cells of a row as they are, but for their quotes."""
    if delimiter == " ":
        return row.split()
    if b'"' not in row:
        return row.rstrip(b"\r").split(delimiter.encode())
    return [cell.encode("utf-8", "replace") for cell in split_text(row.decode("utf-8", "replace"), delimiter)]


@dataclass(frozen=True, slots=True)
class _Found:
    """`line`: the header's, `body`: the last one before the rows, both from 0."""

    names: tuple[str, ...]
    units: tuple[str, ...]
    delimiter: str
    line: int
    body: int


def _lines(lines: list[str], is_preamble: Callable[[str], bool] | None) -> Iterator[tuple[int, str, bool]]:
    """Lines that may be a header or a row: number, text, and whether it was a comment."""
    for i, line in enumerate(lines[:_SEARCHED_LINES]):
        text = line.strip().lstrip("\ufeff")
        if not text or _SEP.fullmatch(text) or (is_preamble is not None and is_preamble(text)):
            continue
        mark = next((m.decode() for m in COMMENT if text.encode()[:2].startswith(m)), "")
        yield i, line.strip("\r\n\ufeff") if not mark else text.removeprefix(mark).strip(), bool(mark)


def _header(lines: list[str], delimiter: str, is_preamble: Callable[[str], bool] | None) -> _Found | None:
    """The names above the first row of numbers that has as many cells."""
    group: list[tuple[int, tuple[str, ...]]] = []
    last = -2
    for i, line, is_comment in _lines(lines, is_preamble):
        cells = split_text(line, delimiter)
        if len(cells) < _LEAST_CELLS:
            continue
        numeric = _count_numbers(cells)
        if numeric == 0 and sum(any(c.isalpha() for c in cell) for cell in cells) >= _LEAST_CELLS - 1:
            fits = group and len(cells) == len(group[0][1]) and last == group[-1][0]
            group = [*group, (i, cells)] if fits else [(i, cells)]
        elif group and numeric >= _LEAST_CELLS - 1 and not is_comment and _fits(cells, group[0][1]):
            units = tuple(" ".join(column) for column in zip(*(row for _, row in group[1:]), strict=True))
            return _Found(group[0][1], units, delimiter, group[0][0], group[-1][0])
        last = i
    return None


def _fits(row: tuple[str, ...], names: tuple[str, ...]) -> bool:
    """As many cells, but for an empty one at the end."""
    return len(row) == len(names) or (abs(len(row) - len(names)) == 1 and not max(row, names, key=len)[-1])


def _count_numbers(cells: Sequence[str]) -> int:
    return sum(_NUMERIC.fullmatch(cell) is not None for cell in cells)


def _first_line(lines: list[str], delimiters: Sequence[str], is_preamble: Callable[[str], bool] | None) -> _Found | None:
    for i, line, is_comment in _lines(lines, is_preamble):
        if not is_comment:
            delimiter = next((d for d in delimiters[:4] if d in line), ",")
            return _Found(split_text(line, delimiter), (), delimiter, i, i)
    return None


def _decimal(rows: Sequence[tuple[str, ...]]) -> str:
    """The mark that most fractions are written with."""
    marks = [m[1] for row in rows for m in map(_MARKED.fullmatch, row) if m]
    return "," if marks.count(",") > marks.count(".") else "."


def _offset(head: bytes, n_lines: int) -> int:
    """Offset of line `n_lines` (from 0)."""
    end = 0
    for _ in range(n_lines):
        end = head.find(b"\n", end) + 1
        if not end:
            return len(head)
    return end
