"""What-if: which alerts a day would have brought with other settings. Exactly those of the pipeline, because the same functions
decide (`speaking.py`)."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any, Final, NamedTuple

import numpy as np

from sensorcore.commands import ChangeSettings
from sensorcore.events import AlertRaised, Why
from sensorcore.habit import faded_feedback
from sensorcore.posture import policy, slouch
from sensorcore.posture.speaking import Detected, detect, slouches, speak
from sensorcore.settings import PostureSettings, Settings
from sensorcore.whatif.day import Day

THRESHOLDS_DEG: Final = (6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0)
DELAYS_S: Final = (3.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 120.0, 180.0, 300.0)
WRONG: Final = "wrong"
"""The text of a mark on a wrong alert."""
MARK_WITHIN_S: Final = 60.0
"""A mark belongs to the last alert in this time before it."""
EARLY_S: Final = 60.0
"""A more sensitive setting speaks of the same slouch up to this long before the one in force saw it begin."""
_UNSAID: Final = Why("", "leaning", 0.0, 0.0, 0.0, "", True)
"""The policy takes a reason along; nobody reads it here."""


def _unsaid(i: int, dwell_s: float) -> Why:  # noqa: ARG001 - as `speak` calls it
    return _UNSAID


class Setting(NamedTuple):
    """One point of the sweep."""

    threshold_deg: float
    delay_s: float

    def of(self, settings: Settings) -> Settings:
        """`settings` with this threshold and delay."""
        posture = replace(settings.posture, threshold_deg=self.threshold_deg)
        return replace(settings, posture=posture, alerts=replace(settings.alerts, delay_s=self.delay_s))


class SlouchAlert(NamedTuple):
    """An alert at `t_s` about the slouch `[since_s, until_s)`."""

    t_s: float
    level: int
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class SettingOutcome:
    """Outcome of one setting: alerts in all; of the slouches that the wearer really was alerted about, how many marked
    wrong it speaks of again, and how many others it no longer speaks of."""

    alerts: int = 0
    wrong_kept: int = 0
    right_lost: int = 0

    def __add__(self, other: SettingOutcome) -> SettingOutcome:
        return SettingOutcome(*(getattr(self, name) + getattr(other, name) for name in SettingOutcome.__slots__))


@dataclass(frozen=True, slots=True)
class Sweep:
    """Outcomes over one or more days, which add up. `wrong` and `right`: slouches that the wearer was alerted about, by whether an
    alert about them was marked; `unmatched` marks that follow no alert."""

    outcomes: dict[Setting, SettingOutcome]
    data_s: float = 0.0
    wrong: int = 0
    right: int = 0
    unmatched: int = 0

    def __add__(self, other: Sweep) -> Sweep:
        outcomes = {setting: outcome + other.outcomes[setting] for setting, outcome in self.outcomes.items()}
        return Sweep(outcomes, *(getattr(self, name) + getattr(other, name) for name in Sweep.__slots__[1:]))

    def per_hour(self, setting: Setting) -> float:
        """Alerts an hour of data."""
        return self.outcomes[setting].alerts * 3600.0 / self.data_s


def sweep(day: Day, settings: Settings, points: Iterable[Setting], heard: Settings) -> Sweep:
    """Try every point on `day`; all other settings are those of `settings`. `heard`: the settings under which the wearer heard the
    alerts that the marks speak of."""
    before = alerts(day, heard, as_worn=True)
    wrong, right, unmatched = _marked(day, before)
    trying = _Trying(day)
    outcomes: dict[Setting, SettingOutcome] = {}
    for point in points:
        at_s = [alert.t_s for alert in trying.alerts(point.of(settings))]
        kept = sum(_speaks(at_s, span) for span in wrong)
        lost = sum(not _speaks(at_s, span) for span in right)
        outcomes[point] = SettingOutcome(len(at_s), kept, lost)
    return Sweep(outcomes, day.data_s, len(wrong), len(right), unmatched)


def alerts(day: Day, settings: Settings, *, as_worn: bool = False) -> list[SlouchAlert]:
    """The alerts that the pipeline raises on `day`, time and level exactly. `as_worn`: settings that the wearer changed on the way
    are obeyed; otherwise `settings` hold throughout."""
    return _Trying(day).alerts(settings, as_worn=as_worn)


class _Trying:
    """Tries settings on a day. What the detector found is kept: only posture settings change it."""

    def __init__(self, day: Day) -> None:
        self._day = day
        self._found: dict[PostureSettings, list[Detected]] = {}

    def alerts(self, settings: Settings, *, as_worn: bool = False) -> list[SlouchAlert]:
        chosen = self._in_force(settings, as_worn)
        found = self._detected([each[-1].posture for each in chosen])
        ended_s = slouches(found)
        state = policy.PolicyState()
        raised: list[SlouchAlert] = []
        for stretch, heeded, each in zip(self._day.stretches, chosen, found, strict=True):
            for said, then in zip(stretch.said, heeded, strict=False):
                state, _ = policy.command(then.alerts, state, said.action, said.t_s)
            state, events, _ = speak(heeded[-1].alerts, stretch.clock, state, each, _unsaid)
            for event in events:
                if isinstance(event, AlertRaised):
                    since_s = float(each.since_s[np.searchsorted(each.end_s, event.t_s)])
                    raised.append(SlouchAlert(event.t_s, event.level, since_s, ended_s[since_s]))
        return raised

    def _in_force(self, settings: Settings, as_worn: bool) -> list[list[Settings]]:
        """For each stretch, the settings at each command before it, and in it."""
        changed: dict[str, Any] = {}
        chosen: list[list[Settings]] = []
        now = faded_feedback.faded_settings(settings, self._day.feedback)
        for stretch in self._day.stretches:
            heeded = []
            for said in stretch.said:
                heeded.append(now)
                if as_worn and isinstance(said.action, ChangeSettings):
                    changed |= said.action.changes
                    now = faded_feedback.faded_settings(settings.as_recorded(changed), self._day.feedback)
            chosen.append([*heeded, now])
        return chosen

    def _detected(self, postures: list[PostureSettings]) -> list[Detected]:
        alike = len(set(postures)) == 1
        if alike and postures[0] in self._found:
            return self._found[postures[0]]
        found: list[Detected] = []
        state = slouch.SlouchState()
        for stretch, posture in zip(self._day.stretches, postures, strict=True):
            state, each, _ = detect(posture, state, stretch.ticks)
            found.append(each)
        if alike:
            self._found[postures[0]] = found
        return found


def _marked(day: Day, before: list[SlouchAlert]) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
    """The slouches alerted about as spans in which another setting speaks of the same one: those marked wrong, the others, and how
    many marks belong to none."""
    wrong: set[float] = set()
    unmatched = 0
    for mark in day.marks:
        if mark.text.strip().casefold() == WRONG:
            meant = [alert for alert in before if 0 <= mark.t_s - alert.t_s <= MARK_WITHIN_S]
            unmatched += not meant
            wrong |= {alert.since_s for alert in meant[-1:]}
    spans: dict[bool, list[tuple[float, float]]] = {True: [], False: []}
    last_s = float("-inf")
    for since_s, until_s in dict.fromkeys((alert.since_s, alert.until_s) for alert in before):
        spans[since_s in wrong].append((max(since_s - EARLY_S, last_s), until_s))
        last_s = until_s
    return spans[True], spans[False], unmatched


def _speaks(at_s: list[float], span: tuple[float, float]) -> bool:
    """Whether any of the sorted `at_s` is after the span's start and up to its end."""
    return bisect_left(at_s, span[0] + 1e-6) < bisect_left(at_s, span[1] + 1e-6)
