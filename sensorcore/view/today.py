"""Today's totals: earlier recordings of the local day plus this stream since midnight. All figures of today come from here."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Final

from sensorcore.model import StreamInfo
from sensorcore.track.local_day import LocalDays, origin_tick, tick_of
from sensorcore.track.minutes import DailyTotals
from sensorcore.track.posture_track import TICK_HZ
from sensorcore.view.event_summary import EventSummary
from sensorcore.view.results import Results
from sensorcore.view.snapshot import Snapshot, TimeTotals

_WITHIN: Final = 1e-6
"""Tolerance in ticks: a moment at the end of a tick belongs to it, within binary rounding."""


def with_today(moment: Snapshot, results: Results, past: EventSummary, info: StreamInfo, daily_totals: DailyTotals) -> Snapshot:
    """`moment` (of `results`, with their summary `past`) with the totals of its day, up to the newest tick by then; unchanged
    when the day is not known. `info`: as recorded, for the start decides which minutes are of which day."""
    if info.start_unix_ns is None:
        return moment
    days = LocalDays(origin_tick(info.start_unix_ns), info.utc_offset_s, past.zones)
    day = days.day_of(max(0, math.ceil(moment.t_s * TICK_HZ - _WITHIN) - 1))
    spans = days.spans(day)
    counts, alerts = results.within(spans, moment.t_s, past)
    known = daily_totals.of(day)
    today = TimeTotals(**{f"{kind}_s": seconds for kind, seconds in (counts + known.counts).seconds.items()})
    listed = tuple(alert for alert in moment.alerts if any(a <= tick_of(alert.raised.t_s) < b for a, b in spans))
    return replace(moment, today=today, alerts_today=alerts + known.alerts, listed_today=len(listed))
