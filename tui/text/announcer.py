"""Announcements between two snapshots: of what happens from now on, never of the past or of what a jump skipped."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sensorcore.events import ActivationAsked, AlertRaised, Corrected, Event, MoveReminder
from sensorcore.view.snapshot import Snapshot


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
    """News in `now`. Of a recording, none after a jump or while results are still catching up with one. Of a worn sensor,
    wherever the view looks: its news are of the present only."""
    if before is None or (not now.is_live and _was_moved(before, now)):
        return Announcement()
    count = min(now.news_total - before.news_total, len(now.news))
    return _announced(now.news[-count:]) if count > 0 else Announcement()


def _was_moved(before: Snapshot, now: Snapshot) -> bool:
    return now.progress.jump != before.progress.jump or now.progress.catching_up or before.progress.catching_up


def _announced(news: Iterable[Event]) -> Announcement:
    alerts: list[AlertRaised] = []
    notices: list[Event] = []
    corrected, reminder, asked = None, None, None
    for event in news:
        match event:
            case AlertRaised():
                alerts.append(event)
            case Corrected():
                corrected = event
            case MoveReminder():
                reminder = event
            case ActivationAsked():
                asked = event
            case _:
                notices.append(event)
    return Announcement(tuple(alerts), corrected, reminder, tuple(notices), asked)
