"""Opens any file by its content: a recording of spinae, or a file of another program."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from sensorcore.errors import BadInput, StorageError
from sensorcore.model import Calibration, FloatArray, Placement, SampleBlock, Vector3
from sensorcore.motion.body import horizontal_forward, parse_mount
from sensorcore.motion.calibration import mean_upright
from sensorcore.motion.vectors import angle_deg
from sensorcore.ports import FileSource
from sensorcore.storage.read import open_plain

MOUNT_WITHIN_DEG = 60.0
"""Clips sit askew, but not by this much."""
_MCAP_MAGIC = b"\x89MCAP0\r\n"


def open_source(path: Path) -> FileSource:
    """A recording (.mcap) or an import, by content. Raises BadInput or StorageError."""
    try:
        is_folder = path.is_dir()
        if path.exists() and not (is_folder or path.is_file()):
            raise StorageError("it is not a plain file", where=str(path), hint="Name a file on disk.")
        start = b""
        if not is_folder:
            with open_plain(path) as file:
                start = file.read(len(_MCAP_MAGIC))
    except OSError as error:
        hint = "Check the name." if isinstance(error, FileNotFoundError) else "Check that you may read it."
        raise StorageError(f"cannot open it ({error.strerror})", where=str(path), hint=hint) from None
    # imported where needed: a recording must not wait for the importers, nor the other way round
    if start == _MCAP_MAGIC or (path.suffix == ".mcap" and not is_folder):
        from sensorcore.recording.reader import open_recording  # noqa: PLC0415

        return open_recording(path)
    from sensorcore.importers import open_import  # noqa: PLC0415

    return open_import(path)


def worn(
    source: FileSource, *, placement: Placement | None = None, mount: str | None = None, baselines: tuple[str, ...] = ()
) -> FileSource:
    """Set how the sensor was worn: `mount` as in `--mount up=-x,forward=-z`, `baselines` as in `--baseline sitting=3.0:12.5` (the
    upright of a state from that stretch of stream time). Changes `source.info`; raises BadInput."""
    info = source.info
    calibration = info.calibration or Calibration({})
    if placement is not None:
        info = replace(info, placement=placement)
    if mount is not None:
        up, forward = parse_mount(mount)
        info = replace(info, nominal_up=up)
        if forward is not None:
            calibration = replace(calibration, forward=forward, quality_deg=None)
    spans = [_parse_baseline(text) for text in baselines]
    if spans:
        found = {state: _upright(source, start_s, end_s, where) for state, start_s, end_s, where in spans}
        kept = {} if calibration.assumed else calibration.upright
        calibration = replace(calibration, upright={**kept, **found}, assumed=False)
    _check_mount(info.nominal_up, calibration)
    source.info = replace(info, calibration=calibration if calibration.upright or calibration.forward else None)
    return source


def _check_mount(nominal_up: Vector3 | None, calibration: Calibration) -> None:
    for state, upright in calibration.upright.items():
        if nominal_up is not None and (off_deg := angle_deg(np.asarray(upright), np.asarray(nominal_up))) > MOUNT_WITHIN_DEG:
            what = f"its 'up' is {off_deg:.0f}° from the wearer's upright ({state})"
            raise BadInput(what, where="--mount", hint="Check which axis points up, or leave --mount out.")
        if calibration.forward is not None:
            horizontal_forward(upright, calibration.forward)  # raises when they contradict each other


def _upright(source: FileSource, start_s: float, end_s: float, where: str) -> Vector3:
    acc_mps2 = _between(source, start_s, end_s)
    if not len(acc_mps2):
        raise BadInput("there are no samples in that stretch", where=where, hint="Choose a stretch within the recording.")
    return mean_upright(acc_mps2, where)


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
