"""Times and durations as people say them."""

from __future__ import annotations

from sensorcore.view.snapshot import Snapshot


def moment(s: Snapshot, t_s: float, *, seconds: bool = False) -> str:
    """A stream time as people say it: by the wearer's wall clock where that is known, else since the start."""
    if s.local_s is None:
        return clock(t_s)
    minutes, second = divmod(int(s.local_s + t_s - s.t_s), 60)
    text = f"{minutes // 60 % 24:02}:{minutes % 60:02}"
    return f"{text}:{second:02}" if seconds else text


def clock(t_s: float) -> str:
    """`3:07` or `1:03:07`."""
    minutes, seconds = divmod(int(t_s), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def span(duration_s: float) -> str:
    """`42 s`, `12 min`, `1 h 05 min`."""
    if duration_s < 60:
        return f"{max(0, int(duration_s))} s"
    hours, minutes = divmod(int(duration_s) // 60, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min"
