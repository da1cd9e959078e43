"""A snapshot says no more than ticks and events do."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensorcore.events import (
    AlertRaised,
    BaselineSet,
    BreathMeasured,
    Corrected,
    MoveReminder,
    PutOn,
    SensorSlipped,
    SlipMended,
    SlouchEnded,
    SlouchStarted,
    Snoozed,
    SnoozeEnded,
    TakenOff,
    Why,
)
from sensorcore.model import DeviceProfile, StreamInfo
from sensorcore.motion.body import inclination_deg, lean
from sensorcore.settings import Settings
from sensorcore.track.correction import corrected
from sensorcore.track.posture_track import CONTEXTS, POSTURES, PostureTrack
from sensorcore.track.tick_counts import count
from sensorcore.track.track_log import TrackLog
from sensorcore.view.snapshot import PlayPosition, Snapshot, build_snapshot
from tests.streams import summarize

INFO = StreamInfo(DeviceProfile("test", 52.0), start_unix_ns=1_700_000_000_000_000_000, utc_offset_s=3600)
WHY = Why("sitting", "forward", 22.0, 15.0, 15.0, "sitting", False)


def track(index: list[int], posture: str = "upright", context: str = "sitting", flexion: float = 3.0) -> PostureTrack:
    n = len(index)
    return PostureTrack(
        np.array(index, dtype=np.int64),
        np.full(n, flexion),
        np.zeros(n),
        np.zeros(n),
        np.full(n, CONTEXTS.index(context), dtype=np.int8),  # type: ignore[arg-type]
        np.full(n, POSTURES.index(posture), dtype=np.int8),
    )


def snap(ticks: PostureTrack, t_s: float, *events: object) -> Snapshot:
    past = summarize(events, INFO)  # type: ignore[arg-type]
    counts = count(corrected(ticks, past.corrections))
    return build_snapshot(ticks, past, counts, t_s=t_s, info=INFO, settings=Settings(), progress=PlayPosition())


ticks = st.lists(st.integers(0, 400), unique=True, max_size=60).map(sorted)


@given(ticks, st.integers(0, 45), st.sampled_from(POSTURES), st.sampled_from(CONTEXTS))
def test_totals_add_up_to_the_time_gone_by(index: list[int], t_s: int, posture: str, context: str) -> None:
    log = TrackLog()
    log.append(track(index, posture, context))
    t = snap(log.until(t_s), min(t_s, log.end_s)).totals
    assert t.upright_s + t.slouched_s + t.unknown_s + t.not_worn_s == pytest.approx(min(t_s, log.end_s))


@given(st.lists(ticks, max_size=4), st.floats(0, 250))
def test_a_log_in_pieces_is_one_track(pieces: list[list[int]], t_s: float) -> None:
    log, index, offset = TrackLog(), [], 0
    views = []
    for piece in pieces:
        shifted = [offset + k for k in piece]
        log.append(track(shifted))
        views.append((list(index := index + shifted), log.until(1e9)))
        offset += 401
    for expected, view in views:
        assert view.index.tolist() == expected
    ended = [k for k in index if (k + 1) / 10 <= t_s + 1e-7]
    assert log.until(t_s).index.tolist() == ended


def test_a_log_grows_and_earlier_views_stay() -> None:
    log = TrackLog()
    log.append(track(list(range(10))))
    view = log.until(1.0)
    log.append(track(list(range(10, 40_000)), "slouched"))
    assert len(log) == 40_000
    assert view.index.tolist() == list(range(10))
    assert set(log.until(4000.0).posture[10:].tolist()) == {POSTURES.index("slouched")}


@given(st.floats(-80, 80), st.floats(-80, 80))
def test_inclination_is_the_angle_that_the_body_frame_divides(ahead_deg: float, right_deg: float) -> None:
    up = np.array([[-np.sin(np.deg2rad(ahead_deg)), np.sin(np.deg2rad(right_deg)), 1.0]])
    up /= np.linalg.norm(up)
    seen = lean(up, (0.0, 0.0, 1.0), (1.0, 0.0, 0.0))
    assert inclination_deg(seen.flexion_deg, seen.lateral_deg) == pytest.approx(seen.inclination_deg, abs=1e-5)


def test_trace_puts_each_tick_at_its_time_and_leaves_gaps_open() -> None:
    s = snap(track([100, 101, 390, 399]), 40.0)
    assert s.trace.t_s[-1] == 0.0
    assert s.trace.t_s[0] == pytest.approx(-59.9)
    filled = np.flatnonzero(~np.isnan(s.trace.flexion_deg))
    assert filled.tolist() == [300, 301, 590, 599]


def test_silence_is_no_signal_and_never_a_posture() -> None:
    s = snap(track(list(range(50))), 7.0)
    assert (s.has_signal, s.posture, s.context, s.inclination_deg) == (False, "unknown", "unknown", None)
    assert s.state_s == pytest.approx(2.0)
    assert s.totals.unknown_s == pytest.approx(2.0)


def test_time_in_a_state_begins_at_the_change_the_gap_or_the_slouch_itself() -> None:
    log = TrackLog()
    log.append(track(list(range(100)), "upright", "standing"))
    log.append(track(list(range(100, 150)), "upright", "sitting"))
    assert snap(log.until(15.0), 15.0).state_s == pytest.approx(15.0)
    log.append(track(list(range(180, 200)), "upright", "sitting"))
    assert snap(log.until(20.0), 20.0).state_s == pytest.approx(2.0)
    log.append(track(list(range(200, 220)), "slouched", "sitting"))
    started = SlouchStarted(20.0, 17.0, "forward", 20.0, 15.0)
    assert snap(log.until(22.0), 22.0, started).state_s == pytest.approx(5.0)
    assert snap(log.until(22.0), 22.0, started, SlouchEnded(21.0, 17.0, "upright")).state_s == pytest.approx(2.0)
    log.append(track(list(range(220, 230)), "unknown", "walking"))
    log.append(track(list(range(230, 240)), "unknown", "moving"))
    assert snap(log.until(24.0), 24.0).state_s == pytest.approx(1.0)


def test_digest_pairs_alerts_with_what_became_of_them() -> None:
    events = (AlertRaised(5.0, "slouch", 1, WHY), Corrected(9.0, 4.0), AlertRaised(20.0, "slouch", 1, WHY))
    past = summarize(events, INFO)
    assert [(a.raised.t_s, a.corrected_s) for a in past.alerts] == [(20.0, None), (5.0, 9.0)]
    many = summarize([AlertRaised(float(i), "slouch", 1, WHY) for i in range(50)], INFO)
    assert (many.alerts_total, len(many.alerts), many.alerts[0].raised.t_s) == (50, 20, 49.0)


def test_baseline_is_the_one_of_the_state_and_snooze_ends() -> None:
    standing, sitting = BaselineSet(0.0, "standing", False, (0, 0, 1)), BaselineSet(0.0, "sitting", True, (0, 0, 1))
    assert snap(track([0], context="standing"), 0.1, standing, sitting).baseline == standing
    assert snap(track([0], context="sitting"), 0.1, standing, sitting).baseline == sitting
    assert snap(track([0]), 0.1).baseline is None
    assert snap(track([0]), 0.1, Snoozed(0.0, 60.0)).snoozed_until_s == 60.0
    assert snap(track([0]), 0.1, Snoozed(0.0, 60.0), SnoozeEnded(0.1)).snoozed_until_s is None


def test_direction_needs_a_forward() -> None:
    assert snap(track([0], flexion=20.0), 0.1).direction == "leaning"


def test_a_slip_is_shown_until_it_is_mended() -> None:
    slip = SensorSlipped(9.0, 5.0, 12.0)
    assert snap(track([0]), 9.0, slip).slipped == slip
    assert snap(track([0]), 9.0, slip, SlipMended(9.0, "zero")).slipped is None


def test_what_is_told_late_counts_from_when_it_happened() -> None:
    ticks = track(list(range(100)))
    off = snap(ticks, 10.0, TakenOff(9.0, 4.0)).totals
    assert (off.upright_s, off.not_worn_s, off.unknown_s) == pytest.approx((5.0, 5.0, 0.0))
    slipped = snap(ticks, 10.0, SensorSlipped(9.0, 2.0, 12.0)).totals
    assert (slipped.upright_s, slipped.not_worn_s, slipped.unknown_s) == pytest.approx((3.0, 0.0, 7.0))
    back = snap(ticks, 10.0, TakenOff(9.0, 2.0), PutOn(10.0, 6.0)).totals
    assert (back.upright_s, back.not_worn_s, back.unknown_s) == pytest.approx((2.0, 4.0, 4.0))


def test_breathing_is_shown_while_it_is_told_again_and_again() -> None:
    events = (BreathMeasured(40.0, 10.0, 14.0, 0.8), MoveReminder(41.0, 3600.0), BreathMeasured(54.0, 24.0, 15.0, 0.8))
    assert snap(track(list(range(600))), 60.0, *events[:2]).breath_per_min is None
    now = snap(track(list(range(600))), 60.0, *events)
    assert now.breath_per_min == 15.0
    assert snap(track(list(range(600))), 62.0, *events).breath_per_min is None, "nothing comes any more"
    assert now.notices == (events[1],)
