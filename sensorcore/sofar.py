"""Today so far, whatever began or ended in between: other recordings of the day, and of this stream what is since midnight."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from sensorcore.digest import Digest
from sensorcore.model import StreamInfo
from sensorcore.posture.track import TICK_HZ
from sensorcore.results import Results
from sensorcore.snapshot import Snapshot, Totals

DAY_S: Final = 86400
_MOMENT_S: Final = 0.05


@dataclass(frozen=True, slots=True)
class Earlier:
    """What other recordings hold of the local day `day` (days since 1970; None: nothing is known of any)."""

    day: int | None = None
    upright_s: float = 0.0
    slouched_s: float = 0.0
    unknown_s: float = 0.0
    not_worn_s: float = 0.0
    alerts: int = 0


def with_today(moment: Snapshot, results: Results, past: Digest, info: StreamInfo, earlier: Earlier) -> Snapshot:
    """The moment (of `results`, whose events leave `past` behind) with the totals of its day; as it is when nothing says which."""
    if info.start_unix_ns is None:
        return moment
    day, begin_s = day_of(info, past, moment.t_s)
    before, alerts_before = results.before(begin_s, past) if begin_s > 0 else (None, 0)
    known = earlier if earlier.day == day else Earlier()
    t = moment.totals
    if before is not None:
        upright_s, slouched_s = t.upright_s - before.upright / TICK_HZ, t.slouched_s - before.slouched / TICK_HZ
        not_worn_s = t.not_worn_s - before.not_worn / TICK_HZ
        t = Totals(upright_s, slouched_s, max(0.0, moment.t_s - begin_s - upright_s - slouched_s - not_worn_s), not_worn_s)
    today = Totals(
        t.upright_s + known.upright_s,
        t.slouched_s + known.slouched_s,
        t.unknown_s + known.unknown_s,
        t.not_worn_s + known.not_worn_s,
    )
    return replace(moment, today=today, alerts_today=moment.alerts_total - alerts_before + known.alerts)


def day_of(info: StreamInfo, past: Digest, t_s: float) -> tuple[int, float]:
    """The local day of stream time `t_s`, and when, in stream time, it began (0: before the stream did). The clock on the wall may
    have been set in between: a day of 25 hours begins 25 hours before it ends."""
    start_s = (info.start_unix_ns or 0) / 1e9
    zones = [(0.0, info.utc_offset_s), *past.zones]
    day = int((start_s + zones[-1][1] + t_s - _MOMENT_S) // DAY_S)
    end_s = t_s
    for zone_s, offset_s in reversed(zones):
        if zone_s < end_s <= t_s and (start_s + offset_s + end_s - _MOMENT_S) // DAY_S != day:
            return day, end_s  # it was another day until then
        midnight_s = day * DAY_S - offset_s - start_s
        if midnight_s > zone_s:
            return day, midnight_s
        end_s = zone_s
    return day, 0.0
