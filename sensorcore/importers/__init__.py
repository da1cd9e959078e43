"""Files of other programs as streams of samples: generic CSV, the phone apps Sensor Logger and phyphox, WitMotion's logs.

The format is recognised by content. Supported:

======================  ==================================================================================
generic CSV             a header naming units, `t_s,ax_g,ay_g,az_g,gx_dps,gy_dps,gz_dps` (see generic.py)
Sensor Logger, phyphox  the export as zip, folder, or one CSV in its folder
WitMotion               the text log of the PC software or the phone app, the binary log of an SD card
Polar Sensor Logger     …_ACC.txt, with …_GYRO.txt beside it or alone; MbientLab MetaBase likewise
Movesense, Xsens DOT    JSON of its apps and of sbem2json; the app's CSV
======================  ==================================================================================

Time: see timing.py. Units are checked against gravity: see checks.py. Needs neither scipy nor pandas.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.importers import generic, movesense_json, phyphox, sensor_files, sensorlogger, wit_binary, witmotion, xsens_dot
from sensorcore.importers.files import DataFile, as_utf8, folder_files, plain_file, printable, storage_errors, zip_files, zip_names
from sensorcore.importers.kinds import held_instead, office_document, refuse_other_kinds
from sensorcore.importers.stream import ImportedSource, Recipe
from sensorcore.importers.table import TextTable, decode, sniff

__all__ = ["SUPPORTED", "ImportedSource", "open_import"]

SUPPORTED: Final = (
    "CSV with units in its header, exports of Sensor Logger and phyphox (zip, folder, CSV), logs of WitMotion, Polar Sensor Logger,"
    " MetaMotion, Movesense (JSON) and Xsens DOT"
)


def open_import(path: Path) -> ImportedSource:
    """Open a file, folder or zip of another program.

    Raises BadInput when it cannot be understood (with file, line and column), StorageError when it cannot be read.
    """
    return ImportedSource(_recipe(path))


def _recipe(path: Path) -> Recipe:
    with storage_errors(str(path)):
        is_folder = path.is_dir()
    if is_folder:
        with storage_errors(str(path)):
            names = [printable(entry.name) for entry in path.iterdir()]
        return _export(folder_files(path), names, str(path), path, "the folder")
    file = plain_file(path)
    head = file.head()
    if not head.strip():
        what = "is empty (0 bytes)" if not file.size else "holds nothing but blank lines"
        raise BadInput(what, where=file.where, hint="Record or export it again")
    if head.startswith(b"PK\x03\x04"):
        names = zip_names(path)
        document = office_document(names)
        if document is not None:
            raise BadInput(f"is {document[0]}, not a CSV file", where=file.where, hint=document[1])
        return _export(zip_files(path), names, file.where, path, "the zip")
    if wit_binary.recognise(head):
        return wit_binary.open_wit_binary(file, path)
    if movesense_json.recognise(head):
        return movesense_json.open_movesense_json(file, path)
    refuse_other_kinds(head, file.where)
    file = as_utf8(file)
    head = file.head()
    if b"\n" not in head and len(head) >= file.size:
        raise BadInput("holds one line and no samples", where=file.where, hint=f"Supported: {SUPPORTED}")
    return _text(file, head, path)


def _text(file: DataFile, head: bytes, path: Path) -> Recipe:
    # Only WitMotion writes other encodings than UTF-8 and Windows code pages, so they are tried for its header alone.
    lenient = None if b"\0" in head else decode(head, file.where, witmotion.ENCODINGS)
    table = None if lenient is None else sniff(file, head, lenient, witmotion.is_preamble)
    if table is not None and witmotion.recognise(table):
        return witmotion.open_witmotion(table, path)
    table = sniff(file, head, decode(head, file.where))
    if table is None:
        raise BadInput("has no header line", where=file.where, hint=f"Supported: {SUPPORTED}")
    if sensorlogger.recognise(table):
        beside = _beside(path, file)
        return sensorlogger.open_sensor_logger(beside, file.where, path.parent.name, file)
    if sensor_files.recognise(table):
        return sensor_files.open_sensor_files(_beside(path, file), file, file.where, path)
    if xsens_dot.recognise(table):
        return xsens_dot.open_xsens_dot(table, path)
    if phyphox.recognise(table):
        return phyphox.open_phyphox(_beside(path, file), file, file.where, path.stem)
    if generic.recognise(table):
        return generic.open_generic(table, path)
    raise _unknown(table)


def _beside(path: Path, file: DataFile) -> list[DataFile]:
    """The files of the export that a CSV lies in, itself among them under any suffix."""
    others = [f for f in folder_files(path.parent) if f.where != file.where]
    return [file, *others]


def _export(files: list[DataFile], names: list[str], where: str, path: Path, what: str) -> Recipe:
    name = path.stem if what == "the zip" else path.name
    tables = []
    for file in map(as_utf8, files):
        head = file.head()
        try:
            table = sniff(file, head, decode(head, file.where))
        except BadInput:
            continue  # a file that is not the app's may be anything
        if table is not None and sensorlogger.recognise(table):
            return sensorlogger.open_sensor_logger(files, where, name)
        if table is not None and sensor_files.recognise(table):
            return sensor_files.open_sensor_files(files, None, where, path)
        if table is not None and phyphox.recognise(table):
            return phyphox.open_phyphox(files, None, where, name)
        if table is not None and (generic.recognise(table) or xsens_dot.recognise(table)):
            tables.append(table)
    if len(tables) == 1 and xsens_dot.recognise(tables[0]):
        return xsens_dot.open_xsens_dot(tables[0], path)
    if len(tables) == 1:
        return generic.open_generic(tables[0], path)
    instead = held_instead(names)
    if instead is not None:
        raise BadInput(f"{what} holds {instead[0]}, not CSV files", where=where, hint=instead[1])
    held = ", ".join(file.name for file in files[:4]) or "no CSV files"
    raise BadInput(
        f"{what} is not an export of Sensor Logger or phyphox (it holds {held})", where=where, hint=f"Supported: {SUPPORTED}"
    )


def _unknown(table: TextTable) -> BadInput:
    where = f"{table.file.where}, line {table.header_line}"
    shown = table.delimiter.join(table.names)[:80]
    if all(_is_number(name) for name in table.names):
        return BadInput("there is no header, only numbers", where=where, hint=f"Add a first line such as {generic.EXAMPLE}")
    return BadInput(f"the header '{shown}' is of no known kind", where=where, hint=f"Supported: {SUPPORTED}")


def _is_number(cell: str) -> bool:
    try:
        float(cell.replace(",", "."))
    except ValueError:
        return False
    return True
