"""Restart of a day: the calibration of the stream before still holds, and what was asked of the wearer is not asked again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path
from typing import Final

from sensorcore.errors import SpinaeError, contained
from sensorcore.habit.restart import restart_state
from sensorcore.model import Calibration, RestartState, StreamInfo
from sensorcore.recording.reader import Recording, open_recording

WITHIN_S: Final = 4 * 3600.0
"""After longer the sensor was taken off, and will sit differently."""


def resumed(about: StreamInfo, folder: Path, *, since_unix_s: float = 0.0) -> StreamInfo:
    """`about` as the newest recording of the same sensor left it, if that was a short while ago and after `since_unix_s` (when the
    wearer calibrated): with the calibration that held at its end, and where the habit stood."""
    since_unix_s = max(since_unix_s, time.time() - WITHIN_S)
    recent = [path for path in folder.glob("*.mcap") if path.stat().st_mtime > since_unix_s]
    for path in sorted(recent, key=lambda path: path.stat().st_mtime, reverse=True):
        try:
            with contained(path):
                if open_recording(path).info.name == about.name:
                    return _as_left_by(path, about)
        except SpinaeError:
            continue  # opening it says why, elsewhere
    return about


def continued(about: StreamInfo, path: Path) -> StreamInfo:
    """`about` as the recording at `path` left it a moment ago, for another one that goes on from there; as it is where that cannot
    be read."""
    try:
        with contained(path):
            return _as_left_by(path, about)
    except SpinaeError:
        return about


def _as_left_by(path: Path, about: StreamInfo) -> StreamInfo:
    about = replace(about, second=_second(about.second, open_recording(path)), carried=carried_at_end(path))
    return replace(about, calibration=calibration_at_end(path) or about.calibration)


def _second(about: StreamInfo | None, recording: Recording) -> StreamInfo | None:
    """The same of the lower of two sensors."""
    recorded = recording.info.second
    if about is None or recorded is None or about.name != recorded.name:
        return about
    found = calibration_at_end(recording.path, lower=True)
    return about if found is None else replace(about, calibration=found)


def calibration_at_end(path: Path, *, lower: bool = False) -> Calibration | None:
    """Calibration at the recording's end, of two sensors the upper one's or the `lower` one's; None when no upright was
    confirmed. Raises SpinaeError."""
    recording = open_recording(path)
    info = recording.info.second if lower and recording.info.second is not None else recording.info
    known = info.calibration or Calibration({})
    for event in recording.events():
        if event["event"] == ("LowerUpright" if lower else "BaselineSet") and not event["assumed"]:
            up = tuple(event["up"])
            known = replace(known, upright={**known.upright, event["state"]: up}, assumed=False)
        elif lower:
            continue
        elif event["event"] == "StateLearned":
            known = replace(known, usual={**known.usual, event["state"]: tuple(event["up"])})
        elif event["event"] == "ForwardFound":
            known = replace(known, forward=tuple(event["forward"]), quality_deg=event["quality_deg"])
    return known if known.upright and not known.assumed else None


def carried_at_end(path: Path) -> RestartState:
    """State of micro-breaks and feedback for a stream that begins now. Raises SpinaeError."""
    recording = open_recording(path)
    info, end_s = recording.info, recording.duration_hint_s or 0.0
    if info.start_unix_ns is None:
        return RestartState()
    ago_s = time.time() - info.start_unix_ns / 1e9 - end_s
    return restart_state(info.carried, recording.events(), end_s, max(0.0, ago_s))
