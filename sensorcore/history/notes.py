"""The wearer's own words of a stream, as notes by the wall clock."""

from __future__ import annotations

from sensorcore.events import Marked, PainNoted
from sensorcore.history.values import Note
from sensorcore.model import StreamInfo


def note_of(said: Marked | PainNoted, info: StreamInfo) -> Note:
    """What was said in a stream with a known start."""
    pain = said.level if isinstance(said, PainNoted) else None
    return Note((info.start_unix_ns or 0) / 1e9 + said.t_s, info.utc_offset_s, pain, said.text)
