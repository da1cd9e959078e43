"""What to show: pure functions from a snapshot to words, symbols and colour roles. No widget decides anything itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

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
from sensorcore.link import LinkState, LinkStatus
from sensorcore.text.escape import one_line
from sensorcore.text.percentages import percentages
from sensorcore.view.event_summary import Alert
from sensorcore.view.next_alert import Reason
from sensorcore.view.snapshot import Snapshot
from sensorcore.whatif.tune import WRONG
from tui.drawing.figure import Pose

Role: TypeAlias = Literal["good", "drifting", "slouched", "moving", "lying", "absent"]
"""Names a colour of the theme; "absent" is everything that says nothing about the posture."""


@dataclass(frozen=True, slots=True)
class Look:
    """A state at a glance: one word, one symbol of its own shape, one colour role."""

    word: str
    symbol: str
    role: Role


GOOD: Final = Look("Good", "●", "good")
DRIFTING: Final = Look("Drifting", "◐", "drifting")
SLOUCHED: Final = Look("Slouched", "▲", "slouched")
WALKING: Final = Look("Walking", "»", "moving")
MOVING: Final = Look("Moving", "≈", "moving")
LYING: Final = Look("Lying", "▬", "lying")
NO_DATA: Final = "× no data"
NOT_WORN: Final = Look("Not worn", "○", "absent")
NO_SIGNAL: Final = Look("No signal", "×", "absent")
UNKNOWN: Final = Look("Unknown", "?", "absent")
EXERCISE: Final = Look("Exercise", "↻", "moving")
STARTING: Final = Look("Starting", "…", "absent")
ENDED: Final = Look("Ended", "■", "absent")

_BY_CONTEXT: Final = {"walking": WALKING, "moving": MOVING, "lying": LYING, "not_worn": NOT_WORN}
_LEANED: Final[dict[Direction, str]] = {
    "forward": "leaned forward",
    "backward": "leaned back",
    "left": "leaned left",
    "right": "leaned right",
    "leaning": "leaned over",
    "rounded": "rounded",
}
_TOWARDS: Final[dict[Direction, str]] = {
    "forward": "forward",
    "backward": "back",
    "left": "left",
    "right": "right",
    "leaning": "",
    "rounded": "rounded",
}
_STEADY_DEG: Final = 0.75
DRIFTS_UNTIL_DEG: Final = 1.5
"""So far below the angle at which a slouch ends, drifting ends too: the word does not flicker."""
BEHIND_S: Final = 1.0
"""From so much on a moment of a day that is worn now is one of the past."""
UPRIGHT_WITHIN_DEG: Final = 5.0
"""Below this a direction would only be noise."""


def look(s: Snapshot) -> Look:
    """The state in one word."""
    if not s.has_signal:
        return _absent(s)
    if s.exercises and s.context != "not_worn":
        return EXERCISE
    if s.posture == "slouched":
        return SLOUCHED
    if s.posture == "upright":
        return DRIFTING if _drifts(s) else GOOD
    return _BY_CONTEXT.get(s.context, UNKNOWN)


def _absent(s: Snapshot) -> Look:
    """Why there is nothing to judge."""
    p = s.progress
    if p.feed == "ended" and p.finished:
        return ENDED
    if p.catching_up and p.feed == "current":
        return STARTING
    return NO_SIGNAL if s.t_s > 0 or p.problem or p.finished else STARTING


def _drifts(s: Snapshot) -> bool:
    angle, clear_deg = s.departure_deg, s.release_deg - DRIFTS_UNTIL_DEG
    if angle is None or s.curvature_deg is not None or angle < clear_deg or angle > s.release_deg:
        return angle is not None and angle > s.release_deg
    # in between it is as it was when it was last told clearly, within the last minute
    told = s.trace.inclination_deg[(s.trace.inclination_deg < clear_deg) | (s.trace.inclination_deg > s.release_deg)]
    return len(told) > 0 and bool(told[-1] > s.release_deg)


def pose(s: Snapshot) -> Pose:
    """How to draw the wearer."""
    if not s.has_signal or s.context == "not_worn":
        return "absent"
    match s.context:
        case "standing" | "walking" | "lying":
            return s.context
        case "moving":
            return "standing"
        case _:
            return "sitting"


def angle_text(angle_deg: float | None) -> str:
    """The big number, such as `22°`; a dash where there is none."""
    return "–" if angle_deg is None else f"{angle_deg:.0f}°"


def steady_deg(shown_deg: int, now_deg: float) -> int:
    """The whole number to show: another than `shown_deg` only when the angle is really nearer to it, so that none flickers
    between two."""
    return shown_deg if abs(now_deg - shown_deg) < _STEADY_DEG else round(now_deg)


def curvature_text(s: Snapshot) -> str:
    """How far the back is rounded: `curvature 12°`; nothing while two sensors do not tell."""
    return "" if s.curvature_deg is None else f"curvature {round(s.curvature_deg)}°"


def direction_text(s: Snapshot) -> str:
    """Which way, in one word; empty while upright, not judged or not known."""
    if s.posture == "unknown" or s.direction is None or s.departure_deg is None or s.departure_deg < UPRIGHT_WITHIN_DEG:
        return ""
    return _TOWARDS[s.direction]


def detail_text(s: Snapshot) -> str:
    """What the wearer does, and for how long the state has lasted."""
    doing = s.context.replace("_", " ")
    if look(s) is ENDED:
        return f"at {moment(s, s.t_s)}"
    lasts = f"for {span(s.state_s)}" if s.t_s > 0 and not s.progress.catching_up else ""
    if s.has_signal and s.posture != "unknown" and s.context != "unknown":
        return f"{doing} · {lasts}"
    return lasts


SLIPPED: Final = "sensor moved: press z"
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


def title_text(s: Snapshot) -> str:
    """For the terminal's title: the state, so that a hidden pane still tells; of the present, and of nothing else."""
    if not s.is_live:
        return "replay · spinae"
    if is_past(s):
        return f"{span(s.ago_s)} ago · spinae"
    state = look(s)
    angle = s.inclination_deg
    return f"{state.word} · spinae" if angle is None else f"{state.symbol} {state.word} {angle_text(angle)} · spinae"


def exercise_text(s: Snapshot) -> str:
    """What is open and how many were counted in this set: `pelvic tilt 4`; empty while none is."""
    return one_line(" · ".join(f"{name.replace('_', ' ')} {count}" for name, count in s.exercises))


def hint_text(s: Snapshot) -> str:
    """What to know before trusting the number; empty when there is nothing to add."""
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


def is_past(s: Snapshot) -> bool:
    """Whether the wearer looks back at a moment of the day that is worn now."""
    return s.ago_s >= BEHIND_S


def alert_sentence(raised: AlertRaised) -> str:
    """Why it spoke: `leaned forward 22° for 15 s (limit 15°), measured from your sitting upright`."""
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
    """What became of it: `good again 8 s later`, or nothing yet."""
    return "" if alert.corrected_s is None else f"good again {span(alert.corrected_s - alert.raised.t_s)} later"


def header_text(s: Snapshot) -> str:
    """Clock and how it plays: `14:03:12  ▶ 4×`."""
    p = s.progress
    if s.is_live:
        playing = live_text(s)
    elif p.catching_up:
        playing = "… catching up"
    elif p.finished:
        playing = "■ end"
    else:
        playing = f"‖ paused {p.speed:g}×" if p.paused else f"▶ {p.speed:g}×"
    return f"{moment(s, s.t_s, seconds=True)}  {playing}"


def live_text(s: Snapshot) -> str:
    """What stands behind the view of a sensor that is worn: `● live`, `× no data`, `◀ 10 min ago`, `■ ended`."""
    p = s.progress
    if p.feed in ("ended", "failed"):
        return "■ ended"
    if p.feed == "unheard":
        return NO_DATA
    if p.catching_up:
        return "… catching up"
    if is_past(s):
        return f"{'‖' if p.paused else '◀'} {span(s.ago_s)} ago"
    if p.paused:
        return "‖ held"
    return sensor_state_text(s)


def sensor_state_text(s: Snapshot) -> str:
    """What the sensor that is worn does; a link that brings no samples is not live."""
    if s.link is None:
        return ""
    return NO_DATA if s.progress.feed == "silent" and s.link.state == "streaming" else state_of_link(s.link)


def state_of_link(link: LinkStatus) -> str:
    """`● live`, `× searching`."""
    if not link.is_connected:
        return f"× {link.state}"
    return "● live" if link.state == LinkState.STREAMING else "‖ sensor pauses"


def problem_text(s: Snapshot) -> str:
    """The sentence over everything else: what went wrong, or what only the wearer can mend; empty while all is well."""
    if s.progress.problem:
        return one_line(f"{ENDED.symbol if s.progress.feed == 'ended' else '×'} {s.progress.problem}")
    if s.slipped is not None:
        return f"{NOTICE_SYMBOLS[SensorSlipped]} The sensor moved by {s.slipped.angle_deg:.0f}°: sit upright, then press z."
    return ""


def trace_until(s: Snapshot) -> str:
    """What the right end of the trace is: `now`, `then` while the wearer looks back, `end` of a day that ended."""
    if s.is_live and s.progress.feed in ("ended", "failed") and s.progress.finished:
        return "end"
    return "then" if is_past(s) else "now"


SIMULATED: Final = "simulated, not counted"


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


def status_text(s: Snapshot) -> str:
    """The sensor, or what to know of the recording; one line."""
    breath = f"breath {s.breath_per_min:.0f} a minute" if s.breath_per_min is not None else ""
    if s.is_live:
        faded = f"nudges faded to {s.feedback:.0%}: your posture holds" if s.feedback < 1.0 and _sensor_text(s) else ""
        return " · ".join(part for part in (SIMULATED if s.simulated else "", _sensor_text(s), breath, faded) if part)
    return one_line(f"! {s.warnings[0]}") if s.warnings else breath


def _sensor_text(s: Snapshot) -> str:
    """The sensor and what it told last, while that still holds: nothing of a day that ended, or of which nothing is heard."""
    if s.link is None or s.progress.feed not in ("current", "silent") or s.progress.catching_up:
        return ""
    state = sensor_state_text(s)
    return f"sensor {state if state == NO_DATA else link_text(s.link)}"


def link_text(link: LinkStatus) -> str:
    """How the sensor is doing: `● live · battery 82% · -61 dBm · back-filled 12`, `× searching`. What is unknown is left out."""
    if not link.is_connected:
        return state_of_link(link)
    parts = [state_of_link(link)]
    if link.battery_percent is not None:
        parts.append(f"battery {link.battery_percent}%")
    if link.rssi_dbm is not None:
        parts.append(f"{link.rssi_dbm} dBm")
    if link.backfilled:
        parts.append(f"back-filled {link.backfilled}")
    if link.lost:
        parts.append(f"lost {link.lost}")
    return " · ".join(parts)


def snooze_text(s: Snapshot) -> str:
    """`alerts snoozed until 14:20`, or nothing."""
    return "" if s.snoozed_until_s is None else f"snoozed until {moment(s, s.snoozed_until_s)}"


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


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the split: name, its glyph (so that no colour is needed), role, seconds, and share of the whole; `percent` is
    that in whole numbers, which add up to 100 over all parts."""

    name: str
    glyph: str
    role: Role
    seconds: float
    share: float
    percent: int = 0


def split(s: Snapshot) -> tuple[Part, ...]:
    """Upright, slouched, unknown and (when it occurred) not worn. Shares add up to 1, or are all 0 at the very start."""
    t, _ = s.so_far
    rows: tuple[tuple[str, str, Role, float], ...] = (
        ("upright", "█", "good", t.upright_s),
        ("slouched", "▓", "slouched", t.slouched_s),
        ("unknown", "░", "absent", t.unknown_s),
        ("not worn", "·", "absent", t.not_worn_s),
    )
    whole = sum(row[3] for row in rows)
    percents = percentages([row[3] for row in rows])
    parts = (
        Part(name, glyph, role, sec, sec / whole if whole > 0 else 0.0, percent)
        for (name, glyph, role, sec), percent in zip(rows, percents, strict=True)
    )
    return tuple(part for part in parts if part.name != "not worn" or part.seconds > 0)


def split_widths(parts: tuple[Part, ...], width: int) -> list[int]:
    """Whole cells for each part: they fill `width`, and a part that exists gets at least one."""
    if not any(part.share for part in parts):
        return [0] * len(parts)
    least = [1 if part.share > 0 else 0 for part in parts]
    free = max(0, width - sum(least))
    exact = [part.share * width for part in parts]
    want = [max(0.0, e - n) for e, n in zip(exact, least, strict=True)]
    scale = free / sum(want) if sum(want) > 0 else 0.0
    ideal = [w * scale for w in want]
    cells = [int(w) for w in ideal]
    by_remainder = sorted(range(len(parts)), key=lambda i: ideal[i] - cells[i], reverse=True)
    for i in by_remainder[: free - sum(cells)]:
        cells[i] += 1
    return [c + n for c, n in zip(cells, least, strict=True)]
