"""Files that are no table of numbers, named for what they are, with what to do next."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sensorcore.errors import BadInput

_AS_CSV: Final = "Export the recording as CSV in the application (in phyphox: CSV, not Excel; in Sensor Logger: zipped CSV)"
_ORIGINAL: Final = "Give the file that the application exported, or save this one as CSV"
_UNPACK: Final = "Unpack it first, and give the CSV file or the folder"
EXCEL: Final = "an Excel workbook"

_KINDS: Final = (
    (b"\x89MCAP", "an MCAP recording", "Give it the ending .mcap"),
    (b"PAR1", "a Parquet file", "Save it as CSV"),
    (b"SQLite format 3\0", "a database (SQLite)", _AS_CSV),
    (b"\x1f\x8b", "a gzip file", _UNPACK),
    (b"BZh", "a bzip2 file", _UNPACK),
    (b"\xfd7zXZ\0", "an xz file", _UNPACK),
    (b"\x28\xb5\x2f\xfd", "a Zstandard file", _UNPACK),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", _UNPACK),
    (b"Rar!", "a RAR archive", _UNPACK),
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls)", _AS_CSV),
    (b"%PDF", "a PDF", _AS_CSV),
    (b"{\\rtf", "a text document (RTF)", _AS_CSV),
    (b"bplist00", "an Apple property list", _AS_CSV),
    (b"MATLAB 5.0 MAT-file", "a MATLAB file (.mat)", "Save it as CSV in MATLAB (writetable)"),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file", "Save it as CSV"),
    (b"\x93NUMPY", "a NumPy file", "Save it as CSV (numpy.savetxt)"),
    (b"ARROW1", "an Arrow file", "Save it as CSV"),
    (b"\x89PNG", "a picture", _AS_CSV),
    (b"\xff\xd8\xff", "a picture", _AS_CSV),
    (b"GIF8", "a picture", _AS_CSV),
    (b"OggS", "a sound file", _AS_CSV),
    (b"ID3", "a sound file", _AS_CSV),
)
_TAR: Final = (b"ustar", 257)


def refuse_other_kinds(head: bytes, where: str) -> None:
    """Raises BadInput for a file that is known not to be a table."""
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    for magic, kind, hint in _KINDS:
        if start.startswith(magic) or head.startswith(magic):
            raise BadInput(f"is {kind}, not a table", where=where, hint=hint)
    if head[_TAR[1] :].startswith(_TAR[0]):
        raise BadInput("is a tar archive, not a table", where=where, hint=_UNPACK)
    if head[4:8] == b"ftyp" or head[:4] == b"RIFF":
        raise BadInput("is a film or sound file, not a table", where=where, hint=_AS_CSV)
    if start[:1] in (b"{", b"["):
        _refuse_json(start, where)
    if start[:1] == b"<":
        _refuse_markup(start[:4096].lower(), where)


def _refuse_json(start: bytes, where: str) -> None:
    known = b'"sensor"' in start[:4096] and b'"seconds_elapsed"' in start
    rest = start[1:].lstrip()[:1]
    if known:
        hint = "Export it again in the app as 'zipped CSV' (Recordings, share, export format) and give that zip"
        raise BadInput("is Sensor Logger's JSON export", where=where, hint=hint)
    if rest in (b'"', b"{", b"[", b"}", b"]", b"") or rest.isdigit():
        raise BadInput("is JSON, not a table", where=where, hint=_AS_CSV)


def _refuse_markup(start: bytes, where: str) -> None:
    if b"urn:schemas-microsoft-com:office:spreadsheet" in start or b"<workbook" in start:
        raise BadInput(f"is {EXCEL} (XML), not a CSV file", where=where, hint=_AS_CSV)
    if b"micro:bit" in start or b"microbit" in start:
        hint = "Open it in a browser, press 'Download' and give that CSV"
        raise BadInput("is a micro:bit's log page (HTML)", where=where, hint=hint)
    if b"<html" in start or b"<!doctype html" in start or b"<table" in start:
        hint = "Download or export the data as CSV: this is a page that was saved under its name"
        raise BadInput("is a web page (HTML), not a table", where=where, hint=hint)
    if start.startswith((b"<?xml", b"<!")) or b"</" in start or b"/>" in start:
        raise BadInput("is XML, not a table", where=where, hint=_AS_CSV)


def office_document(names: Sequence[str]) -> tuple[str, str] | None:
    """Kind of document of a zip with these members, if it is one, and the next step."""
    starts = {name.partition("/")[0] for name in names}
    documents = (
        ("xl" in starts, EXCEL, _AS_CSV),
        ("word" in starts, "a Word document", _AS_CSV),
        ("ppt" in starts, "a PowerPoint document", _AS_CSV),
        ("content.xml" in names and "mimetype" in names, "an OpenDocument (LibreOffice) file", _ORIGINAL),
        ("Index" in starts or "Index.zip" in names, "an Apple Numbers or Pages document", _ORIGINAL),
        ("AndroidManifest.xml" in names, "an Android app", _AS_CSV),
    )
    return next(((what, hint) for fits, what, hint in documents if fits), None)


def held_instead(names: Sequence[str]) -> tuple[str, str] | None:
    """Likely intended content of a zip or folder without CSV files, and the next step."""
    endings = (
        ((".xlsx", ".xls", ".xlsm"), EXCEL, _AS_CSV),
        ((".json",), "a JSON export", "Export it again as CSV (in Sensor Logger: zipped CSV)"),
        ((".zip", ".gz", ".7z", ".rar", ".tar"), "another archive", _UNPACK),
        ((".db", ".sqlite", ".sqlite3"), "a database", _AS_CSV),
        ((".mcap",), "a recording", "Unpack it and give the recording"),
        ((".mat", ".h5", ".hdf5", ".parquet", ".npz", ".npy"), "a data file of another kind", "Save it as CSV"),
        ((".pdf",), "a PDF", _AS_CSV),
        ((".htm", ".html"), "a web page", _AS_CSV),
    )
    for suffixes, what, hint in endings:
        found = next((name for name in names if name.lower().endswith(suffixes)), None)
        if found is not None:
            return f"{what} ({found.rpartition('/')[2]})", hint
    return None
