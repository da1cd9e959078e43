"""Events as lines of text: pure functions from an event to a symbol, a colour role and words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sensorcore.events import (
    ActivationAsked,
    ActivationDone,
    AlertRaised,
    AlertWithheld,
    BaselineSet,
    Corrected,
    Event,
    GapFound,
    LinkBack,
    LinkLost,
    Marked,
    MoveReminder,
    PainNoted,
    PutOn,
    SensorSlipped,
    SettingsChanged,
    SlipMended,
    SlouchStarted,
    Snoozed,
    SnoozeEnded,
    TakenOff,
    Why,
    ZoneChanged,
)
from sensorcore.text.escape import one_line
from sensorcore.view.results import MINOR
from tui.text import alert_text, times
from tui.text.looks import Role


@dataclass(frozen=True, slots=True)
class Line:
    """One event: when, its symbol (a shape of its own for each kind that is drawn), colour role and words."""

    t_s: float
    symbol: str
    role: Role
    text: str


DRAWN: Final = (AlertRaised, Marked, PainNoted, AlertWithheld, SensorSlipped, TakenOff)
"""Kinds that a chart marks; where two fall together, the one named first."""


def line(event: Event) -> Line:
    """The event in words; an unknown kind by its class name."""
    known = _SAID.get(type(event))
    named = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    symbol, role, text = known(event) if known is not None else ("·", "absent", named)
    return Line(event.t_s, symbol, role, one_line(text))  # notes and reasons come from outside


def lines(events: Sequence[Event]) -> list[Line]:
    """All but the minor ones, in order."""
    return [line(event) for event in events if not isinstance(event, MINOR)]


def marks(events: Sequence[Event]) -> list[Line]:
    """Those that a chart marks, the important ones last, so that they are drawn over the others."""
    drawn = [event for event in events if isinstance(event, DRAWN)]
    return [line(event) for event in sorted(drawn, key=lambda event: -DRAWN.index(type(event)))]


def _leaned(why: Why) -> str:
    return f"{alert_text.leaned(why.direction)} {why.angle_deg:.0f}° for {times.span(why.dwell_s)}"


def _short(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else times.span(seconds)


_Words = tuple[str, Role, str]
_SAID: Final[dict[type[Event], Callable[[Any], _Words]]] = {
    AlertRaised: lambda e: ("▲", "slouched", f"alert{f' {e.level}' if e.level > 1 else ''}: {_leaned(e.why)}"),
    AlertWithheld: lambda e: ("▽", "drifting", f"no alert, {e.because}: {_leaned(e.why)}"),
    Corrected: lambda e: ("●", "good", f"good again, {times.span(e.after_s)} after the alert"),
    SlouchStarted: lambda e: ("◢", "slouched", f"slouched: {alert_text.leaned(e.direction)} {e.angle_deg:.0f}°"),
    MoveReminder: lambda e: ("◇", "moving", f"time to move: sat for {times.span(e.sitting_s)}"),
    ActivationAsked: lambda e: ("◦", "moving", alert_text.notice_line(e)),
    ActivationDone: lambda e: ("✓", "good", alert_text.notice_line(e)),
    Marked: lambda e: ("◆", "lying", f"marked: {e.text}" if e.text else "marked"),
    PainNoted: lambda e: ("◆", "lying", f"pain {e.level} of 10{': ' if e.text else ''}{e.text}"),
    GapFound: lambda e: ("×", "absent", f"no data for {_short(e.missing_s)} before this"),
    BaselineSet: lambda e: ("⌂", "moving", f"upright {e.state} {'assumed' if e.assumed else 'set'}"),
    Snoozed: lambda e: ("z", "drifting", f"alerts snoozed for {times.span(e.until_s - e.t_s)}"),
    SnoozeEnded: lambda _: ("z", "good", "alerts speak again"),
    TakenOff: lambda _: ("○", "absent", "taken off"),
    PutOn: lambda _: ("●", "moving", "put on"),
    SensorSlipped: lambda e: ("!", "drifting", f"the sensor slipped by {e.angle_deg:.0f}°"),
    SlipMended: lambda _: ("!", "good", "the slip is mended"),
    SettingsChanged: lambda e: ("⌂", "moving", "set: " + ", ".join(f"{key} {value}" for key, value in e.values.items())),
    ZoneChanged: lambda e: ("⌂", "moving", f"the clock is now UTC{e.utc_offset_s / 3600:+g} h"),
    LinkLost: lambda e: ("×", "absent", f"connection lost: {e.because}"),
    LinkBack: lambda e: ("●", "moving", f"connected again after {times.span(e.away_s)}"),
}
