"""Baseline tests as files: one JSON object each, beside the recordings. The history is rebuilt from them, too."""

from __future__ import annotations

import datetime
import json
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from sensorcore.errors import BadInput
from sensorcore.history.values import Baseline
from sensorcore.storage.plain import from_json, from_plain
from sensorcore.storage.read import read_text
from sensorcore.storage.write import private_folder, replace_text

ENDING: Final = ".baseline.json"
SCHEMA: Final = "spinae.baseline/1"


def save(taken: Baseline, folder: Path) -> Path:
    """Write the test into `folder`; the file is named after its moment. Raises StorageError."""
    zone = datetime.timezone(datetime.timedelta(seconds=taken.utc_offset_s))
    path = folder / f"{datetime.datetime.fromtimestamp(taken.start_unix_s, zone):%Y-%m-%dT%H-%M-%S}{ENDING}"
    private_folder(folder)
    replace_text(path, json.dumps({"schema": SCHEMA, **asdict(taken)}, indent=1) + "\n", "keep the baseline test")
    return path


def read(path: Path) -> Baseline:
    """The inverse of `save`. Raises BadInput or StorageError."""
    text = read_text(path, "read the baseline test")
    try:
        table = from_json(dict[str, Any], text)
        if table.pop("schema", None) != SCHEMA:
            raise BadInput("another schema")
        return from_plain(Baseline, table)
    except BadInput as error:
        hint = "Mend it, or move it away."
        raise BadInput(f"this is not a baseline test ({error})", where=str(path), hint=hint) from None
