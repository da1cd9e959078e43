"""The reminder to move after long sitting, however upright. It obeys snooze and quiet hours like an alert, and nobody is asked to
get up in a vehicle: one that falls into them is left out. It is no alert about posture: it has no level, and neither cool-down nor
budget."""

from __future__ import annotations

import itertools
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import numpy as np

from sensorcore.events import Event, MoveReminder, TakenOff
from sensorcore.model import BoolArray
from sensorcore.posture.context import CONTEXT_CODES
from sensorcore.posture.policy import LocalClock, is_quiet
from sensorcore.settings import AlertSettings
from sensorcore.track.posture_track import TICK_HZ, PostureTrack

BREAK_TICKS: Final = 60 * TICK_HZ
"""A minute on one's feet, or lying, is a break; a few steps between two chairs are not."""
LOST_TICKS: Final = 600 * TICK_HZ
"""After ten minutes without knowing, nobody can say that the wearer sat all the while."""

_SITTING: Final = CONTEXT_CODES["sitting"]
_AWAY: Final = tuple(CONTEXT_CODES[name] for name in ("standing", "walking", "lying", "not_worn"))
_KIND: Final = np.array([0 if code == _SITTING else 1 if code in _AWAY else 2 for code in range(len(CONTEXT_CODES))])
"""Of each context: sitting, away from the chair, or unknown which."""


@dataclass(frozen=True, slots=True)
class ReminderState:
    """In ticks: `sitting` since the last break, `away` from it now, `lost` sight of now, the `last` tick; `said` reminders."""

    sitting: int = 0
    away: int = 0
    lost: int = 0
    last: int = -1
    said: int = 0


def step(
    settings: AlertSettings,
    clock: LocalClock,
    snoozed_until_s: float | None,
    state: ReminderState,
    track: PostureTrack,
    events: Iterable[Event] = (),
    riding: BoolArray | None = None,
) -> tuple[ReminderState, list[MoveReminder]]:
    """Advance by the ticks of `track`, whose `events` may say since when it has not been worn: that was no sitting, but a break.
    `snoozed_until_s` as it stood before them; `riding` (n,): in a vehicle."""
    reminders: list[MoveReminder] = []
    if not len(track):
        return state, reminders
    sitting, away, lost, last, said = state.sitting, state.away, state.lost, state.last, state.said
    kind = _KIND[track.context]
    off = {round(each.t_s * TICK_HZ) - 1: round(each.since_s * TICK_HZ) for each in events if isinstance(each, TakenOff)}
    on_road = np.zeros(len(track), dtype=np.bool_) if riding is None else riding
    changes = (kind[1:] != kind[:-1]) | (on_road[1:] != on_road[:-1]) | (track.index[1:] - track.index[:-1] > 1)
    begins = {0, *(np.flatnonzero(changes) + 1).tolist()}
    if off:
        begins |= set(np.searchsorted(track.index, list(off)).tolist())
    for begin, end in itertools.pairwise(sorted({*begins, len(track)})):
        lost += int(track.index[begin]) - last - 1
        last = int(track.index[end - 1])
        n = end - begin
        if kind[begin] == 2:
            lost += n
            continue
        if lost >= LOST_TICKS:
            sitting, away, said = 0, 0, 0
        lost = 0
        if kind[begin] == 1:
            absent = int(track.index[begin]) - off.get(int(track.index[begin]), int(track.index[begin]))
            sitting, away = max(0, sitting - absent), max(away, absent) + n
            if away >= BREAK_TICKS:
                sitting, said = 0, 0
            continue
        away = 0
        while (due := _due_ticks(settings, said)) and due <= sitting + n:
            t_s = (int(track.index[begin + max(0, due - sitting - 1)]) + 1) / TICK_HZ
            said += 1
            snoozed = snoozed_until_s is not None and t_s < snoozed_until_s
            if not (on_road[begin] or snoozed or is_quiet(settings, clock, t_s)):
                reminders.append(MoveReminder(t_s, due / TICK_HZ))
        sitting += n
    return ReminderState(sitting, away, lost, last, said), reminders


def _due_ticks(settings: AlertSettings, said: int) -> int:
    """After how many ticks of sitting the next one is due; 0 for never."""
    if not settings.move_after_min:
        return 0
    return round((settings.move_after_min + said * settings.move_every_min) * 60 * TICK_HZ)
