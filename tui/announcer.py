"""Decides what to announce between two snapshots: what happened while playing, never what a jump skipped."""

from __future__ import annotations

from dataclasses import dataclass

from sensorcore.events import ActivationAsked, AlertRaised, AlertWithheld, Corrected, Event, MoveReminder
from sensorcore.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Announcement:
    """Alerts and other notices (oldest first), the latest 'good again', the latest reminder to move and the latest small thing to
    do, since the moment before."""

    alerts: tuple[AlertRaised, ...] = ()
    corrected: Corrected | None = None
    reminder: MoveReminder | None = None
    notices: tuple[Event, ...] = ()
    asked: ActivationAsked | None = None


def announce(before: Snapshot | None, now: Snapshot) -> Announcement:
    """What is new in `now`. Nothing after a jump or while results are still catching up with one. Silence that the policy kept is
    never announced: it stands in the list for who wants to know."""
    if before is None or now.progress.jump != before.progress.jump or now.progress.catching_up or before.progress.catching_up:
        return Announcement()
    n_new = min(now.alerts_total - before.alerts_total, len(now.alerts))
    alerts = tuple(alert.raised for alert in reversed(now.alerts[:n_new])) if n_new > 0 else ()
    corrected = now.latest_corrected if now.latest_corrected != before.latest_corrected else None
    reminder = now.reminder if now.reminder != before.reminder else None
    n_notices = max(0, min(now.notices_total - before.notices_total, len(now.notices)))
    told_otherwise = AlertWithheld | MoveReminder | ActivationAsked
    notices = tuple(event for event in reversed(now.notices[:n_notices]) if not isinstance(event, told_otherwise))
    asked = now.asked if now.asked != before.asked else None
    return Announcement(alerts, corrected, reminder, notices, asked)
