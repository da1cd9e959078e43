"""Opens whatever file a person names: one of our recordings, or a file of another program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sensorcore.errors import BadInput, StorageError
from sensorcore.model import Calibration, FloatArray, Placement, SampleBlock
from sensorcore.motion.body import parse_mount
from sensorcore.motion.calibration import mean_upright
from sensorcore.source.base import FileSource

_MCAP_MAGIC = b"\x89MCAP0\r\n"


def open_source(path: Path) -> FileSource:
    """A recording (.mcap) or an import, told apart by content. Raises BadInput or StorageError."""
    try:
        with path.open("rb") as file:
            start = file.read(len(_MCAP_MAGIC))
    except IsADirectoryError:
        start = b""
    except OSError as error:
        hint = "Check the name." if isinstance(error, FileNotFoundError) else "Check that you may read it."
        raise StorageError(f"cannot open it ({error.strerror})", where=str(path), hint=hint) from None
    # imported where needed: a recording must not wait for the importers, nor the other way round
    if start == _MCAP_MAGIC or (path.suffix == ".mcap" and not path.is_dir()):
        from sensorcore.record.reader import open_recording  # noqa: PLC0415

        return open_recording(path)
    from sensorcore.source.importers import open_import  # noqa: PLC0415

    return open_import(path)


def worn(
    source: FileSource, *, placement: Placement | None = None, mount: str | None = None, baselines: tuple[str, ...] = ()
) -> FileSource:
    """Tell a source how the sensor was worn: `mount` as in `--mount up=-x,forward=-z`, `baselines` as in `--baseline
    sitting=3.0:12.5` (the upright of a state from that stretch of stream time). Changes `source.info`; raises BadInput."""
    info = source.info
    if placement is not None:
        info = replace(info, placement=placement)
    calibration = info.calibration
    if mount is not None:
        up, forward = parse_mount(mount)
        upright = {} if calibration is None else calibration.upright
        info = replace(info, nominal_up=up)
        calibration = Calibration(upright, forward) if upright or forward else None
    spans = [_parse_baseline(text) for text in baselines]
    if spans:
        found = {state: mean_upright(_between(source, start_s, end_s), where) for state, start_s, end_s, where in spans}
        calibration = Calibration(found, calibration.forward if calibration else None)
    source.info = replace(info, calibration=calibration)
    return source


def _parse_baseline(text: str) -> tuple[str, float, float, str]:
    where = f"--baseline {text}"
    hint = "Write for example --baseline sitting=3.0:12.5 (seconds from the start)."
    state, _, span = text.partition("=")
    start, _, end = span.partition(":")
    if state not in ("sitting", "standing"):
        raise BadInput(f"'{state}' is neither sitting nor standing", where=where, hint=hint)
    try:
        start_s, end_s = float(start), float(end)
    except ValueError:
        raise BadInput(f"'{span}' is not a span of seconds", where=where, hint=hint) from None
    if not 0 <= start_s < end_s:
        raise BadInput("the span ends before it starts", where=where, hint=hint)
    return state, start_s, end_s, where


def _between(source: FileSource, start_s: float, end_s: float) -> FloatArray:
    found = []
    for item in source.items():
        if isinstance(item, SampleBlock) and len(item):
            found.append(item.acc_mps2[(item.t_s >= start_s) & (item.t_s < end_s)])
            if item.t_s[-1] >= end_s:
                break
    return np.concatenate(found) if found else np.zeros((0, 3))
