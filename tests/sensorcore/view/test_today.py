"""Today: the same day in the same numbers, whoever tells it: the screen, `status`, the report, the settings' preview."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import Phase, example, given
from hypothesis import strategies as st

from sensorcore.commands import Command
from sensorcore.daemon.hub import Hub
from sensorcore.daemon.messages import earlier_line, earlier_of, parsed
from sensorcore.daemon.supervisor import Supervisor
from sensorcore.devices.float_samples import FloatSamples, pack
from sensorcore.events import AlertRaised, Event, TakenOff, ZoneChanged
from sensorcore.history.ingest import ingest
from sensorcore.history.minutes import count
from sensorcore.history.store import History
from sensorcore.history.values import Session
from sensorcore.model import DeviceProfile, Notification, SampleBlock, StreamInfo
from sensorcore.pipeline.single import Pipeline, PipelineOutput
from sensorcore.ports import StreamItem
from sensorcore.recording.info import RecordingInfo
from sensorcore.recording.opening import open_source
from sensorcore.recording.writer import RecordingWriter
from sensorcore.report.gather import gather
from sensorcore.report.span import Span
from sensorcore.settings import AlertSettings, Settings
from sensorcore.track.correction import corrected
from sensorcore.track.local_day import DAY_MINUTES, LocalDays, origin_tick, tick_of, zones_by_minute
from sensorcore.track.minutes import DailyTotals, Minute
from sensorcore.track.posture_track import CONTEXTS, POSTURES, TICK_HZ, PostureTrack
from sensorcore.view.results import Results
from sensorcore.view.snapshot import PlayPosition, Snapshot, build_snapshot
from sensorcore.view.today import with_today
from sensorcore.whatif.outcome import TrialDay, watched
from tests.examples import examples
from tests.sensorcore.whatif.test_tune import RATE_HZ, leaning
from tests.tui.moments import WHY

INFO = StreamInfo(DeviceProfile("test", 52.0))
DAY = 20_000
DAY_S = 86400
HOURS = st.integers(-12, 14)


def a_day(ticks: int, seed: int, *, slow: bool) -> PostureTrack:
    """Ten minutes or so, of which some are missing: single ticks, as a slow sensor leaves them, and gaps."""
    rng = np.random.default_rng(seed)
    there = rng.random(ticks) > (0.15 if slow else 0.01)
    for begin in rng.integers(0, ticks, 3).tolist():
        there[begin : begin + int(rng.integers(3, 900))] = False
    there[0] = True  # a stream begins with its first tick
    index = np.flatnonzero(there)
    n = len(index)
    codes = rng.integers(0, len(POSTURES), n).astype(np.int8)
    return PostureTrack(index, np.zeros(n), np.zeros(n), np.zeros(n), np.full(n, CONTEXTS.index("sitting"), np.int8), codes)


def moment_of(results: Results, info: StreamInfo, t_s: float, daily_totals: DailyTotals) -> Snapshot:
    seen, past, counts = results.until(t_s)
    moment = build_snapshot(seen, past, counts, t_s=t_s, info=info, settings=Settings(), progress=PlayPosition())
    return with_today(moment, results, past, info, daily_totals)


def told(s: Snapshot) -> tuple[list[int], int | None]:
    assert s.today is not None
    parts = (s.today.upright_s, s.today.slouched_s, s.today.unknown_s, s.today.not_worn_s)
    return [round(part * TICK_HZ) for part in parts], s.alerts_today


def counted(day: Minute) -> tuple[list[int], int]:
    return [day.upright_ticks, day.slouched_ticks, day.unknown_ticks, day.not_worn_ticks], day.alerts


@given(
    ticks=st.integers(100, 6000),
    seed=st.integers(0, 10**6),
    slow=st.booleans(),
    begins_s=st.integers(-700, 100),
    offset_h=HOURS,
    zones=st.lists(st.tuples(st.integers(1, 599), st.sampled_from((-7200, -3600, 0, 3600))), max_size=3),
    off_s=st.none() | st.integers(100, 590),
    upto=st.floats(0.2, 1.0),
)
def test_the_screen_counts_the_day_as_the_history_does(
    ticks: int,
    seed: int,
    slow: bool,
    begins_s: int,
    offset_h: int,
    zones: list[tuple[int, int]],
    off_s: int | None,
    upto: float,
) -> None:
    """To the tick, over midnight, journeys and what is told late; and each tick belongs to one day only."""
    offset_s = offset_h * 3600
    info = replace(INFO, start_unix_ns=(DAY * DAY_S - offset_s + begins_s) * 10**9, utc_offset_s=offset_s)
    whole = a_day(ticks, seed, slow=slow)
    track = PostureTrack(*(getattr(whole, name)[: max(1, round(upto * len(whole)))] for name in PostureTrack.__slots__))
    results, end_s = Results(info), track.last_end_s
    events: list[Event] = [AlertRaised(float(t_s), "slouch", 1, WHY) for t_s in range(5, 600, 5) if t_s <= end_s]
    events += [ZoneChanged(float(t_s), offset_s + by_s) for t_s, by_s in zones if t_s <= end_s]
    events += [TakenOff(off_s + 60.0, float(off_s))] if off_s and off_s + 60 < end_s else []
    events.sort(key=lambda event: event.t_s)
    results.add(PipelineOutput(track, tuple(events)))
    _, past, _ = results.until(end_s)
    origin = origin_tick(info.start_unix_ns or 0)
    session = Session("a", info.start_unix_ns or 0, offset_s)
    with TemporaryDirectory() as folder, History(Path(folder) / "history.sqlite") as history:
        minutes = count(origin, corrected(track, past.corrections), events)
        history.replace(session, minutes, zones=zones_by_minute(origin, past.zones))
        days = history.days(DAY - 2, DAY + 2)
    local = LocalDays(origin, offset_s, past.zones)
    today = local.day_of(int(track.index[-1]))
    daily_totals = DailyTotals(
        (Minute((today - 1) * DAY_MINUTES, 9, 9, 9, 9, alerts=9), Minute(today * DAY_MINUTES, 600, 300, 50, 20, alerts=7))
    )
    parts, raised = told(moment_of(results, info, end_s, daily_totals))
    expected, alerts_then = counted(days[today])
    assert (parts, raised) == ([a + b for a, b in zip(expected, (600, 300, 50, 20), strict=True)], alerts_then + 7)
    owners = Counter(
        day for tick in range(int(track.index[-1]) + 1) for day in range(DAY - 2, DAY + 3) if _is_in(tick, local.spans(day))
    )
    assert owners.total() == int(track.index[-1]) + 1
    assert all(local.day_of(tick) == day for day in owners for begin, _ in local.spans(day) for tick in (begin,))
    assert earlier_of(parsed(earlier_line(daily_totals))) == daily_totals


def _is_in(tick: int, spans: list[tuple[int, int]]) -> bool:
    return any(begin <= tick < end for begin, end in spans)


def test_the_tick_that_ends_at_midnight_is_of_the_day_before() -> None:
    """And with the next one the new day begins, at 0."""
    info = replace(INFO, start_unix_ns=(DAY * DAY_S - 60) * 10**9)
    results = Results(info)
    results.add(PipelineOutput(upright(700), (AlertRaised(60.0, "slouch", 1, WHY),)))
    assert told(moment_of(results, info, 60.0, DailyTotals())) == ([600, 0, 0, 0], 1)
    assert told(moment_of(results, info, 60.1, DailyTotals())) == ([1, 0, 0, 0], 0)
    assert [LocalDays(origin_tick(info.start_unix_ns or 0), 0).day_of(tick_of(t_s)) for t_s in (60.0, 60.1)] == [DAY - 1, DAY]


def upright(n: int) -> PostureTrack:
    """`n` ticks, all of them upright."""
    none, codes = np.zeros(n), np.full(n, CONTEXTS.index("sitting"), np.int8)
    return PostureTrack(np.arange(n), none, none, none, codes, np.full(n, POSTURES.index("upright"), np.int8))


def test_a_sensor_silent_over_midnight_does_not_keep_yesterday_on_the_screen() -> None:
    info = replace(INFO, start_unix_ns=(DAY * DAY_S - 60) * 10**9)
    results = Results(info)
    results.add(PipelineOutput(upright(500), ()))
    assert told(moment_of(results, info, 55.0, DailyTotals()))[0] == [500, 0, 0, 0]
    assert told(moment_of(results, info, 300.0, DailyTotals()))[0] == [0, 0, 0, 0]


def test_without_a_date_there_is_no_today() -> None:
    results = Results(INFO)
    results.add(PipelineOutput(a_day(100, 1, slow=False), ()))
    moment = moment_of(results, INFO, 10.0, DailyTotals())
    assert moment.today is None
    assert moment.so_far == (moment.totals, 0)


@dataclass(frozen=True)
class Part:
    """One recording: how long after the one before it, how the wearer leaned, and what was said or changed."""

    after_s: float
    leans: tuple[tuple[float, float, str], ...]
    orders: tuple[tuple[float, tuple[str, str]], ...]
    given: Settings


LEANS = st.lists(
    st.tuples(st.floats(20.0, 60.0), st.sampled_from([0.0, 22.0, 60.0]), st.sampled_from(["still", "still", "walk", "gap"])),
    min_size=2,
    max_size=4,
).map(lambda leans: ((12.0, 0.0, "still"), *leans, (2.0, 0.0, "still")))
ORDERS = st.lists(
    st.tuples(
        st.floats(15.0, 150.0),
        st.sampled_from(
            [
                ("settings", '{"posture.threshold_deg": 9.0, "alerts.delay_s": 2.0}'),
                ("settings", '{"alerts.delay_s": 40.0}'),
                ("zone", "3600"),
                ("zone", "-3600"),
                ("snooze", "30"),
                ("exercise", "bridge"),
            ]
        ),
    ),
    max_size=3,
).map(tuple)
GIVEN = st.builds(
    Settings,
    alerts=st.builds(AlertSettings, delay_s=st.sampled_from([3.0, 15.0]), cooldown_s=st.just(5.0), escalate_after_s=st.just(10.0)),
)
WORN = st.lists(st.builds(Part, st.floats(1.0, 90.0), LEANS, ORDERS, GIVEN), min_size=1, max_size=3)


def record(path: Path, info: StreamInfo, items: list[StreamItem]) -> None:
    with RecordingWriter(path, RecordingInfo(info, FloatSamples.name), sync=False) as writer:
        for item in items:
            if isinstance(item, Command):
                writer.command(item)
            elif isinstance(item, SampleBlock):
                writer.notification(Notification((info.start_unix_ns or 0) + round(float(item.t_s[-1]) * 1e9), pack(item)))


def lived(hub: Hub, info: StreamInfo, chosen: Settings, items: list[StreamItem]) -> None:
    """The daemon's own hub, with a stream that has run so far."""
    pipeline = Pipeline(info, chosen)
    state = pipeline.initial()
    hub.begin(info)
    for item in items:
        state, output = pipeline.step(state, item)
        hub.take((), output)
    hub.take((), pipeline.finish(state)[1])


WITHOUT_GAPS = [
    Part(
        18.875,
        ((12.0, 0.0, "still"), (20.0, 0.0, "still"), (42.625, 0.0, "still"), (20.75, 0.0, "still"), (2.0, 0.0, "still")),
        (),
        Settings(),
    ),
    Part(1.0, ((12.0, 0.0, "still"), (20.0, 0.0, "still"), (20.0, 0.0, "still"), (2.0, 0.0, "still")), (), Settings()),
]
"""The seconds of each, 129.2 s in all, add up to a little more than the ticks of both."""
UNSHRUNK = (Phase.explicit, Phase.reuse, Phase.generate)
"""An example is some minutes through the pipeline, several times over: to shrink it would take minutes."""


@examples(8, phases=UNSHRUNK)
@example(parts=WITHOUT_GAPS, begins_s=-149, offset_h=-5)
@given(parts=WORN, begins_s=st.integers(-400, 60), offset_h=st.sampled_from([-5, 0, 2]))
def test_a_day_with_restarts_is_the_same_for_all_who_tell_it(parts: list[Part], begins_s: int, offset_h: int) -> None:
    """Recordings one after the other near midnight, as a daemon that is started again makes them. The last one is under way."""
    with TemporaryDirectory() as folder:
        check_day(Path(folder), parts, begins_s, offset_h * 3600)


def check_day(folder: Path, parts: list[Part], begins_s: int, offset_s: int) -> None:
    start_s, infos = float(DAY * DAY_S - offset_s + begins_s), []
    for number, part in enumerate(parts):
        items = leaning(list(part.leans), list(part.orders))
        start_s += part.after_s
        info = StreamInfo(DeviceProfile("lean", RATE_HZ, None), round(start_s * 1e9), offset_s, settings=part.given.to_record())
        record(folder / f"{number}.mcap", info, items)
        infos.append((info, items, folder / f"{number}.mcap"))
        start_s += sum(length_s for length_s, _, _ in part.leans)
    info, items, current = infos[-1]
    with History(folder / "history.sqlite") as history:
        for _, _, path in infos:
            ingest(history, path, Settings())
        daily_totals = DailyTotals(tuple(history.days(DAY - 2, DAY + 2, but=current.stem).values()))
        days = history.days(DAY - 2, DAY + 2)
        hub = Hub(Settings())
        lived(hub, info, parts[-1].given, items)
        hub.set_daily_totals(daily_totals)
        assert hub.results is not None
        screen = moment_of(hub.results, info, hub.results.end_s, daily_totals)
        _, past, _ = hub.results.until(hub.results.end_s)
        today = LocalDays(origin_tick(info.start_unix_ns or 0), offset_s, past.zones).day_of(tick_of(hub.results.end_s))
        report = gather(history, Span(today, today, "today"))
    assert counted(days[today]) == counted(report.counts) == told(screen)
    status = Supervisor(partial(pytest.fail, "nothing is worn"), hub, folder / "socket").status()
    totals = [round(status["totals"][f"{name}_s"] * TICK_HZ) for name in ("upright", "slouched", "unknown", "not_worn")]
    assert (totals, status["alerts"]) == told(screen)
    for day, counts in days.items():
        sources = tuple(open_source(path) for _, _, path in infos)
        past_day = watched(TrialDay("then", sources, day, as_made=True), Settings(), lambda _: None, as_made=True)
        assert past_day.heard() == counts.alerts
        data_s, most_s = past_day.data_s, counts.ticks / TICK_HZ
        assert data_s <= most_s if any(how == "gap" for part in parts for _, _, how in part.leans) else data_s == most_s
