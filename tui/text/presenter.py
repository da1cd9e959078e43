"""The figures beside a state, how long it lasts, and hints, in words: pure functions of a snapshot. Widgets decide nothing."""

from __future__ import annotations

from typing import Final

from sensorcore.events import (
    Direction,
)
from sensorcore.text.escape import one_line
from sensorcore.view.snapshot import Snapshot
from tui.text.alert_text import missing_text
from tui.text.looks import ENDED, STARTING, Look, is_past, look
from tui.text.times import moment, span

_TOWARDS: Final[dict[Direction, str]] = {
    "forward": "forward",
    "backward": "back",
    "left": "left",
    "right": "right",
    "leaning": "",
    "rounded": "rounded",
}
_STEADY_DEG: Final = 0.75
UPRIGHT_WITHIN_DEG: Final = 5.0
"""Below this a direction would only be noise."""


def angle_text(angle_deg: float | None) -> str:
    """The big number, such as `22°`; a dash where there is none."""
    return "–" if angle_deg is None else f"{angle_deg:.0f}°"


def steady_deg(shown_deg: int, now_deg: float) -> int:
    """Whole number to show: it leaves `shown_deg` only when the angle is clearly nearer to another, so that none flickers between
    two."""
    return shown_deg if abs(now_deg - shown_deg) < _STEADY_DEG else round(now_deg)


def curvature_text(s: Snapshot) -> str:
    """Rounding of the back: `curvature 12°`; nothing while two sensors do not measure it."""
    return "" if s.curvature_deg is None else f"curvature {round(s.curvature_deg)}°"


def direction_text(s: Snapshot) -> str:
    """Direction in one word; empty while upright, not judged or not known."""
    if s.posture == "unknown" or s.direction is None or s.departure_deg is None or s.departure_deg < UPRIGHT_WITHIN_DEG:
        return ""
    return _TOWARDS[s.direction]


def detail_text(s: Snapshot) -> str:
    """Activity, and how long the state has lasted."""
    doing = s.context.replace("_", " ")
    if look(s) is ENDED:
        return f"at {moment(s, s.t_s)}"
    lasts = f"for {span(s.state_s)}" if s.t_s > 0 and not s.progress.catching_up else ""
    if s.has_signal and s.posture != "unknown" and s.context != "unknown":
        return f"{doing} · {lasts}"
    return lasts


SLIPPED: Final = "sensor moved: press z"


def title_text(s: Snapshot) -> str:
    """Terminal title: the present state, so that a hidden pane still shows it."""
    if not s.is_live:
        return "replay · spinae"
    if is_past(s):
        return f"{span(s.ago_s)} ago · spinae"
    state = look(s)
    angle = s.inclination_deg
    return f"{state.word} · spinae" if angle is None else f"{state.symbol} {state.word} {angle_text(angle)} · spinae"


def exercise_text(s: Snapshot) -> str:
    """Open exercise and its count in this set: `pelvic tilt 4`; empty while none is open."""
    return one_line(" · ".join(f"{name.replace('_', ' ')} {count}" for name, count in s.exercises))


def hint_text(s: Snapshot) -> str:
    """Caveat about the number; empty when there is none."""
    hints = (
        (is_past(s), f"{span(s.ago_s)} ago"),
        (not s.has_signal, _absent_hint(s)),
        (s.context == "not_worn", "clip the sensor on"),
        (s.slipped is not None, SLIPPED),
        (s.missing is not None, missing_text(s.missing) if s.missing is not None else ""),
        (bool(s.exercises), exercise_text(s)),
        (s.baseline is None, "finding your upright"),
        (s.posture == "unknown", "not judged just now"),
        (s.baseline is not None and s.baseline.assumed, "upright assumed"),
    )
    return next((text for holds, text in hints if holds), "")


_NOTHING: Final[dict[Look, str]] = {ENDED: "the day has ended", STARTING: "waiting for data"}


def _absent_hint(s: Snapshot) -> str:
    if s.progress.feed == "unheard":
        return "no data from the background process"
    if s.progress.catching_up:
        return "reading the day so far"
    return _NOTHING.get(look(s), "no data from the sensor")
