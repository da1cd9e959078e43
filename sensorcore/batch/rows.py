"""Analysis of a recording as a row of a table. The same recording, settings and code give the same row on any machine."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from sensorcore.batch.code import code_digest
from sensorcore.errors import SpinaeError, StorageError, contained
from sensorcore.pipeline.analysis import analyze
from sensorcore.recording.info import spinae_version
from sensorcore.recording.opening import open_source, worn
from sensorcore.settings import Settings
from sensorcore.storage.read import open_plain
from sensorcore.storage.write import in_words

SUFFIXES: Final = (".mcap", ".csv", ".txt", ".zip", ".json")
NUMBERS: Final = ("duration_s", "sample_rate_hz", "samples", "wear_s")
POSTURES: Final = ("upright_s", "slouched_s", "unknown_s", "not_worn_s")
CONTEXTS: Final = ("sitting", "standing", "walking", "lying", "moving", "not_worn", "unknown")
FIGURES: Final[dict[str, type]] = {
    **dict.fromkeys((*NUMBERS, *POSTURES, *(f"{context}_time_s" for context in CONTEXTS)), float),
    **dict.fromkeys(("inclination_p50_deg", "inclination_p95_deg"), float),
    **dict.fromkeys(("alerts", "gaps", "reps"), int),
    **dict.fromkeys(("gap_s", "breaths_per_min"), float),
    "analysis": str,
}
"""Columns of the analysis, in order; in the row of a recording that cannot be used all are None."""
_ROOTS: Final = ("sensorcore.pipeline.analysis", "sensorcore.recording.opening", "sensorcore.settings")
"""The modules that make a row."""
Row: TypeAlias = dict[str, Any]
Lot: TypeAlias = list[tuple[str, str]]
"""Recordings: the key of the content, and the path."""


@dataclass(frozen=True, slots=True)
class Job:
    """Parameters of a batch: settings and how the sensors were worn."""

    settings: dict[str, str | float | int | bool]
    placement: str | None = None
    mount: str | None = None
    baselines: tuple[str, ...] = ()
    exercises: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Version of settings and code, so that rows of another version are never reused."""
        asked = json.dumps([self.settings, self.placement, self.mount, self.baselines, self.exercises], sort_keys=True)
        return f"{algorithm_version()}:{hashlib.sha256(asked.encode()).hexdigest()[:16]}"


@cache
def algorithm_version() -> str:
    """Release and digest of the deciding code: two versions that could differ in a figure differ here."""
    return f"{spinae_version()}+{code_digest(_ROOTS)[:16]}"


def content_key(path: Path) -> str:
    """Digest of the file's content. Raises StorageError."""
    with in_words("read it", path), open_plain(path) as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def row_of(job: Job, content: str, path: Path) -> Row:
    """The row of the recording at `path`; that of an unusable one holds the error."""
    row: Row = {"content": content, "version": job.key, "error": None}
    try:
        settings = Settings().as_recorded(job.settings)
        with contained(path):
            source = worn(open_source(path), placement=job.placement, mount=job.mount, baselines=job.baselines)  # type: ignore[arg-type]
            # not the file's name: a copy is the same
            found = _flat(analyze(source, settings, name=content[:16], exercises=job.exercises).to_json())
    except SpinaeError as error:
        return {**row, "error": error.what, **dict.fromkeys(FIGURES, None)}
    return {**row, **found}


def _flat(found: dict[str, Any]) -> Row:
    posture = found["posture"]
    percentiles = posture["inclination_percentiles_deg"] or {}
    rates = sorted(each["rate_per_min"] for each in found["breathing"])
    values = {
        **{name: float(found[name]) for name in NUMBERS},
        **{name: float(posture.get(name, 0.0)) for name in POSTURES},
        **{f"{context}_time_s": _time_in(found, context) for context in CONTEXTS},
        "inclination_p50_deg": percentiles.get("50"),
        "inclination_p95_deg": percentiles.get("95"),
        "alerts": len(found["alerts"]),
        "gaps": len(found["gaps"]),
        "reps": len(found["reps"]),
        "gap_s": round(sum(gap["end_s"] - gap["start_s"] for gap in found["gaps"]), 6),
        "breaths_per_min": rates[len(rates) // 2] if rates else None,
        "analysis": json.dumps(found, allow_nan=False),
    }
    return {name: values[name] for name in FIGURES}


def _time_in(found: dict[str, Any], context: str) -> float:
    return round(sum((float(part["end_s"] - part["start_s"]) for part in found["contexts"] if part["state"] == context), 0.0), 1)


def rows_of(job: Job, some: Lot) -> list[Row]:
    """The rows of a lot: the job of a worker."""
    return [row_of(job, content, Path(path)) for content, path in some]


def recordings_in(folder: Path) -> list[Path]:
    """Every file below `folder` that may be a recording, by name. Raises StorageError."""
    with in_words("look through it", folder):
        if not folder.is_dir():
            raise StorageError("it is not a folder", where=str(folder), hint="Name the folder that holds the recordings.")
        found = [path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file()]
    return sorted(path for path in found if not any(part.startswith(".") for part in path.relative_to(folder).parts))
