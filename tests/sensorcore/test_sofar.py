"""Today so far: the day on the wall, whatever was recorded before and wherever midnight falls."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import AlertRaised, TakenOff, ZoneChanged
from sensorcore.model import DeviceProfile, StreamInfo
from sensorcore.pipeline import PipelineOutput
from sensorcore.posture.amend import amended
from sensorcore.posture.track import CONTEXTS, POSTURES, PostureTrack
from sensorcore.results import Results
from sensorcore.settings import Settings
from sensorcore.snapshot import Progress, build_snapshot
from sensorcore.sofar import DAY_S, Earlier, with_today
from tests.tui.moments import WHY

INFO = StreamInfo(DeviceProfile("test", 52.0))
DAY = 20_000
HOURS = st.integers(-12, 14)


def a_day(ticks: int, seed: int) -> PostureTrack:
    """Ten minutes or so, of which some are missing."""
    rng = np.random.default_rng(seed)
    index = np.flatnonzero(rng.random(ticks) > 0.01)
    n = len(index)
    codes = rng.integers(0, len(POSTURES), n).astype(np.int8)
    return PostureTrack(index, np.zeros(n), np.zeros(n), np.zeros(n), np.full(n, CONTEXTS.index("sitting"), np.int8), codes)


@given(
    ticks=st.integers(100, 6000),
    seed=st.integers(0, 10**6),
    begins_s=st.integers(-700, 100),
    offset_h=HOURS,
    zone=st.none() | st.tuples(st.integers(1, 599), st.sampled_from((-1, 1))),
    off_s=st.none() | st.integers(100, 590),
)
def test_every_tick_belongs_to_its_day_on_the_wall(
    ticks: int, seed: int, begins_s: int, offset_h: int, zone: tuple[int, int] | None, off_s: int | None
) -> None:
    """Counted one by one: which local day is it in this tick?"""
    offset_s = offset_h * 3600
    info = replace(INFO, start_unix_ns=(DAY * DAY_S - offset_s + begins_s) * 10**9, utc_offset_s=offset_s)
    track, results = a_day(ticks, seed), Results(INFO)
    events: list[object] = [AlertRaised(float(t_s), "slouch", 1, WHY) for t_s in range(50, ticks // 10, 50)]
    events += [ZoneChanged(float(zone[0]), offset_s + 3600 * zone[1])] if zone and zone[0] < ticks / 10 else []
    events += [TakenOff(off_s + 60.0, float(off_s))] if off_s and off_s + 60 < ticks / 10 else []
    events.sort(key=lambda event: event.t_s)  # type: ignore[attr-defined]
    results.add(PipelineOutput(track, tuple(events)))  # type: ignore[arg-type]
    t_s = results.end_s
    seen, past, counts = results.until(t_s, last_events=True)
    moment = build_snapshot(seen, past, counts, t_s=t_s, info=info, settings=Settings(), progress=Progress())

    def day_at(at_s: float) -> int:
        now_s = (
            offset_s + 3600 * zone[1] if zone and any(isinstance(e, ZoneChanged) for e in events) and at_s >= zone[0] else offset_s
        )
        return int((info.start_unix_ns / 1e9 + now_s + at_s) // DAY_S)  # type: ignore[operator]

    today = day_at(t_s - 0.05)
    days = [day_at(at_s / 10) for at_s in range(round(t_s * 10))]
    begin = len(days) - next((i for i, day in enumerate(reversed(days)) if day != today), len(days))  # since it is this day
    told = amended(seen, past.amendments)
    kinds = Counter(
        "off" if CONTEXTS[context] == "not_worn" else POSTURES[posture]
        for at, context, posture in zip(told.index, told.context, told.posture, strict=True)
        if at >= begin
    )
    earlier = Earlier(today, 60.0, 30.0, 5.0, 2.0, 7)
    found = with_today(moment, results, past, info, earlier)
    assert found.today is not None
    assert round((found.today.upright_s - 60) * 10) == kinds["upright"]
    assert round((found.today.slouched_s - 30) * 10) == kinds["slouched"]
    assert round((found.today.not_worn_s - 2) * 10) == kinds["off"]
    parts = found.today.upright_s + found.today.slouched_s + found.today.unknown_s + found.today.not_worn_s
    assert round((parts - 97) * 10) == len(days) - begin
    alerts = sum(isinstance(event, AlertRaised) and event.t_s > begin / 10 for event in events)
    assert found.alerts_today == alerts + 7
    yesterday = with_today(moment, results, past, info, replace(earlier, day=today - 1))
    assert yesterday.alerts_today == alerts


def test_without_a_date_there_is_no_today() -> None:
    results = Results(INFO)
    results.add(PipelineOutput(a_day(100, 1), ()))
    track, past, counts = results.until(10.0)
    moment = build_snapshot(track, past, counts, t_s=10.0, info=INFO, settings=Settings(), progress=Progress())
    assert with_today(moment, results, past, INFO, Earlier(1, 1.0)) == moment
    assert moment.so_far == (moment.totals, 0)
