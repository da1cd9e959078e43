"""Text about the sensor, its link, and the data behind a view."""

from __future__ import annotations

from typing import Final

from sensorcore.events import (
    SensorSlipped,
)
from sensorcore.link import LinkState, LinkStatus
from sensorcore.text.escape import one_line
from sensorcore.view.snapshot import Snapshot
from tui.text.alert_text import NOTICE_SYMBOLS
from tui.text.looks import ENDED, is_past
from tui.text.times import moment, span

NO_DATA: Final = "× no data"


def header_text(s: Snapshot) -> str:
    """Clock and playback: `14:03:12 ▶ 4×`."""
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
    """State of the data of a worn sensor: `● live`, `× no data`, `◀ 10 min ago`, `■ ended`."""
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
    """State of a worn sensor; a link that brings no samples is not live."""
    if s.link is None:
        return ""
    return NO_DATA if s.progress.feed == "silent" and s.link.state == "streaming" else state_of_link(s.link)


def state_of_link(link: LinkStatus) -> str:
    """`● live`, `× searching`."""
    if not link.is_connected:
        return f"× {link.state}"
    return "● live" if link.state == LinkState.STREAMING else "‖ sensor pauses"


def problem_text(s: Snapshot) -> str:
    """Sentence over everything else: a failure, or something only the wearer can mend; empty while all is well."""
    if s.progress.problem:
        return one_line(f"{ENDED.symbol if s.progress.feed == 'ended' else '×'} {s.progress.problem}")
    if s.slipped is not None:
        return f"{NOTICE_SYMBOLS[SensorSlipped]} The sensor moved by {s.slipped.angle_deg:.0f}°: sit upright, then press z."
    return ""


def trace_until(s: Snapshot) -> str:
    """Label of the trace's right end: `now`, `then` while the wearer looks back, `end` of a day that ended."""
    if s.is_live and s.progress.feed in ("ended", "failed") and s.progress.finished:
        return "end"
    return "then" if is_past(s) else "now"


SIMULATED: Final = "simulated, not counted"


def status_text(s: Snapshot) -> str:
    """The sensor, or a warning about the recording; one line."""
    breath = f"breath {s.breath_per_min:.0f} a minute" if s.breath_per_min is not None else ""
    if s.is_live:
        faded = f"nudges faded to {s.feedback:.0%}: your posture holds" if s.feedback < 1.0 and _sensor_text(s) else ""
        return " · ".join(part for part in (SIMULATED if s.simulated else "", _sensor_text(s), breath, faded) if part)
    return one_line(f"! {s.warnings[0]}") if s.warnings else breath


def _sensor_text(s: Snapshot) -> str:
    """The sensor and its newest values, while they hold: nothing of a day that ended, or while nothing comes from the daemon."""
    if s.link is None or s.progress.feed not in ("current", "silent") or s.progress.catching_up:
        return ""
    state = sensor_state_text(s)
    return f"sensor {state if state == NO_DATA else link_text(s.link)}"


def link_text(link: LinkStatus) -> str:
    """Link and battery: `● live · battery 82% · -61 dBm · back-filled 12`, `× searching`. Unknown values are left out."""
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
