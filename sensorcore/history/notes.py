"""The wearer's own words: a note may begin with how much it hurts, `pain 3 long meeting`."""

from __future__ import annotations

import re
from typing import Final

from sensorcore.errors import BadInput
from sensorcore.events import Marked
from sensorcore.history.values import Note
from sensorcore.model import StreamInfo

PAIN_MAX: Final = 10
"""The numeric rating scale of pain, 0 (none) to 10 (the worst one can think of)."""
_PAIN: Final = re.compile(r"pain (\d{1,2})\b[:,]?\s*(.*)", re.DOTALL)


def text_of(pain: int | None, text: str) -> str:
    """A note as the text of a mark. Raises BadInput for a pain outside 0 to 10."""
    if pain is None:
        return text.strip()
    if not 0 <= pain <= PAIN_MAX:
        raise BadInput(f"pain {pain} is not on the scale", hint=f"Say 0 (none) to {PAIN_MAX} (the worst you can think of).")
    return f"pain {pain} {text.strip()}".strip()


def parsed(text: str) -> tuple[int | None, str]:
    """The inverse of `text_of`; what does not begin with a pain on the scale is words."""
    found = _PAIN.fullmatch(text.strip())
    if found is None or int(found[1]) > PAIN_MAX:
        return None, text.strip()
    return int(found[1]), found[2].strip()


def note_of(mark: Marked, info: StreamInfo) -> Note:
    """A mark of a stream with a known start, by the wall clock."""
    pain, text = parsed(mark.text)
    return Note((info.start_unix_ns or 0) / 1e9 + mark.t_s, info.utc_offset_s, pain, text)
