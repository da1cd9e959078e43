"""Text of alerts, of the next alert, and of other notices."""

from __future__ import annotations

from typing import Final

from sensorcore.events import (
    ActivationAsked,
    ActivationDone,
    AlertRaised,
    AlertWithheld,
    Direction,
    Event,
    Marked,
    MoveReminder,
    OneSensor,
    PainNoted,
    SensorSlipped,
    Snoozed,
    SnoozeEnded,
    Why,
)
from sensorcore.habit.activation import WORDS
from sensorcore.text.escape import one_line
from sensorcore.view.event_summary import Alert
from sensorcore.view.next_alert import Reason
from sensorcore.view.snapshot import Snapshot
from sensorcore.whatif.tune import WRONG
from tui.text.times import moment, span

_LEANED: Final[dict[Direction, str]] = {
    "forward": "leaned forward",
    "backward": "leaned back",
    "left": "leaned left",
    "right": "leaned right",
    "leaning": "leaned over",
    "rounded": "rounded",
}
_WAITING: Final[dict[Reason, str]] = {
    "moved": "you have just moved",
    "cool-down": "pause between alerts",
    "budget": "enough for this hour",
}
_SILENT: Final[dict[Reason, str]] = {
    "quiet hours": "quiet hours: no nudges",
    "said enough": "nudged enough for this slouch",
}


def nudge_text(s: Snapshot) -> str:
    """When the next alert would come, or why none will: `nudge in 9 s`, `snoozed until 14:20`, `no nudge due`."""
    coming = s.next_alert
    if not s.has_signal or s.posture == "unknown" or (coming is not None and coming.because == "snoozed"):
        return snooze_text(s)
    if coming is None:
        return "no nudge due"
    if coming.in_s is None or (s.posture != "slouched" and coming.because == "budget"):
        return _SILENT.get(coming.because, "nudges used up for this hour")
    reason = _WAITING.get(coming.because, "")
    return f"nudge in {span(coming.in_s)}" + (f": {reason}" if reason else "")


def notice_line(event: Event) -> str:
    """One line about something other than an alert."""
    match event:
        case AlertWithheld():
            text = f"kept silent ({event.because}): {alert_head(event.why)}"
        case Marked():
            wrong = event.text.strip().casefold() == WRONG
            text = "you said: that was wrong" if wrong else f"marked: {event.text}".removesuffix(": ")
        case PainNoted():
            text = f"pain {event.level} of 10: {event.text}".removesuffix(": ")
        case Snoozed():
            text = f"alerts snoozed for {span(event.until_s - event.t_s)}"
        case SnoozeEnded():
            text = "alerts speak again"
        case MoveReminder():
            text = f"time to move a little: {span(event.sitting_s)} of sitting"
        case ActivationAsked():
            text = f"something small: {WORDS[event.activation]}"
        case ActivationDone():
            what = f"{event.count} pelvic tilts" if event.activation == "pelvic_tilt" else "you stood up"
            text = f"well done: {what}"
        case OneSensor():
            text = f"{missing_text(event)}; the other one carries on"
        case SensorSlipped():
            text = f"the sensor moved by {event.angle_deg:.0f}°: sit upright, press z"
        case _:
            text = type(event).__name__
    return one_line(text)


_MISSING: Final = {"no data": "no data", "not worn": "not worn", "moved": "moved: press z", "unsure": "unsure just now"}


def missing_text(event: OneSensor) -> str:
    """Which of two sensors is of no use, and why: `lower sensor: no data`."""
    return f"{event.missing} sensor: {_MISSING[event.because]}"


NOTICE_SYMBOLS: Final = {
    AlertWithheld: "△",
    Marked: "✎",
    PainNoted: "✎",
    Snoozed: "z",
    SnoozeEnded: "!",
    OneSensor: "½",
    SensorSlipped: "↯",
    MoveReminder: "○",
    ActivationAsked: "◦",
    ActivationDone: "✓",
}


def alert_sentence(raised: AlertRaised) -> str:
    """Reason for an alert: `leaned forward 22° for 15 s (limit 15°), measured from your sitting upright`."""
    return f"{alert_head(raised.why)}, {alert_measure(raised.why)}"


def leaned(direction: Direction) -> str:
    """`leaned forward`."""
    return _LEANED[direction]


def alert_head(why: Why) -> str:
    """`leaned forward 22° for 15 s (limit 15°)`."""
    return f"{_LEANED[why.direction]} {why.angle_deg:.0f}° for {span(why.dwell_s)} (limit {why.threshold_deg:.0f}°)"


def alert_short(why: Why) -> tuple[str, str]:
    """The same on two short lines: `leaned forward 22° for 15 s`, `limit 15° from sitting upright`."""
    assumed = "assumed " if why.baseline_assumed else ""
    head = f"{_LEANED[why.direction]} {why.angle_deg:.0f}° for {span(why.dwell_s)}"
    return head, f"limit {why.threshold_deg:.0f}° from {assumed}{why.baseline} upright"


def alert_measure(why: Why) -> str:
    """`measured from your sitting upright`."""
    faded = f", nudges faded to {why.feedback:.0%}" if why.feedback < 1.0 else ""
    if why.baseline_assumed:
        return f"measured from an assumed {why.baseline} upright{faded}"
    return f"measured from your {why.baseline} upright{faded}"


def alert_outcome(alert: Alert) -> str:
    """Outcome: `good again 8 s later`, or nothing yet."""
    return "" if alert.corrected_s is None else f"good again {span(alert.corrected_s - alert.raised.t_s)} later"


def alerts_text(s: Snapshot) -> str:
    """The heading of the list: how many alerts there were, today or in this recording."""
    _, alerts = s.so_far
    if not alerts:
        return "alerts and notes"
    return f"alerts and notes · {alerts} {'so far' if s.today is None else 'today'}"


def unlisted_text(s: Snapshot) -> str:
    """The list's last line: the alerts of the day, or of the recording, that do not stand in it; or that there are none."""
    _, alerts = s.so_far
    listed = len(s.alerts) if s.today is None else s.listed_today
    if alerts > listed:
        what = "more" if listed else "alert" if alerts == 1 else "alerts"
        return f"{alerts - listed} {what} earlier{'' if s.today is None else ' today'}"
    return "" if s.alerts or s.notices else "none so far"


def snooze_text(s: Snapshot) -> str:
    """`alerts snoozed until 14:20`, or nothing."""
    return "" if s.snoozed_until_s is None else f"snoozed until {moment(s, s.snoozed_until_s)}"
