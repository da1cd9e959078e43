"""Snapshot: everything a view needs at one moment, as a frozen value built by a pure function from ticks and events."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from sensorcore.events import BaselineSet, ContextName, Direction, Event, OneSensor, SensorSlipped
from sensorcore.habit.faded_feedback import faded_settings
from sensorcore.link import LinkStatus
from sensorcore.model import FloatArray, StreamInfo
from sensorcore.motion.body import inclination_deg
from sensorcore.posture.policy import LocalClock
from sensorcore.posture.slouch import ROUNDED, STRAIGHT, direction_of, is_rounded
from sensorcore.settings import Settings
from sensorcore.track.posture_track import CONTEXTS, POSTURES, SLOUCHED, TICK_HZ, UNKNOWN, PostureTrack
from sensorcore.track.tick_counts import TickCounts
from sensorcore.view.event_summary import Alert, EventSummary
from sensorcore.view.next_alert import NextAlert, next_alert
from sensorcore.view.presence import NO_SIGNAL_AFTER_S, Feed

TRACE_S: Final = 60.0
_LOOK_BACK_TICKS: Final = 4096
BREATH_HOLDS_S: Final = 20.0
"""A breathing rate is repeated every 15 s while it is known; an older one no longer holds."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The last `TRACE_S` seconds, one entry a tick: `t_s` (n,) relative to now (≤ 0), angles (n,) with NaN where time has no
    data or no upright is known."""

    t_s: FloatArray
    flexion_deg: FloatArray
    lateral_deg: FloatArray
    inclination_deg: FloatArray


@dataclass(frozen=True, slots=True)
class TimeTotals:
    """Seconds since the stream's start; the four add up to `Snapshot.t_s`. `unknown_s` includes time without data."""

    upright_s: float
    slouched_s: float
    unknown_s: float
    not_worn_s: float


@dataclass(frozen=True, slots=True)
class PlayPosition:
    """Position of a cursor. `duration_s` is None while the length of the recording is not known; `catching_up` while the moment
    asked for has not been computed yet; `jump` changes whenever time was moved by hand, so that a view does not announce what was
    skipped. `problem`: the sentence to show when the recording could not be read on, or nothing more comes; `feed`: state of the
    data behind the view, wherever the cursor stands."""

    duration_s: float | None = None
    finished: bool = False
    catching_up: bool = False
    paused: bool = False
    speed: float = 1.0
    jump: int = 0
    problem: str | None = None
    feed: Feed = "current"


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One moment. `local_s`: seconds since midnight of the first day, by the local clock (None: not known). Angles are None while
    no upright is known or no data comes. `state_s`: how long this posture (or, where posture is not judged, this context) has
    lasted. `baseline`: the upright that posture is measured against now; `slipped`: the sensor has moved since that was set, and
    waits to be zeroed. `link`, `today`, `alerts_today`: of a worn sensor, the latter two with what was recorded earlier that day;
    so many of these alerts stand in `alerts` (`listed_today`). `simulated`: by a simulated wearer. `warnings`: about the
    recording. `curvature_deg`: rounding of the back, while two sensors measure it. `breath_per_min`: while it is known.
    `feedback`: share of alerts that is given (1 unless it has faded). `notices`, `exercises`, `missing`, `news`, `news_total` as
    in `EventSummary`; the news of a worn sensor begin when the view was opened."""

    t_s: float
    local_s: float | None
    has_signal: bool
    flexion_deg: float | None
    lateral_deg: float | None
    inclination_deg: float | None
    direction: Direction | None
    posture: str
    context: ContextName
    state_s: float
    threshold_deg: float
    release_deg: float
    trace: Trace
    totals: TimeTotals
    alerts: tuple[Alert, ...]
    alerts_total: int
    baseline: BaselineSet | None
    snoozed_until_s: float | None
    progress: PlayPosition
    link: LinkStatus | None = None
    slipped: SensorSlipped | None = None
    notices: tuple[Event, ...] = ()
    notices_total: int = 0
    next_alert: NextAlert | None = None
    warnings: tuple[str, ...] = ()
    breath_per_min: float | None = None
    exercises: tuple[tuple[str, int], ...] = ()
    curvature_deg: float | None = None
    missing: OneSensor | None = None
    feedback: float = 1.0
    today: TimeTotals | None = None
    alerts_today: int | None = None
    listed_today: int = 0
    simulated: bool = False
    news: tuple[Event, ...] = ()
    news_total: int = 0

    @property
    def is_live(self) -> bool:
        """Whether it is of a worn sensor; otherwise of a recording."""
        return self.link is not None

    @property
    def ago_s(self) -> float:
        """How far a worn sensor's cursor is in the past; 0 at the present, and in a recording."""
        return max(0.0, (self.progress.duration_s or 0.0) - self.t_s) if self.is_live else 0.0

    @property
    def so_far(self) -> tuple[TimeTotals, int]:
        """Totals and alerts: of today for a worn sensor, else of the stream."""
        return self.today or self.totals, self.alerts_total if self.alerts_today is None else self.alerts_today

    @property
    def departure_deg(self) -> float | None:
        """Angle that is compared with the threshold: the lean, or of two sensors the rounding of the back."""
        if self.curvature_deg is None or self.inclination_deg is None:
            return self.inclination_deg
        return max(self.inclination_deg / STRAIGHT, self.curvature_deg / ROUNDED)


def build_snapshot(
    track: PostureTrack,
    past: EventSummary,
    counts: TickCounts,
    *,
    t_s: float,
    info: StreamInfo,
    settings: Settings,
    progress: PlayPosition,
    warnings: tuple[str, ...] = (),
    is_known: bool = True,
) -> Snapshot:
    """Snapshot at `t_s`, from the ticks that ended by then (`counts` of them) and the summary of the events up to then.
    `is_known`: whether the newest tick is about that moment; not when the stream is over, or when ticks are from before."""
    settings = faded_settings(settings, info.carried.feedback)
    info = info if past.utc_offset_s is None else replace(info, utc_offset_s=past.utc_offset_s)
    has_signal = is_known and len(track) > 0 and t_s - track.last_end_s < NO_SIGNAL_AFTER_S
    flexion = _angle(track.flexion_deg) if has_signal else None
    lateral = _angle(track.lateral_deg) if has_signal else None
    curvature = _angle(track.curvature_deg) if has_signal else None
    inclination = _angle(inclination_deg(track.flexion_deg[-1:], track.lateral_deg[-1:])) if has_signal else None
    context: ContextName = CONTEXTS[track.context[-1]] if has_signal else "unknown"
    posture = POSTURES[track.posture[-1]] if has_signal else "unknown"
    return Snapshot(
        t_s=t_s,
        local_s=_local_s(info, t_s),
        has_signal=has_signal,
        flexion_deg=flexion,
        lateral_deg=lateral,
        inclination_deg=inclination,
        direction=_direction(flexion, lateral, curvature, past.forward_known),
        posture=posture,
        context=context,
        state_s=_state_s(track, past, t_s, has_signal),
        threshold_deg=settings.posture.threshold_deg,
        release_deg=settings.posture.threshold_deg * settings.posture.release_ratio,
        trace=_trace(track, t_s),
        totals=_totals(counts, t_s),
        alerts=past.alerts,
        alerts_total=past.alerts_total,
        baseline=_baseline(past, context),
        snoozed_until_s=_snoozed_until_s(past, t_s, is_known),
        progress=progress,
        slipped=past.slipped,
        notices=past.notices,
        notices_total=past.notices_total,
        next_alert=_next_alert(past, info, settings, t_s) if has_signal else None,
        warnings=warnings,
        breath_per_min=past.breath.rate_per_min if has_signal and past.breath and t_s - past.breath.t_s < BREATH_HOLDS_S else None,
        exercises=past.exercises,
        curvature_deg=curvature,
        missing=past.missing,
        simulated=info.simulated,
        feedback=info.carried.feedback if settings.habit.fading == "on" else 1.0,
        news=past.news,
        news_total=past.news_total,
    )


def _snoozed_until_s(past: EventSummary, t_s: float, is_known: bool) -> float | None:
    """A snooze ends by the clock, also while no tick confirms it."""
    until_s = past.snoozed_until_s
    return until_s if is_known and until_s is not None and t_s < until_s else None


def _local_s(info: StreamInfo, t_s: float) -> float | None:
    if info.start_unix_ns is None:
        return None
    return (info.start_unix_ns / 1e9 + info.utc_offset_s) % 86400.0 + t_s


def _angle(values: FloatArray) -> float | None:
    return None if np.isnan(values[-1]) else float(values[-1])


def _direction(flexion: float | None, lateral: float | None, curvature: float | None, forward_known: bool) -> Direction | None:
    if flexion is None or lateral is None:
        return None
    if curvature is not None and is_rounded(float(inclination_deg(np.array([flexion]), np.array([lateral]))[0]), curvature):
        return "rounded"
    return direction_of(flexion, lateral, forward_known)


def _next_alert(past: EventSummary, info: StreamInfo, settings: Settings, t_s: float) -> NextAlert | None:
    clock = LocalClock.of(info.start_unix_ns, info.utc_offset_s)
    return next_alert(settings.alerts, clock, past.policy, past.slouch_since_s, t_s)


def _state_s(track: PostureTrack, past: EventSummary, t_s: float, has_signal: bool) -> float:
    if not has_signal:
        return t_s - track.last_end_s
    if track.posture[-1] == SLOUCHED and past.slouch_since_s is not None:
        return t_s - past.slouch_since_s
    # Looking back piece by piece: a view asks fifteen times a second, and a day has 864,000 ticks.
    stop = len(track)
    while stop > 0:
        start = max(0, stop - _LOOK_BACK_TICKS)
        part = slice(max(0, start - 1), stop)
        other = track.posture[part] != track.posture[-1]
        if track.posture[-1] == UNKNOWN:
            other = other | (track.context[part] != track.context[-1])
        # The run begins after the last tick of another state, and after the last jump in time.
        changes = np.flatnonzero(other[:-1] | (np.diff(track.index[part]) > 1))
        if len(changes):
            return t_s - float(track.index[part][int(changes[-1]) + 1]) / TICK_HZ
        stop = start
    return t_s - float(track.index[0]) / TICK_HZ


def _totals(counts: TickCounts, t_s: float) -> TimeTotals:
    upright_s, slouched_s, not_worn_s = counts.upright / TICK_HZ, counts.slouched / TICK_HZ, counts.not_worn / TICK_HZ
    return TimeTotals(upright_s, slouched_s, max(0.0, t_s - upright_s - slouched_s - not_worn_s), not_worn_s)


def _trace(track: PostureTrack, t_s: float) -> Trace:
    n = round(TRACE_S * TICK_HZ)
    now = int(np.floor(t_s * TICK_HZ + 1e-6))  # ticks now - n … now - 1 ended within the window
    flexion, lateral = np.full(n, np.nan), np.full(n, np.nan)
    first = int(np.searchsorted(track.index, now - n))
    slots = track.index[first:] - (now - n)
    flexion[slots] = track.flexion_deg[first:]
    lateral[slots] = track.lateral_deg[first:]
    relative_s = (np.arange(n) - (n - 1)) / TICK_HZ
    return Trace(relative_s, flexion, lateral, inclination_deg(flexion, lateral))


def _baseline(past: EventSummary, context: ContextName) -> BaselineSet | None:
    """The upright of this state, else the one set last."""
    own = [b for b in past.baselines if b.state == context]
    return own[-1] if own else (past.baselines[-1] if past.baselines else None)
