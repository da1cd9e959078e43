"""What-if: which alerts a day would have brought with other thresholds and delays. Exactly those of the pipeline, because its own
detector and policy decide; only the ticks at which they cannot change their mind are skipped."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

import numpy as np

from sensorcore.events import AlertRaised, Why
from sensorcore.posture import policy, slouch
from sensorcore.posture.day import Day
from sensorcore.posture.track import SLOUCHED, UPRIGHT
from sensorcore.settings import Settings

THRESHOLDS_DEG: Final = (6.0, 8.0, 10.0, 12.0, 15.0, 18.0, 20.0, 25.0, 30.0, 40.0)
DELAYS_S: Final = (3.0, 5.0, 10.0, 15.0, 30.0, 45.0, 60.0, 120.0, 180.0, 300.0)
WRONG: Final = "wrong"
"""The text of a mark that says: that alert was wrong."""
MARK_WITHIN_S: Final = 60.0
"""A mark speaks of the last alert in this time before it."""
EARLY_S: Final = 60.0
"""A more sensitive setting speaks of the same slouch up to this long before the one in force saw it begin."""
_STILL, _MOVED, _UPRIGHT, _SLOUCHED, _HUSHED = range(5)
"""What the policy is told about a tick: not judged (and why), upright, slouched, slouched but no moment to speak (a quiet hour, or
on the way back: within the threshold, not yet released)."""
_UNSAID: Final = Why("", "leaning", 0.0, 0.0, 0.0, "", True)
"""The policy takes a reason along; nobody reads it here."""


class Setting(NamedTuple):
    """One point of the sweep."""

    threshold_deg: float
    delay_s: float

    def of(self, settings: Settings) -> Settings:
        """`settings` with this threshold and delay."""
        posture = replace(settings.posture, threshold_deg=self.threshold_deg)
        return replace(settings, posture=posture, alerts=replace(settings.alerts, delay_s=self.delay_s))


class Run(NamedTuple):
    """Consecutive ticks `[start, stop)` that detector and policy treat alike; `since_s` when that posture began."""

    start: int
    stop: int
    kind: int
    since_s: float


class Alert(NamedTuple):
    """An alert at `t_s` about the slouch `[since_s, until_s)`."""

    t_s: float
    level: int
    since_s: float
    until_s: float


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one setting would have done: alerts in all; of the slouches that the wearer really was alerted about, how many marked
    wrong it speaks of again, and how many others it no longer speaks of."""

    alerts: int = 0
    wrong_kept: int = 0
    right_lost: int = 0

    def __add__(self, other: Outcome) -> Outcome:
        return Outcome(self.alerts + other.alerts, self.wrong_kept + other.wrong_kept, self.right_lost + other.right_lost)


@dataclass(frozen=True, slots=True)
class Sweep:
    """Outcomes over one or more days, which add up. `wrong` and `right`: slouches that the wearer was alerted about, by whether an
    alert about them was marked; `unmatched` marks that follow no alert."""

    outcomes: dict[Setting, Outcome]
    data_s: float = 0.0
    wrong: int = 0
    right: int = 0
    unmatched: int = 0

    def __add__(self, other: Sweep) -> Sweep:
        outcomes = {setting: outcome + other.outcomes[setting] for setting, outcome in self.outcomes.items()}
        return Sweep(
            outcomes,
            self.data_s + other.data_s,
            self.wrong + other.wrong,
            self.right + other.right,
            self.unmatched + other.unmatched,
        )

    def per_hour(self, setting: Setting) -> float:
        """Alerts an hour of data."""
        return self.outcomes[setting].alerts * 3600.0 / self.data_s


def sweep(day: Day, settings: Settings, points: Iterable[Setting], heard: Settings) -> Sweep:
    """Try every point on `day`; all other settings are those of `settings`. `heard`: the settings under which the wearer heard the
    alerts that the marks speak of."""
    found = {point: point.of(settings) for point in points}
    before = alerts(day, heard)
    wrong, right, unmatched = _marked(day, before)
    detected: dict[float, list[Run]] = {}
    outcomes: dict[Setting, Outcome] = {}
    for point, tried in found.items():
        if point.threshold_deg not in detected:
            detected[point.threshold_deg] = runs(day, tried)
        at_s = [alert.t_s for alert in speak(day, detected[point.threshold_deg], tried)]
        kept = sum(_speaks(at_s, span) for span in wrong)
        lost = sum(not _speaks(at_s, span) for span in right)
        outcomes[point] = Outcome(len(at_s), kept, lost)
    return Sweep(outcomes, day.data_s, len(wrong), len(right), unmatched)


def alerts(day: Day, settings: Settings) -> list[Alert]:
    """The alerts that the pipeline raises on `day`, time and level exactly."""
    return speak(day, runs(day, settings), settings)


def runs(day: Day, settings: Settings) -> list[Run]:
    """The detector over the day, cut where posture or its beginning changes, the angle crosses the threshold, a quiet hour begins
    or ends, or the wearer spoke."""
    if not len(day.index):
        return []
    _, postures, began, _ = slouch.step(
        settings.posture, slouch.SlouchState(), day.index, day.lean, day.scored, False, day.curvature_deg
    )
    since_s = np.asarray(began)
    kind = np.where(day.moved, _MOVED, _STILL)
    kind[postures == UPRIGHT] = _UPRIGHT
    kind[postures == SLOUCHED] = _SLOUCHED
    hushed = ~(slouch.departure_deg(day.lean, day.curvature_deg) > settings.posture.threshold_deg)
    if settings.alerts.quiet_hours:
        hushed |= np.asarray([policy.is_quiet(settings.alerts, day.clock, t_s) for t_s in day.end_s.tolist()])
    kind[(kind == _SLOUCHED) & hushed] = _HUSHED
    cuts = np.flatnonzero((np.diff(kind) != 0) | ((np.diff(since_s) != 0) & (kind[1:] >= _SLOUCHED))) + 1
    starts = sorted({0, *cuts.tolist(), *(said.before for said in day.said if said.before < len(kind))})
    stops = [*starts[1:], len(kind)]
    return [Run(a, b, int(kind[a]), float(since_s[a])) for a, b in zip(starts, stops, strict=True)]


def speak(day: Day, detected: list[Run], settings: Settings) -> list[Alert]:
    """The policy over the runs. Within a run of slouched ticks at which it may speak, an alert that is due and not held back
    stays so until it is raised: delay, mute, escalation, snooze, cool-down and budget only ever run out. So its first tick is
    searched by halving, with the policy itself as the test."""
    state = policy.PolicyState()
    until_s: dict[float, float] = {}
    raised: list[tuple[float, int, float]] = []
    commands = list(reversed(day.said))
    for start, stop, kind, since_s in detected:
        while commands and commands[-1].before <= start:
            said = commands.pop()
            state, _ = policy.command(settings.alerts, state, said.command, said.t_s)
        if kind in (_SLOUCHED, _HUSHED):
            until_s[since_s] = float(day.end_s[stop - 1])
        if kind == _SLOUCHED:
            state, at_s = _slouched(day, settings, state, range(start, stop), since_s)
            raised += [(t_s, level, since_s) for t_s, level in at_s]
        elif kind == _UPRIGHT and state.slouch_s is not None:
            state, _ = policy.upright(settings.alerts, state, since_s, float(day.end_s[start]))
        elif kind in (_STILL, _MOVED):
            state = policy.unscored(state, float(day.end_s[stop - 1]), kind == _MOVED)
    return [Alert(t_s, level, since_s, until_s[since_s]) for t_s, level, since_s in raised]


def _slouched(
    day: Day, settings: Settings, state: policy.PolicyState, ticks: range, since_s: float
) -> tuple[policy.PolicyState, list[tuple[float, int]]]:
    found: list[tuple[float, int]] = []

    def heard(i: int) -> policy.PolicyState | None:
        t_s = float(day.end_s[i])
        awake, _ = policy.wake(state, t_s)
        if not policy.is_due(settings.alerts, awake, since_s, t_s):
            return None
        after, said = policy.slouched(settings.alerts, day.clock, awake, since_s, t_s, _UNSAID)
        return after if any(isinstance(event, AlertRaised) for event in said) else None

    while ticks and heard(ticks[-1]) is not None:
        first = bisect_left(ticks, True, key=lambda i: heard(i) is not None)
        after = heard(ticks[first])
        assert after is not None
        state = after
        found.append((float(day.end_s[ticks[first]]), state.level))
        ticks = ticks[first + 1 :]
    return state, found


def _marked(day: Day, before: list[Alert]) -> tuple[list[tuple[float, float]], list[tuple[float, float]], int]:
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
    """Is any of the sorted `at_s` after the span's start and up to its end?"""
    return bisect_left(at_s, span[0] + 1e-6) < bisect_left(at_s, span[1] + 1e-6)
